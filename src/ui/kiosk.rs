//! The page on a wall: no chrome, large numbers, the time, how live it is, and one problem after the other in the light.
//!
//! Everything that happens in time happens in [`Page::tick`], which the driver calls once a second whatever else goes on;
//! there is no timer here that could be forgotten, and nothing that is kept but the state below.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use crate::{
    cluster::Cluster,
    resource::Timestamp,
    view::{
        block::FAMILIES_BY_URGENCY,
        format::{clock, known, unit},
        kiosk::{self, WakeLock},
        problems::{Problem, Step},
    },
};
use js_sys::{Function, Promise, Reflect};
use leptos::{
    prelude::*,
    web_sys::{Element, Event, VisibilityState},
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{Page, blocks, connection, dom, name, parts::Part, replace_if_changed, sketch::Node};

/// What stands on top of the picture: who this is, how live it is, the large numbers and the time.
pub(super) const WALL: &str = "<header class=wall aria-label=Overview></header>";

/// The problem in the light, below the picture.
pub(super) const SPOTLIGHT: &str = "<footer class=spotlight id=spotlight></footer>";

/// What a kiosk needs to remember.
pub(super) struct Kiosk {
    /// Whether the page is on a wall already.
    is_there: Cell<bool>,
    time: RefCell<String>,
    spotlight: RefCell<Option<Problem>>,
    /// The turn in which the problem in the light came there.
    turn: Cell<i64>,
    drift: Cell<(i64, i64)>,
    /// When the pointer moved last, in milliseconds since the page was opened.
    pointer_moved: Cell<f64>,
    lock: Rc<Lock>,
}

/// What holds the screen awake.
#[derive(Default)]
struct Lock {
    /// Whether it is to be held: a request may be answered when nobody wants it any more.
    is_wanted: Cell<bool>,
    sentinel: RefCell<Option<JsValue>>,
    /// What the browser said to the last request.
    state: Cell<WakeLock>,
}

impl Default for Kiosk {
    fn default() -> Self {
        Self {
            is_there: Cell::default(),
            time: RefCell::default(),
            spotlight: RefCell::default(),
            turn: Cell::new(i64::MIN),
            drift: Cell::new((0, 0)),
            pointer_moved: Cell::new(0.0),
            lock: Rc::default(),
        }
    }
}

impl Page {
    /// Whether the page is on a wall.
    pub(super) fn is_kiosk(&self) -> bool {
        self.state().with_untracked(|state| state.kiosk)
    }

    /// Keeps the time, the place of the picture and the words of the problem in the light up to date.
    pub(super) fn tick_kiosk(&self, cluster: &Cluster, now: Timestamp) {
        if !self.is_kiosk() {
            return;
        }
        let kiosk = &self.0.kiosk;
        // The time of the picture, which `now` is, stands still while nothing is heard.
        let wall = self.0.source.wall_clock();
        if replace_if_changed(&kiosk.time, clock(wall, dom::utc_offset_minutes())) {
            self.touch(Part::Wall);
        }
        kiosk.place(kiosk::drift(wall));
        if dom::milliseconds() - kiosk.pointer_moved.get() > kiosk::POINTER_REST_MS {
            dom::with_root(|root| dom::set(root, "data-idle", ""));
        }
        // Not now: the cluster is being visited. The tray may have come, or the words above be more.
        let page = self.clone();
        dom::after(0, move || page.measure());
        let turn = kiosk::turn(wall);
        let current = self.current_problem(cluster, now);
        // Where one is mended, or the first is known, the next has its turn at once.
        let is_due = current.is_none() && self.0.problems.total() > 0;
        if kiosk.turn.replace(turn) == turn && !is_due {
            self.put_in_the_light(current);
            return;
        }
        // Not now, either: the walk visits the cluster.
        let page = self.clone();
        dom::after(0, move || {
            if page.is_kiosk() {
                let problem = page.walk(Step::Next);
                page.put_in_the_light(problem);
            }
        });
    }

    fn put_in_the_light(&self, problem: Option<Problem>) {
        if replace_if_changed(&self.0.kiosk.spotlight, problem) {
            self.touch(Part::Spotlight);
        }
    }

    /// Follows the address into the kiosk and out of it.
    pub(super) fn follow_kiosk(&self) {
        let is_kiosk = self.is_kiosk();
        match (self.0.kiosk.is_there.replace(is_kiosk), is_kiosk) {
            (false, true) => self.enter_kiosk(),
            (true, false) => self.leave_kiosk(),
            _ => {}
        }
    }

    fn enter_kiosk(&self) {
        dom::with_root(|root| dom::set(root, "data-kiosk", ""));
        self.0.kiosk.pointer_moved.set(dom::milliseconds());
        self.0.kiosk.turn.set(i64::MIN);
        self.0.kiosk.keep_awake();
        let now = self.0.source.wall_clock();
        self.0.kiosk.time.replace(clock(now, dom::utc_offset_minutes()));
        self.touch(Part::Wall);
        self.touch(Part::Spotlight);
    }

    fn leave_kiosk(&self) {
        dom::with_root(|root| {
            dom::unset(root, "data-kiosk");
            dom::unset(root, "data-idle");
        });
        self.0.kiosk.place((0, 0));
        self.0.kiosk.spotlight.take();
        self.0.kiosk.let_sleep();
    }
}

impl Kiosk {
    /// Moves the picture. At once and by a pixel: that is no motion that anybody could mind.
    fn place(&self, drift: (i64, i64)) {
        if self.drift.replace(drift) == drift {
            return;
        }
        let style = dom::app_root().style();
        // Fails never for a property that exists.
        let _ = style.set_property("translate", &format!("{}px {}px", drift.0, drift.1));
    }

    /// Asks for a wake lock. The browser takes it back whenever the page is hidden.
    fn keep_awake(&self) {
        self.lock.is_wanted.set(true);
        let navigator: JsValue = dom::window().navigator().into();
        let Some(wake_lock) = get(&navigator, "wakeLock") else {
            self.lock.state.set(if dom::window().is_secure_context() {
                WakeLock::Unsupported
            } else {
                WakeLock::Insecure
            });
            return;
        };
        let Some(request) = get(&wake_lock, "request").and_then(|request| request.dyn_into::<Function>().ok()) else {
            return;
        };
        let Ok(promise) = request.call1(&wake_lock, &"screen".into()) else {
            return;
        };
        let lock = Rc::clone(&self.lock);
        spawn_local(async move {
            // Refused when the battery is low, or while the page is hidden; asked for again when it is shown.
            let Ok(sentinel) = JsFuture::from(promise.unchecked_into::<Promise>()).await else {
                let is_seen = dom::document().visibility_state() == VisibilityState::Visible;
                lock.state
                    .set(if is_seen { WakeLock::Refused } else { WakeLock::Unknown });
                return;
            };
            lock.state.set(WakeLock::Held);
            if let Some(older) = lock.sentinel.replace(Some(sentinel)) {
                release(&older);
            }
            if !lock.is_wanted.get() {
                lock.give_back();
            }
        });
    }

    fn let_sleep(&self) {
        self.lock.is_wanted.set(false);
        self.lock.give_back();
    }
}

impl Lock {
    fn give_back(&self) {
        if let Some(sentinel) = self.sentinel.take() {
            release(&sentinel);
        }
    }
}

fn release(sentinel: &JsValue) {
    if let Some(release) = get(sentinel, "release").and_then(|release| release.dyn_into::<Function>().ok()) {
        // A lock that was taken back already is released in vain.
        let _ = release.call0(sentinel);
    }
}

/// A property that is there and not `undefined`.
fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// Listens for what a wall needs to know, as long as the page.
pub(super) fn install(page: &Page) {
    let page = page.clone();
    let listener: Closure<dyn Fn(Event)> = Closure::new(move |event: Event| {
        if !page.is_kiosk() {
            return;
        }
        if event.type_() == "pointermove" {
            page.0.kiosk.pointer_moved.set(dom::milliseconds());
            dom::with_root(|root| dom::unset(root, "data-idle"));
        } else if dom::document().visibility_state() == VisibilityState::Visible {
            page.0.kiosk.keep_awake();
        }
    });
    let listener = listener.into_js_value();
    for event in ["pointermove", "visibilitychange"] {
        // Fails only for a callback that is no function.
        let _ = dom::document().add_event_listener_with_callback(event, listener.unchecked_ref());
    }
}

impl Page {
    /// What stands on top of the picture.
    pub(super) fn wall(&self) -> Node {
        let (summary, problems) = (self.0.summary.borrow(), self.0.problems.total());
        let mut node = Node::new(WALL);
        let top = node.add("<div class=wall-top><h1><span class=wordmark>K8BIT</span></h1></div>");
        let badge = top.add("<span class=badge id=wall-badge></span>");
        connection::indicator(badge, &self.0.liveness.badge.borrow());
        top.add("<span class=spacer></span>");
        top.add("<button type=button class='button leave'>Leave: Esc</button>");
        top.put("<time class=clock id=wall-clock></time>", &self.0.kiosk.time.borrow());
        node.put(
            "<p class=wall-warning id=wall-warning></p>",
            self.0.kiosk.lock.state.get().warning(),
        );
        let figures = node.add("<div class=wall-figures></div>");
        // None can be said only where everything is known.
        let may_be_calm = summary.may_be_calm(&self.0.liveness.scene.borrow());
        let number = (problems > 0 || may_be_calm).then_some(problems);
        figure(figures, "wall-problems", number, ["problem", "problems"]).flag("data-any", problems > 0);
        figure(figures, "wall-nodes", summary.nodes, ["node", "nodes"]);
        figure(figures, "wall-pods", summary.pods, ["pod", "pods"]);
        let families = figures.add("<ul class=wall-families></ul>");
        for family in FAMILIES_BY_URGENCY {
            let item = families.add("<li></li>");
            item.add("<span class=pod></span>").set("data-family", family.slug());
            item.put("<span class=number></span>", &known(summary.pods_of(family)));
            item.put("<span class=unit></span>", family.label());
        }
        node
    }

    /// Presses what of the wall can be pressed: the way out.
    pub(super) fn press_on_wall(&self, target: &Element) {
        if target.matches("button").unwrap_or(false) {
            self.navigate(|state| state.kiosk = false);
        }
    }

    /// The problem in the light.
    pub(super) fn in_the_light(&self) -> Node {
        let mut node = Node::new(SPOTLIGHT);
        node.flag("data-calm", self.0.problems.total() == 0).flag(
            "data-partial",
            !self.0.summary.borrow().may_be_calm(&self.0.liveness.scene.borrow()),
        );
        if let Some(problem) = &*self.0.kiosk.spotlight.borrow() {
            let headline = node.add("<p class=headline></p>");
            if let Some(look) = problem.look {
                blocks::sketch(headline, look.family, look.glyph);
            }
            name::put(headline.add("<b class=name-parts></b>"), &problem.name);
            headline.put("<span class=where></span>", &problem.place);
            headline.put("<span class=what></span>", &problem.headline);
            headline.put("<span class=position></span>", &problem.position);
            node.put("<p class=why></p>", &problem.sentence);
        }
        node
    }
}

fn figure<'n>(figures: &'n mut Node, id: &str, number: Option<u32>, [one, many]: [&str; 2]) -> &'n mut Node {
    let figure = figures.add("<p class=wall-figure></p>").set("id", id);
    figure.put("<span class=number></span>", &known(number));
    figure.put("<span class=unit></span>", unit(number, one, many));
    figure
}
