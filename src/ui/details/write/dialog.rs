//! The dialog that asks before anything is changed. Each stage has elements of its own, so that none keeps the focus for the
//! next.

use leptos::{
    ev::SubmitEvent,
    html,
    prelude::*,
    task::{spawn_local, tick},
    web_sys::{HtmlDialogElement, HtmlElement, HtmlInputElement},
};
use wasm_bindgen::JsCast;

use super::{guard::use_confirm_guard, writing::Writing};
use crate::{limits::MAX_REPLICAS, ui::dom, view::write_stage::Stage};

/// See the [module](self).
#[component]
pub(super) fn WriteDialog() -> impl IntoView {
    let writing = expect_context::<Writing>();
    let Writing { stage, .. } = writing;
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let is_open = stage.with(|stage| *stage != Stage::Closed);
        let Some(dialog) = dialog.get() else { return };
        // Once what it asks is in it.
        spawn_local(async move {
            tick().await;
            show(&dialog, is_open);
        });
    });
    // Escape closes it, for instance. The browser says so later, and by then it may be open for something else.
    let closed = move |_| {
        if dialog.get_untracked().is_some_and(|dialog| !dialog.open()) {
            writing.close();
        }
    };
    // What was written is wrong: the field stays.
    let slug = Memo::new(move |_| stage.with(Stage::slug));
    let content = move || slug.get().map(|_| view! { <Content/> });
    view! {
        <dialog id="write-dialog" class="dialog" aria-labelledby="write-title"
            aria-busy=move || (slug.get() == Some("busy")).to_string() data-stage=move || slug.get() node_ref=dialog
            on:close=closed>
            {content}
        </dialog>
    }
}

#[component]
fn Content() -> impl IntoView {
    let Writing { stage, .. } = expect_context();
    let title = stage.with_untracked(Stage::title);
    let body = match stage.get_untracked() {
        Stage::Closed => ().into_any(),
        Stage::Busy(_) => view! { <Busy/> }.into_any(),
        Stage::Refused { words, .. } => view! { <Refused words/> }.into_any(),
        Stage::Number { from, .. } => view! { <Number from/> }.into_any(),
        Stage::Confirm {
            consequences,
            label,
            slug,
            ..
        } => view! { <Confirm consequences label slug/> }.into_any(),
    };
    view! {
        <h2 id="write-title">{title}</h2>
        {body}
    }
}

#[component]
fn Busy() -> impl IntoView {
    let Writing { stage, .. } = expect_context();
    let words = move || match stage.get() {
        Stage::Busy(words) => words,
        _ => "",
    };
    view! {
        <p role="status">{words}</p>
        <Choices leave="Close"/>
    }
}

#[component]
fn Refused(words: String) -> impl IntoView {
    view! {
        <p class="refusal" role="alert">{words}</p>
        <Choices leave="Close"/>
    }
}

#[component]
fn Number(from: i64) -> impl IntoView {
    let writing = expect_context::<Writing>();
    let field = NodeRef::<html::Input>::new();
    let error = move || match writing.stage.get() {
        Stage::Number { error, .. } => error,
        _ => String::new(),
    };
    let choose = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            writing.choose_number(&field.value());
        }
    };
    view! {
        <form on:submit=choose>
            <label class="number">
                "Pods: "
                <input type="number" id="write-number" min="0" step="1" autofocus max=MAX_REPLICAS.to_string()
                    value=from.to_string() node_ref=field/>
            </label>
            <p class="note">{format!("It has {from} now. You confirm before anything changes.")}</p>
            <p class="refusal" role="alert">{error}</p>
            <Choices leave="Cancel"><button type="submit" class="button" data-action="check">"Go on"</button></Choices>
        </form>
    }
}

#[component]
fn Confirm(consequences: Vec<String>, label: String, slug: &'static str) -> impl IntoView {
    let writing = expect_context::<Writing>();
    let button = NodeRef::new();
    let (is_ready, may_confirm) = use_confirm_guard(button);
    let confirm = move |_| {
        if may_confirm() {
            writing.confirm();
        }
    };
    view! {
        <ul class="consequences">{consequences.into_iter().map(|it| view! { <li>{it}</li> }).collect_view()}</ul>
        <p class="note">"You have the permission, and the API server accepted a dry run."</p>
        <Choices leave="Cancel">
            <button type="button" class="button danger" data-action="confirm" data-write=slug
                disabled=move || !is_ready.get() node_ref=button on:click=confirm>
                {label}
            </button>
        </Choices>
    }
}

/// The buttons below, with the one that leaves it.
#[component]
fn Choices(leave: &'static str, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    let writing = expect_context::<Writing>();
    view! {
        <div class="choices">
            <button type="button" class="button" data-action="cancel" on:click=move |_| writing.close()>{leave}</button>
            {children.map(|children| children())}
        </div>
    }
}

/// Opens or closes the dialog, and keeps the focus in it.
fn show(dialog: &HtmlDialogElement, is_open: bool) {
    match (is_open, dialog.open()) {
        // Fails only while it is open already.
        (true, false) => drop(dialog.show_modal()),
        (false, true) => dialog.close(),
        (true, true) => keep_focus(dialog),
        (false, false) => {}
    }
}

/// Leads the focus into what the dialog asks by now, where it was on something that is gone.
fn keep_focus(dialog: &HtmlDialogElement) {
    let focused = dom::document().active_element();
    if focused.is_some_and(|focused| dialog.contains(Some(&focused))) {
        return;
    }
    for selector in ["[autofocus]", "button"] {
        let element = dialog.query_selector(selector).ok().flatten();
        if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
            // What is written there is a proposal.
            if let Some(field) = element.dyn_ref::<HtmlInputElement>() {
                field.select();
            }
            return;
        }
    }
}
