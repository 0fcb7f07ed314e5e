//! All objects of one resource, and the log of their latest changes.
//!
//! The log plays two parts that the real server has apart. As *watch window* (the watch cache's ring) it says
//! from which resourceVersion a watch may still start. As *history* (etcd until compaction) it lets any
//! recent state be read again, for continue tokens, exact lists and lagging replicas. Reading the past costs
//! as much as changed since then, whatever the size of the collection.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::object::{Key, Object};

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was created.
    Added,
    /// It was updated.
    Modified,
    /// It was removed.
    Deleted,
}

/// One entry of the log.
#[derive(Clone, Debug)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// When.
    pub time: Timestamp,
    /// The state before; `None` for [`ChangeKind::Added`].
    pub before: Option<Arc<Object>>,
    /// The state after. For [`ChangeKind::Deleted`] the last state, under the resourceVersion of the deletion.
    pub object: Arc<Object>,
}

/// How much of the past is kept.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// So many latest changes can be watched from, whatever their age (real server: 100).
    pub watch_events_min: usize,
    /// Never more than this many (real server: 102,400).
    pub watch_events_max: usize,
    /// Between the two, changes younger than this can be watched from (real server: 75 s).
    pub watch_age: Duration,
    /// Changes older than this are compacted: continue tokens and exact lists from before expire (etcd: 5 min).
    pub compaction_age: Duration,
    /// Never keep more changes than this for history.
    pub history_events_max: usize,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            watch_events_min: 100,
            watch_events_max: 20_000,
            watch_age: Duration::from_secs(75),
            compaction_age: Duration::from_secs(300),
            history_events_max: 40_000,
        }
    }
}

/// All objects of one resource now, and the log of their latest changes.
#[derive(Clone, Debug, Default)]
pub struct Collection {
    objects: BTreeMap<Key, Arc<Object>>,
    log: VecDeque<Change>,
    /// A watch may start from this resourceVersion or a later one.
    watch_floor: u64,
    /// The past can be read from this resourceVersion on.
    history_floor: u64,
}

impl Collection {
    /// The object of that name now.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Arc<Object>> {
        self.objects.get(key)
    }

    /// All objects now, in the order of lists.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Object>> {
        self.objects.values()
    }

    /// The objects of one namespace now.
    pub fn in_namespace<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Arc<Object>> {
        let start = (namespace.into(), "".into());
        self.objects
            .range(start..)
            .take_while(move |((object_namespace, _), _)| object_namespace == namespace)
            .map(|(_, object)| object)
    }

    /// Oldest resourceVersion from which a watch may start.
    #[must_use]
    pub fn watch_floor(&self) -> u64 {
        self.watch_floor
    }

    /// Oldest resourceVersion that can be read.
    #[must_use]
    pub fn history_floor(&self) -> u64 {
        self.history_floor
    }

    /// Applies a change and appends it to the log. Resource versions must grow.
    pub fn apply(&mut self, change: Change, window: &Window) {
        let key = change.object.key();
        match change.kind {
            ChangeKind::Added | ChangeKind::Modified => {
                self.objects.insert(key, change.object.clone());
            }
            ChangeKind::Deleted => {
                self.objects.remove(&key);
            }
        }
        let now = change.time;
        self.log.push_back(change);
        self.trim(now, window);
    }

    /// Puts an object in without a change, as part of a populated start.
    pub fn load(&mut self, object: Arc<Object>) {
        self.objects.insert(object.key(), object);
    }

    /// Forgets the whole log, as of `current`.
    pub fn forget(&mut self, current: u64) {
        self.log.clear();
        self.expire_watches(current);
        self.compact(current);
    }

    /// Empties the watch window only.
    pub fn expire_watches(&mut self, current: u64) {
        self.watch_floor = current;
    }

    /// Expires continue tokens and exact lists only.
    pub fn compact(&mut self, current: u64) {
        self.history_floor = current;
    }

    /// The changes after a resourceVersion, oldest first.
    pub fn changes_after(&self, resource_version: u64) -> impl Iterator<Item = &Change> {
        let start = self
            .log
            .partition_point(|change| change.object.resource_version <= resource_version);
        self.log.range(start..)
    }

    /// The last resourceVersion up to which all changes are as old as `time`, or `current` if all are.
    #[must_use]
    pub fn resource_version_at(&self, time: Timestamp, current: u64) -> u64 {
        let end = self.log.partition_point(|change| change.time <= time);
        match self.log.get(end) {
            Some(first_hidden) => first_hidden.object.resource_version - 1,
            None => current,
        }
    }

    /// The objects as of `resource_version`, from a key on, in the order of lists. The caller has checked
    /// [`Self::history_floor`].
    pub fn at(&self, resource_version: u64, from: Bound<&Key>) -> Vec<Arc<Object>> {
        let mut undone: BTreeMap<Key, Option<&Arc<Object>>> = BTreeMap::new();
        for change in self.log.iter().rev() {
            if change.object.resource_version <= resource_version {
                break;
            }
            undone.insert(change.object.key(), change.before.as_ref());
        }
        let range = (from, Bound::Unbounded);
        let present = self.objects.range::<Key, _>(range);
        if undone.is_empty() {
            return present.map(|(_, object)| object.clone()).collect();
        }
        let unchanged = present.filter(|(key, _)| !undone.contains_key(*key));
        let former = undone
            .range::<Key, _>(range)
            .filter_map(|(key, object)| object.map(|object| (key, object)));
        merge_by_key(unchanged, former)
    }

    /// When the oldest changes may be dropped; drops them.
    fn trim(&mut self, now: Timestamp, window: &Window) {
        let age = |change: &Change| now.duration_since(change.time).unsigned_abs();
        let watchable_from = self
            .log
            .partition_point(|change| change.object.resource_version <= self.watch_floor);
        let mut first = watchable_from;
        while self.log.len() - first > window.watch_events_min
            && (self.log.len() - first > window.watch_events_max || age(&self.log[first]) > window.watch_age)
        {
            self.watch_floor = self.log[first].object.resource_version;
            first += 1;
        }
        while let Some(oldest) = self.log.front() {
            let version = oldest.object.resource_version;
            let watchable = version > self.watch_floor;
            let kept = self.log.len() <= window.history_events_max && age(oldest) <= window.compaction_age;
            if watchable || (kept && version > self.history_floor) {
                break;
            }
            self.history_floor = self.history_floor.max(version);
            self.log.pop_front();
        }
    }
}

fn merge_by_key<'a>(
    left: impl Iterator<Item = (&'a Key, &'a Arc<Object>)>,
    right: impl Iterator<Item = (&'a Key, &'a Arc<Object>)>,
) -> Vec<Arc<Object>> {
    let (mut left, mut right) = (left.peekable(), right.peekable());
    let mut merged = vec![];
    loop {
        let next = match (left.peek(), right.peek()) {
            (Some((left_key, _)), Some((right_key, _))) if left_key < right_key => left.next(),
            (_, Some(_)) => right.next(),
            (_, None) => left.next(),
        };
        match next {
            Some((_, object)) => merged.push(object.clone()),
            None => return merged,
        }
    }
}
