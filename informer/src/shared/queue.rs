//! The changes that a reader has not taken yet.

use std::{collections::VecDeque, sync::Arc};

use hashbrown::HashMap;

use crate::{
    meta::ObjectKey,
    resource::Resource,
    store::{Change, are_different},
};

/// Changes in order. While there are few, each of them is kept. When a reader falls behind, the changes of one object are
/// merged into one, so that the queue is never longer than what there is to know: two changes for each object that the
/// reader knows or that exists. Applied in order to what the reader knows, they still give what the store holds.
#[derive(Debug)]
pub(super) struct ChangeQueue<K: Resource> {
    changes: VecDeque<Change<K>>,
    /// As many are kept as they came.
    limit: usize,
    /// As many may be there before they are merged.
    threshold: usize,
    /// Changes that were merged into others.
    merged: u64,
}

/// All that happened to the object of one key.
struct KeyHistory<K> {
    /// As the reader knows it.
    before: Option<Arc<K>>,
    /// As it is.
    after: Option<Arc<K>>,
    /// It was there when it was first told of.
    is_listed: bool,
}

impl<K: Resource> ChangeQueue<K> {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            changes: VecDeque::new(),
            limit: limit.max(1),
            threshold: limit.max(1),
            merged: 0,
        }
    }

    pub(super) fn push(&mut self, change: Change<K>) {
        self.changes.push_back(change);
        if self.changes.len() > self.threshold {
            self.merge();
            // What was merged has nothing left to merge: the next time is when as much has come again.
            self.threshold = self.limit.max(self.changes.len() * 2);
        }
    }

    pub(super) fn pop(&mut self) -> Option<Change<K>> {
        let change = self.changes.pop_front();
        if self.changes.is_empty() {
            self.threshold = self.limit;
            self.changes.shrink_to(self.limit);
        }
        change
    }

    pub(super) fn len(&self) -> usize {
        self.changes.len()
    }

    pub(super) fn merged(&self) -> u64 {
        self.merged
    }

    fn merge(&mut self) {
        let before = self.changes.len();
        let mut histories: Vec<KeyHistory<K>> = Vec::new();
        let mut by_key: HashMap<ObjectKey, usize> = HashMap::new();
        for change in self.changes.drain(..) {
            let key = &change.object().meta().key;
            match by_key.get(key) {
                Some(index) => histories[*index].continue_with(change),
                None => {
                    by_key.insert(key.clone(), histories.len());
                    histories.push(KeyHistory::begin(change));
                }
            }
        }
        self.changes.extend(histories.into_iter().flat_map(KeyHistory::changes));
        self.merged += (before - self.changes.len()) as u64;
    }
}

impl<K: Resource> KeyHistory<K> {
    fn begin(change: Change<K>) -> Self {
        let is_listed = matches!(change, Change::Listed(_));
        let (before, after) = match change {
            Change::Listed(new) | Change::Added(new) => (None, Some(new)),
            Change::Modified { old, new } => (Some(old), Some(new)),
            Change::Deleted(old) => (Some(old), None),
        };
        Self {
            before,
            after,
            is_listed,
        }
    }

    fn continue_with(&mut self, change: Change<K>) {
        self.is_listed &= matches!(change, Change::Listed(_) | Change::Modified { .. });
        self.after = match change {
            Change::Listed(new) | Change::Added(new) | Change::Modified { new, .. } => Some(new),
            Change::Deleted(_) => None,
        };
    }

    /// What is left of it: at most two changes.
    fn changes(self) -> impl Iterator<Item = Change<K>> {
        let [first, second] = match (self.before, self.after) {
            (None, None) => [None, None],
            (None, Some(new)) if self.is_listed => [Some(Change::Listed(new)), None],
            (None, Some(new)) => [Some(Change::Added(new)), None],
            // As the reader knows it: what comes later is compared with that.
            (Some(old), None) => [Some(Change::Deleted(old)), None],
            (Some(old), Some(new)) if are_different(&old.meta().uid, &new.meta().uid) => {
                [Some(Change::Deleted(old)), Some(Change::Added(new))]
            }
            (Some(old), Some(new)) if old == new => [None, None],
            (Some(old), Some(new)) => [Some(Change::Modified { old, new }), None],
        };
        first.into_iter().chain(second)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{kinds::DynamicObject, shared_str::Interner};

    fn object(name: u8, uid: u8, state: u8) -> Arc<DynamicObject> {
        let json = format!(r#"{{"metadata":{{"name":"{name}","uid":"{uid}"}},"state":{state}}}"#);
        Arc::new(DynamicObject::decode(json.as_bytes(), &mut Interner::default()).expect("an object"))
    }

    type Known = BTreeMap<ObjectKey, Arc<DynamicObject>>;

    /// Applies a change to what somebody knows; it must be possible.
    fn apply(known: &mut Known, change: &Change<DynamicObject>) {
        let key = change.object().meta().key.clone();
        match change {
            Change::Listed(new) | Change::Added(new) => assert!(known.insert(key, Arc::clone(new)).is_none()),
            Change::Modified { old, new } => {
                assert_eq!(known.insert(key, Arc::clone(new)).as_ref(), Some(old));
                assert_ne!(old, new);
            }
            Change::Deleted(_) => assert!(known.remove(&key).is_some()),
        }
    }

    /// The next change of an object, as a store would tell it.
    fn next(held: &mut Known, (name, uid, state): (u8, u8, u8)) -> Vec<Change<DynamicObject>> {
        let new = object(name, uid, state);
        let key = new.meta().key.clone();
        let changes = match held.get(&key).cloned() {
            None => vec![Change::Added(new)],
            Some(old) if state == 0 => vec![Change::Deleted(old)],
            Some(old) if old.meta().uid != new.meta().uid => vec![Change::Deleted(old), Change::Added(new)],
            Some(old) if old == new => vec![],
            Some(old) => vec![Change::Modified { old, new }],
        };
        changes.iter().for_each(|change| apply(held, change));
        changes
    }

    proptest! {
        /// However slow a reader is, what it takes leads to what is held, and the queue stays bounded.
        #[test]
        fn a_slow_reader_ends_with_the_truth(
            limit in 1_usize..8,
            steps in prop::collection::vec(((0_u8..4, 0_u8..2, 0_u8..3), 0_usize..3), 0..200),
        ) {
            let (mut held, mut known) = (Known::new(), Known::new());
            let mut queue = ChangeQueue::new(limit);
            for (event, takes) in steps {
                next(&mut held, event).into_iter().for_each(|change| queue.push(change));
                // Four keys, of which each has two changes at most once merged, and as much again before the next time.
                prop_assert!(queue.len() <= limit.max(16) + 1);
                for _ in 0..takes {
                    if let Some(change) = queue.pop() {
                        apply(&mut known, &change);
                    }
                }
            }
            while let Some(change) = queue.pop() {
                apply(&mut known, &change);
            }
            prop_assert_eq!(known, held);
        }
    }

    #[test]
    fn a_reader_that_keeps_up_gets_every_change() {
        let mut queue = ChangeQueue::new(3);
        let states: Vec<_> = (1..=3).map(|state| object(1, 1, state)).collect();
        queue.push(Change::Added(Arc::clone(&states[0])));
        for pair in states.windows(2) {
            let (old, new) = (Arc::clone(&pair[0]), Arc::clone(&pair[1]));
            queue.push(Change::Modified { old, new });
        }
        assert_eq!((queue.len(), queue.merged()), (3, 0));
        queue.push(Change::Deleted(Arc::clone(&states[2])));
        // It came and went unseen.
        assert_eq!((queue.len(), queue.merged()), (0, 4));
    }
}
