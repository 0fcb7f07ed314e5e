//! What stands in the head of a card beside its name: the words, and the bars.
//!
//! Everything has its place whether or not there is something to say, so that a card never grows while data stream in.

use crate::view::{
    bar::{Bar, BarResource},
    card::Card,
};

use super::{sketch::Node, summary};

/// The words row: what is the matter, and what kind of node it is.
pub(super) fn words(into: &mut Node, card: &Card) {
    let words = into.add("<p class=words></p>");
    summary::words(words, &card.words, "");
    words.put("<span class=traits></span>", &card.traits);
}

/// The bars: an outline as far as it is requested, filled as far as it is used.
pub(super) fn bars(into: &mut Node, card: &Card) {
    let bars = into.add("<div class=bars></div>");
    for (bar, resource) in card.bars.iter().zip([BarResource::Cpu, BarResource::Memory]) {
        row(bars, bar, resource.label());
    }
}

fn row(bars: &mut Node, bar: &Bar, label: &str) {
    let row = bars.add("<div class=bar-row></div>");
    row.set("data-resource", label).set("data-level", bar.level().slug());
    row.put("<span></span>", label);
    row.add("<span class=track aria-hidden=true></span>")
        .style("--requested", &drawn(bar.requested_percent()))
        .style("--used", &drawn(bar.used_percent()));
    let percent = row.add("<span class=percent></span>");
    for (index, text) in bar.texts().into_iter().flatten().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        percent.put("<span></span>", &format!("{comma}{text}"));
    }
}

/// A percentage as far as the bar reaches.
fn drawn(percent: Option<u32>) -> String {
    percent.unwrap_or(0).min(100).to_string()
}
