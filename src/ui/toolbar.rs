//! What is chosen of the picture: groups, order, colours and zoom.

use leptos::prelude::*;

use crate::view::state::{Colour, Group, Sort, ViewState, Zoom};

use super::{Page, PageRef};

/// The menus of the header.
pub(super) fn toolbar(page: PageRef) -> impl IntoView {
    let groups: Vec<(String, String)> = Group::ALL
        .iter()
        .map(|group| (group.to_string(), group.label()))
        .collect();
    let sorts = Sort::ALL
        .iter()
        .map(|sort| (sort.slug().to_owned(), sort.label().to_owned()));
    let colours = Colour::ALL
        .iter()
        .map(|colour| (colour.slug().to_owned(), colour.label().to_owned()));
    view! {
        {menu(
            page,
            ("group", "group"),
            groups,
            |state| state.group.to_string(),
            |state, value| state.group = Group::parse(value).unwrap_or_default(),
        )}
        {menu(
            page,
            ("sort", "sort"),
            sorts.collect(),
            |state| state.sort.slug().to_owned(),
            |state, value| state.sort = Sort::parse(value).unwrap_or_default(),
        )}
        {menu(
            page,
            ("colour", "colour"),
            colours.collect(),
            |state| state.colour.slug().to_owned(),
            |state, value| state.colour = Colour::parse(value).unwrap_or_default(),
        )}
        {zoom(page)}
    }
}

/// A menu of choices, each a value and its words. A value of the address that is none of them is offered too.
fn menu(
    page: PageRef,
    (id, name): (&'static str, &'static str),
    choices: Vec<(String, String)>,
    chosen: fn(&ViewState) -> String,
    choose: fn(&mut ViewState, &str),
) -> impl IntoView {
    let state = page.with_value(Page::state);
    let chosen = Memo::new(move |_| state.with(chosen));
    let extra = {
        let known: Vec<String> = choices.iter().map(|(value, _)| value.clone()).collect();
        move || {
            let value = chosen.get();
            (!known.contains(&value)).then(|| {
                let words = value.strip_prefix("label:").unwrap_or(&value).to_owned();
                view! { <option value=value.clone() selected=true>{words}</option> }
            })
        }
    };
    let options = choices.into_iter().map(move |(value, words)| {
        let own = value.clone();
        view! {
            <option value=value selected=move || chosen.get() == own>
                {words}
            </option>
        }
    });
    let choose = move |event| {
        let value = event_target_value(&event);
        page.with_value(|page| page.navigate(|state| choose(state, &value)));
    };
    view! {
        <label class="button select">
            <span class="prefix">{name} ": "</span>
            <select id=id aria-label=name on:change=choose prop:value=move || chosen.get()>
                {options.collect_view()}
                {extra}
            </select>
        </label>
    }
}

/// Farther, as it fits, closer.
fn zoom(page: PageRef) -> impl IntoView {
    let button = move |id: &'static str, text: &'static str, label: &'static str, step: Step| {
        view! {
            <button
                type="button"
                class="button step"
                id=id
                aria-label=label
                title=label
                on:click=move |_| page.with_value(|page| page.zoom(step))
            >
                {text}
            </button>
        }
    };
    view! {
        <div class="steps" role="group" aria-label="Zoom">
            {button("zoom-out", "−", "Farther", Step::Out)}
            {button("zoom-fit", "fit", "Zoom to fit", Step::Fit)}
            {button("zoom-in", "+", "Closer", Step::In)}
        </div>
    }
}

/// A change of zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Out,
    Fit,
    In,
}

impl Page {
    /// Shows the picture from nearer or farther: boxes, then maps with ever smaller blocks.
    pub(super) fn zoom(&self, step: Step) {
        let block = self.picture().map_block.get_untracked();
        let (smallest, largest) = (*Zoom::MAP_BLOCK.start(), *Zoom::MAP_BLOCK.end());
        let zoom = match (step, block) {
            (Step::Fit, _) => Zoom::Auto,
            (Step::In, None) => Zoom::Boxes,
            (Step::In, Some(block)) if block < largest => Zoom::Map(block + 1),
            (Step::In, Some(_)) => Zoom::Boxes,
            (Step::Out, None) => Zoom::Map(largest),
            (Step::Out, Some(block)) => Zoom::Map(block.saturating_sub(1).max(smallest)),
        };
        self.navigate(|state| state.zoom = zoom);
    }
}
