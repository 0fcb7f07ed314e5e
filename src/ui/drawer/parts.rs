//! What all of the drawer is made of: values with their tones and times, links to other subjects, what can be copied.

use crate::{
    resource::Timestamp,
    view::{
        details::{Fact, Part},
        format::ago,
        state::Tab,
    },
};
use leptos::web_sys::Element;
use wasm_bindgen_futures::spawn_local;

use super::{
    super::{Page, clipboard, dom, parts, sketch::Node},
    Drawer, logs, yaml,
};

/// How long a button says that something was copied, in milliseconds.
const COPIED_NOTE_MS: i32 = 4_000;

/// Facts as a list of names and values.
pub(super) fn facts(into: &mut Node, facts: &[Fact], now: Timestamp) {
    let list = into.add("<dl class=facts></dl>");
    for fact in facts {
        row(list, fact, now);
    }
}

/// A fact in a list of names and values.
pub(super) fn row(list: &mut Node, fact: &Fact, now: Timestamp) {
    list.put("<dt></dt>", fact.name);
    let value = list.add("<dd></dd>");
    for (index, one) in fact.parts.iter().enumerate() {
        if index > 0 {
            value.text(" · ");
        }
        part(value, one, now);
    }
}

/// A piece of a value. Its time ticks.
pub(super) fn part(into: &mut Node, part: &Part, now: Timestamp) {
    if let Some(slug) = &part.leads_to {
        return link(into, slug, &part.text);
    }
    let span = into.add("<span></span>");
    span.set_some("data-tone", part.tone.map(|tone| tone.slug()))
        .text(&part.text);
    if let Some(since) = part.since {
        let between = if part.text.is_empty() { "" } else { " " };
        let time = since.to_string();
        span.add("<time></time>")
            .set("datetime", &time)
            .set("title", &time)
            .text(&format!("{between}{}", ago(since, now)));
    }
}

/// Leads to another pod or node.
pub(super) fn link(into: &mut Node, slug: &str, text: &str) {
    into.add("<button type=button class=link data-action=go></button>")
        .set("data-leads-to", slug)
        .text(text);
}

/// A button that copies what the element of the id `shown` shows.
pub(super) fn copy_button(into: &mut Node, name: &str, shown: &str, copied: &(String, &'static str)) {
    into.add("<button type=button class='button copy' data-action=copy>Copy</button>")
        .set("aria-label", name)
        .set("data-copies", shown);
    let note = if copied.0 == shown { copied.1 } else { "" };
    into.put("<span class=copied role=status></span>", note);
}

impl Drawer {
    /// Why the object could not be read.
    pub(super) fn refusal(&self, into: &mut Node) {
        if let Some(refusal) = &self.object.borrow().refusal {
            into.put("<p class=refusal role=status></p>", &refusal.words(self.asked()));
        }
    }
}

impl Page {
    /// Copies what an element shows.
    pub(super) fn copy(&self, shown: String) {
        let drawer = &self.0.drawer;
        let text = match drawer.tab.get() {
            Tab::Yaml if shown == yaml::TEXT => drawer.yaml_text(),
            Tab::Logs if shown == logs::VIEW => Some(drawer.log.borrow().text()),
            _ => dom::document()
                .get_element_by_id(&shown)
                .and_then(|element: Element| element.text_content()),
        };
        let (page, text) = (self.clone(), text.unwrap_or_default());
        spawn_local(async move {
            let note = if clipboard::copy(&text, &shown).await {
                "copied"
            } else {
                "selected: press Ctrl+C or ⌘C"
            };
            page.say_copied(shown, note);
            dom::after(COPIED_NOTE_MS, move || page.say_copied(String::new(), ""));
        });
    }

    fn say_copied(&self, shown: String, note: &'static str) {
        self.0.drawer.copied.replace((shown, note));
        self.touch(parts::Part::Drawer);
    }
}
