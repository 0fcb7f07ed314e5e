//! The one tooltip: of the pod or node under the pointer or with the focus.

use leptos::{
    ev::{self, KeyboardEvent},
    html,
    prelude::*,
    web_sys::HtmlElement,
};
use leptos_use_event_listener::use_event_listener;

use super::block_icon::BlockIcon;
use crate::{
    browser::pointing::{Anchor, Target},
    ui::{dom, frame::Frame, signals::TooltipSignals},
    view::{format::pixels, navigate::Rect, tooltip},
};

/// See the [module](self). It stays in the document, so that `aria-describedby` always names something. Escape hides it
/// wherever the focus is: the pointer shows it anywhere.
#[component]
pub(in crate::ui) fn Tooltip() -> impl IntoView {
    let frame = expect_context::<Frame>();
    let TooltipSignals { target, content } = expect_context();
    let element = NodeRef::<html::Div>::new();
    let _ = use_event_listener(dom::window(), ev::keydown, move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            frame.point(None);
        }
    });
    Effect::new(move |described: Option<Option<Target>>| {
        if let Some(Some(old)) = described {
            describe(&old, false);
        }
        let target = target.get();
        if let (Some(target), Some(element)) = (target.clone(), element.get_untracked()) {
            describe(&target, true);
            // Once its content has been laid out.
            request_animation_frame(move || place(&element, target.rect()));
        }
        target
    });
    view! {
        <div id="tooltip" class="tooltip" role="tooltip" hidden=move || content.with(Option::is_none) node_ref=element>
            {move || content.get().map(|tooltip| view! { <Words tooltip/> })}
        </div>
    }
}

#[component]
fn Words(tooltip: tooltip::Tooltip) -> impl IntoView {
    let icon = tooltip
        .appearance
        .map(|appearance| view! { <BlockIcon family=appearance.family glyph=appearance.glyph/> });
    let facts = tooltip.facts.into_iter().map(|fact| {
        view! {
            <dt>{fact.column}</dt>
            <dd>{fact.value}</dd>
        }
    });
    view! {
        <p class="title">
            {icon}
            <span>
                <span class="namespace">{tooltip.namespace}</span>
                <b>{tooltip.name}</b>
            </span>
        </p>
        <dl>{facts.collect_view()}</dl>
        <p class="message">{tooltip.message}</p>
    }
}

/// Links the tooltip to an element for screen readers, or removes the link.
fn describe(target: &Target, is_described: bool) {
    if let Anchor::Element(element) = &target.anchor {
        dom::set_some(element, "aria-describedby", is_described.then_some("tooltip"));
    }
}

fn place(element: &HtmlElement, anchor: Rect) {
    let size = element.get_bounding_client_rect();
    let (left, top) = tooltip::place(anchor, (size.width(), size.height()), dom::window_size());
    dom::set_style(element, "left", &pixels(left));
    dom::set_style(element, "top", &pixels(top));
    dom::set(element, "data-placed", "");
}
