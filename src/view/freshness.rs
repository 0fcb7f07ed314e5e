//! What moves: a change that is fresh, because it has just come and is drawn at once.

use std::mem;

/// Most blocks that move at the same time. Beyond it movement tells nothing and costs much: at 100 events a second and
/// 3,000 blocks, moving every one of them doubled the time that the browser needs for a frame.
pub const MAX_MOVING_BLOCKS: usize = 24;

/// The slice of drawing in which a change is fresh; `None` where it never is.
pub type FreshIn = Option<u64>;

/// What an advance has changed.
#[derive(Clone, Copy, Debug)]
pub struct BoxChanges {
    /// Pods that there are now.
    pub pods: u32,
    /// Boxes that have changed.
    pub boxes: usize,
    /// Everything looks otherwise.
    pub is_redrawn: bool,
    /// A first list is arriving.
    pub is_filling: bool,
}

/// Tells changes that move from those that do not.
#[derive(Clone, Debug)]
pub struct Freshness {
    /// Pods at the last advance.
    pods: u32,
    was_filling: bool,
    /// Slices drawn so far.
    slices: u64,
}

impl Default for Freshness {
    fn default() -> Self {
        Self {
            pods: 0,
            // The first advance draws what was listed before there was a page.
            was_filling: true,
            slices: 0,
        }
    }
}

impl Freshness {
    /// When a change is fresh. The pods of a list that has just arrived are not, and where everything moves,
    /// movement tells nothing.
    pub fn note(&mut self, change: &BoxChanges) -> FreshIn {
        // The advance that draws the end of the list comes when no more of it does.
        let is_listed = mem::replace(&mut self.was_filling, change.is_filling) || change.is_filling;
        let jumped = change.pods.abs_diff(mem::replace(&mut self.pods, change.pods)) as usize > MAX_MOVING_BLOCKS;
        let is_fresh = !(is_listed || jumped || change.boxes > MAX_MOVING_BLOCKS || change.is_redrawn);
        is_fresh.then_some(self.slices)
    }

    /// Whether it still is, in the slice that is being drawn.
    #[must_use]
    pub fn is_fresh(&self, fresh_in: FreshIn) -> bool {
        fresh_in == Some(self.slices)
    }

    /// A slice has been drawn. What is drawn later is not fresh.
    pub fn end_slice(&mut self) {
        self.slices += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: BoxChanges = BoxChanges {
        pods: 100,
        boxes: 0,
        is_redrawn: false,
        is_filling: false,
    };

    /// After a list of 100 pods.
    fn listed() -> Freshness {
        let mut freshness = Freshness::default();
        assert_eq!(
            freshness.note(&BoxChanges {
                is_filling: true,
                ..CALM
            }),
            None
        );
        assert_eq!(freshness.note(&CALM), None, "the end of the list");
        freshness
    }

    #[test]
    fn a_list_is_not_fresh_and_what_comes_after_it_is() {
        let mut freshness = listed();
        let fresh_in = freshness.note(&BoxChanges {
            boxes: 1,
            pods: 101,
            ..CALM
        });
        assert!(freshness.is_fresh(fresh_in));
    }

    #[test]
    fn what_is_drawn_later_is_not_fresh_whatever_comes_meanwhile() {
        let mut freshness = listed();
        let fresh_in = freshness.note(&BoxChanges { boxes: 2, ..CALM });
        freshness.end_slice();
        let other = freshness.note(&CALM);
        assert!(!freshness.is_fresh(fresh_in));
        assert!(freshness.is_fresh(other));
    }

    #[test]
    fn where_everything_moves_nothing_does() {
        let most = MAX_MOVING_BLOCKS;
        for (change, is_fresh) in [
            (BoxChanges { boxes: most, ..CALM }, true),
            (
                BoxChanges {
                    boxes: most + 1,
                    ..CALM
                },
                false,
            ),
            (BoxChanges { pods: 124, ..CALM }, true),
            (BoxChanges { pods: 125, ..CALM }, false),
            (
                BoxChanges {
                    is_redrawn: true,
                    ..CALM
                },
                false,
            ),
        ] {
            assert_eq!(listed().note(&change).is_some(), is_fresh, "{change:?}");
        }
    }
}
