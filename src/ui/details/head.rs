//! The head of the drawer: the name, and the explanation.

use leptos::prelude::*;

use super::{facts::SubjectLink, navigate::close, object::Object};
use crate::{
    resource::Timestamp,
    ui::{
        components::BlockIcon,
        signals::{Clock, SubjectSignals},
        state::State,
    },
    view::{
        explain::{self, Explanation as Words},
        state::Subject,
        visible::visible,
    },
};

/// Who this is.
#[component]
pub(super) fn Head() -> impl IntoView {
    let state = expect_context::<State>();
    let Object { subject, .. } = expect_context();
    let SubjectSignals { known, .. } = expect_context();
    let (kind, namespace, name) = subject.with_value(|subject| match subject {
        Subject::Pod(key) => (
            "Pod",
            Some(visible(&key.namespace).into_owned()),
            visible(&key.name).into_owned(),
        ),
        Subject::Node(name) => ("Node", None, visible(name).into_owned()),
    });
    let appearance = Memo::new(move |_| known.with(|known| known.appearance));
    let icon = move || {
        appearance
            .get()
            .map(|appearance| view! { <BlockIcon family=appearance.family glyph=appearance.glyph/> })
    };
    let node = Memo::new(move |_| known.with(|known| known.node.clone()));
    let on_node = move || {
        node.get()
            .map(|node| view! { " · " <SubjectLink leads_to=format!("node:{node}") text=visible(&node).into_owned()/> })
    };
    view! {
        <header class="head">
            <h2 id="drawer-name" tabindex="-1">
                {icon}
                <span class="sr-only">{kind} " "</span>
                <span class="name">{name}</span>
            </h2>
            <button type="button" class="button close" aria-label="Close" data-action="close"
                on:click=move |_| close(state)>
                "×"
            </button>
            <p class="place">{kind} {namespace.map(|namespace| format!(" · {namespace}"))} {on_node}</p>
        </header>
    }
}

/// What is wrong.
#[component]
pub(super) fn Explanation() -> impl IntoView {
    let object = expect_context::<Object>();
    let subject = expect_context::<SubjectSignals>();
    let Clock { now, .. } = expect_context();
    let words = Memo::new(move |_| explain(object, subject, now));
    view! {
        <section class="explanation" id="explanation" aria-label="What is wrong"
            data-tone=move || words.with(|words| words.tone.slug())
            data-long=move || words.with(|words| words.text.chars().count() > 600).then_some("")>
            <p class="title">{move || words.with(|words| words.title.clone())}</p>
            <p class="text">{move || words.with(|words| words.text.clone())}</p>
        </section>
    }
}

fn explain(object: Object, subject: SubjectSignals, now: RwSignal<Timestamp>) -> Words {
    let (is_pod, now) = (object.is_pod, now.get());
    if let Some(gone) = subject.gone.get() {
        return explain::gone(is_pod, gone, now);
    }
    let known = subject.known.with(|known| known.explanation.clone());
    let api_error = object.api_error.get();
    object
        .value
        .with(|value| explain::subject(is_pod, value.as_ref(), known, api_error.as_ref(), now))
}
