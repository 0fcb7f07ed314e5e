//! The query, the number of matches, and the way from match to match.

use std::rc::Rc;

use crate::{
    cluster::Cluster,
    ui::signals::{QuerySignals, put},
    view::{
        direction::WalkDirection,
        find::{self, FindResult, Found},
        query::Query,
        state::Subject,
    },
};

/// The query of the state, as far as it could be read.
#[derive(Default)]
pub(super) struct CurrentQuery {
    /// What was read last.
    text: String,
    /// The last of it that was a query; `None` for everything.
    query: Option<Rc<Query>>,
    /// The query that was counted last, or is being counted.
    counted_for: Option<Rc<Query>>,
    /// The current match.
    at: Option<Subject>,
}

impl CurrentQuery {
    /// The query in force. It is read once for each text; what cannot be read leaves in force what was. Whoever draws what
    /// matches asks again for each picture.
    pub(super) fn read(&mut self, text: &str, signals: QuerySignals) -> Option<Rc<Query>> {
        if self.text != text {
            if let Ok(query) = Query::parse(text) {
                self.query = (!query.is_empty()).then(|| Rc::new(query));
                put(signals.in_force, text.to_owned());
            }
            text.clone_into(&mut self.text);
            self.at = None;
            put(signals.position, None);
        }
        self.query.clone()
    }

    /// Whether this is the text that was read last.
    pub(super) fn is_of(&self, text: &str) -> bool {
        self.text == text
    }

    /// Counts the matches, once the filter was asked about everything. What was found for another query is not shown.
    pub(super) fn write(&mut self, signals: QuerySignals, cluster: &Cluster) {
        let counted = Found::of(cluster);
        let is_other = self.counted_for != self.query;
        put(signals.is_searching, self.query.is_some());
        put(signals.is_counted, self.query.is_some() && counted.is_some());
        if counted.is_some() || is_other {
            self.counted_for.clone_from(&self.query);
            put(signals.found, counted.filter(|_| self.query.is_some()));
        }
    }

    /// The next or the previous match.
    pub(super) fn step(&mut self, signals: QuerySignals, cluster: &Cluster, step: WalkDirection) -> FindResult {
        if self.query.is_none() {
            return FindResult::Nowhere;
        }
        if !cluster.is_filtered() {
            return FindResult::Counting;
        }
        let found = find::step(cluster, self.at.as_ref(), step);
        self.at = found.as_ref().map(|found| found.subject.clone());
        put(signals.position, found.as_ref().map(|found| found.position));
        found.map_or(FindResult::Nothing, FindResult::Match)
    }
}
