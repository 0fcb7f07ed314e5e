//! The page: a Leptos application.
//!
//! Store and cluster live outside of the reactive graph. Data goes one way: `Frame::advance` advances the model with what
//! the user has chosen (`state`), and writes view values into the `signals` that have changed; `components`,
//! `cluster` and `details` follow them. What the user does becomes another choice, or a request to the frame.
//!
//! Three leaves are drawn by hand, each within one element and from signals: the blocks of a card (`cluster::pod_grid`), the
//! map (`cluster::cluster_map`) and the rows of a log (`details::log_rows`). What an effect or a leaf has to remember is a
//! `StoredValue` of its owner and ends with it; no `Cell` is left. What is pure of all this is in [`view`](crate::view).
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
mod name_parts;
mod query_bar;
mod shortcuts;
mod signals;
mod state;
mod viewport;

use std::{any::Any, cell::OnceCell, rc::Rc};

use leptos::prelude::*;

use self::{
    app::{App, provide_contexts},
    frame::Frame,
    state::State,
};
pub use self::{
    cluster::{Motion, PodGrid},
    signals::Drawing,
};
use crate::browser::model::Model;

/// The page. Dropping it takes it out of the document, with its listeners, timers and requests.
pub struct Page {
    frame: Frame,
    #[expect(dead_code, reason = "dropping it removes the page")]
    mounted: Box<dyn Any>,
    #[expect(
        dead_code,
        reason = "dropping it ends what the page has begun, after its elements are gone"
    )]
    owner: Ending,
}

/// Ends what an owner owns, whoever else holds it: the cards do, which it owns, and tasks until they are polled again.
struct Ending(Owner);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.cleanup();
    }
}

impl Page {
    /// Puts the page into `#app`, or into the body where there is none, and installs `window.k8bit`. Whatever has been listed
    /// by now is shown by the first [`Page::advance`]: both in one task would be a long one.
    #[must_use]
    pub fn mount(model: Model) -> Self {
        let root = dom::app_root();
        root.set_text_content(None);
        let made: Rc<OnceCell<(Frame, Owner)>> = Rc::default();
        let making = Rc::clone(&made);
        let mounted = leptos::mount::mount_to(root, move || {
            let owner = Owner::current().expect("a mounted component has an owner");
            let (frame, _) = *making.get_or_init(|| (Frame::new(model, State::of_address()), owner));
            provide_contexts(frame);
            hooks::install(frame, expect_context::<Motion>());
            view! { <App/> }
        });
        let (frame, owner) = made.get().expect("the page is made before it is mounted").clone();
        Self {
            frame,
            mounted: Box::new(mounted),
            owner: Ending(owner),
        }
    }

    /// Follows the driver: at most once per animation frame when something changed, and once a second.
    pub fn follow_driver(&self) {
        self.frame.follow_driver();
    }

    /// Shows what has been listed by now.
    pub fn advance(&self) {
        self.frame.advance();
    }
}
