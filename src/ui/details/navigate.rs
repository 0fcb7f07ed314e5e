//! Opening and closing the drawer.

use leptos::{ev::KeyboardEvent, web_sys::Element};

use crate::{
    browser::pointing::Target,
    ui::{
        dom,
        focus::{element_of, first_stop},
        frame::Frame,
        state::State,
    },
    view::state::{Subject, Tab},
};

/// Closes the drawer and gives the focus back to where it came from.
pub(super) fn close(state: State) {
    let subject = state.with_untracked(|state| state.selected.clone());
    // First: to remove what has the focus costs a layout of the page, and to give it after that another one.
    if let Some(back) = subject.and_then(|subject| element_of(&subject)).or_else(first_stop) {
        let _ = back.focus();
    }
    state.navigate(|state| (state.selected, state.tab) = (None, Tab::default()));
}

/// Shows the details of a pod or a node.
pub(super) fn go(state: State, subject: Option<Subject>, tab: Tab) {
    state.navigate(|state| (state.selected, state.tab) = (subject, tab));
    dom::focus_soon("drawer-name".to_owned());
}

/// Opens what an element stands for, if it stands for something.
pub(in crate::ui) fn open_details(frame: Frame, element: &Element, tab: Tab) {
    if let Some(target) = Target::of(element) {
        frame.point(None);
        go(frame.state, Some(target.subject), tab);
    }
}

/// Which tab a key on a block opens.
pub(in crate::ui) fn tab_of_key(event: &KeyboardEvent) -> Option<Tab> {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return None;
    }
    match event.key().as_str() {
        "l" => Some(Tab::Logs),
        "e" => Some(Tab::Events),
        "y" => Some(Tab::Yaml),
        _ => None,
    }
}
