//! What the help says beside the language of the query: keys, blocks that refine a family, edges of nodes.

use crate::{
    resource::status::Family,
    view::{block::Glyph, card::CardState},
};

/// Keys, and what they do.
pub const KEYS: [(&[&str], &str); 10] = [
    (
        &["←", "→", "↑", "↓"],
        "move between pods and nodes, as the eye sees them",
    ),
    (&["Home", "End"], "first and last of a box; with Ctrl of the whole map"),
    (&["n", "p"], "next and previous problem"),
    (&["Enter"], "open the details of what has the focus"),
    (&["l", "e", "y"], "open its logs, its events, its YAML"),
    (&["/"], "find"),
    (&["Enter"], "in the query: next match, with Shift the previous"),
    (&["0", "+", "-"], "zoom: as it fits, closer, farther"),
    (&["?"], "this help"),
    (&["Esc"], "close what is open, clear the query, leave the wall"),
];

/// The glyphs that refine a family, and what they mean.
pub const GLYPHS: [(Family, Glyph, &str); 2] = [
    (
        Family::Failing,
        Glyph::Over,
        "Failed and over, as Evicted: nothing will be tried again.",
    ),
    (Family::Gone, Glyph::Lost, "Lost with its node."),
];

/// The edges of nodes, and what they mean.
pub const EDGES: [(CardState, &str); 4] = [
    (CardState::Ready, "Ready."),
    (CardState::Cordoned, "Cordoned: it takes no new pods."),
    (CardState::NotReady, "NotReady, or silent."),
    (
        CardState::Ghost,
        "Missing: pods are bound to it, but there is no such node.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_and_each_glyph_has_its_meaning_once() {
        for (names, meaning) in KEYS {
            assert!(!names.is_empty() && !meaning.is_empty());
            assert_eq!(
                KEYS.iter().filter(|(_, other)| *other == meaning).count(),
                1,
                "{meaning}"
            );
        }
        for (family, glyph, meaning) in GLYPHS {
            assert_ne!(glyph, Glyph::Plain, "{meaning}");
            assert_eq!(GLYPHS.iter().filter(|it| (it.0, it.1) == (family, glyph)).count(), 1);
        }
    }
}
