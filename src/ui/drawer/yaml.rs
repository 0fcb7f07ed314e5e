//! The last tab: the object as kubectl would write it.

use crate::view::{state::Subject, yaml};
use leptos::prelude::*;

use super::{super::PageRef, parts};

/// The element with the text.
const TEXT: &str = "yaml";

/// The tab.
pub(super) fn yaml(page: PageRef) -> impl IntoView {
    let object = page.with_value(|page| page.0.drawer.object.clone());
    let is_pod = page.with_value(|page| matches!(&*page.0.drawer.subject.borrow(), Some(Subject::Pod(_))));
    let refusal = {
        let object = object.clone();
        move || {
            let asked = if is_pod { "get pods" } else { "get nodes" };
            object.with(|object| object.refusal.as_ref().map(|refusal| refusal.words(asked)))
        }
    };
    let text = Memo::new(move |_| object.with(|object| object.value.as_deref().map(yaml::of_object)));
    let is_read = Memo::new(move |_| text.with(Option::is_some));
    view! {
        {move || refusal().map(|words| view! { <p class="refusal" role="status">{words}</p> })}
        {move || {
            if is_read.get() {
                view! {
                    <div class="tools">
                        <p class="note">"As it is stored, without managedFields."</p>
                        {parts::copy_button(
                            "Copy",
                            || "Copy the YAML".to_owned(),
                            move || text.get_untracked().unwrap_or_default(),
                            TEXT,
                        )}
                    </div>
                    <pre class="yaml" id=TEXT tabindex="0" role="region" aria-label="YAML">{move || text.get().unwrap_or_default()}</pre>
                }
                .into_any()
            } else {
                view! { <p class="state-line">"Asking for it…"</p> }.into_any()
            }
        }}
    }
}
