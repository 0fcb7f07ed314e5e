//! The saved views, which all tabs of this page share.

use super::storage;
use crate::view::saved::{NotSaved, SavedViews};

/// Where they are kept.
const KEY: &str = "k8bit-views";

/// What any tab has saved.
#[must_use]
pub fn read() -> SavedViews {
    SavedViews::parse(&storage::get(KEY).unwrap_or_default())
}

/// Keeps the fragment of an address under a name.
///
/// # Errors
/// See [`SavedViews::save`]; also where the browser keeps nothing for this page.
pub fn save(name: &str, fragment: &str) -> Result<(), NotSaved> {
    let mut views = read();
    views.save(name, fragment)?;
    if write(&views) {
        Ok(())
    } else {
        Err(NotSaved::NoStorage)
    }
}

/// Deletes the view of a name.
pub fn delete(name: &str) {
    let mut views = read();
    views.delete(name);
    // Where nothing is kept, there is no view to delete.
    write(&views);
}

fn write(views: &SavedViews) -> bool {
    storage::set(KEY, &views.to_string())
}
