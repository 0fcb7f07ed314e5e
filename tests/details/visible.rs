//! Characters that show nothing, or that change how others are shown.

use k8bit::view::visible::{object, visible, visible_lines};
use regex_syntax::hir::{Class, HirKind};
use serde_json::json;

/// The characters of a class of Unicode.
fn characters(class: &str) -> Vec<char> {
    let hir = regex_syntax::parse(class).expect("a class");
    let HirKind::Class(Class::Unicode(class)) = hir.kind() else {
        panic!("{class} is a class")
    };
    class.iter().flat_map(|range| range.start()..=range.end()).collect()
}

#[test]
fn every_format_character_is_written_out() {
    // The standard's own lists. Signs before numbers are of this category, but they show.
    let shown = [
        '\u{600}',
        '\u{601}',
        '\u{602}',
        '\u{603}',
        '\u{604}',
        '\u{605}',
        '\u{6dd}',
        '\u{70f}',
        '\u{890}',
        '\u{891}',
        '\u{8e2}',
        '\u{110bd}',
        '\u{110cd}',
    ];
    for character in characters(r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]") {
        let text = format!("a{character}b");
        let expected = if shown.contains(&character) {
            text.clone()
        } else {
            format!("a<U+{:04X}>b", u32::from(character))
        };
        assert_eq!(visible(&text), expected);
    }
    // And nothing else is.
    for character in characters(r"[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]") {
        let text = format!("a{character}b");
        assert_eq!(visible(&text), text);
    }
}

#[test]
fn what_shows_stays() {
    for text in [
        "",
        "registry.example/app:1.27@sha256:0a1b",
        "“Grüße” — 日本語 Ελληνικά עברית العربية",
        // Joiners between letters that need them, and between pictures.
        "می\u{200c}خواهم",
        "क्\u{200d}ष",
        "👩\u{200d}🚀 🏳\u{fe0f}\u{200d}🌈 👩🏽\u{200d}💻 🙋\u{200d}\u{2642}\u{fe0f}",
        // Presentations, keys, variants.
        "❤\u{fe0f} ☎\u{fe0e} 1\u{fe0f}\u{20e3} 葛\u{e0100}",
        "e\u{301}",
    ] {
        assert_eq!(visible(text), text);
    }
}

#[test]
fn what_hides_is_written_out() {
    for (text, expected) in [
        ("nginx\u{202e}gpj.exe", "nginx<U+202E>gpj.exe"),
        ("\u{2066}a\u{2069}", "<U+2066>a<U+2069>"),
        ("web\u{200b}", "web<U+200B>"),
        ("web\u{ad}1", "web<U+00AD>1"),
        ("we\u{200d}b", "we<U+200D>b"),
        ("می\u{200c}", "می<U+200C>"),
        ("\u{200d}🚀", "<U+200D>🚀"),
        ("a\u{fe0f}", "a<U+FE0F>"),
        ("1\u{fe0f}", "1<U+FE0F>"),
        ("❤\u{fe0f}\u{fe0f}", "❤\u{fe0f}<U+FE0F>"),
        ("a\u{e0100}", "a<U+E0100>"),
        ("a\u{e0061}\u{e007f}", "a<U+E0061><U+E007F>"),
        ("\u{1b}[31mred\u{7}\u{9b}m", "<U+001B>[31mred<U+0007><U+009B>m"),
    ] {
        assert_eq!(visible(text), expected);
        // Once is enough.
        assert_eq!(visible(expected), expected);
    }
}

#[test]
fn only_sentences_have_lines() {
    assert_eq!(visible("a\n\tb\r\n"), "a<U+000A><U+0009>b<U+000D><U+000A>");
    assert_eq!(visible_lines("a\n\tb\r\nc\rd"), "a\n\tb\r\nc<U+000D>d");
}

#[test]
fn objects_are_made_visible_as_a_whole() {
    let clean = json!({ "metadata": { "name": "web" }, "status": { "message": "two\nlines", "restarts": 3 } });
    assert!(matches!(object(&clean), std::borrow::Cow::Borrowed(_)));
    let hostile = json!({
        "spec": { "containers": [{ "image": "a\nb\u{202e}" }] },
        "status": { "message": "two\nli\u{200b}nes" },
        "metadata": { "labels": { "k\u{202e}": "v\u{202e}" } },
    });
    let expected = json!({
        "spec": { "containers": [{ "image": "a<U+000A>b<U+202E>" }] },
        "status": { "message": "two\nli<U+200B>nes" },
        "metadata": { "labels": { "k<U+202E>": "v<U+202E>" } },
    });
    assert_eq!(*object(&hostile), expected);
}
