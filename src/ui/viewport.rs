//! The window on the boxes: how much room there is, and which part of them is seen. Asks the browser; to ask costs a layout of
//! the page where something has changed.

use leptos::{html, prelude::*};

use super::dom;
use crate::view::{arrangement::Room, navigate::Rect};

/// Room below the picture that the map leaves free, in CSS pixels: the legend.
const BELOW: f64 = 64.0;

/// The same in kiosk mode, in sizes of the type: `.map` has that much below.
const BELOW_ON_WALL: f64 = 0.5;

/// How near to the edge of the window something may be and still count as seen, in CSS pixels.
const MARGIN: f64 = 48.0;

/// The least room that is made use of, in CSS pixels.
const MIN_HEIGHT: f64 = 240.0;

/// See the [module](self). A copy is the same window.
#[derive(Clone, Copy)]
pub(super) struct Viewport {
    /// The element that the boxes are children of.
    root: NodeRef<html::Section>,
    /// The part of the boxes that was seen when it was last asked about: from where, and how much.
    seen: StoredValue<(f64, f64)>,
}

impl Viewport {
    pub(super) fn new() -> Self {
        Self {
            root: NodeRef::new(),
            seen: StoredValue::new((0.0, Room::USUAL_HEIGHT)),
        }
    }

    /// The element that the boxes are children of.
    pub(super) fn root(self) -> NodeRef<html::Section> {
        self.root
    }

    /// The part of the boxes that was seen when it was last asked about.
    pub(super) fn seen(self) -> (f64, f64) {
        self.seen.get_value()
    }

    /// The part of the boxes that is seen: from where, and how much.
    pub(super) fn window(self) -> (f64, f64) {
        let root = self.root.get_untracked();
        let top = root.map_or(0.0, |root| -root.get_bounding_client_rect().top());
        let seen = (top, dom::window_size().1);
        self.seen.set_value(seen);
        seen
    }

    /// How much room there is; `None` while nothing is shown that could be measured.
    pub(super) fn room(self, is_kiosk: bool) -> Option<Room> {
        let root = self.root.get_untracked()?;
        let width = f64::from(root.client_width());
        let (top, height) = self.window();
        let lengths = dom::lengths();
        let map = root.closest(".map").ok().flatten().filter(|_| is_kiosk);
        let height = match map {
            // What stands below leaves this room, whatever stands above. Whole pixels: the place of the picture drifts.
            Some(map) => (map.get_bounding_client_rect().bottom() + top - BELOW_ON_WALL * lengths.rem).floor(),
            None => height + top - dom::scroll_top() - BELOW,
        };
        (width > 0.0).then(|| Room {
            width,
            height: height.max(MIN_HEIGHT),
            lengths,
        })
    }

    /// Moves the window so that a part of the layout is in it; whether it had to be moved.
    pub(super) fn scroll_to(self, rect: Rect) -> bool {
        let (top, height) = self.window();
        let (above, below) = (rect.top - top, rect.top + rect.height - top - height);
        let is_hidden = above < MARGIN || below > -MARGIN;
        if is_hidden {
            let target = dom::scroll_top() + above - (height - rect.height) / 2.0;
            dom::window().scroll_to_with_x_and_y(0.0, target.max(0.0));
        }
        is_hidden
    }

    /// Where in the window a part of the layout is.
    pub(super) fn on_screen(self, rect: Rect) -> Rect {
        let root = self.root.get_untracked();
        let (left, top) = root.map_or((0.0, 0.0), |root| {
            let root = root.get_bounding_client_rect();
            (root.left(), root.top())
        });
        Rect {
            left: left + rect.left,
            top: top + rect.top,
            ..rect
        }
    }

    /// How many pixels stand for one of CSS.
    pub(super) fn scale(self) -> f64 {
        dom::window().device_pixel_ratio().clamp(1.0, 3.0)
    }
}
