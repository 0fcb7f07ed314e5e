//! What the page shows, as signals: the frame writes them, components read them. Nothing here is computed.

use std::sync::atomic::{AtomicU64, Ordering};

use leptos::{html, prelude::*};

use crate::{
    bearer_token::TokenState,
    browser::pointing::Target,
    cluster::{GroupBy, GroupKey},
    resource::{Meta, Timestamp},
    view::{
        arrangement::PlacedHeading,
        blocks::Blocks,
        card::{Card, Tray},
        chip::Chips,
        color::Legend,
        connection::{Badge, KindLine, Note, Scene},
        details::Known,
        families::FamilyCounters,
        find::Found,
        kiosk::WakeLock,
        map::MapPiece,
        namespaces::Namespaces,
        navigate::Rect,
        paint::Palette,
        problems::{Problem, Strip},
        state::Closeness,
        summary::Summary,
        tooltip::Tooltip,
        workload_spread::WorkloadSpread,
        write::{Outcome, Sent, WriteAccess},
    },
};

/// A signal of what is no `Send`: the page runs on one thread.
pub type Local<T> = RwSignal<T, LocalStorage>;

/// Sets a signal where its value is another: who reads it runs for changes alone.
pub(super) fn put<T: PartialEq, S>(signal: RwSignal<T, S>, value: T) -> bool
where
    RwSignal<T, S>: WithUntracked<Value = T> + Set<Value = T>,
{
    let is_other = signal.with_untracked(|old| *old != value);
    if is_other {
        signal.set(value);
    }
    is_other
}

/// The time, as of the last frame.
#[derive(Clone, Copy, Default)]
pub(super) struct Clock {
    /// The time of the picture, which stops during an outage.
    pub(super) now: RwSignal<Timestamp>,
    /// The present.
    pub(super) wall: RwSignal<Timestamp>,
}

/// How the connection is.
#[derive(Clone, Copy, Default)]
pub(super) struct Liveness {
    pub(super) badge: RwSignal<Badge>,
    /// A line for each watched collection.
    pub(super) lines: RwSignal<Vec<KindLine>>,
    /// What is wrong with it.
    pub(super) notes: RwSignal<Vec<Note>>,
    /// What is known of usage.
    pub(super) usage: RwSignal<String>,
    /// Whether clocks differ.
    pub(super) clock_line: RwSignal<String>,
    pub(super) scene: RwSignal<Scene>,
    /// What is known of the user's token.
    pub(super) token: RwSignal<TokenState>,
    /// The announcement for screen readers.
    pub(super) announcement: RwSignal<String>,
}

/// How much there is, and what is wrong.
#[derive(Clone, Copy, Default)]
pub(super) struct Totals {
    pub(super) summary: RwSignal<Summary>,
    pub(super) strip: RwSignal<Strip>,
    /// How many counters of problems stand beside each other; `None` while all of them are shown.
    pub(super) counter_columns: RwSignal<Option<usize>>,
    pub(super) families: RwSignal<FamilyCounters>,
    /// How many problems there are.
    pub(super) problems: RwSignal<u32>,
}

/// The walk from problem to problem.
#[derive(Clone, Copy, Default)]
pub(super) struct Walk {
    /// What is read out of it.
    pub(super) said: RwSignal<String>,
}

/// The picture.
#[derive(Clone, Copy, Default)]
pub(super) struct NodeList {
    /// The boxes that exist as elements.
    pub(super) cards: RwSignal<Vec<NodeCardSignals>>,
    pub(super) headings: RwSignal<Vec<PlacedHeading>>,
    /// The height of all boxes.
    pub(super) height: RwSignal<f64>,
    /// What the boxes stand for.
    pub(super) group_by: RwSignal<GroupBy>,
    /// Whether the room was measured once. Until then there are no boxes: they would stand where they do not stay.
    pub(super) is_measured: RwSignal<bool>,
    /// Whether it is about to be.
    pub(super) is_measuring: RwSignal<bool>,
    /// What the picture shows.
    pub(super) scale: RwSignal<Closeness>,
    /// Side and gap of blocks that are larger than usual.
    pub(super) enlarged_blocks: RwSignal<Option<(f64, f64)>>,
    pub(super) tray: RwSignal<Tray>,
    pub(super) tray_blocks: Local<Option<Drawing>>,
    /// Whether the tray is there.
    pub(super) has_tray: RwSignal<bool>,
    /// What the menu of namespaces offers.
    pub(super) namespaces: RwSignal<Namespaces>,
    /// What the colors mean, where they do not tell the status.
    pub(super) legend: RwSignal<Legend>,
    /// The name of the highlighted workload, and how it is spread: `web?` and `12 of 12 ready over 5 nodes, 3 zones`.
    pub(super) spread: RwSignal<(String, String)>,
}

/// A box. Its signals are its own.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct NodeCardSignals {
    /// Another for each box that was ever made.
    pub(super) id: u64,
    pub(super) group_key: StoredValue<GroupKey, LocalStorage>,
    pub(super) card: RwSignal<Card>,
    pub(super) rect: RwSignal<Rect>,
    /// `None` until they are drawn for the first time.
    pub(super) blocks: Local<Option<Drawing>>,
    /// The same pods in the close-up.
    pub(super) chips: RwSignal<Chips>,
}

impl NodeCardSignals {
    /// A box whose blocks are still to be drawn.
    pub(super) fn new(group_key: &GroupKey, card: Card, rect: Rect) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            group_key: StoredValue::new_local(group_key.clone()),
            card: RwSignal::new(card),
            rect: RwSignal::new(rect),
            blocks: RwSignal::new_local(None),
            chips: RwSignal::default(),
        }
    }
}

/// The blocks of a box, and whether what has changed of them may move.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// The blocks.
    pub blocks: Blocks,
    /// Whether what has changed of them may move.
    pub moves: bool,
}

/// Rings after boxes were drawn.
pub(super) type Drawn = RwSignal<()>;

/// The map, if it is shown.
#[derive(Clone, Copy, Default)]
pub(super) struct MapSignals {
    pub(super) canvas: NodeRef<html::Canvas>,
    /// The colors of the page. What the canvas tells the frame.
    pub(super) palette: RwSignal<Option<Palette>>,
    /// What is to be put on the canvas, until it was.
    pub(super) pieces: RwSignal<Vec<MapPiece>>,
    /// Where in the layout the canvas begins.
    pub(super) top: RwSignal<f64>,
    pub(super) canvas_height: RwSignal<f64>,
    /// The description of the map for screen readers.
    pub(super) label: RwSignal<String>,
    pub(super) ring: RwSignal<Option<Rect>>,
    /// What is at the cursor, for screen readers.
    pub(super) spoken: RwSignal<String>,
}

impl MapSignals {
    /// Gives the focus to the map.
    pub(super) fn focus(self) {
        if let Some(canvas) = self.canvas.get_untracked() {
            let _ = canvas.focus();
        }
    }
}

/// The tooltip.
#[derive(Clone, Copy, Default)]
pub(super) struct TooltipSignals {
    /// What it is about.
    pub(super) target: Local<Option<Target>>,
    pub(super) content: RwSignal<Option<Tooltip>>,
}

/// What is looked for.
#[derive(Clone, Copy, Default)]
pub(super) struct QuerySignals {
    /// The last text that was a query, and stays in force.
    pub(super) in_force: RwSignal<String>,
    /// Whether something is looked for.
    pub(super) is_searching: RwSignal<bool>,
    /// Whether all that matches it is counted.
    pub(super) is_counted: RwSignal<bool>,
    /// `None` while nothing is looked for, or while it is being counted.
    pub(super) found: RwSignal<Option<Found>>,
    /// Number of the current match, from one on.
    pub(super) position: RwSignal<Option<usize>>,
}

/// What the watch knows of the pod or node whose details are shown.
#[derive(Clone, Copy, Default)]
pub(super) struct SubjectSignals {
    pub(super) known: RwSignal<Known>,
    /// Its identity and version; newer than what is shown where nothing that is shown has changed.
    pub(super) meta: Local<Option<Meta>>,
    /// Since when it is gone.
    pub(super) gone: RwSignal<Option<Timestamp>>,
    /// Where the pods of its workload are.
    pub(super) workload: RwSignal<Option<WorkloadSpread>>,
    /// Changes that were sent, from the dialog for the frame.
    pub(super) sent: Local<Option<Sent>>,
    /// Which change, and what is known of it.
    pub(super) outcome: RwSignal<Option<(&'static str, Outcome)>>,
}

/// Kiosk mode.
#[derive(Clone, Copy, Default)]
pub(super) struct Kiosk {
    /// The highlighted problem.
    pub(super) problem: RwSignal<Option<Problem>>,
    /// Whether the browser keeps the screen awake.
    pub(super) wake_lock: RwSignal<WakeLock>,
}

/// What the page may do.
#[derive(Clone, Copy, Default)]
pub(super) struct Access {
    pub(super) write: RwSignal<WriteAccess>,
}

/// All of them. By default what is shown before anything is known.
#[derive(Clone, Copy, Default)]
pub(super) struct Signals {
    pub(super) clock: Clock,
    pub(super) liveness: Liveness,
    pub(super) totals: Totals,
    pub(super) walk: Walk,
    pub(super) list: NodeList,
    pub(super) kiosk: Kiosk,
    pub(super) drawn: Drawn,
    pub(super) map: MapSignals,
    pub(super) tooltip: TooltipSignals,
    pub(super) query: QuerySignals,
    pub(super) subject: SubjectSignals,
    pub(super) access: Access,
}
