//! What keys do in the box of the query.

use k8bit::view::{
    direction::WalkDirection::{Next, Previous},
    query::press::{Press, PressedIn},
};

/// After something was written, with as many suggestions.
fn typed(suggestions: usize, active: Option<usize>) -> PressedIn {
    PressedIn {
        suggestions,
        active,
        is_empty: false,
        has_typed: true,
    }
}

#[test]
fn escape_closes_the_list_before_it_clears_the_query() {
    assert_eq!(typed(8, None).press("Escape", false), Some(Press::Close));
    assert_eq!(typed(8, Some(2)).press("Escape", false), Some(Press::Close));
    assert_eq!(typed(0, None).press("Escape", false), Some(Press::Clear));
    let empty = |suggestions, active| PressedIn {
        is_empty: true,
        ..typed(suggestions, active)
    };
    assert_eq!(empty(0, None).press("Escape", false), Some(Press::Leave));
    // Where nothing is written, there is nothing to lose.
    assert_eq!(empty(8, None).press("Escape", false), Some(Press::Leave));
    assert_eq!(empty(8, Some(0)).press("Escape", false), Some(Press::Close));
}

#[test]
fn tab_takes_the_chosen_or_only_suggestion_and_goes_on_otherwise() {
    assert_eq!(typed(1, None).press("Tab", false), Some(Press::Accept(0)));
    assert_eq!(typed(8, Some(3)).press("Tab", false), Some(Press::Accept(3)));
    assert_eq!(typed(8, None).press("Tab", false), None);
    assert_eq!(typed(0, None).press("Tab", false), None);
    // The way back is never in the way, and who passes by has not written.
    assert_eq!(typed(1, None).press("Tab", true), None);
    assert_eq!(typed(8, Some(3)).press("Tab", true), None);
    let passing = PressedIn {
        has_typed: false,
        ..typed(1, None)
    };
    assert_eq!(passing.press("Tab", false), None);
}

#[test]
fn enter_and_the_arrows_find_and_choose() {
    assert_eq!(typed(1, None).press("Enter", false), Some(Press::Find(Next)));
    assert_eq!(typed(1, None).press("Enter", true), Some(Press::Find(Previous)));
    assert_eq!(typed(8, Some(3)).press("Enter", false), Some(Press::Accept(3)));
    assert_eq!(typed(0, None).press("ArrowDown", false), Some(Press::Suggest));
    assert_eq!(typed(8, None).press("ArrowDown", false), Some(Press::Choose(Next)));
    assert_eq!(typed(8, Some(0)).press("ArrowUp", false), Some(Press::Choose(Previous)));
    assert_eq!(typed(8, Some(0)).press("a", false), None);
}
