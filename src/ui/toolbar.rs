//! What is chosen of the picture: groups, order, colours and zoom.

use crate::view::state::{Colour, Group, Sort, Zoom};

use super::{Page, sketch::Node};
use leptos::prelude::*;

/// Farther, as it fits, closer.
pub(super) const STEPS: &str = "<div class=steps role=group aria-label=Zoom>\
    <button type=button class='button step' id=zoom-out aria-label=Farther title=Farther>−</button>\
    <button type=button class='button step' id=zoom-fit aria-label='Zoom to fit' title='Zoom to fit'>fit</button>\
    <button type=button class='button step' id=zoom-in aria-label=Closer title=Closer>+</button></div>";

/// A menu of choices, each a value and its words.
pub(super) fn menu(
    into: &mut Node,
    (id, label): (&str, &str),
    choices: &mut dyn Iterator<Item = (String, String)>,
    chosen: &str,
) {
    let field = into.add("<label class='button select'></label>");
    field.put("<span class=prefix></span>", &format!("{id}: "));
    let select = field.add("<select></select>").set("id", id).set("aria-label", label);
    let mut is_known = false;
    for (value, words) in choices {
        is_known |= value == chosen;
        select.add("<option></option>").set("value", &value).text(&words);
    }
    if !is_known {
        // A value of the address that is none of them is offered, too.
        let words = chosen.strip_prefix("label:").unwrap_or(chosen);
        select.add("<option></option>").set("value", chosen).text(words);
    }
    select.property("value", chosen);
}

/// A change of zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Out,
    Fit,
    In,
}

impl Page {
    /// The menus of the header, which stand in one row whatever its width.
    pub(super) fn toolbar(&self, header: &mut Node) {
        let menus = header.add("<div class=menus></div>");
        self.state().with_untracked(|state| {
            let mut groups = Group::ALL.iter().map(|group| (group.to_string(), group.label()));
            menu(menus, ("group", "group"), &mut groups, &state.group.to_string());
            let words = |(slug, label): (&str, &str)| (slug.to_owned(), label.to_owned());
            let mut sorts = Sort::ALL.iter().map(|sort| words((sort.slug(), sort.label())));
            menu(menus, ("sort", "sort"), &mut sorts, state.sort.slug());
            let mut colours = Colour::ALL.iter().map(|colour| words((colour.slug(), colour.label())));
            menu(menus, ("colour", "colour"), &mut colours, state.colour.slug());
        });
    }

    /// Takes what was chosen from a menu of the header.
    pub(super) fn choose_from_menu(&self, id: &str, value: &str) {
        match id {
            "group" => self.navigate(|state| state.group = Group::parse(value).unwrap_or_default()),
            "sort" => self.navigate(|state| state.sort = Sort::parse(value).unwrap_or_default()),
            "colour" => self.navigate(|state| state.colour = Colour::parse(value).unwrap_or_default()),
            _ => {}
        }
    }

    /// Presses a button of the zoom.
    pub(super) fn press_zoom(&self, id: &str) {
        match id {
            "zoom-out" => self.zoom(Step::Out),
            "zoom-fit" => self.zoom(Step::Fit),
            "zoom-in" => self.zoom(Step::In),
            _ => {}
        }
    }

    /// Shows the picture from nearer or farther: boxes, then maps with ever smaller blocks.
    pub(super) fn zoom(&self, step: Step) {
        let block = self.picture().map_block.get();
        let (smallest, largest) = (*Zoom::MAP_PITCH.start(), *Zoom::MAP_PITCH.end());
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
