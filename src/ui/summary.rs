//! The strip on top of the map.

use crate::{
    resource::status::Family,
    view::{Word, format::count, summary::Summary},
};

use super::{Page, map, sketch::Node};

/// The strip.
pub(super) const STRIP: &str = "<section class=summary id=summary aria-label=Summary></section>";

impl Page {
    /// Totals, counters by STATUS, and what changed lately.
    pub(super) fn summary(&self) -> Node {
        let summary = self.0.summary.borrow();
        let mut node = Node::new(STRIP);
        node.set("data-scene", map::slug(&self.0.liveness.scene.borrow()));
        let nodes = node.add("<div class=figure id=total-nodes></div>");
        nodes.put("<span class=number></span>", &count(u64::from(summary.nodes)));
        nodes.text(" ").add("<span class=unit>nodes</span>");
        words(nodes.add("<p class=words></p>"), &summary.node_words, " · ");
        nodes.put("<p class=recent></p>", &summary.recent_nodes);
        let pods = node.add("<div class=figure id=total-pods></div>");
        pods.put("<span class=number></span>", &count(u64::from(summary.pods)));
        pods.text(" ").add("<span class=unit>pods</span>");
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

/// How many pods are of a family.
pub(super) fn pods_of(summary: &Summary, family: Family) -> u32 {
    let mut families = summary.families.iter();
    families
        .find(|(other, _)| *other == family)
        .map_or(0, |(_, pods)| *pods)
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
