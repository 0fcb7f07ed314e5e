//! Rules that hold for every text.

use k8bit::view::query::{
    Query, highlight,
    suggest::{Vocabulary, byte_of, suggest, utf16_of},
    text_pieces,
};
use proptest::prelude::*;
use serde_json::json;

use super::{NOW, node, pod};

/// Texts that are often queries: made of what the language is made of.
fn texts() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "ns",
        "node",
        "status",
        "owner",
        "image",
        "app",
        "has",
        "label",
        "is",
        "family",
        "restarts",
        "age",
        "cpu",
        "ready",
        "failing",
        "problem",
        "web",
        "shop",
        "deploy/web",
        "nginx:1.27",
        ":",
        "=",
        "!=",
        "==",
        ">",
        "<",
        ">=",
        "<=",
        "!",
        "-",
        "(",
        ")",
        "|",
        ",",
        " ",
        " ",
        " ",
        "in",
        " in (",
        " notin (",
        "\"",
        "\"a b\"",
        "\\",
        "/",
        "/a|b/",
        "/^w/",
        "*",
        "3",
        "10m",
        "500m",
        "1Gi",
        "50%",
        "1/2",
        "é",
        "%",
    ];
    prop::collection::vec(prop::sample::select(PIECES), 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_query_prints_as_itself(text in texts()) {
        if let Ok(query) = Query::parse(&text) {
            let printed = query.to_string();
            let again = Query::parse(&printed);
            prop_assert_eq!(again.as_ref(), Ok(&query), "{} was printed as {}", text, printed);
            prop_assert_eq!(again.map(|again| again.to_string()).ok(), Some(printed));
        }
    }

    #[test]
    fn errors_and_colors_are_parts_of_the_text(text in prop_oneof![texts(), "\\PC{0,40}"]) {
        let (spans, error) = highlight(&text);
        if let Some(error) = error {
            prop_assert!(text.get(error.span.clone()).is_some(), "{:?} of {}", error, text);
            prop_assert!(error.message.ends_with(['.', '?']), "{}", error.message);
        }
        let mut end = 0;
        for span in spans {
            prop_assert!(span.range.start >= end && text.get(span.range.clone()).is_some_and(|part| !part.is_empty()), "{:?} of {}", span, text);
            end = span.range.end;
        }
    }

    #[test]
    fn the_pieces_are_the_text(text in prop_oneof![texts(), "\\PC{0,40}"]) {
        let (pieces, error) = text_pieces(&text);
        let whole: String = pieces.iter().map(|piece| piece.text).collect();
        let wrong: String = pieces.iter().filter(|piece| piece.is_wrong).map(|piece| piece.text).collect();
        let marks = pieces.iter().filter(|piece| piece.is_wrong).count();
        prop_assert_eq!(error.is_some(), marks > 0, "{}", text);
        let span = error.map_or(0..0, |error| error.span);
        prop_assert_eq!(wrong, &text[span]);
        prop_assert_eq!(whole, text);
    }

    #[test]
    fn cursors_are_where_browsers_have_them(text in "[a-cäß€😀]{0,8}") {
        for (byte, _) in text.char_indices().chain([(text.len(), ' ')]) {
            prop_assert_eq!(byte_of(&text, utf16_of(&text, byte)), byte);
        }
        prop_assert_eq!(byte_of(&text, 99), text.len());
    }

    #[test]
    fn nothing_is_both_found_and_not_found(text in texts()) {
        let Ok(query) = Query::parse(&text) else { return Ok(()) };
        if query.is_empty() {
            return Ok(());
        }
        let negated = Query::parse(&format!("!({query})")).unwrap();
        let (pod, node) = (pod(&json!({})), node(&json!({})));
        prop_assert_ne!(query.matches(&pod, Some(&node), NOW), negated.matches(&pod, Some(&node), NOW));
        prop_assert!(!(query.matches_node(&node, NOW) && negated.matches_node(&node, NOW)));
    }

    #[test]
    fn suggestions_fit_into_the_text(text in texts(), cursor in 0_usize..40) {
        let (pods, nodes) = ([pod(&json!({}))], [node(&json!({}))]);
        let vocabulary = Vocabulary::of(&pods, 1, &nodes);
        for suggestion in suggest(&text, cursor, &vocabulary) {
            prop_assert!(text.get(suggestion.replaces.clone()).is_some());
            let (applied, cursor) = suggestion.apply(&text);
            prop_assert!(applied.is_char_boundary(cursor));
        }
    }
}
