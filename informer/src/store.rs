//! The objects of one kind by namespace and name, and exactly what changed.
//!
//! A store turns the [`Event`]s of informers into [`Change`]s. It holds the truth of the watch protocol: which event is
//! news, which is a repetition, and which belongs to an object that is gone. It knows nothing of requests and streams,
//! nor of what the objects mean to each other.
//!
//! An object is found by its key and identified by its uid. The same key with another uid is another object: the old one
//! is deleted, the new one added, and no field of theirs mixes.
//!
//! # Lists
//!
//! A list is *staged* from [`Event::Init`] to [`Event::InitDone`] and seen by nobody; readers go on with the old content.
//! [`Event::InitDone`] then replaces what the list's [`Scope`] holds in one call, as client-go's `DeltaFIFO.Replace` and
//! kube-rs' `reflector::store` do, and tells only the differences. A list that is never done changes nothing.
//!
//! While its scope is being staged, a scope's [`Event::Apply`] and [`Event::Delete`] belong to the list (a streaming list
//! may carry both before its end) and are staged, in order. At any other time they change the store at once.
//!
//! # How many
//!
//! A store holds at most [`MAX_STORE_OBJECTS`]. Objects beyond are left out, which [`Store::left_out`] says and everybody has
//! to who shows it; there is room for them again when others go, and with the next list.
//!
//! # First lists
//!
//! Before a list of its scope was ever complete there is no old content that could go on, and nothing is truer than what
//! has arrived. So the objects of a first list are there as they come, as a *provisional* content: a part, which
//! [`Store::is_listed`] says and everybody has to who shows it. The list's end makes it the content, and is no work at all
//! if the first try succeeds. Objects of a try that broke off stay as long as nothing is known that is truer; later tries
//! are staged as well as shown, and the one that comes to its end replaces everything.

mod staging;

use std::{cmp::Ordering, hash::BuildHasher, mem, sync::Arc};

use hashbrown::DefaultHashBuilder;

use crate::{
    hash_index::HashIndex,
    informer::Event,
    limits::MAX_STORE_OBJECTS,
    meta::{Meta, ObjectKey, Uid},
    request::Collection,
    resource::Resource,
    shared_str::SharedStr,
};
use staging::Staging;

/// What one informer lists and watches. Several may feed one store if their scopes are disjoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Every object of the kind.
    Cluster,
    /// The objects of one namespace.
    Namespace(SharedStr),
}

impl Scope {
    /// What the informer of a collection lists and watches.
    #[must_use]
    pub fn of(collection: &Collection) -> Self {
        match collection.namespace() {
            None => Self::Cluster,
            Some(namespace) => Self::Namespace(namespace.text().clone()),
        }
    }

    /// Whether an object of this key is in the scope.
    #[must_use]
    pub fn contains(&self, key: &ObjectKey) -> bool {
        match self {
            Self::Cluster => true,
            Self::Namespace(namespace) => *namespace == key.namespace,
        }
    }
}

/// One change of the store. Objects are shared, so a change costs no copy.
///
/// Applied in order to the content before, the changes give the content after, except for resourceVersions: an object
/// that differs in nothing else is replaced without a change, because there is nothing to draw.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<K: Resource> {
    /// The object was there when its scope was listed for the first time: known now, but not new.
    Listed(Arc<K>),
    /// The object is new.
    Added(Arc<K>),
    /// The same object (same uid) in another state.
    Modified {
        /// As it was.
        old: Arc<K>,
        /// As it is.
        new: Arc<K>,
    },
    /// The object is gone; its last known state.
    Deleted(Arc<K>),
}

impl<K: Resource> Change<K> {
    /// The object as it is now, or as it was last known.
    #[must_use]
    pub fn object(&self) -> &Arc<K> {
        match self {
            Self::Listed(object) | Self::Added(object) | Self::Deleted(object) | Self::Modified { new: object, .. } => {
                object
            }
        }
    }
}

/// How many events changed nothing, by reason. For diagnostics: none of them is an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    /// Older than what is known: a replay.
    pub stale: u64,
    /// Of the version that is known: a repetition.
    pub duplicate: u64,
    /// Deletions of an object that is not known.
    pub unknown_delete: u64,
    /// Deletions of an object whose key names another one by now.
    pub foreign_delete: u64,
    /// Objects that are not in the scope of the informer that sent them.
    pub out_of_scope: u64,
    /// Parts of a list that did not begin.
    pub unstaged: u64,
    /// Objects for which there is no room.
    pub over_limit: u64,
}

/// The objects of one kind.
#[derive(Debug)]
pub struct Store<K: Resource> {
    /// Each object once, by the hash of its key; the key itself is in the object alone. The order is random and must
    /// not be seen outside.
    objects: HashIndex<Arc<K>>,
    /// Seeded, because users who create pods choose the names.
    hasher: DefaultHashBuilder,
    /// One for each scope that ever began a list; as many as there are informers.
    listings: Vec<Listing<K>>,
    /// Most objects that are held.
    limit: usize,
    handled: u64,
    ignored: Ignored,
}

/// Where a scope is with its lists.
#[derive(Debug)]
struct Listing<K: Resource> {
    scope: Scope,
    /// Whether a list of it was ever complete.
    listed: bool,
    /// Objects for which there was no room, since the last list began to be the content.
    left_out: u64,
    phase: ListPhase<K>,
}

/// The list under way.
#[derive(Debug)]
enum ListPhase<K: Resource> {
    /// None.
    Idle,
    /// A first list, and the scope held nothing before: this many objects so far.
    Filling(usize),
    /// Any other.
    Staging(Staging<K>),
}

impl<K: Resource> Default for Store<K> {
    fn default() -> Self {
        Self::with_limit(MAX_STORE_OBJECTS)
    }
}

impl<K: Resource> Store<K> {
    /// A store that holds at most this many objects.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self {
            objects: HashIndex::default(),
            hasher: DefaultHashBuilder::default(),
            listings: Vec::new(),
            limit,
            handled: 0,
            ignored: Ignored::default(),
        }
    }

    /// Takes in one event of the informer of `scope` and appends to `changes` what it changed.
    ///
    /// [`Event::InitDone`] appends deletions first, so that places which become free can be taken by what is new, and
    /// then everything else, each in the order of namespace and name.
    pub fn handle(&mut self, scope: &Scope, event: Event<K>, changes: &mut Vec<Change<K>>) {
        self.handled += 1;
        let before = self.ignored.over_limit;
        self.take_in(scope, event, changes);
        let left_out = self.ignored.over_limit - before;
        if left_out > 0
            && let Some(listing) = self.listings.iter_mut().find(|listing| listing.scope == *scope)
        {
            listing.left_out += left_out;
        }
    }

    fn take_in(&mut self, scope: &Scope, event: Event<K>, changes: &mut Vec<Change<K>>) {
        let key = match &event {
            Event::Init | Event::InitDone => None,
            Event::InitApply(object) | Event::Apply(object) => Some(&object.meta().key),
            Event::Delete(meta) => Some(&meta.key),
        };
        if key.is_some_and(|key| !scope.contains(key)) {
            self.ignored.out_of_scope += 1;
            return;
        }
        let ignored = &mut self.ignored;
        let listing = self.listings.iter_mut().find(|listing| listing.scope == *scope);
        let Some(listing) = listing.filter(|listing| !matches!(listing.phase, ListPhase::Idle)) else {
            return match event {
                Event::Init => self.begin(scope),
                Event::InitApply(_) | Event::InitDone => ignored.unstaged += 1,
                Event::Apply(object) => self.apply(object, changes),
                Event::Delete(meta) => self.delete(&meta, changes),
            };
        };
        let is_first = !listing.listed;
        match (event, &mut listing.phase) {
            (Event::Init, _) => self.begin(scope),
            (Event::InitDone, _) => self.finish(scope, changes),
            (Event::InitApply(object), ListPhase::Filling(count)) => {
                *count += 1;
                self.provide(Arc::new(object), changes);
            }
            (Event::InitApply(object), ListPhase::Staging(staging)) => {
                let object = Arc::new(object);
                staging.list(Arc::clone(&object));
                if is_first {
                    self.provide(object, changes);
                }
            }
            (Event::Apply(object), ListPhase::Staging(staging)) => staging.apply(object, ignored),
            (Event::Delete(meta), ListPhase::Staging(staging)) => staging.delete(meta, ignored),
            (Event::Apply(object), ListPhase::Filling(_) | ListPhase::Idle) => self.apply(object, changes),
            (Event::Delete(meta), ListPhase::Filling(_) | ListPhase::Idle) => self.delete(&meta, changes),
            (Event::InitApply(_), ListPhase::Idle) => ignored.unstaged += 1,
        }
    }

    /// The object of this key.
    #[must_use]
    pub fn get(&self, key: &ObjectKey) -> Option<&Arc<K>> {
        self.find(&key.namespace, &key.name)
    }

    /// The object of this name; kinds without namespaces have an empty one.
    #[must_use]
    pub fn find(&self, namespace: &str, name: &str) -> Option<&Arc<K>> {
        let hash = self.hasher.hash_one((namespace, name));
        self.objects.find(hash, |object| {
            let key = &object.meta().key;
            key.name == name && *key.namespace == *namespace
        })
    }

    /// How many objects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there is no object.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// How many objects there is room for without another allocation.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.objects.capacity()
    }

    /// How many objects there are in a scope. Linear in the number of objects when there are several scopes.
    #[must_use]
    pub fn count(&self, scope: &Scope) -> usize {
        match scope {
            Scope::Cluster => self.len(),
            Scope::Namespace(_) => self
                .objects
                .iter()
                .filter(|object| scope.contains(&object.meta().key))
                .count(),
        }
    }

    /// Every object by namespace and name. Sorts all of them: for a snapshot, not for every frame.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Arc<K>> {
        let mut objects: Vec<_> = self.objects.iter().collect();
        objects.sort_by(|a, b| a.meta().key.cmp(&b.meta().key));
        objects
    }

    /// Whether a list of this scope was ever complete. Before that, what the store holds of it is provisional: a part.
    #[must_use]
    pub fn is_listed(&self, scope: &Scope) -> bool {
        self.listings
            .iter()
            .any(|listing| listing.scope == *scope && listing.listed)
    }

    /// How many objects of the list under way have arrived; zero when there is none.
    #[must_use]
    pub fn staged(&self, scope: &Scope) -> usize {
        let listing = self.listings.iter().find(|listing| listing.scope == *scope);
        match listing.map(|listing| &listing.phase) {
            None | Some(ListPhase::Idle) => 0,
            Some(ListPhase::Filling(count)) => *count,
            Some(ListPhase::Staging(staging)) => staging.len(),
        }
    }

    /// The most objects that it holds.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// For how many objects there was no room since the last list; what is held is a part while there are any.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.listings.iter().map(|listing| listing.left_out).sum()
    }

    /// How many events it was handed. As long as there is no other, it holds the same.
    #[must_use]
    pub fn handled(&self) -> u64 {
        self.handled
    }

    /// What was ignored since the beginning.
    #[must_use]
    pub fn ignored(&self) -> Ignored {
        self.ignored
    }

    fn begin(&mut self, scope: &Scope) {
        let index = self
            .listings
            .iter()
            .position(|listing| listing.scope == *scope)
            .unwrap_or_else(|| {
                self.listings.push(Listing {
                    scope: scope.clone(),
                    listed: false,
                    left_out: 0,
                    phase: ListPhase::Idle,
                });
                self.listings.len() - 1
            });
        let is_filling = !self.listings[index].listed && self.count(scope) == 0;
        if is_filling {
            self.listings[index].left_out = 0;
        }
        self.listings[index].phase = match is_filling {
            true => ListPhase::Filling(0),
            false => ListPhase::Staging(Staging::new(self.limit)),
        };
    }

    fn is_full(&self) -> bool {
        self.objects.len() >= self.limit
    }

    /// Takes in an object of a first list; of one that comes twice, the last counts.
    fn provide(&mut self, mut new: Arc<K>, changes: &mut Vec<Change<K>>) {
        let key = &new.meta().key;
        let hash = hash(&self.hasher, key);
        let is_full = self.is_full();
        let Some(known) = self.objects.find_mut(hash, |object| object.meta().key == *key) else {
            if is_full {
                self.ignored.over_limit += 1;
                return;
            }
            changes.push(Change::Listed(Arc::clone(&new)));
            self.objects.insert(hash, new);
            return;
        };
        if **known == *new {
            return;
        }
        let old = mem::replace(known, Arc::clone(&new));
        if are_different(&old.meta().uid, &known.meta().uid) {
            changes.extend([Change::Deleted(old), Change::Listed(Arc::clone(known))]);
        } else if differs(&*old, Arc::make_mut(&mut new)) {
            let new = Arc::clone(known);
            changes.push(Change::Modified { old, new });
        }
    }

    /// Replaces what `scope` holds by what was staged, whatever the versions: after the restore of a backup they are
    /// older than those that are known (client-go stays behind here, kubernetes/kubernetes#107457).
    fn finish(&mut self, scope: &Scope, changes: &mut Vec<Change<K>>) {
        let Some(listing) = self.listings.iter_mut().find(|listing| listing.scope == *scope) else {
            return;
        };
        let phase = mem::replace(&mut listing.phase, ListPhase::Idle);
        let is_first = !mem::replace(&mut listing.listed, true);
        let ListPhase::Staging(staging) = phase else { return };
        // From here on its own count says what is left out.
        listing.left_out = 0;
        let (mut staged, left_out) = staging.finish(&mut self.ignored);
        // What other informers have listed has its room already.
        let room = self.limit.saturating_sub(self.len() - self.count(scope));
        self.ignored.over_limit += left_out + staged.len().saturating_sub(room) as u64;
        staged.truncate(room);

        let start = changes.len();
        // A new table, so that the room a larger past took is given back.
        let mut before = mem::replace(&mut self.objects, HashIndex::with_capacity(staged.len()));
        for mut new in staged {
            let key = &new.meta().key;
            let hash = hash(&self.hasher, key);
            match before.remove(hash, |object| object.meta().key == *key) {
                None if is_first => changes.push(Change::Listed(Arc::clone(&new))),
                None => changes.push(Change::Added(Arc::clone(&new))),
                Some(old) => {
                    if are_different(&old.meta().uid, &new.meta().uid) {
                        changes.extend([Change::Deleted(old), Change::Added(Arc::clone(&new))]);
                    } else if *old == *new {
                        new = old;
                    } else if differs(&*old, Arc::make_mut(&mut new)) {
                        changes.push(Change::Modified {
                            old,
                            new: Arc::clone(&new),
                        });
                    }
                }
            }
            self.objects.insert(hash, new);
        }

        let (mut gone, others): (Vec<_>, Vec<_>) =
            before.into_values().partition(|old| scope.contains(&old.meta().key));
        gone.sort_by(|a, b| a.meta().key.cmp(&b.meta().key));
        let deletions = gone.len();
        changes.extend(gone.into_iter().map(Change::Deleted));
        changes[start..].rotate_right(deletions);
        for other in others {
            let hash = hash(&self.hasher, &other.meta().key);
            self.objects.insert(hash, other);
        }
    }

    fn apply(&mut self, mut object: K, changes: &mut Vec<Change<K>>) {
        let key = &object.meta().key;
        let hash = hash(&self.hasher, key);
        let is_full = self.is_full();
        let Some(known) = self.objects.find_mut(hash, |object| object.meta().key == *key) else {
            if is_full {
                self.ignored.over_limit += 1;
                return;
            }
            let new = Arc::new(object);
            changes.push(Change::Added(Arc::clone(&new)));
            self.objects.insert(hash, new);
            return;
        };
        let news = News::of(object.meta(), known.meta());
        if !news.is_news(&mut self.ignored) {
            return;
        }
        let is_visible = differs(&**known, &mut object);
        let new = Arc::new(object);
        let old = mem::replace(known, Arc::clone(&new));
        match news {
            News::Recreated => changes.extend([Change::Deleted(old), Change::Added(new)]),
            _ if is_visible => changes.push(Change::Modified { old, new }),
            _ => {}
        }
    }

    fn delete(&mut self, meta: &Meta, changes: &mut Vec<Change<K>>) {
        let hash = hash(&self.hasher, &meta.key);
        let is_it = |object: &Arc<K>| object.meta().key == meta.key;
        match self.objects.find(hash, is_it) {
            None => self.ignored.unknown_delete += 1,
            Some(known) if are_different(&known.meta().uid, &meta.uid) => self.ignored.foreign_delete += 1,
            Some(_) => changes.extend(self.objects.remove(hash, is_it).map(Change::Deleted)),
        }
    }
}

/// What an added or modified object is to the one that is known under its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    /// Nothing: the same version of the same object.
    Duplicate,
    /// Nothing: an older version, or an object that had the name before.
    Stale,
    /// Another object under the same name.
    Recreated,
    /// A later version of it, or one of which one cannot tell.
    Updated,
}

impl News {
    fn of(new: &Meta, known: &Meta) -> Self {
        let order = match (&new.resource_version, &known.resource_version) {
            (Some(new), Some(known)) => new.compare(known),
            _ => None,
        };
        match (order, are_different(&new.uid, &known.uid)) {
            (Some(Ordering::Less), _) => Self::Stale,
            (_, true) => Self::Recreated,
            (Some(Ordering::Equal), false) => Self::Duplicate,
            (Some(Ordering::Greater) | None, false) => Self::Updated,
        }
    }

    /// Whether there is anything to do; counts it otherwise.
    fn is_news(self, ignored: &mut Ignored) -> bool {
        match self {
            Self::Duplicate => ignored.duplicate += 1,
            Self::Stale => ignored.stale += 1,
            Self::Recreated | Self::Updated => return true,
        }
        false
    }
}

/// Whether two uids name two objects. An absent uid names none, so it is not different from any.
pub(crate) fn are_different(a: &Uid, b: &Uid) -> bool {
    let is_absent = |uid: &Uid| matches!(uid, Uid::Other(text) if text.is_empty());
    a != b && !is_absent(a) && !is_absent(b)
}

/// Whether two versions of an object differ in more than their resourceVersion. Leaves both as they were.
fn differs<K: Resource>(old: &K, new: &mut K) -> bool {
    let version = new.meta().resource_version.clone();
    new.set_resource_version(old.meta().resource_version.clone());
    let differs = *new != *old;
    new.set_resource_version(version);
    differs
}

fn hash(hasher: &DefaultHashBuilder, key: &ObjectKey) -> u64 {
    hasher.hash_one((&*key.namespace, key.name.as_str()))
}
