//! The page: a Leptos application.
//!
//! Store and cluster live outside of the reactive graph. Data goes one way: [`Frame::advance`] advances the model with what
//! the reader has chosen (`state`), and writes view values into the `signals` that have changed; `components`,
//! `cluster` and `details` follow them. What the reader does becomes another choice, or a request to the frame.
//!
//! Three leaves are drawn by hand, each within one element and from signals: the blocks of a card (`cluster::pod_grid`), the
//! map (`cluster::cluster_map`) and the rows of a log (`details::log_rows`).
//!
//! Knows nothing of requests, streams and watch events.

#![allow(unreachable_pub, reason = "what `#[component]` makes of a function is `pub`")]

mod app;
mod cluster;
mod components;
mod details;
mod dom;
mod focus;
mod frame;
mod hooks;
mod model;
mod pointing;
mod query_bar;
mod shortcuts;
mod signals;
mod state;
mod viewport;

use std::{cell::OnceCell, rc::Rc};

use leptos::prelude::*;

use self::{
    app::{App, provide_contexts},
    cluster::Motion,
    state::State,
};
pub use self::{frame::Frame, model::Model};

/// Puts the page into `#app`, or into the body where there is none, and installs `window.k8bit`. Whatever has been listed
/// by now is shown by the first [`Frame::advance`]: both in one task would be a long one.
#[must_use]
pub fn mount(model: Model) -> Frame {
    let root = dom::app_root();
    root.set_text_content(None);
    let mounted: Rc<OnceCell<Frame>> = Rc::default();
    let made = Rc::clone(&mounted);
    let page = leptos::mount::mount_to(root, move || {
        let frame = Frame::new(model, State::of_address());
        provide_contexts(frame);
        hooks::install(frame, expect_context::<Motion>());
        // There is one.
        let _ = made.set(frame);
        view! { <App/> }
    });
    // As long as the page.
    page.forget();
    *mounted.get().expect("what is mounted was made")
}
