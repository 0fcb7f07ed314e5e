//! Copying a text, never with control characters. Browsers give a clipboard to pages of this machine and of HTTPS alone; any
//! page may answer the `copy` command, and where that is refused as well, a key copies what is selected.

use std::{cell::Cell, rc::Rc};

use wasm_bindgen::{JsCast as _, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ClipboardEvent, Document, HtmlDocument, Selection, Window};

use crate::view::clipboard::clean;

/// Copies a text; whether that worked. Where there is no clipboard, what the element of the id `shown` shows of it is
/// selected, too. To be called while a click is handled.
pub async fn copy(text: &str, shown: &str) -> bool {
    let text = &*clean(text);
    let clipboard = window().navigator().clipboard();
    if !clipboard.is_undefined() && JsFuture::from(clipboard.write_text(text)).await.is_ok() {
        return true;
    }
    // The command copies what is selected, unless something else is said.
    select(shown);
    copy_by_command(text)
}

/// <https://developer.mozilla.org/docs/Web/API/Document/execCommand#copy>
fn copy_by_command(text: &str) -> bool {
    let is_taken = Rc::new(Cell::new(false));
    let (text, takes) = (text.to_owned(), Rc::clone(&is_taken));
    let say = Closure::<dyn FnMut(ClipboardEvent)>::new(move |event: ClipboardEvent| {
        let taken = event.clipboard_data().map(|data| data.set_data("text/plain", &text));
        takes.set(matches!(taken, Some(Ok(()))));
        event.prevent_default();
    });
    let document: HtmlDocument = document().unchecked_into();
    let listener = say.as_ref().unchecked_ref();
    // Neither fails for an event that the DOM knows.
    let _ = document.add_event_listener_with_callback("copy", listener);
    let is_done = document.exec_command("copy").unwrap_or(false);
    let _ = document.remove_event_listener_with_callback("copy", listener);
    is_done && is_taken.get()
}

/// Cleans what is being copied by the browser's own means.
pub fn clean_copied(event: &ClipboardEvent) {
    let text = selection()
        .map(|selection| String::from(selection.to_string()))
        .unwrap_or_default();
    let cleaned = clean(&text);
    // Where nothing is to be cleaned, the browser copies what it would have copied.
    if let (true, Some(data)) = (*cleaned != *text, event.clipboard_data())
        && data.set_data("text/plain", &cleaned).is_ok()
    {
        event.prevent_default();
    }
}

/// Whether a part of the element of an id is selected.
#[must_use]
pub fn is_selecting(id: &str) -> bool {
    let selection = selection().filter(|selection| !selection.is_collapsed());
    let element = document().get_element_by_id(id);
    selection.is_some_and(|selection| element.is_some_and(|it| it.contains(selection.anchor_node().as_ref())))
}

/// What is selected in the document.
fn selection() -> Option<Selection> {
    window().get_selection().ok().flatten()
}

/// Selects all that is written in an element.
pub fn select(id: &str) {
    if let (Some(selection), Some(element)) = (selection(), document().get_element_by_id(id)) {
        // Fails only for a node that is no longer in the document.
        let _ = selection.select_all_children(&element);
    }
}

fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

fn document() -> Document {
    window().document().expect("a window has a document")
}
