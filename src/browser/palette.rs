//! The colors of the page, for what is painted without the style sheet.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::dom;
use crate::{
    resource::status::Family,
    view::{
        color::Tint,
        paint::{self, Palette},
    },
};

/// The colors that the style sheet has at the moment. Custom properties may hold anything, so that the browser is asked
/// for the color of an element that has it.
#[must_use]
pub fn read() -> Palette {
    let probe = dom::document().create_element("span").expect("a tag of HTML");
    let probe: HtmlElement = probe.unchecked_into();
    dom::set(&probe, "hidden", "");
    // A canvas is not recolored by the system, so that neither are its colors.
    dom::set_style(&probe, "forced-color-adjust", "none");
    // As long as it takes to ask.
    let _ = dom::app_root().append_child(&probe);
    let color = |property: &str| {
        dom::set_style(&probe, "color", &format!("var({property})"));
        let computed = dom::window().get_computed_style(&probe).ok().flatten();
        let text = computed.and_then(|style| style.get_property_value("color").ok());
        text.as_deref()
            .and_then(paint::parse_color)
            .unwrap_or([128, 128, 128, 255])
    };
    let palette = Palette {
        ground: color("--ground"),
        screen: color("--screen"),
        bad_screen: color("--bad-ground"),
        ready: color("--pink-deep"),
        cordoned: color("--cordoned"),
        not_ready: color("--failing"),
        other: color("--line-strong"),
        families: Family::ALL.map(|family| color(&format!("--{}", family.slug()))),
        tints: Tint::all().map(|tint| color(&format!("--{}", tint.slug()))).collect(),
        chosen: color("--text"),
        sibling: color("--pink"),
    };
    probe.remove();
    palette
}
