//! A handle to a dialog that keeps the rest of the page out of reach while it is open.

use std::marker::PhantomData;

use leptos::{html, prelude::*};

/// A handle to open and to close the dialog of `Of`, as a context. It does nothing until the dialog is mounted.
pub(in crate::ui) struct Modal<Of> {
    /// The dialog's element.
    pub(super) node: NodeRef<html::Dialog>,
    of: PhantomData<fn() -> Of>,
}

impl<Of> Clone for Modal<Of> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Of> Copy for Modal<Of> {}

impl<Of> Modal<Of> {
    /// A handle to a dialog that is not mounted yet.
    pub(in crate::ui) fn new() -> Self {
        Self {
            node: NodeRef::new(),
            of: PhantomData,
        }
    }

    /// Opens the dialog.
    pub(in crate::ui) fn open(self) {
        if let Some(dialog) = self.node.get_untracked().filter(|dialog| !dialog.open()) {
            // Fails only if it is open already.
            let _ = dialog.show_modal();
        }
    }

    /// Closes the dialog.
    pub(super) fn close(self) {
        if let Some(dialog) = self.node.get_untracked() {
            dialog.close();
        }
    }
}
