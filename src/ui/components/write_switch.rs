//! Whether this page can change things, and the button that allows it or forbids it again.

use leptos::prelude::*;

use crate::{
    ui::{frame::Frame, signals::Access},
    view::write::WriteAccess,
};

/// See the [module](self).
#[component]
pub(super) fn WriteSwitch() -> impl IntoView {
    let Access { write } = expect_context();
    move || {
        let content = match write.get() {
            WriteAccess::ReadOnly => return None,
            WriteAccess::Framed => view! { <Framed/> }.into_any(),
            WriteAccess::Offered => view! { <Offered/> }.into_any(),
            WriteAccess::Allowed => view! { <Allowed/> }.into_any(),
        };
        Some(view! { <span class="writes" id="writes">{content}</span> })
    }
}

#[component]
fn Framed() -> impl IntoView {
    view! {
        <strong class="write-mark" id="write-mark"
            title="Another page shows this one in a frame and could lay itself over its buttons. Open it in a tab of its own \
                   to allow changes.">
            "read-only in a frame"
        </strong>
    }
}

#[component]
fn Offered() -> impl IntoView {
    let frame = expect_context::<Frame>();
    view! {
        <button type="button" class="button" data-action="enable-writes"
            title="The address has write=1. Until you allow changes in this tab, the page only reads."
            on:click=move |_| frame.allow_writes(true)>
            "Allow changes"
        </button>
    }
}

#[component]
fn Allowed() -> impl IntoView {
    let frame = expect_context::<Frame>();
    view! {
        <strong class="write-mark" id="write-mark" title="You can delete pods, cordon nodes and scale workloads.">
            "can write"
        </strong>
        <button type="button" class="button" data-action="disable-writes" title="Make the page read-only again."
            on:click=move |_| frame.allow_writes(false)>
            "Forbid changes"
        </button>
    }
}
