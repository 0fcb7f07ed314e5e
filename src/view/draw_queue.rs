//! Which box is drawn next: what is seen, then what has changed, then what is still to be drawn.

use std::collections::VecDeque;

use crate::cluster::GroupKey;

/// Boxes to draw.
#[derive(Clone, Debug, Default)]
pub struct DrawQueue {
    /// What is seen, and the user waits for: whatever else there is.
    seen: VecDeque<GroupKey>,
    /// Boxes that have changed, the longest first.
    changed: VecDeque<GroupKey>,
    /// Boxes whose blocks are still to be drawn, for the first time or as the user now wants them.
    undrawn: VecDeque<GroupKey>,
}

impl DrawQueue {
    /// A box has changed. Of a box that waits already, nothing is to be said again.
    pub fn push_changed(&mut self, group_key: GroupKey) {
        self.changed.push_back(group_key);
    }

    /// A box has come.
    pub fn push_undrawn(&mut self, group_key: GroupKey) {
        self.undrawn.push_back(group_key);
    }

    /// Every box looks otherwise: each with whether it is seen, and whether it was drawn before. What was drawn and is seen
    /// is not to be seen as it was for any longer than a frame. Nothing else makes that frame longer: what has changed meanwhile
    /// is among the boxes, and waits with them.
    pub fn push_all(&mut self, boxes: impl IntoIterator<Item = (GroupKey, bool, bool)>) {
        self.seen.clear();
        self.changed.clear();
        self.undrawn.clear();
        for (group_key, is_seen, is_drawn) in boxes {
            match (is_seen, is_drawn) {
                (true, true) => self.seen.push_back(group_key),
                (true, false) => self.undrawn.push_front(group_key),
                (false, _) => self.undrawn.push_back(group_key),
            }
        }
    }

    /// The next box. A visible box is drawn whatever the clock says.
    pub fn pop(&mut self, has_time: bool, with_undrawn: bool) -> Option<GroupKey> {
        let mut next = self.seen.pop_front();
        if has_time {
            next = next.or_else(|| self.changed.pop_front());
            if with_undrawn {
                next = next.or_else(|| self.undrawn.pop_front());
            }
        }
        next
    }

    /// Whether all are drawn as they are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty() && self.changed.is_empty() && self.undrawn.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group_key(name: &str) -> GroupKey {
        GroupKey::Node(name.into())
    }

    /// The boxes in the order in which they are drawn.
    fn drain(queue: &mut DrawQueue, has_time: bool, with_undrawn: bool) -> Vec<String> {
        std::iter::from_fn(|| queue.pop(has_time, with_undrawn))
            .map(|group_key| group_key.node_name().expect("a node").to_string())
            .collect()
    }

    #[test]
    fn what_is_seen_comes_first_and_what_has_changed_before_what_is_new() {
        let mut queue = DrawQueue::default();
        queue.push_all([
            (group_key("below"), false, true),
            (group_key("seen"), true, true),
            (group_key("seen, new"), true, false),
        ]);
        queue.push_undrawn(group_key("new"));
        queue.push_changed(group_key("changed"));
        assert_eq!(
            drain(&mut queue, true, true),
            ["seen", "changed", "seen, new", "below", "new"]
        );
        assert!(queue.is_empty());
    }

    #[test]
    fn without_time_only_what_is_seen_is_drawn() {
        let mut queue = DrawQueue::default();
        queue.push_all([(group_key("seen"), true, true), (group_key("below"), false, false)]);
        queue.push_changed(group_key("changed"));
        assert_eq!(drain(&mut queue, false, true), ["seen"]);
        assert_eq!(drain(&mut queue, true, false), ["changed"]);
        assert_eq!(drain(&mut queue, true, true), ["below"]);
    }

    #[test]
    fn what_the_user_waits_for_is_drawn_before_the_frame_and_nothing_else() {
        let mut queue = DrawQueue::default();
        // A query changes every box.
        queue.push_changed(group_key("seen"));
        queue.push_changed(group_key("below"));
        queue.push_all([(group_key("seen"), true, true), (group_key("below"), false, true)]);
        assert_eq!(drain(&mut queue, true, false), ["seen"]);
        assert_eq!(drain(&mut queue, true, true), ["below"]);
    }

    #[test]
    fn another_choice_takes_the_place_of_the_one_before() {
        let mut queue = DrawQueue::default();
        queue.push_all([(group_key("a"), false, false)]);
        queue.push_all([(group_key("a"), false, false), (group_key("b"), false, false)]);
        assert_eq!(drain(&mut queue, true, true), ["a", "b"]);
    }
}
