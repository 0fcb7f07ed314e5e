//! What a store held a moment ago, to tell when it goes back in time.

use std::{cmp::Ordering, sync::Arc};

use hashbrown::HashSet;

use k8bit::resource::{ObjectKey, Resource, Uid};

/// What a store held when it was last looked at.
pub(crate) struct Seen<K: Resource> {
    /// By namespace and name.
    held: Vec<Arc<K>>,
    /// What was there, and is not any more.
    gone: HashSet<Uid>,
    /// It had been told everything.
    was_told: bool,
}

impl<K: Resource> Default for Seen<K> {
    fn default() -> Self {
        Self {
            held: Vec::new(),
            gone: HashSet::new(),
            was_told: true,
        }
    }
}

impl<K: Resource> Seen<K> {
    /// What is held now that never was true; or, of a store that was told everything, what was over and is held again.
    pub(crate) fn lie(&self, now: &[&Arc<K>], is_told: bool, is_known: impl Fn(&K) -> bool) -> Option<String> {
        for object in now {
            let meta = object.meta();
            let before = find(&self.held, &meta.key);
            if before.is_some_and(|before| Arc::ptr_eq(before, object)) {
                continue;
            }
            if !is_known(object) {
                return Some(format!("never true: {object:?}"));
            }
            let is_older = before.is_some_and(|before| {
                let former = before.meta();
                let versions = meta.resource_version.as_ref().zip(former.resource_version.as_ref());
                former.uid == meta.uid && versions.and_then(|(new, old)| new.compare(old)) == Some(Ordering::Less)
            });
            if is_told && self.was_told && (is_older || self.gone.contains(&meta.uid)) {
                return Some(format!("true again: {object:?}"));
            }
        }
        None
    }

    /// Takes down what is held now.
    pub(crate) fn see(&mut self, now: &[&Arc<K>], is_told: bool) {
        if !is_told {
            // What it is told next may be another history.
            self.gone.clear();
        }
        let now: Vec<Arc<K>> = now.iter().map(|object| Arc::clone(object)).collect();
        for former in self.held.iter().map(|object| object.meta()).filter(|_| is_told) {
            if find(&now, &former.key).is_none_or(|object| object.meta().uid != former.uid) {
                self.gone.insert(former.uid.clone());
            }
        }
        self.held = now;
        self.was_told = is_told;
    }
}

/// The object of this key among those by namespace and name.
fn find<'a, K: Resource>(objects: &'a [Arc<K>], key: &ObjectKey) -> Option<&'a Arc<K>> {
    let index = objects.binary_search_by(|object| object.meta().key.cmp(key)).ok()?;
    objects.get(index)
}
