//! The strip on top of the map.

use std::cell::Cell;

use crate::view::{
    Word,
    format::{known, unit},
};

use super::{Page, dom, map, parts::Part, sketch::Node};

/// The strip.
pub(super) const STRIP: &str = "<section class=summary id=summary aria-label=Summary></section>";

/// Shortest time between two drawings of the totals, in milliseconds. Nobody reads sixty numbers a second, and each of them
/// moves what stands beside it: the browser laid out the strip in every frame.
const TOTALS_MS: f64 = 100.0;

/// When the totals were drawn last.
#[derive(Default)]
pub(super) struct TotalsPace {
    /// In milliseconds since the page was opened.
    drawn: Cell<f64>,
    /// Whether they have changed since then and will be drawn.
    is_held: Cell<bool>,
}

impl TotalsPace {
    /// Whether what has changed last is not drawn yet.
    pub(super) fn is_held(&self) -> bool {
        self.is_held.get()
    }
}

/// Where totals are shown.
const TOTALS: [Part; 3] = [Part::Summary, Part::Wall, Part::Spotlight];

impl Page {
    /// Has the totals drawn: now, or as soon as they have stood for [`TOTALS_MS`].
    pub(super) fn touch_totals(&self) {
        let (pace, now) = (&self.0.totals_pace, dom::milliseconds());
        let wait = pace.drawn.get() + TOTALS_MS - now;
        if wait <= 0.0 {
            pace.drawn.set(now);
            self.touch_all(&TOTALS);
        } else if !pace.is_held.replace(true) {
            let page = self.clone();
            // At most `TOTALS_MS`.
            dom::after(wait.ceil() as i32, move || {
                let pace = &page.0.totals_pace;
                pace.drawn.set(dom::milliseconds());
                pace.is_held.set(false);
                page.touch_all(&TOTALS);
            });
        }
    }

    /// Totals, counters by STATUS, and what changed lately.
    pub(super) fn summary(&self) -> Node {
        let summary = self.0.summary.borrow();
        let mut node = Node::new(STRIP);
        node.set("data-scene", map::slug(&self.0.liveness.scene.borrow()));
        let nodes = node.add("<div class=figure id=total-nodes></div>");
        nodes.put("<span class=number></span>", &known(summary.nodes));
        nodes
            .text(" ")
            .put("<span class=unit></span>", unit(summary.nodes, "node", "nodes"));
        words(nodes.add("<p class=words></p>"), &summary.node_words, " · ");
        nodes.put("<p class=recent></p>", &summary.recent_nodes);
        let pods = node.add("<div class=figure id=total-pods></div>");
        pods.put("<span class=number></span>", &known(summary.pods));
        pods.text(" ")
            .put("<span class=unit></span>", unit(summary.pods, "pod", "pods"));
        pods.put("<p class=words></p>", &summary.ready_words());
        pods.put("<p class=recent id=recent></p>", &summary.recent);
        self.counters(&mut node, &summary);
        let spectrum = node.add("<div class=spectrum aria-hidden=true></div>");
        for (family, pods) in &summary.families {
            spectrum
                .add("<span></span>")
                .set("data-family", family.slug())
                .style("--part", &pods.to_string())
                .flag("hidden", *pods == 0);
        }
        node
    }
}

/// Words with their tones, and what stands between them.
pub(super) fn words(into: &mut Node, words: &[Word], between: &str) {
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            into.text(between);
        }
        into.add("<span></span>")
            .set("data-tone", word.tone.slug())
            .text(&word.text);
    }
}
