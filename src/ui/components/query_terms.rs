//! What counters make of the query.

use leptos::prelude::*;

use crate::{
    resource::status::Family,
    ui::{dom, query_bar::QueryDraft, signals::Totals, state::State},
    view::{
        block::FAMILIES_BY_URGENCY,
        direction::WalkDirection,
        problems::{self, Strip},
    },
};

/// As in the style sheet.
const PHONE: &str = "(max-width: 40rem)";

/// What counters make of the query. A copy is the same.
#[derive(Clone, Copy)]
pub(super) struct QueryTerms {
    state: State,
    strip: RwSignal<Strip>,
    draft: QueryDraft,
}

pub(super) fn use_query_terms() -> QueryTerms {
    let Totals { strip, .. } = expect_context();
    QueryTerms {
        state: expect_context(),
        strip,
        draft: expect_context(),
    }
}

impl QueryTerms {
    /// Whether the query asks for what a counter counts.
    pub(super) fn is_pressed(self, term: &str) -> bool {
        self.state.with(|state| problems::is_pressed(&state.query, term))
    }

    /// Sets the query to what a counter counts, or takes it out of the query where it was in. On a phone, where the pods are
    /// below the counters, the first match is shown.
    pub(super) fn press(self, term: &str) {
        let mut terms: Vec<String> = self
            .strip
            .with_untracked(|strip| strip.iter().map(|counter| counter.term.clone()).collect());
        terms.extend(FAMILIES_BY_URGENCY.map(family_term));
        self.state.navigate(|state| {
            let is_of_counter = |token: &str| terms.iter().any(|term| problems::tokens(term).contains(&token));
            state.query = problems::toggle(&state.query, term, is_of_counter);
        });
        if dom::matches_media(PHONE) {
            self.draft.find(WalkDirection::Next);
        }
    }
}

/// The query for the pods of a family.
pub(super) fn family_term(family: Family) -> String {
    format!("is:{}", family.slug())
}
