//! The one tooltip: of the pod or node under the pointer or with the focus.

use std::cell::RefCell;

use crate::{
    cluster::Cluster,
    resource::{ObjectKey, Text, Timestamp},
    view::{
        state::Subject,
        tooltip::{Tooltip, tooltip as describe},
    },
};
use leptos::{
    prelude::*,
    web_sys::{Element, HtmlElement},
};
use wasm_bindgen::JsCast;

use super::{PageRef, dom};

/// Distance of the tooltip from its block and from the edges of the window, in CSS pixels.
const DISTANCE: f64 = 8.0;

/// What the tooltip shows and where.
pub(super) struct TooltipState {
    content: ArcRwSignal<Option<Tooltip>>,
    target: RefCell<Option<Target>>,
}

struct Target {
    element: Element,
    subject: Subject,
}

impl Default for TooltipState {
    fn default() -> Self {
        Self {
            content: ArcRwSignal::new(None),
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
            .is_some_and(|target| target.element == *element)
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
            element: element.clone(),
            subject,
        }));
        self.content.set(Some(content));
        place_soon(element.clone());
    }

    /// Hides it.
    pub(super) fn hide(&self) {
        let Some(target) = self.target.take() else { return };
        dom::unset(&target.element, "aria-describedby");
        self.content.set(None);
    }

    /// Follows the cluster and the clock; hides when what it is about is gone.
    pub(super) fn refresh(&self, cluster: &Cluster, now: Timestamp) {
        let content = {
            let target = self.target.borrow();
            let Some(target) = &*target else { return };
            let is_there = target.element.is_connected() && subject(&target.element).as_ref() == Some(&target.subject);
            is_there.then(|| describe(cluster, &target.subject, now)).flatten()
        };
        match content {
            Some(content) => super::set_if_changed(&self.content, Some(content)),
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
fn place_soon(anchor: Element) {
    request_animation_frame(move || {
        let tooltip = dom::document()
            .get_element_by_id("tooltip")
            .and_then(|it| it.dyn_into::<HtmlElement>().ok());
        let Some(tooltip) = tooltip else { return };
        let (anchor, size) = (anchor.get_bounding_client_rect(), tooltip.get_bounding_client_rect());
        let extent = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|it| it.as_f64()).unwrap_or(0.0);
        let (width, height) = (
            extent(dom::window().inner_width()),
            extent(dom::window().inner_height()),
        );
        let left = (anchor.left() + anchor.width() / 2.0 - size.width() / 2.0)
            .min(width - size.width() - DISTANCE)
            .max(DISTANCE);
        let below = anchor.bottom() + DISTANCE;
        let top = if below + size.height() + DISTANCE <= height {
            below
        } else {
            (anchor.top() - DISTANCE - size.height()).max(DISTANCE)
        };
        let style = tooltip.style();
        // Custom lengths in pixels are always valid.
        let _ = style.set_property("left", &format!("{}px", left.round()));
        let _ = style.set_property("top", &format!("{}px", top.round()));
        dom::set(&tooltip, "data-placed", "");
    });
}

/// The element. It stays in the document, so that `aria-describedby` always names something.
pub(super) fn tooltip(page: PageRef) -> impl IntoView {
    let content = page.with_value(|page| page.0.tooltip.content.clone());
    // Anywhere: the pointer shows it wherever the focus is.
    let escape = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "Escape" {
            page.with_value(|page| page.0.tooltip.hide());
        }
    });
    on_cleanup(move || escape.remove());
    let is_hidden = {
        let content = content.clone();
        move || content.with(Option::is_none)
    };
    view! {
        <div id="tooltip" class="tooltip" role="tooltip" hidden=is_hidden>
            {move || content.get().map(body)}
        </div>
    }
}

fn body(tooltip: Tooltip) -> impl IntoView {
    let block = tooltip.look.map(|look| {
        view! { <span class="pod" data-family=look.family.slug() data-glyph=look.glyph.slug()></span> }
    });
    let facts = tooltip.facts.into_iter().map(|fact| {
        view! {
            <dt>{fact.column}</dt>
            <dd>{fact.value}</dd>
        }
    });
    view! {
        <p class="title">
            {block}
            <span>
                <span class="namespace">{tooltip.namespace}</span>
                <b>{tooltip.name}</b>
            </span>
        </p>
        <dl>{facts.collect_view()}</dl>
        <p class="message">{tooltip.message}</p>
    }
}
