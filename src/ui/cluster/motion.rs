//! How many blocks move at the moment, over all grids.

use leptos::prelude::*;

use crate::{ui::dom, view::freshness::MAX_MOVING_BLOCKS};

/// How long the longest movement of a block lasts, in milliseconds; `--change` in style.css.
pub(super) const MOTION_MS: f64 = 400.0;

/// Which blocks move, and until when. A copy is the same.
#[derive(Clone, Copy)]
pub struct Motion {
    /// When each movement ends, in milliseconds since the page was opened.
    ends: StoredValue<Vec<f64>>,
}

impl Motion {
    /// None of them moves.
    #[must_use]
    pub fn at_rest() -> Self {
        Self {
            ends: StoredValue::new(Vec::new()),
        }
    }

    /// Begins a movement, and returns its end; `None` if too many blocks move, or with reduced motion.
    pub(super) fn begin(self) -> Option<f64> {
        let is_free = self.ends.with_value(|ends| ends.len() < MAX_MOVING_BLOCKS);
        (is_free && dom::wants_motion()).then(|| {
            let end = dom::milliseconds() + MOTION_MS;
            self.ends.update_value(|ends| ends.push(end));
            end
        })
    }

    /// A block has come to rest that was to move until then.
    pub(super) fn end(self, end: f64) {
        self.ends.try_update_value(|ends| {
            if let Some(index) = ends.iter().position(|it| *it == end) {
                ends.swap_remove(index);
            }
        });
    }

    /// Whether a block that moved at that time still does.
    pub(in crate::ui) fn is_moving_since(self, time: f64) -> bool {
        self.ends
            .with_value(|ends| ends.iter().any(|end| *end <= time + MOTION_MS))
    }
}
