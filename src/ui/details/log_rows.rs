//! The window on a log: as many row elements as fit, moved along over a sheet of the height of all rows.
//!
//! A leaf that is drawn by hand: once a frame, into elements that are used again and again, so that whatever comes, there are
//! never more of them than fit on the screen. Touches nothing outside of its own element.
//!
//! A row is as high as every other, so that the place of each is a multiplication. Reads the layout once a drawing, and
//! writes it once.

use crate::view::{
    format::pixels,
    log::{Line, LogBuffer, Row},
};
use leptos::web_sys::{Element, HtmlElement};
use wasm_bindgen::JsCast;

use crate::ui::dom;

/// Characters in the ruler.
const RULER: &str = "0000000000";

/// A log and the window on it.
#[derive(Default)]
pub(super) struct Screen {
    buffer: LogBuffer,
    elements: Option<Elements>,
    /// Whether the reader has left the end.
    is_left: bool,
    /// Whether long lines go on beyond the window instead of below.
    is_unwrapped: bool,
    words: String,
    /// The line of the match that was gone to.
    at: Option<u64>,
    /// Whether a drawing is due.
    is_due: bool,
    /// The row that the sheet began with when it was drawn last.
    first_row: u64,
    columns: Option<usize>,
}

struct Elements {
    view: HtmlElement,
    ruler: Element,
    sheet: HtmlElement,
    rows: HtmlElement,
    pool: Vec<Element>,
}

/// Sizes in CSS pixels.
#[derive(Clone, Copy)]
struct Sizes {
    row: f64,
    character: f64,
    width: f64,
    height: f64,
}

impl Screen {
    /// The lines.
    pub(super) fn buffer(&self) -> &LogBuffer {
        &self.buffer
    }

    /// Whether the end stays in view.
    pub(super) fn follows(&self) -> bool {
        !self.is_left
    }

    /// Whether long lines are cut into rows.
    pub(super) fn wraps(&self) -> bool {
        !self.is_unwrapped
    }

    /// What is searched for.
    pub(super) fn words(&self) -> &str {
        &self.words
    }

    /// Which of the matches was gone to.
    pub(super) fn match_at(&self) -> Option<usize> {
        let line = self.at?;
        let index = self.buffer.match_from(line);
        (self.buffer.match_line(index) == Some(line)).then_some(index)
    }

    /// Draws in this element.
    pub(super) fn attach(&mut self, view: HtmlElement) {
        self.elements = Elements::new(view);
        self.draw();
    }

    /// Adds a line; whether a drawing has become due by it.
    pub(super) fn push(&mut self, line: Line) -> bool {
        self.buffer.push(line);
        !std::mem::replace(&mut self.is_due, true)
    }

    /// Begins with another log.
    pub(super) fn clear(&mut self) {
        self.buffer = LogBuffer::default();
        self.buffer.search(&self.words);
        self.buffer.set_columns(self.columns);
        (self.is_left, self.at, self.first_row) = (false, None, 0);
        self.draw();
    }

    /// Keeps back what comes, or shows it.
    pub(super) fn toggle_pause(&mut self) {
        match self.buffer.held() {
            Some(_) => self.buffer.release(),
            None => self.buffer.hold(),
        }
        self.draw();
    }

    /// Goes to the end and stays there, or stays where it is.
    pub(super) fn toggle_following(&mut self) {
        self.is_left = !self.is_left;
        self.draw();
    }

    /// Cuts long lines, or does not.
    pub(super) fn toggle_wrap(&mut self) {
        self.is_unwrapped = !self.is_unwrapped;
        self.draw();
    }

    /// Looks for words.
    pub(super) fn search(&mut self, words: &str) {
        words.clone_into(&mut self.words);
        self.at = None;
        self.buffer.search(words);
        self.draw();
    }

    /// Goes to the next match, or the one before, and from the last one to the first.
    pub(super) fn go_to_match(&mut self, back: bool) {
        let count = self.buffer.match_count();
        if count == 0 {
            return;
        }
        let from = self.at.unwrap_or_else(|| self.first_line());
        let index = self.buffer.match_from(from);
        let is_at_match = self.at.is_some() && self.buffer.match_line(index) == self.at;
        let index = if back {
            (index + count - 1) % count
        } else {
            (index + usize::from(is_at_match)) % count
        };
        self.at = self.buffer.match_line(index);
        self.is_left = true;
        if let Some(row) = self.at.and_then(|line| self.buffer.match_row(line)) {
            self.scroll_to(row);
        }
        self.draw();
    }

    /// Follows the reader, who has scrolled.
    pub(super) fn handle_scroll(&mut self) {
        if let Some(elements) = &self.elements {
            let view = &elements.view;
            let below = view.scroll_height() - view.client_height() - view.scroll_top();
            self.is_left = f64::from(below) > elements.sizes().row;
        }
        self.draw();
    }

    /// Draws the rows of the window.
    pub(super) fn draw(&mut self) {
        self.is_due = false;
        let Some(elements) = &self.elements else { return };
        let sizes = elements.sizes();
        if sizes.row <= 0.0 || sizes.character <= 0.0 {
            return;
        }
        self.cut(sizes);
        self.place(sizes);
        let (buffer, at) = (&self.buffer, self.at);
        let Some(elements) = &mut self.elements else { return };
        let first = self.first_row + (f64::from(elements.view.scroll_top()) / sizes.row) as u64;
        let count = (sizes.height / sizes.row).ceil() as u64 + 1;
        let window = buffer.window(first..first + count);
        elements.draw(&window, at);
        let top = (first - self.first_row) as f64 * sizes.row;
        style(&elements.rows, "transform", &format!("translateY({})", pixels(top)));
    }

    /// Cuts lines at the width of the window, and keeps the line that was on top there.
    fn cut(&mut self, sizes: Sizes) {
        let columns = (!self.is_unwrapped).then_some((sizes.width / sizes.character) as usize);
        if columns == self.columns {
            return;
        }
        let line = self.first_line();
        self.columns = columns;
        self.buffer.set_columns(columns);
        self.first_row = self.buffer.rows().start;
        if let (Some(elements), Some(row)) = (&self.elements, self.buffer.row_of(line)) {
            elements.resize(&self.buffer, sizes);
            scroll(&elements.view, (row - self.first_row) as f64 * sizes.row);
        }
    }

    /// Gives the sheet its height, and keeps in view what is to be in view: the end, or what was there before lines had
    /// to go.
    fn place(&mut self, sizes: Sizes) {
        let Some(elements) = &self.elements else { return };
        let top = f64::from(elements.view.scroll_top());
        let height = elements.resize(&self.buffer, sizes);
        let start = self.buffer.rows().start;
        if !self.is_left {
            scroll(&elements.view, (height - sizes.height).max(0.0));
        } else if start != self.first_row {
            let gone = start.saturating_sub(self.first_row) as f64 * sizes.row;
            scroll(&elements.view, (top - gone).max(0.0));
        }
        self.first_row = start;
    }

    fn scroll_to(&self, row: u64) {
        let Some(elements) = &self.elements else { return };
        let sizes = elements.sizes();
        let top = row.saturating_sub(self.first_row) as f64 * sizes.row;
        scroll(&elements.view, (top - sizes.height / 2.0).max(0.0));
    }

    /// The line on top of the window.
    fn first_line(&self) -> u64 {
        let top = self.elements.as_ref().map_or(0.0, |elements| {
            f64::from(elements.view.scroll_top()) / elements.sizes().row.max(1.0)
        });
        let row = self.first_row + top as u64;
        self.buffer.window(row..row + 1).first().map_or(0, |row| row.line)
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

    /// The height of all rows.
    fn resize(&self, buffer: &LogBuffer, sizes: Sizes) -> f64 {
        let rows = buffer.rows();
        let height = (rows.end - rows.start) as f64 * sizes.row;
        style(&self.sheet, "height", &pixels(height));
        height
    }

    fn draw(&mut self, window: &[Row<'_>], at: Option<u64>) {
        while self.pool.len() < window.len() {
            let Ok(element) = dom::document().create_element("div") else {
                return;
            };
            dom::set(&element, "class", "row");
            // Fails only for an element that holds this one.
            let _ = self.rows.append_child(&element);
            self.pool.push(element);
        }
        for element in self.pool.drain(window.len()..) {
            element.remove();
        }
        for (element, row) in self.pool.iter().zip(window) {
            draw_row(element, row, at == Some(row.line));
        }
    }
}

fn draw_row(element: &Element, row: &Row<'_>, is_current: bool) {
    dom::set_some(element, "title", row.time);
    dom::set_present(element, "data-current", is_current);
    if row.marks.is_empty() {
        // What stays is not written anew: somebody may have selected it.
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
