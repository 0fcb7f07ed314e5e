//! A name in pieces, so that its end stays where there is no room for all of it: `.name-parts` of `style.css`.

use crate::view::format::divided;

use super::sketch::Node;

/// Puts a name into an element, which has the class `name-parts`.
pub(super) fn put(into: &mut Node, name: &str) {
    for piece in divided(name) {
        into.put("<span></span>", piece);
    }
}
