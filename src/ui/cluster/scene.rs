//! What is shown in the area of the boxes without them: progress, a skeleton, an error, a query that hides everything; and how
//! old the picture is.

use leptos::prelude::*;

use crate::{
    ui::{
        query_bar::QueryDraft,
        signals::{Liveness, QuerySignals},
        state::State,
    },
    view::{
        connection::{LoadProgress, Scene},
        find::Found,
        visible::visible,
    },
};

/// How many cards the skeleton has.
const SKELETON_CARDS: usize = 12;

/// See the [module](self).
#[component]
pub(super) fn SceneNote() -> impl IntoView {
    let Liveness { scene, .. } = expect_context();
    move || match scene.get() {
        Scene::Current => ().into_any(),
        Scene::Stale(since) => view! { <Stale since/> }.into_any(),
        Scene::Loading(progress) => view! { <Loading progress/> }.into_any(),
        Scene::Failed => view! { <Failed/> }.into_any(),
        Scene::Empty => view! { <Empty/> }.into_any(),
    }
}

#[component]
fn Stale(since: String) -> impl IntoView {
    let words = match since.as_str() {
        "" => "stale".to_owned(),
        since => format!("stale since {since}"),
    };
    view! {
        <p class="stale-note" id="stale">{words}</p>
    }
}

#[component]
fn Loading(progress: LoadProgress) -> impl IntoView {
    let words = match progress.text.as_str() {
        "" => "Requesting nodes and pods…".to_owned(),
        text => text.to_owned(),
    };
    view! {
        <div class="progress" id="progress">
            <div class="track" data-unknown=progress.percent.is_none().then_some("")>
                <span style:--part=progress.percent.unwrap_or(0).to_string()></span>
            </div>
            <span>{words}</span>
        </div>
        <Skeleton/>
    }
}

/// Shown while nothing is known and the server does not answer.
#[component]
fn Failed() -> impl IntoView {
    view! {
        <div class="scene">
            <span class="invader"></span>
            <h2>"Nothing to show yet"</h2>
            <p>"The cluster appears here as soon as the API server answers. No reload is needed."</p>
        </div>
    }
}

/// What stands there while there is nothing.
#[component]
fn Empty() -> impl IntoView {
    view! {
        <div class="scene">
            <span class="invader"></span>
            <h2>"An empty cluster"</h2>
            <p>
                "The API server has no nodes and no pods. Create the first pod with "
                <code>"kubectl run web --image=nginx"</code> "."
            </p>
        </div>
    }
}

/// What stands there while all is hidden because nothing matches the query.
#[component]
pub(super) fn NothingFound() -> impl IntoView {
    let state = expect_context::<State>();
    let draft = expect_context::<QueryDraft>();
    let Liveness { badge, .. } = expect_context();
    let QuerySignals { in_force, found, .. } = expect_context();
    let found = Memo::new(move |_| {
        // While the first list arrives, a match may be still to come.
        let hides = state.with(|state| state.hides) && !badge.with(|badge| badge.state.is_listing());
        found.get().filter(|found| hides && found.is_nothing())
    });
    let note = move |found: Found| {
        view! {
            <div class="scene" id="nothing-found">
                <h2>"Nothing matches " <code>{move || in_force.with(|query| visible(query).into_owned())}</code></h2>
                <p>{found.sentence()} " Pods that do not match are hidden."</p>
                <button type="button" class="button" id="show-all" on:click=move |_| draft.clear()>"Show all"</button>
            </div>
        }
    };
    move || found.get().map(note)
}

/// Boxes without anything in them.
#[component]
pub(super) fn Skeleton() -> impl IntoView {
    let cards = (0..SKELETON_CARDS).map(|index| {
        view! {
            <div style:--fade=index.to_string()><span class="screen"></span></div>
        }
    });
    view! {
        <div class="skeleton" aria-hidden="true">{cards.collect_view()}</div>
    }
}
