//! The boxes that exist as elements, and the drawing of their blocks, box after box.

use std::mem;

use hashbrown::{HashMap, HashSet};
use leptos::prelude::*;

use crate::{
    cluster::{Cluster, GroupKey},
    limits::MAX_NEW_BOXES,
    resource::Timestamp,
    ui::{
        signals::{Drawing, NodeCardSignals, NodeList, put},
        viewport::Viewport,
    },
    view::{
        arrangement::Arrangement,
        block_style::StyleContext,
        blocks::Blocks,
        card::{self, Card},
        chip::Chips,
        draw_queue::DrawQueue,
        freshness::{BoxChanges, FreshIn, Freshness},
        navigate::Rect,
    },
};

/// See the [module](self).
pub(super) struct Cards {
    signals: NodeList,
    /// Owns the signals of each box.
    owner: Owner,
    cards: HashMap<GroupKey, CardEntry>,
    /// Those that are no more, until their elements are gone, too.
    removed: Vec<Owner>,
    queue: DrawQueue,
    /// Boxes are left that are to become elements.
    has_unshown: bool,
    freshness: Freshness,
    /// When what this advance has changed is fresh.
    fresh_in: FreshIn,
    /// Whether pods are chips.
    is_names: bool,
    /// Whether everything looks otherwise, mostly because the user has chosen something else.
    is_awaited: bool,
}

/// A box that is an element.
struct CardEntry {
    signals: NodeCardSignals,
    owner: Owner,
    /// Whether its blocks were drawn once.
    is_drawn: bool,
    /// Whether it is among those that have changed.
    is_waiting: bool,
    /// When what has changed is fresh.
    fresh_in: FreshIn,
}

impl Cards {
    /// None. Their signals will be the caller's owner's.
    pub(super) fn new(signals: NodeList) -> Self {
        Self {
            signals,
            owner: Owner::current().expect("the page is being mounted"),
            cards: HashMap::new(),
            removed: Vec::new(),
            queue: DrawQueue::default(),
            has_unshown: false,
            freshness: Freshness::default(),
            fresh_in: None,
            is_names: false,
            is_awaited: false,
        }
    }

    /// Whether pods are chips from now on, or blocks.
    pub(super) fn show_names(&mut self, is_names: bool) {
        self.is_names = is_names;
    }

    /// Makes elements of the boxes near the window, of the others of a small cluster a few at a time, and lets the others of a
    /// large one go.
    pub(super) fn show(&mut self, arrangement: &Arrangement, cluster: &Cluster, viewport: Viewport, now: Timestamp) {
        // To ask where the window is costs a layout of the page, which a small cluster can do without.
        let is_whole = arrangement.is_whole(cluster);
        let seen = if is_whole { viewport.seen() } else { viewport.window() };
        let (near, range) = arrangement.wanted(cluster, seen);
        let mut room = MAX_NEW_BOXES;
        let (mut shown, mut kept) = (Vec::with_capacity(range.len()), HashSet::with_capacity(range.len()));
        self.has_unshown = false;
        for index in range {
            let (group_key, Some(rect)) = (&arrangement.boxes()[index], arrangement.layout().rect(index)) else {
                continue;
            };
            if !self.cards.contains_key(group_key) {
                let is_near = near.contains(&index);
                if room == 0 && !is_near {
                    self.has_unshown = true;
                    continue;
                }
                let Some(pod_group) = cluster.shown().pod_group(group_key) else {
                    continue;
                };
                room -= usize::from(!is_near);
                let card = CardEntry::new(&self.owner, group_key, Card::of(cluster, pod_group, now), rect);
                self.cards.insert(group_key.clone(), card);
                self.queue.push_undrawn(group_key.clone());
            }
            let card = &self.cards[group_key];
            put(card.signals.rect, rect);
            shown.push(card.signals);
            kept.insert(group_key);
        }
        let removed = self.cards.extract_if(|group_key, _| !kept.contains(group_key));
        self.removed.extend(removed.map(|(_, card)| card.owner));
        put(self.signals.cards, shown);
    }

    /// Notes which boxes have changed. `is_redrawn`: everything looks otherwise, and is noted, too. `is_filling`: a first
    /// list is arriving.
    pub(super) fn note_changes(&mut self, cluster: &Cluster, groups: &[GroupKey], is_redrawn: bool, is_filling: bool) {
        let change = BoxChanges {
            pods: cluster.totals().pods.total(),
            boxes: groups.len(),
            is_redrawn,
            is_filling,
        };
        self.fresh_in = self.freshness.note(&change);
        for group_key in groups {
            let Some(card) = self.cards.get_mut(group_key) else {
                continue;
            };
            if mem::replace(&mut card.is_waiting, true) {
                card.fresh_in = card.fresh_in.and(self.fresh_in);
            } else {
                card.fresh_in = self.fresh_in;
                self.queue.push_changed(group_key.clone());
            }
        }
    }

    /// Notes that every box looks otherwise.
    pub(super) fn note_everything(&mut self, arrangement: &Arrangement, seen: (f64, f64)) {
        let seen = arrangement.boxes_within(seen);
        let boxes = arrangement.boxes().iter().enumerate().filter_map(|(index, group_key)| {
            let card = self.cards.get_mut(group_key)?;
            (card.is_waiting, card.fresh_in) = (false, None);
            Some((group_key.clone(), seen.contains(&index), card.is_drawn))
        });
        self.queue.push_all(boxes);
        self.is_awaited = true;
    }

    /// Whether the user may wait for what has been drawn since the last call.
    pub(super) fn take_awaited(&mut self) -> bool {
        mem::take(&mut self.is_awaited)
    }

    /// What changes with the clock alone.
    pub(super) fn tick(&self, (cluster, style_context): (&Cluster, &StyleContext), now: Timestamp) {
        for (group_key, card) in &self.cards {
            let Some(pod_group) = cluster.shown().pod_group(group_key) else {
                continue;
            };
            if card::ticks(pod_group) {
                put(card.signals.card, Card::of(cluster, pod_group, now));
            }
            // Ages, and how long something has been so.
            if self.is_names && card.is_drawn {
                put(
                    card.signals.chips,
                    Chips::of(pod_group.pods(), style_context, cluster.usage(), now),
                );
            }
        }
    }

    /// Draws the next box; whether there was one. A visible box is drawn whatever the clock says.
    pub(super) fn draw_next(
        &mut self,
        (cluster, style_context): (&Cluster, &StyleContext),
        now: Timestamp,
        has_time: bool,
        with_undrawn: bool,
    ) -> bool {
        let Some(group_key) = self.queue.pop(has_time, with_undrawn) else {
            return false;
        };
        let pod_group = cluster.shown().pod_group(&group_key);
        if let Some((card, pod_group)) = self.cards.get_mut(&group_key).zip(pod_group) {
            (card.is_waiting, card.is_drawn) = (false, true);
            put(card.signals.card, Card::of(cluster, pod_group, now));
            if self.is_names {
                put(
                    card.signals.chips,
                    Chips::of(pod_group.pods(), style_context, cluster.usage(), now),
                );
                put(card.signals.blocks, None);
            } else {
                let blocks = Blocks::of(pod_group.pods(), style_context, cluster.usage(), usize::MAX);
                let moves = self.freshness.is_fresh(card.fresh_in.take());
                put(card.signals.blocks, Some(Drawing { blocks, moves }));
                put(card.signals.chips, Chips::default());
            }
        }
        true
    }

    /// Draws the pods without a node, at most so many.
    pub(super) fn draw_tray(&self, cluster: &Cluster, style_context: &StyleContext, most: usize) {
        let blocks = Blocks::of(cluster.unscheduled().pods(), style_context, cluster.usage(), most);
        let moves = self.freshness.is_fresh(self.fresh_in);
        put(self.signals.tray_blocks, Some(Drawing { blocks, moves }));
    }

    /// A slice has been drawn.
    pub(super) fn end_slice(&mut self) {
        self.freshness.end_slice();
        // Their elements are gone by now.
        self.removed.clear();
    }

    /// Whether all boxes that are elements are drawn as they are.
    pub(super) fn is_drawn(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether something is left to draw.
    pub(super) fn has_more(&self) -> bool {
        self.has_unshown || !self.is_drawn()
    }
}

impl CardEntry {
    fn new(parent: &Owner, group_key: &GroupKey, card: Card, rect: Rect) -> Self {
        let owner = parent.child();
        let signals = owner.with(|| NodeCardSignals::new(group_key, card, rect));
        Self {
            signals,
            owner,
            is_drawn: false,
            is_waiting: false,
            fresh_in: None,
        }
    }
}
