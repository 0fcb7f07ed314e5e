//! Header and legend.

use crate::{
    resource::status::Family,
    view::{
        block,
        colour::Legend,
        format::{count, counted},
        write::WriteAccess,
    },
};
use leptos::web_sys::{Element, Event};

use super::{Page, dom, help, parts::Part, query_bar, saved_views, sketch::Node, toolbar};

/// The header.
pub(super) const HEADER: &str = "<header class=bar><h1 class=brand><span class=logo></span>\
    <span class=wordmark>K8BIT</span></h1></header>";

/// The legend.
pub(super) const LEGEND: &str = "<footer class=legend></footer>";

impl Page {
    /// The header: who this is, how the connection is, how it looks.
    pub(super) fn header(&self) -> Node {
        let mut node = Node::new(HEADER);
        self.badge(&mut node);
        if let Some(root) = self.0.source.shown_root() {
            node.add("<span class=api-root id=api-root></span>")
                .set(
                    "title",
                    "The address of this page says where the Kubernetes API begins (?api=).",
                )
                .text("API at ")
                .add("<code></code>")
                .text(root);
        }
        write_switch(&mut node, self.0.source.write_access());
        node.add(query_bar::BAR);
        node.add(saved_views::BUTTON);
        node.add(saved_views::MENU);
        self.toolbar(&mut node);
        node.add(help::BUTTON);
        node
    }

    /// Wakes what of the header draws itself.
    pub(super) fn attach_header(&self) {
        if let Some(bar) = self.find_in(Part::Header, "#find") {
            query_bar::attach(bar, self);
        }
        if let Some(menu) = self.find_in(Part::Header, "#views-menu") {
            saved_views::attach(&menu, self);
        }
    }

    /// Takes an event of the header.
    pub(super) fn handle_header(&self, event: &Event, target: &Element) {
        if event.type_() == "change" {
            let value = dom::value(target);
            return self.choose_from_menu(&target.id(), &value);
        }
        let button = target.closest("button").ok().flatten();
        match button
            .as_ref()
            .and_then(|button| button.get_attribute("data-action"))
            .as_deref()
        {
            Some("enable-writes") => return self.allow_writes(true),
            Some("disable-writes") => return self.allow_writes(false),
            _ => {}
        }
        match button.map(|button| button.id()).as_deref() {
            Some("connection") => self.toggle_details(),
            Some("open-help") => help::open(),
            _ => {}
        }
    }

    /// Takes an event of the legend.
    pub(super) fn handle_legend(&self, event: &Event, target: &Element) {
        match (event.type_().as_str(), target.id().as_str()) {
            ("change", "theme") => self.choose_theme(&dom::value(target)),
            ("click", id) => self.press_zoom(id),
            _ => {}
        }
    }

    /// What is what, and how near and in which colours it is shown.
    pub(super) fn legend(&self) -> Node {
        let mut node = Node::new(LEGEND);
        let legend = self.picture().legend.borrow();
        if legend.title.is_empty() {
            families(&mut node);
        } else {
            tints(&mut node, &legend);
        }
        node.put("<p class=spread id=spread></p>", &self.picture().spread.borrow());
        let controls = node.add("<div class=controls></div>");
        controls.add(toolbar::STEPS);
        self.theme_menu(controls);
        controls.add("<span class=keys>/ find · arrows move · n p problems · ? help</span>");
        node
    }
}

/// Says whether this page can change things, and offers to allow it or to forbid it again.
fn write_switch(node: &mut Node, access: WriteAccess) {
    if access == WriteAccess::ReadOnly {
        return;
    }
    let writes = node.add("<span class=writes id=writes></span>");
    match access {
        WriteAccess::ReadOnly => {}
        WriteAccess::Framed => {
            writes.add(
                "<strong class=write-mark id=write-mark title='Another page shows this one in a frame and could lay itself \
                 over its buttons. Open it in a tab of its own to allow changes.'>read-only in a frame</strong>",
            );
        }
        WriteAccess::Offered => {
            writes.add(
                "<button type=button class=button data-action=enable-writes title='The address has write=1. Until you allow \
                 changes in this tab, the page only reads.'>Allow changes</button>",
            );
        }
        WriteAccess::Allowed => {
            writes.add(
                "<strong class=write-mark id=write-mark title='Pods can be deleted, nodes cordoned, workloads \
                 scaled.'>can write</strong>",
            );
            writes.add(
                "<button type=button class=button data-action=disable-writes title='The page only reads \
                 again.'>Forbid changes</button>",
            );
        }
    }
}

fn families(legend: &mut Node) {
    let list = legend.add("<ul aria-label=Legend></ul>");
    for family in Family::ALL {
        let item = list.add("<li></li>").set("title", block::meaning(family));
        item.add("<span class=swatch-ground></span>")
            .add("<span class=pod></span>")
            .set("data-family", family.slug());
        item.text(family.label());
    }
}

/// The legend of colours that do not tell the status.
fn tints(node: &mut Node, legend: &Legend) {
    let list = node.add("<ul id=tints></ul>").set("aria-label", legend.title);
    list.put("<li class=title></li>", legend.title);
    for entry in &legend.entries {
        let item = list.add("<li></li>");
        item.add("<span class=swatch-ground></span>")
            .add("<span class=pod data-family=healthy></span>")
            .set("data-tint", entry.tint.slug());
        item.text(&entry.label);
        item.put("<span class=number></span>", &count(u64::from(entry.pods)));
    }
    if legend.others > 0 {
        let others = counted(u64::from(legend.others), "pod of others", "pods of others");
        list.put("<li></li>", &others);
    }
}
