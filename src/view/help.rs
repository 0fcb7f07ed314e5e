//! The help besides the query language: keys, glyphs and edges.

use crate::{
    resource::status::Family,
    view::{block::Glyph, card::CardState},
};

/// Keys, and what they do.
pub const KEYS: [(&[&str], &str); 10] = [
    (&["←", "→", "↑", "↓"], "move between pods and nodes"),
    (&["Home", "End"], "first and last of a box; with Ctrl of all boxes"),
    (&["n", "p"], "next and previous problem"),
    (&["Enter"], "open the details of what has the focus"),
    (&["l", "e", "y"], "open its logs, its events, its YAML"),
    (&["/"], "go to the query"),
    (&["Enter"], "in the query: next match, with Shift the previous"),
    (&["0", "+", "-"], "zoom: fit, closer, farther"),
    (&["?"], "this help"),
    (&["Esc"], "close what is open, clear the query, exit kiosk mode"),
];

/// The glyphs that refine a family, and what they mean.
pub const GLYPHS: [(Family, Glyph, &str); 3] = [
    (
        Family::Failing,
        Glyph::Over,
        "Failed, such as Evicted: it is not restarted.",
    ),
    (Family::Gone, Glyph::Lost, "Lost with its node."),
    (
        Family::Healthy,
        Glyph::Restarted,
        "Healthy; a container was restarted in the last 10 min.",
    ),
];

/// The edges of nodes, and what they mean.
pub const EDGES: [(CardState, &str); 4] = [
    (CardState::Ready, "Ready."),
    (CardState::Cordoned, "Cordoned: no new pods are assigned to it."),
    (CardState::NotReady, "NotReady, or unreachable."),
    (
        CardState::Ghost,
        "Missing: pods are bound to it, but it does not exist.",
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
