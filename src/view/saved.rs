//! Views that the user saved under a name: fragments of the address, kept as a text like the query string of an address.

use std::fmt;

use crate::limits::{MAX_SAVED_VIEW_BYTES, MAX_SAVED_VIEW_NAME_CHARS, MAX_SAVED_VIEWS};

/// A view and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// Its name.
    pub name: String,
    /// The fragment of the address, without its `#`; see [`ViewState`](super::state::ViewState).
    pub fragment: String,
}

/// Views in the order of their names, each name once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedViews(Vec<SavedView>);

/// Why a view was not saved; a sentence that says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSaved {
    /// It has no name.
    #[error("Enter a name for the view.")]
    NoName,
    /// Its name is too long.
    #[error("Enter a shorter name: at most {MAX_SAVED_VIEW_NAME_CHARS} characters.")]
    LongName,
    /// The view itself is too long.
    #[error("This view is too long to be saved: at most {MAX_SAVED_VIEW_BYTES} bytes.")]
    LongView,
    /// There are too many others.
    #[error("There are {MAX_SAVED_VIEWS} views already. Delete one first.")]
    TooMany,
    /// The browser stores nothing.
    #[error("This browser does not let the page store anything.")]
    NoStorage,
}

impl SavedViews {
    /// Reads what was written; of damaged text, as much as is readable.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut views = Self::default();
        for (name, fragment) in form_urlencoded::parse(text.as_bytes()) {
            // What does not fit is not taken.
            let _ = views.save(&name, &fragment);
        }
        views
    }

    /// Saves a view, in place of the one that has this name already.
    ///
    /// # Errors
    /// When it has no name, or there is no room for it.
    pub fn save(&mut self, name: &str, fragment: &str) -> Result<(), NotSaved> {
        let name = name.trim();
        if name.is_empty() {
            return Err(NotSaved::NoName);
        }
        if name.chars().count() > MAX_SAVED_VIEW_NAME_CHARS {
            return Err(NotSaved::LongName);
        }
        if fragment.len() > MAX_SAVED_VIEW_BYTES {
            return Err(NotSaved::LongView);
        }
        let is_full = self.0.len() >= MAX_SAVED_VIEWS;
        match self.0.iter_mut().find(|view| view.name == name) {
            Some(view) => fragment.clone_into(&mut view.fragment),
            None if is_full => return Err(NotSaved::TooMany),
            None => {
                let key = |name: &str| name.to_ascii_lowercase();
                let at = self.0.partition_point(|view| key(&view.name) <= key(name));
                let view = SavedView {
                    name: name.to_owned(),
                    fragment: fragment.to_owned(),
                };
                self.0.insert(at, view);
            }
        }
        Ok(())
    }

    /// Deletes the view of this name.
    pub fn delete(&mut self, name: &str) {
        self.0.retain(|view| view.name != name);
    }

    /// The views in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[SavedView] {
        &self.0
    }
}

/// As [`SavedViews::parse`] reads it.
impl fmt::Display for SavedViews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = form_urlencoded::Serializer::new(String::new());
        for SavedView { name, fragment } in &self.0 {
            text.append_pair(name, fragment);
        }
        f.write_str(&text.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(views: &SavedViews) -> Vec<&str> {
        views.as_slice().iter().map(|view| view.name.as_str()).collect()
    }

    #[test]
    fn views_are_saved_opened_and_deleted() {
        let mut views = SavedViews::default();
        for (name, fragment) in [
            ("shop", "q=ns:shop"),
            (" Crashes ", "q=is:failing"),
            ("alles", ""),
            ("shop", "q=ns:shop&group=zone"),
        ] {
            assert_eq!(views.save(name, fragment), Ok(()));
        }
        assert_eq!(names(&views), ["alles", "Crashes", "shop"]);
        assert_eq!(views.as_slice()[2].fragment, "q=ns:shop&group=zone");
        assert_eq!(SavedViews::parse(&views.to_string()), views);
        views.delete("Crashes");
        assert_eq!(names(&views), ["alles", "shop"]);
    }

    #[test]
    fn there_is_a_bound_to_everything() {
        let mut views = SavedViews::default();
        assert_eq!(views.save("  ", ""), Err(NotSaved::NoName));
        let long = "ä".repeat(MAX_SAVED_VIEW_NAME_CHARS);
        assert_eq!(views.save(&long, ""), Ok(()));
        assert_eq!(views.save(&format!("{long}ä"), ""), Err(NotSaved::LongName));
        let fragment = "x".repeat(MAX_SAVED_VIEW_BYTES + 1);
        assert_eq!(views.save("a", &fragment), Err(NotSaved::LongView));
        for index in 1..MAX_SAVED_VIEWS {
            assert_eq!(views.save(&index.to_string(), ""), Ok(()));
        }
        assert_eq!(views.save("one more", ""), Err(NotSaved::TooMany));
        assert_eq!(views.save("7", "q=web"), Ok(()), "it is there already");
        assert_eq!(views.as_slice().len(), MAX_SAVED_VIEWS);
    }

    #[test]
    fn what_is_damaged_is_left_out() {
        for (text, expected) in [
            ("", vec![]),
            ("&&=&=q", vec![]),
            ("a&b=q%3Dx&%FF=1&a=2", vec!["a", "b", "\u{fffd}"]),
        ] {
            assert_eq!(names(&SavedViews::parse(text)), expected, "{text}");
        }
    }
}
