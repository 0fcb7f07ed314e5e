//! Drawing boxes, slice by slice: what is seen first, and the rest after the next frames.

use leptos::{
    prelude::*,
    task::{spawn_local, tick},
};

use super::{Frame, UnderWay};
use crate::ui::dom;

/// How long drawing boxes may take in one turn, in milliseconds: the rest of a frame belongs to the browser.
const DRAWING_SLICE_MS: f64 = 6.0;

impl Frame {
    /// Draws the boxes that have changed until the slice is over, and sees to the rest.
    pub(super) fn draw(self) {
        let is_slicing = self.remember(|memory| std::mem::replace(&mut memory.under_way.is_slicing, true));
        if is_slicing {
            return;
        }
        spawn_local(async move {
            if self.draw_slice(dom::milliseconds() + DRAWING_SLICE_MS, false).await {
                // Last: what is called live is on the page.
                self.write_connection();
                let is_awaited = self.remember(|memory| {
                    memory.under_way.is_slicing = false;
                    memory.nodes.cards.take_awaited()
                });
                if is_awaited {
                    // One frame later: what comes right after the frame delays what the user waits for on its way to the screen.
                    self.after_frame(move || self.draw_rest());
                } else {
                    self.draw_rest();
                }
            }
        });
    }

    /// Draws what is left, a slice after each frame, so that thousands of blocks block nothing: neither this program nor the
    /// browser, which lays out and paints what a slice has drawn.
    fn draw_rest(self) {
        let is_idle = self.remember(|memory| {
            let is_idle = !memory.nodes.cards.has_more() || memory.under_way.is_drawing;
            memory.under_way.is_drawing |= !is_idle;
            is_idle
        });
        if is_idle {
            return;
        }
        self.after_frame(move || {
            if self.remember(|memory| memory.nodes.cards.is_drawn()) {
                self.show_boxes();
            }
            spawn_local(async move {
                if self.draw_slice(dom::milliseconds() + DRAWING_SLICE_MS, true).await {
                    self.remember(|memory| memory.under_way.is_drawing = false);
                    self.draw_rest();
                }
            });
        });
    }

    /// Writes box after box until the time is over, each on the page before the next: however much changes, a frame is not
    /// held up by it, and no box waits for longer than all the others take. Whether the page is still there.
    pub(super) async fn draw_slice(self, end: f64, with_undrawn: bool) -> bool {
        // What the frame has written comes first.
        tick().await;
        while self.is_mounted() && self.draw_next(dom::milliseconds() < end, with_undrawn) {
            tick().await;
        }
        if self.is_mounted() {
            self.remember(|memory| memory.nodes.cards.end_slice());
            self.signals.drawn.set(());
        }
        self.is_mounted()
    }

    fn draw_next(self, has_time: bool, with_undrawn: bool) -> bool {
        let driver = self.driver();
        self.remember(|memory| {
            let cache = driver.cache();
            memory
                .nodes
                .draw_next(cache.cluster(), self.now(), has_time, with_undrawn)
        })
    }

    /// Makes elements of the boxes near the window, and paints the map there.
    pub(super) fn show_boxes(self) {
        let driver = self.driver();
        self.remember(|memory| {
            let cache = driver.cache();
            let cluster = cache.cluster();
            memory.nodes.show(cluster, self.viewport, self.now());
            memory
                .painter
                .paint_all(self.signals.map, &memory.nodes, cluster, self.viewport);
        });
    }

    /// Whether something is left to draw.
    pub(in crate::ui) fn is_drawing(self) -> bool {
        let is_measuring = self.signals.list.is_measuring.get_untracked();
        is_measuring
            || self.remember(|memory| {
                let UnderWay {
                    is_slicing,
                    is_drawing,
                    is_filtering,
                } = memory.under_way;
                is_slicing || is_drawing || is_filtering || memory.nodes.cards.has_more() || memory.pace.is_held()
            })
    }
}
