//! A button that copies what an element shows, and says what came of it.

use gloo_timers::callback::Timeout;
use leptos::{prelude::*, task::spawn_local};

use crate::browser::clipboard;

/// How long it says that something was copied, in milliseconds.
const COPIED_NOTE_MS: u32 = 4_000;

/// Copies `text`, which the element of the id `shown` shows at least in part.
#[component]
pub(super) fn CopyButton(
    name: String,
    #[prop(into)] shown: String,
    text: impl Fn() -> String + 'static,
) -> impl IntoView {
    let said = RwSignal::new("");
    let clearing = StoredValue::new_local(None::<Timeout>);
    let copies = shown.clone();
    let copy = move |_| {
        let (text, shown) = (text(), shown.clone());
        spawn_local(async move {
            said.try_set(if clipboard::copy(&text, &shown).await {
                "copied"
            } else {
                "selected: press Ctrl+C or ⌘C"
            });
            // A button that is gone by now has taken its timer along.
            clearing.try_update_value(|clearing| {
                *clearing = Some(Timeout::new(COPIED_NOTE_MS, move || said.set("")));
            });
        });
    };
    view! {
        <button type="button" class="button copy" data-action="copy" aria-label=name data-copies=copies on:click=copy>
            "Copy"
        </button>
        <span class="copied" role="status">{move || said.get()}</span>
    }
}
