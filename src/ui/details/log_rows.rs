//! The rows of a log: as many elements as fit, moved along over a sheet of the height of all rows.
//!
//! A leaf that is drawn by hand: once a frame, into elements that are used again and again, so that whatever comes, there are
//! never more of them than fit on the screen. Which rows those are is a matter of the [`LogWindow`]. Touches nothing outside
//! of its own element; reads the layout once a drawing, and writes it once.

use leptos::web_sys::{Element, HtmlElement};
use wasm_bindgen::JsCast;

use crate::{
    ui::dom,
    view::{
        format::pixels,
        log::{Line, Row},
        log_window::{LogWindow, RowsInView, Sizes},
    },
};

/// Characters in the ruler.
const RULER: &str = "0000000000";

/// A log and the elements that it is drawn into.
#[derive(Default)]
pub(super) struct LogRows {
    pub(super) window: LogWindow,
    elements: Option<Elements>,
    /// Whether a drawing is due.
    is_due: bool,
}

struct Elements {
    view: HtmlElement,
    ruler: Element,
    sheet: HtmlElement,
    rows: HtmlElement,
    pool: Vec<Element>,
}

impl LogRows {
    /// Draws in this element.
    pub(super) fn attach(&mut self, view: HtmlElement) {
        self.elements = Elements::new(view);
        self.draw();
    }

    /// Adds a line; whether a drawing has become due by it.
    pub(super) fn push(&mut self, line: Line) -> bool {
        self.window.buffer_mut().push(line);
        !std::mem::replace(&mut self.is_due, true)
    }

    /// Follows the user's scrolling.
    pub(super) fn handle_scroll(&mut self) {
        if let Some(elements) = &self.elements {
            let view = &elements.view;
            let below = view.scroll_height() - view.client_height() - view.scroll_top();
            self.window.scrolled(f64::from(below), elements.sizes());
        }
        self.draw();
    }

    /// Draws the rows of the window.
    pub(super) fn draw(&mut self) {
        self.is_due = false;
        let Some(elements) = &mut self.elements else { return };
        let sizes = elements.sizes();
        if sizes.row <= 0.0 || sizes.character <= 0.0 {
            return;
        }
        let placement = self.window.place(sizes, f64::from(elements.view.scroll_top()));
        style(&elements.sheet, "height", &pixels(placement.height));
        scroll(&elements.view, placement.top);
        // Where it was scrolled to indeed.
        let top = f64::from(elements.view.scroll_top());
        elements.draw(&self.window.rows(sizes, top));
    }
}

impl Elements {
    fn new(view: HtmlElement) -> Option<Self> {
        let part = |class: &str| {
            let element = dom::document().create_element("div").ok()?;
            dom::set(&element, "class", class);
            element.dyn_into::<HtmlElement>().ok()
        };
        let (ruler, sheet, rows) = (part("ruler")?, part("sheet")?, part("rows")?);
        ruler.set_text_content(Some(RULER));
        dom::set(&ruler, "aria-hidden", "true");
        sheet.append_child(&rows).ok()?;
        view.append_child(&ruler).ok()?;
        view.append_child(&sheet).ok()?;
        Some(Self {
            view,
            ruler: ruler.into(),
            sheet,
            rows,
            pool: Vec::new(),
        })
    }

    fn sizes(&self) -> Sizes {
        let ruler = self.ruler.get_bounding_client_rect();
        Sizes {
            row: ruler.height(),
            character: ruler.width() / RULER.len() as f64,
            width: f64::from(self.view.client_width()),
            height: f64::from(self.view.client_height()),
        }
    }

    fn draw(&mut self, RowsInView { rows, top, current }: &RowsInView<'_>) {
        while self.pool.len() < rows.len() {
            let Ok(element) = dom::document().create_element("div") else {
                return;
            };
            dom::set(&element, "class", "row");
            // Fails only for an element that holds this one.
            let _ = self.rows.append_child(&element);
            self.pool.push(element);
        }
        for element in self.pool.drain(rows.len()..) {
            element.remove();
        }
        for (element, row) in self.pool.iter().zip(rows) {
            draw_row(element, row, *current == Some(row.line));
        }
        style(&self.rows, "transform", &format!("translateY({})", pixels(*top)));
    }
}

fn draw_row(element: &Element, row: &Row<'_>, is_current: bool) {
    dom::set_some(element, "title", row.time);
    dom::set_present(element, "data-current", is_current);
    if row.marks.is_empty() {
        // Rows that stay are not written again: the user may have selected text.
        let is_plain = element.first_element_child().is_none();
        if !is_plain || element.text_content().as_deref() != Some(row.text) {
            element.set_text_content(Some(row.text));
        }
        return;
    }
    element.set_text_content(None);
    let mut end = 0;
    for mark in &row.marks {
        append_text(element, &row.text[end..mark.start]);
        if let Ok(found) = dom::document().create_element("mark") {
            found.set_text_content(Some(&row.text[mark.clone()]));
            let _ = element.append_child(&found);
        }
        end = mark.end;
    }
    append_text(element, &row.text[end..]);
}

fn append_text(element: &Element, text: &str) {
    if !text.is_empty() {
        let _ = element.append_child(&dom::document().create_text_node(text));
    }
}

/// Sets what is not so already: a layout that does not change costs nothing.
fn style(element: &HtmlElement, name: &str, value: &str) {
    let style = element.style();
    if style.get_property_value(name).ok().as_deref() != Some(value) {
        // Lengths in pixels are always valid.
        let _ = style.set_property(name, value);
    }
}

fn scroll(view: &HtmlElement, top: f64) {
    let top = top as i32;
    if view.scroll_top() != top {
        view.set_scroll_top(top);
    }
}
