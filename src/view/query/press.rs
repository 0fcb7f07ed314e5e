//! What a key does in the box of the query.

use crate::view::direction::WalkDirection;

/// What a key does there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Suggest what may be written at the cursor.
    Suggest,
    /// Go to another suggestion.
    Choose(WalkDirection),
    /// Take the suggestion of this index.
    Accept(usize),
    /// Show a match.
    Find(WalkDirection),
    /// Close the suggestions. What is written stays.
    Close,
    /// Remove what is written.
    Clear,
    /// Leave the box.
    Leave,
}

/// What there is in the box when a key is pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PressedIn {
    /// How many suggestions are shown.
    pub suggestions: usize,
    /// The suggestion that the arrow keys have come to.
    pub active: Option<usize>,
    /// Whether nothing is written.
    pub is_empty: bool,
    /// Whether the user has written since the focus came. Who only passes through with Tab changes nothing.
    pub has_typed: bool,
}

impl PressedIn {
    /// What a key does here, by its name in events; `None` if what it does everywhere.
    #[must_use]
    pub fn press(self, key: &str, is_shifted: bool) -> Option<Press> {
        let has_suggestions = self.suggestions > 0;
        let only = (self.suggestions == 1 && self.has_typed).then_some(0);
        match key {
            "ArrowDown" | "ArrowUp" if !has_suggestions => Some(Press::Suggest),
            "ArrowDown" => Some(Press::Choose(WalkDirection::Next)),
            "ArrowUp" => Some(Press::Choose(WalkDirection::Previous)),
            "Tab" if !is_shifted => self.active.or(only).map(Press::Accept),
            "Enter" => Some(match self.active {
                Some(index) => Press::Accept(index),
                None if is_shifted => Press::Find(WalkDirection::Previous),
                None => Press::Find(WalkDirection::Next),
            }),
            "Escape" if self.active.is_some() => Some(Press::Close),
            // Nothing can be lost.
            "Escape" if self.is_empty => Some(Press::Leave),
            "Escape" if has_suggestions => Some(Press::Close),
            "Escape" => Some(Press::Clear),
            _ => None,
        }
    }
}
