//! The parts of the page: where each stands, when it is drawn, and who takes its events.
//!
//! A part that has changed is touched, and drawn before anything else happens: not at once, because whoever touches it
//! may be visiting the cluster, and what the document does when it is changed may visit it, too.

use std::cell::Cell;

use leptos::{
    html::custom,
    prelude::*,
    web_sys::{Element, Event},
};
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::spawn_local;

use super::{
    Page, announce, chrome, connection, dom, drawer, help, kiosk, map, problems,
    sketch::{self, Drawing},
    summary,
};

/// A part of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What stands on top of the picture on a wall.
    Wall,
    /// Who this is, how the connection is, how it looks.
    Header,
    /// The details of the connection.
    Details,
    /// What is wrong with the connection.
    Problems,
    /// The strip on top of the map.
    Summary,
    /// The picture.
    Map,
    /// The details of one pod or node.
    Drawer,
    /// The problem in the light, on a wall.
    Spotlight,
    /// What is what.
    Legend,
    /// The dialog of the help.
    Help,
    /// Where the connection is read out.
    Announcement,
    /// Where the walk from problem to problem is read out.
    Walk,
}

impl Part {
    const ALL: [Self; 12] = [
        Self::Wall,
        Self::Header,
        Self::Details,
        Self::Problems,
        Self::Summary,
        Self::Map,
        Self::Drawer,
        Self::Spotlight,
        Self::Legend,
        Self::Help,
        Self::Announcement,
        Self::Walk,
    ];

    /// Its element, and what it listens to.
    fn template(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Wall => (kiosk::WALL, &["click"]),
            Self::Header => (chrome::HEADER, &["click", "change"]),
            Self::Details => (connection::DETAILS, &["click", "keydown", "toggle"]),
            Self::Problems => (connection::PROBLEMS, &["click"]),
            Self::Summary => (summary::STRIP, &["click"]),
            Self::Map => (map::MAP, map::EVENTS),
            Self::Drawer => (drawer::DRAWER, drawer::EVENTS),
            Self::Spotlight => (kiosk::SPOTLIGHT, &[]),
            Self::Legend => (chrome::LEGEND, &["click", "change"]),
            Self::Help => (help::DIALOG, &["click"]),
            Self::Announcement => (announce::REGION, &[]),
            Self::Walk => (problems::REGION, &[]),
        }
    }
}

/// How the parts were drawn, and which of them are to be drawn anew.
#[derive(Default)]
pub(super) struct Parts {
    drawings: [Drawing; Part::ALL.len()],
    /// A bit for each.
    touched: Cell<u32>,
}

impl Page {
    /// Has a part drawn anew.
    pub(super) fn touch(&self, part: Part) {
        let touched = &self.0.parts.touched;
        let old = touched.get();
        touched.set(old | 1 << part as u32);
        if old == 0 {
            let page = self.clone();
            spawn_local(async move { page.draw_touched() });
        }
    }

    /// Has several parts drawn anew.
    pub(super) fn touch_all(&self, parts: &[Part]) {
        for part in parts {
            self.touch(*part);
        }
    }

    /// Draws now what is to be drawn anew. Not while the cluster is visited.
    pub(super) fn draw_touched(&self) {
        let touched = self.0.parts.touched.take();
        for part in Part::ALL {
            if touched & 1 << part as u32 != 0 {
                self.draw_part(part);
            }
        }
    }

    /// The element of a part, while there is one.
    pub(super) fn element(&self, part: Part) -> Option<Element> {
        self.0.parts.drawings[part as usize].element()
    }

    /// The first element in a part that a selector matches.
    pub(super) fn find_in(&self, part: Part, selector: &str) -> Option<Element> {
        self.element(part)?.query_selector(selector).ok()?
    }

    /// Empties a part: what it shows next begins at its beginning.
    pub(super) fn clear_part(&self, part: Part) {
        self.0.parts.drawings[part as usize].clear();
    }

    fn draw_part(&self, part: Part) {
        let drawing = &self.0.parts.drawings[part as usize];
        if drawing.element().is_none() {
            return;
        }
        let node = match part {
            Part::Wall => self.wall(),
            Part::Header => self.header(),
            Part::Details => self.connection_details(),
            Part::Problems => self.connection_problems(),
            Part::Summary => self.summary(),
            Part::Map => self.map(),
            Part::Drawer => self.drawer(),
            Part::Spotlight => self.in_the_light(),
            Part::Legend => self.legend(),
            Part::Help => help::dialog(),
            Part::Announcement => self.announcement(),
            Part::Walk => self.walk_region(),
        };
        drawing.draw(node);
        match part {
            Part::Map => {
                self.measure_first();
                self.follow_canvas();
            }
            Part::Drawer => self.follow_drawing(),
            _ => {}
        }
    }

    fn attach_part(&self, part: Part, element: &Element) {
        let (html, events) = part.template();
        self.0.parts.drawings[part as usize].attach(html, element);
        self.draw_part(part);
        let page = self.clone();
        let listener: Closure<dyn Fn(Event)> = Closure::new(move |event| page.handle_event(part, &event));
        dom::listen(element, events, listener);
        match part {
            Part::Header => self.attach_header(),
            Part::Map => self.attach_map(),
            _ => {}
        }
    }

    fn handle_event(&self, part: Part, event: &Event) {
        let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
            return;
        };
        match part {
            Part::Wall => self.press_on_wall(&target),
            Part::Header => self.handle_header(event, &target),
            Part::Details => self.handle_details(event, &target),
            Part::Summary => self.press_counter(&target),
            Part::Map => self.handle_map(event, &target),
            Part::Drawer => self.handle_drawer(event, &target),
            Part::Help => self.press_in_help(&target),
            Part::Legend => self.handle_legend(event, &target),
            Part::Problems => self.press_remedy(&target),
            Part::Spotlight | Part::Announcement | Part::Walk => {}
        }
    }
}

/// A part as a view: an element that is drawn by hand.
pub(super) fn part(page: Page, part: Part) -> AnyView {
    custom(sketch::tag(part.template().0))
        .directive(attach, (page, part))
        .into_any()
}

fn attach(element: Element, (page, part): (Page, Part)) {
    page.attach_part(part, &element);
}
