//! A text that is made visible hides nothing, and stays itself where there was nothing to make visible; YAML of it neither.
#![no_main]

use k8bit::view::{
    visible::{is_hidden, object, visible, visible_lines},
    yaml,
};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// Whether no character of a text is hidden, but for line breaks.
fn is_visible(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    (0..characters.len()).all(|at| {
        let before = at.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(at + 1).copied();
        characters[at] == '\n' || !is_hidden(before, characters[at], after)
    })
}

fuzz_target!(|text: &str| {
    for shown in [visible(text), visible_lines(&text.replace(['\t', '\r'], ""))] {
        assert!(is_visible(&shown), "{shown:?}");
        assert_eq!(visible_lines(&shown), shown);
    }
    assert!(!visible(text).contains('\n'));
    let value = json!({ "message": text, text: [text, {"note": text}] });
    let shown = object(&value);
    assert_eq!(*object(&shown), *shown);
    assert!(is_visible(&yaml::of_value(&value)));
});
