//! The browser's tab: how many problems there are, in its title and its icon.

use leptos::prelude::*;

use crate::{
    ui::{
        dom,
        signals::{Clock, Liveness, Totals},
    },
    view::tab,
};

/// Updates the tab at most once a second: nobody can read a title that flickers.
pub(in crate::ui) fn use_tab_title() {
    let Clock { wall, .. } = expect_context();
    let Liveness { scene, .. } = expect_context();
    let Totals { summary, problems, .. } = expect_context();
    // The time stands still while nothing is heard, which is to be seen at once. And no problems can be said only where all is
    // known.
    let is_current = Memo::new(move |_| scene.with(|scene| summary.with(|summary| summary.may_be_calm(scene))));
    Effect::new(move |shown: Option<Option<(u32, bool)>>| {
        // Nothing is counted before the first frame.
        if wall.get().0 == 0 {
            return None;
        }
        let current = (problems.get_untracked(), is_current.get());
        if shown.flatten() != Some(current) {
            write(current);
        }
        Some(current)
    });
}

fn write((problems, is_current): (u32, bool)) {
    let document = dom::document();
    document.set_title(&tab::title(problems, is_current));
    if let Ok(Some(link)) = document.query_selector("link[rel=icon]") {
        dom::set(&link, "href", &tab::icon_url(&tab::icon(problems, is_current)));
    }
}
