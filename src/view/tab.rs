//! What the browser's tab shows: the page's title, and its icon with the number of problems.

use std::fmt::Write as _;

/// The title of the page.
#[must_use]
pub fn title(problems: u32, is_current: bool) -> String {
    match (is_current, problems) {
        (false, _) => "(?) K8bit".to_owned(),
        (true, 0) => "K8bit".to_owned(),
        (true, problems) => format!("({problems}!) K8bit"),
    }
}

/// The largest number that the icon has room for.
const MAX_ICON_NUMBER: u32 = 99;

/// The digits, three pixels wide and five high, row by row from the top, the left pixel first.
const DIGITS: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];

/// The page's own icon: a screen with three pods that are well and one that is not.
const SCREEN: &str = "<path fill='#0c0a12' d='M1 0h14v1h1v14h-1v1H1v-1H0V1h1z'/>\
    <path fill='#ff41b4' fill-rule='evenodd' d='M1 0h14v1h1v14h-1v1H1v-1H0V1h1zm0 1v14h14V1z'/>";
const PODS: &str = "<path fill='#34c77b' d='M3 3h3v3H3zM10 3h3v3h-3zM3 10h3v3H3z'/>\
    <path fill='#ffe680' d='M7 7h2v2H7z'/><path fill='#ff6a55' d='M10 10h3v3h-3z'/>";

/// The icon as SVG: the page's own while there are no problems, otherwise with their number.
#[must_use]
pub fn icon(problems: u32, is_current: bool) -> String {
    let mut svg =
        String::from("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' shape-rendering='crispEdges'>");
    svg.push_str(SCREEN);
    match (is_current, problems) {
        (false, _) => svg.push_str("<path fill='#a199b8' d='M3 3h3v3H3zM10 3h3v3h-3zM3 10h3v3H3zM10 10h3v3h-3z'/>"),
        (true, 0) => svg.push_str(PODS),
        (true, problems) => {
            svg.push_str("<path fill='#34c77b' d='M3 3h3v3H3zM10 3h3v3h-3z'/>");
            badge(&mut svg, problems.min(MAX_ICON_NUMBER));
        }
    }
    svg.push_str("</svg>");
    svg
}

/// A number on a plate in the lower right corner.
fn badge(svg: &mut String, number: u32) {
    let digits: Vec<usize> = number
        .to_string()
        .bytes()
        .map(|digit| usize::from(digit - b'0'))
        .collect();
    let width = 4 * digits.len() + 1;
    let left = 16 - width;
    // Writing to a string does not fail.
    let _ = write!(svg, "<path fill='#ff6a55' d='M{left} 9h{width}v7H{left}z'/>");
    svg.push_str("<path fill='#0c0a12' d='");
    for (place, digit) in digits.into_iter().enumerate() {
        for (y, row) in (10..).zip(DIGITS[digit]) {
            for x in (0..3).filter(|x| row & (0b100 >> x) != 0) {
                let _ = write!(svg, "M{} {y}h1v1h-1z", left + 1 + 4 * place + x);
            }
        }
    }
    svg.push_str("'/>");
}

/// An icon as the address that holds it.
#[must_use]
pub fn icon_url(svg: &str) -> String {
    let mut url = String::from("data:image/svg+xml,");
    for character in svg.chars() {
        match character {
            '#' => url.push_str("%23"),
            '<' => url.push_str("%3C"),
            '>' => url.push_str("%3E"),
            '%' => url.push_str("%25"),
            other => url.push(other),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_counts() {
        assert_eq!(title(0, true), "K8bit");
        assert_eq!(title(3, true), "(3!) K8bit");
        assert_eq!(title(3, false), "(?) K8bit");
    }

    #[test]
    fn the_icon_has_a_plate_as_wide_as_its_number() {
        for (problems, plate) in [
            (1, Some("M11 9h5v7")),
            (42, Some("M7 9h9v7")),
            (1_000, Some("M7 9h9v7")),
            (0, None),
        ] {
            let svg = icon(problems, true);
            assert_eq!(svg.contains("v7H"), plate.is_some(), "{svg}");
            assert!(plate.is_none_or(|plate| svg.contains(plate)), "{svg}");
        }
        assert_eq!(icon(99, true), icon(100, true));
        assert_ne!(icon(98, true), icon(99, true));
        assert_ne!(icon(1, true), icon(1, false));
    }

    #[test]
    fn the_address_holds_nothing_that_ends_it() {
        let url = icon_url(&icon(17, true));
        assert!(!url.contains(['#', '<', '>', '"']), "{url}");
    }
}
