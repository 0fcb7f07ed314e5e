//! The one tooltip: of the pod or node under the pointer or with the focus.

use std::cell::RefCell;

use crate::{
    cluster::Cluster,
    resource::{ObjectKey, Text, Timestamp},
    view::{
        navigate::Rect,
        state::Subject,
        tooltip::{Tooltip, tooltip as describe},
    },
};
use leptos::web_sys::{Element, HtmlElement, KeyboardEvent};
use wasm_bindgen::{JsCast, closure::Closure};

use super::{
    Page, blocks, dom, replace_if_changed,
    sketch::{Drawing, Node},
};

/// The element. It stays in the document, so that `aria-describedby` always names something.
const TOOLTIP: &str = "<div id=tooltip class=tooltip role=tooltip></div>";

/// Distance of the tooltip from its block and from the edges of the window, in CSS pixels.
const DISTANCE: f64 = 8.0;

/// What the tooltip shows and where.
pub(super) struct TooltipState {
    content: RefCell<Option<Tooltip>>,
    drawing: Drawing,
    target: RefCell<Option<Target>>,
}

struct Target {
    anchor: Anchor,
    subject: Subject,
}

/// What the tooltip stands beside.
#[derive(Clone)]
enum Anchor {
    /// A block or the name of a node.
    Element(Element),
    /// A place in the window, of what is no element.
    Place(Rect),
}

impl Anchor {
    fn rect(&self) -> Rect {
        match self {
            Self::Place(rect) => *rect,
            Self::Element(element) => {
                let rect = element.get_bounding_client_rect();
                Rect {
                    left: rect.left(),
                    top: rect.top(),
                    width: rect.width(),
                    height: rect.height(),
                }
            }
        }
    }
}

impl Default for TooltipState {
    fn default() -> Self {
        Self {
            content: RefCell::default(),
            drawing: Drawing::new(TOOLTIP),
            target: RefCell::default(),
        }
    }
}

impl TooltipState {
    /// Shows what an element stands for; nothing if it stands for nothing.
    pub(super) fn show(&self, element: &Element, cluster: &Cluster, now: Timestamp) {
        if self
            .target
            .borrow()
            .as_ref()
            .is_some_and(|target| matches!(&target.anchor, Anchor::Element(old) if old == element))
        {
            return;
        }
        self.hide();
        let Some(subject) = subject(element) else { return };
        let Some(content) = describe(cluster, &subject, now) else {
            return;
        };
        dom::set(element, "aria-describedby", "tooltip");
        self.target.replace(Some(Target {
            anchor: Anchor::Element(element.clone()),
            subject,
        }));
        self.set(Some(content));
        place_soon(Anchor::Element(element.clone()));
    }

    /// Shows what is drawn at a place in the window.
    pub(super) fn show_at(&self, subject: &Subject, place: Rect, cluster: &Cluster, now: Timestamp) {
        self.hide();
        let Some(content) = describe(cluster, subject, now) else {
            return;
        };
        self.target.replace(Some(Target {
            anchor: Anchor::Place(place),
            subject: subject.clone(),
        }));
        self.set(Some(content));
        place_soon(Anchor::Place(place));
    }

    /// What it shows in one sentence, for a screen reader.
    pub(super) fn sentence(&self) -> String {
        let content = self.content.borrow();
        content.as_ref().map_or_else(String::new, |tooltip| {
            let mut sentence = format!("{}{}", tooltip.namespace, tooltip.name);
            for fact in &tooltip.facts {
                sentence.push_str(&format!(", {} {}", fact.column, fact.value));
            }
            sentence
        })
    }

    fn set(&self, content: Option<Tooltip>) {
        if replace_if_changed(&self.content, content) {
            self.draw();
        }
    }

    /// The element, for the map.
    pub(super) fn element(&self) -> Option<Element> {
        if self.content.borrow().is_none() {
            self.draw();
        }
        self.drawing.element()
    }

    fn draw(&self) {
        let mut node = Node::new(TOOLTIP);
        let content = self.content.borrow();
        node.flag("hidden", content.is_none());
        if let Some(tooltip) = &*content {
            let title = node.add("<p class=title></p>");
            if let Some(look) = tooltip.look {
                blocks::sketch(title, look.family, look.glyph);
            }
            let name = title.add("<span></span>");
            name.put("<span class=namespace></span>", &tooltip.namespace);
            name.put("<b></b>", &tooltip.name);
            let facts = node.add("<dl></dl>");
            for fact in &tooltip.facts {
                facts.put("<dt></dt>", fact.column);
                facts.put("<dd></dd>", &fact.value);
            }
            node.put("<p class=message></p>", &tooltip.message);
        }
        self.drawing.draw(node);
    }

    /// Hides it.
    pub(super) fn hide(&self) {
        let Some(target) = self.target.take() else { return };
        if let Anchor::Element(element) = &target.anchor {
            dom::unset(element, "aria-describedby");
        }
        self.set(None);
    }

    /// Follows the cluster and the clock; hides when what it is about is gone.
    pub(super) fn refresh(&self, cluster: &Cluster, now: Timestamp) {
        let content = {
            let target = self.target.borrow();
            let Some(target) = &*target else { return };
            let is_there = match &target.anchor {
                Anchor::Element(element) => {
                    element.is_connected() && subject(element).as_ref() == Some(&target.subject)
                }
                Anchor::Place(_) => true,
            };
            is_there.then(|| describe(cluster, &target.subject, now)).flatten()
        };
        match content {
            Some(content) => self.set(Some(content)),
            None => self.hide(),
        }
    }
}

/// What an element stands for.
pub(super) fn subject(element: &Element) -> Option<Subject> {
    if let Some(pod) = element.get_attribute("data-pod") {
        let (namespace, name) = pod.split_once('/')?;
        return Some(Subject::Pod(ObjectKey {
            namespace: Text::new(namespace),
            name: name.into(),
        }));
    }
    let card = element.closest("[data-node]").ok().flatten()?;
    Some(Subject::Node(super::node_name(&card.get_attribute("data-node")?)))
}

/// Places the tooltip once its content has been laid out.
fn place_soon(anchor: Anchor) {
    dom::before_frame(move || {
        let tooltip = dom::document()
            .get_element_by_id("tooltip")
            .and_then(|it| it.dyn_into::<HtmlElement>().ok());
        let Some(tooltip) = tooltip else { return };
        let (anchor, size) = (anchor.rect(), tooltip.get_bounding_client_rect());
        let extent = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|it| it.as_f64()).unwrap_or(0.0);
        let (width, height) = (
            extent(dom::window().inner_width()),
            extent(dom::window().inner_height()),
        );
        let left = (anchor.left + anchor.width / 2.0 - size.width() / 2.0)
            .min(width - size.width() - DISTANCE)
            .max(DISTANCE);
        let below = anchor.top + anchor.height + DISTANCE;
        let top = if below + size.height() + DISTANCE <= height {
            below
        } else {
            (anchor.top - DISTANCE - size.height()).max(DISTANCE)
        };
        let style = tooltip.style();
        // Custom lengths in pixels are always valid.
        let _ = style.set_property("left", &dom::pixels(left.round()));
        let _ = style.set_property("top", &dom::pixels(top.round()));
        dom::set(&tooltip, "data-placed", "");
    });
}

/// Hides it for Escape, as long as the page. Anywhere: the pointer shows it wherever the focus is.
pub(super) fn install(page: &Page) {
    let page = page.clone();
    let listener: Closure<dyn Fn(KeyboardEvent)> = Closure::new(move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            page.0.tooltip.hide();
        }
    });
    // Fails only for a callback that is no function.
    let _ = dom::window().add_event_listener_with_callback("keydown", listener.into_js_value().unchecked_ref());
}
