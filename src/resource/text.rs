//! Strings that many objects share.

use std::{borrow::Cow, ops::Deref, rc::Rc};

use hashbrown::HashSet;

use super::{
    template::{PodTemplate, Templates},
    wire,
};

/// A shared, immutable string: a namespace, a node's name, a STATUS. A copy is a pointer and a count.
///
/// Not `Send`: the program runs on one thread, and so does each simulation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Rc<str>);

impl Text {
    /// A string that is not interned; equal to an interned one of the same characters.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Rc::from(text))
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl std::borrow::Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&*self.0, f)
    }
}

/// Keeps one copy of what decoded objects have in common: strings, and the templates of pods.
///
/// Grows with what is distinct; [`Interner::release`] drops what no object holds any more.
#[derive(Debug, Default)]
pub struct Interner {
    pub(super) texts: Texts,
    templates: Templates,
}

impl Interner {
    /// The one shared copy of `text`.
    pub fn intern(&mut self, text: &str) -> Text {
        self.texts.intern(text)
    }

    /// The one shared template of a pod.
    pub(super) fn intern_template(&mut self, pod: &wire::Pod<'_>) -> Rc<PodTemplate> {
        self.templates.intern(pod, &mut self.texts)
    }

    /// Drops what nobody else holds. Called after a relist; linear in what is held.
    pub fn release(&mut self) {
        self.templates.release();
        self.texts.release();
    }

    /// How many distinct strings and templates are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.0.len() + self.templates.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The strings of an [`Interner`].
#[derive(Debug, Default)]
pub(super) struct Texts(HashSet<Text>);

impl Texts {
    pub(super) fn intern(&mut self, text: &str) -> Text {
        self.0.get_or_insert_with(text, Text::new).clone()
    }

    fn release(&mut self) {
        self.0.retain(|text| Rc::strong_count(&text.0) > 1);
        self.0.shrink_to_fit();
    }
}

/// At most `max_chars` characters of `text`; the last one is an ellipsis if some had to go.
pub(super) fn clip(text: &str, max_chars: usize) -> Cow<'_, str> {
    // No text has more characters than bytes.
    if text.len() <= max_chars || text.chars().nth(max_chars).is_none() {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().take(max_chars.saturating_sub(1));
    Cow::Owned(kept.chain(['…']).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipping_cuts_between_characters() {
        for (text, expected) in [
            ("", ""),
            ("abcd", "abcd"),
            ("abcde", "abc…"),
            ("ééééé", "ééé…"),
            ("éééé", "éééé"),
            ("🦀🦀🦀🦀🦀", "🦀🦀🦀…"),
        ] {
            assert_eq!(clip(text, 4), expected);
        }
    }

    #[test]
    fn interned_strings_are_shared_and_released() {
        let mut interner = Interner::default();
        let first = interner.intern("kube-system");
        let second = interner.intern("kube-system");
        assert!(Rc::ptr_eq(&first.0, &second.0));
        drop((first, second));
        interner.release();
        assert!(interner.is_empty());
    }
}
