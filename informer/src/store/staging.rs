//! A list while it arrives: a log of what it said, settled by key when it is done.
//!
//! Servers list in the order of namespace and name, so the log is sorted already, or nearly: settling is one pass over
//! it, no table of keys is needed beside it, and its order is the order of the changes.

use std::{mem, sync::Arc};

use super::{Ignored, News, are_different};
use crate::{
    limits::STAGING_SLACK,
    meta::{Meta, ObjectKey},
    resource::Resource,
};

/// What a list has said so far.
#[derive(Debug)]
pub(super) struct Staging<K: Resource> {
    /// In the order of arrival; several entries of one key may be there until they are settled.
    log: Vec<Staged<K>>,
    /// Entries of `log` that are events since it was last settled. There are never many more of them than of objects,
    /// however long the stream goes on, because then it is settled.
    events: usize,
    /// Most objects that are kept.
    limit: usize,
    /// Objects for which there was no room.
    left_out: u64,
}

/// One thing that a list said.
#[derive(Debug)]
enum Staged<K> {
    /// An item of the list.
    Listed(Arc<K>),
    /// A later state, added or modified while the list was streaming.
    Applied(Arc<K>),
    /// Deleted while the list was streaming.
    Deleted(Box<Meta>),
}

impl<K: Resource> Staging<K> {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            log: Vec::new(),
            events: 0,
            limit,
            left_out: 0,
        }
    }

    pub(super) fn list(&mut self, object: Arc<K>) {
        if self.len() >= self.limit {
            self.left_out += 1;
        } else {
            self.log.push(Staged::Listed(object));
        }
    }

    pub(super) fn apply(&mut self, object: K, ignored: &mut Ignored) {
        self.push_event(Staged::Applied(Arc::new(object)), ignored);
    }

    pub(super) fn delete(&mut self, meta: Meta, ignored: &mut Ignored) {
        self.push_event(Staged::Deleted(Box::new(meta)), ignored);
    }

    /// How many objects have arrived; exact while the list holds no events and no object twice.
    pub(super) fn len(&self) -> usize {
        self.log.len() - self.events
    }

    /// Every object that exists at the end of the list, once, by namespace and name; and for how many there was no room.
    pub(super) fn finish(mut self, ignored: &mut Ignored) -> (Vec<Arc<K>>, u64) {
        self.settle(ignored);
        let objects = self.log.into_iter().filter_map(|entry| match entry {
            Staged::Listed(object) | Staged::Applied(object) => Some(object),
            Staged::Deleted(_) => None,
        });
        (objects.collect(), self.left_out)
    }

    fn push_event(&mut self, event: Staged<K>, ignored: &mut Ignored) {
        self.log.push(event);
        self.events += 1;
        if self.events > self.log.len() / 2 + STAGING_SLACK {
            self.settle(ignored);
        }
    }

    /// Leaves one entry for each object that exists so far.
    fn settle(&mut self, ignored: &mut Ignored) {
        if self.events == 0 && self.log.is_sorted_by(|a, b| a.key() < b.key()) {
            return;
        }
        // Stable: entries of one key keep the order in which they came.
        self.log.sort_by(|a, b| a.key().cmp(b.key()));
        self.log.dedup_by(|later, earlier| {
            let is_same = later.key() == earlier.key();
            if is_same && later.supersedes(earlier, ignored) {
                mem::swap(later, earlier);
            }
            is_same
        });
        self.log.retain(|entry| !matches!(entry, Staged::Deleted(_)));
        self.left_out += self.log.len().saturating_sub(self.limit) as u64;
        self.log.truncate(self.limit);
        self.events = 0;
    }
}

impl<K: Resource> Staged<K> {
    fn key(&self) -> &ObjectKey {
        match self {
            Self::Listed(object) | Self::Applied(object) => &object.meta().key,
            Self::Deleted(meta) => &meta.key,
        }
    }

    /// Whether this, which came later, takes the place of `earlier`, which has the same key. The last of an item that
    /// is listed twice counts; for events the rules are those of the store.
    fn supersedes(&self, earlier: &Self, ignored: &mut Ignored) -> bool {
        let known = match earlier {
            Self::Listed(object) | Self::Applied(object) => object.meta(),
            Self::Deleted(_) => return true,
        };
        match self {
            Self::Listed(_) => true,
            Self::Applied(object) => News::of(object.meta(), known).is_news(ignored),
            Self::Deleted(meta) if are_different(&meta.uid, &known.uid) => {
                ignored.foreign_delete += 1;
                false
            }
            Self::Deleted(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;

    use super::*;
    use crate::{sample::Sample, shared_str::Interner};

    #[test]
    fn does_not_grow_with_the_events_of_a_long_stream() {
        let mut interner = Interner::default();
        let mut pod = |name: &str| {
            Sample::<Pod>::decode(
                format!(r#"{{"metadata":{{"name":"{name}"}}}}"#).as_bytes(),
                &mut interner,
            )
        };
        let mut staging = Staging::new(usize::MAX);
        let mut ignored = Ignored::default();
        staging.list(Arc::new(pod("listed").unwrap()));
        for index in 0..20_000 {
            staging.apply(pod("changed").unwrap(), &mut ignored);
            staging.delete(pod(&format!("deleted-{index}")).unwrap().meta, &mut ignored);
            assert!(
                staging.log.len() <= 2 * (2 + STAGING_SLACK),
                "{} entries",
                staging.log.len()
            );
        }
        assert_eq!(staging.finish(&mut ignored).0.len(), 2);
    }
}
