//! Strings that many objects share.

use std::{borrow::Cow, ops::Deref, sync::Arc};

use hashbrown::HashSet;

/// A shared, immutable string: a namespace, a node's name, a STATUS. A copy is a pointer and a count.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SharedStr(Arc<str>);

impl SharedStr {
    /// A string that is not interned; equal to an interned one of the same characters.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for SharedStr {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SharedStr {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl std::borrow::Borrow<str> for SharedStr {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SharedStr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Debug for SharedStr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&*self.0, f)
    }
}

/// Keeps one copy of strings that decoded objects have in common.
pub trait Intern {
    /// The one shared copy of `text`.
    fn intern(&mut self, text: &str) -> SharedStr;
}

/// Distinct strings, each once.
///
/// Grows with what is distinct; [`Interner::release`] drops what no object holds any more.
#[derive(Debug, Default)]
pub struct Interner(HashSet<SharedStr>);

impl Intern for Interner {
    fn intern(&mut self, text: &str) -> SharedStr {
        self.0.get_or_insert_with(text, SharedStr::new).clone()
    }
}

impl Interner {
    /// Drops what nobody else holds. Called after a relist; linear in what is held.
    pub fn release(&mut self) {
        self.0.retain(|text| Arc::strong_count(&text.0) > 1);
        self.0.shrink_to_fit();
    }

    /// How many distinct strings are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// At most `max_chars` characters of `text`; the last one is an ellipsis if some had to go.
#[must_use]
pub fn clip(text: &str, max_chars: usize) -> Cow<'_, str> {
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
        assert!(Arc::ptr_eq(&first.0, &second.0));
        drop((first, second));
        interner.release();
        assert!(interner.is_empty());
    }
}
