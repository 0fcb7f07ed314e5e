//! The tokens of style.css: families that are told apart without hue, and text that can be read, in every theme.

use std::collections::BTreeMap;

use k8bit_test_support::contrast::{contrast, lightness};

const CSS: &str = include_str!("../style.css");

/// Least difference in CIE lightness (L*) between two families.
const MIN_LIGHTNESS_STEP: f64 = 6.0;

/// Colors by the names of their tokens.
type Tokens = BTreeMap<String, [u8; 3]>;

/// The declarations between the braces after `selector`.
fn block(selector: &str) -> Vec<(String, String)> {
    let start = CSS
        .find(&format!("\n{selector} {{"))
        .unwrap_or_else(|| panic!("no {selector}"));
    let body = &CSS[start..];
    let body = &body[body.find('{').expect("a brace") + 1..body.find("\n}").expect("an end")];
    let declarations = body
        .split(';')
        .filter_map(|line| line.rsplit_once("--")?.1.split_once(':'));
    declarations
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

fn color(text: &str) -> Option<[u8; 3]> {
    let digits = text.trim().strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

/// The themes by name: the base in light and in dark, and those that set tokens of their own.
fn themes() -> BTreeMap<&'static str, Tokens> {
    let base = block(":root");
    let pick = |side: usize| -> Tokens {
        let of = |value: &str| match value.strip_prefix("light-dark(").and_then(|it| it.strip_suffix(')')) {
            Some(both) => both.split(',').nth(side).and_then(color),
            None => color(value),
        };
        base.iter()
            .filter_map(|(name, value)| Some((name.clone(), of(value)?)))
            .collect()
    };
    let own = |name: &str| -> Tokens {
        let mut tokens = pick(1);
        let own = block(&format!(":root[data-theme=\"{name}\"]"));
        tokens.extend(own.into_iter().filter_map(|(name, value)| Some((name, color(&value)?))));
        tokens
    };
    BTreeMap::from([
        ("light", pick(0)),
        ("dark", pick(1)),
        ("contrast", own("contrast")),
        ("crt", own("crt")),
    ])
}

const FAMILIES: [&str; 7] = ["healthy", "not-ready", "starting", "blocked", "failing", "done", "gone"];

#[test]
fn families_differ_in_lightness() {
    for (theme, tokens) in themes() {
        let mut families = FAMILIES.map(|family| (lightness(tokens[family]), family));
        families.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in families.windows(2) {
            let step = pair[1].0 - pair[0].0;
            assert!(
                step >= MIN_LIGHTNESS_STEP,
                "{theme}: {} and {} differ by {step:.1}",
                pair[0].1,
                pair[1].1
            );
        }
    }
}

#[test]
fn families_stand_out_from_the_screen() {
    for (theme, tokens) in themes() {
        for family in FAMILIES {
            let contrast = contrast(tokens[family], tokens["screen"]);
            assert!(contrast >= 3.0, "{theme}: {family} {contrast:.2}:1");
        }
    }
}

#[test]
fn text_can_be_read_wherever_it_stands() {
    let surfaces = ["ground", "panel", "raised"];
    for (theme, tokens) in themes() {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for text in ["text", "dim", "link", "good-text", "warning", "bad-text"] {
            pairs.extend(surfaces.map(|surface| (text, surface)));
        }
        pairs.extend([
            ("good-text", "good-ground"),
            ("warning", "warning-ground"),
            ("bad-text", "bad-ground"),
            ("dim", "bad-ground"),
            ("text", "bad-ground"),
            ("text", "pink-deep"),
        ]);
        for (text, surface) in pairs {
            let contrast = contrast(tokens[text], tokens[surface]);
            assert!(contrast >= 4.5, "{theme}: {text} on {surface} {contrast:.2}:1");
        }
    }
}

/// Each family has a rule that gives it a shape; healthy, solid, is the plain block.
#[test]
fn families_differ_in_shape() {
    for family in FAMILIES.iter().filter(|family| **family != "healthy") {
        assert!(
            CSS.contains(&format!(".pod[data-family=\"{family}\"] {{")),
            "{family} has no shape"
        );
    }
}

/// A browser asks such a selector again with each block that comes or goes: half of the time that style takes in a cluster
/// that moves, measured in Chromium.
#[test]
fn nothing_asks_what_an_element_contains() {
    assert!(!CSS.contains(":has("), "let the program set an attribute instead");
}
