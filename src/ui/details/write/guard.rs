//! The half second in which the button that confirms cannot be pressed, so that the user has seen it.

use std::time::Duration;

use gloo_timers::callback::Interval;
use leptos::{html, prelude::*};

use crate::{
    ui::{dom, signals::put},
    view::write::ConfirmGuard,
};

/// How often it is looked whether the button can be seen, in milliseconds.
const LOOK_MS: u32 = 50;

/// Whether the button was to be seen for long enough, and whether it may be pressed at this very moment. Looks for as long as
/// the caller's owner lives.
pub(super) fn use_confirm_guard(button: NodeRef<html::Button>) -> (RwSignal<bool>, impl Fn() -> bool + Copy) {
    let is_ready = RwSignal::new(false);
    let guard = StoredValue::new(ConfirmGuard::default());
    let look = move || {
        let now = Duration::from_secs_f64(dom::milliseconds() / 1_000.0);
        let is_seen = is_seen(button);
        if let Some(is_long_enough) = guard.try_update_value(|guard| guard.look(now, is_seen)) {
            put(is_ready, is_long_enough);
        }
    };
    // Ends with its owner.
    StoredValue::new_local(Interval::new(LOOK_MS, look));
    // The guard looks now and then, and what counts is the moment of the click.
    (is_ready, move || is_ready.get_untracked() && is_seen(button))
}

/// Whether the button is to be seen: nothing lies over it, and the page has the focus.
fn is_seen(button: NodeRef<html::Button>) -> bool {
    let document = dom::document();
    let button = button.get_untracked();
    let Some(button) = button.filter(|_| !document.hidden() && document.has_focus().unwrap_or(false)) else {
        return false;
    };
    let area = button.get_bounding_client_rect();
    let (x, y) = (area.x() + area.width() / 2.0, area.y() + area.height() / 2.0);
    let top = document.element_from_point(x as f32, y as f32);
    top.is_some_and(|top| button.contains(Some(&top)))
}
