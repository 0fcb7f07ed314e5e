//! The focus among blocks and nodes: arrow keys, and one stop of the Tab key for the whole map.

use leptos::{
    prelude::*,
    web_sys::{Element, HtmlElement, KeyboardEvent, NodeList},
};
use wasm_bindgen::JsCast;

use super::{
    dom::{self, rect_of},
    signals::Drawn,
    state::State,
};
use crate::view::{
    navigate::{Direction, Rect, beyond, closest, is_in_line, nearest},
    state::Subject,
};

/// The block or name that Tab reaches. A copy is the same.
#[derive(Clone, Copy)]
pub(super) struct Roving {
    current: StoredValue<Option<Current>, LocalStorage>,
}

/// Keeps a stop for the Tab key, and the mark of what is selected, while blocks come and go.
pub(super) fn use_roving(state: State, drawn: Drawn) -> Roving {
    let roving = Roving {
        current: StoredValue::new_local(None),
    };
    let marked: StoredValue<Option<HtmlElement>, LocalStorage> = StoredValue::new_local(None);
    Effect::new(move |_| {
        drawn.track();
        roving.repair();
        let selected = state.with(|state| state.selected.clone().filter(|_| !state.kiosk));
        marked.update_value(|marked| mark(marked, selected.as_ref()));
    });
    roving
}

/// Marks the block or the name of what is selected.
fn mark(marked: &mut Option<HtmlElement>, selected: Option<&Subject>) {
    let stands_for = |element: &HtmlElement| crate::browser::pointing::subject_of(element).as_ref() == selected;
    let is_right = |element: &HtmlElement| element.is_connected() && stands_for(element);
    if marked.as_ref().is_some_and(is_right) {
        return;
    }
    if let Some(old) = marked.take() {
        dom::unset(&old, "data-selected");
    }
    if let Some(element) = selected.and_then(element_of) {
        dom::set(&element, "data-selected", "");
        *marked = Some(element);
    }
}

/// The block or name that stands for a subject on the map.
pub(super) fn element_of(subject: &Subject) -> Option<HtmlElement> {
    let quoted = |text: &str| text.replace(['\\', '"'], "");
    let selector = match subject {
        Subject::Pod(key) => format!("#map button[data-pod=\"{}\"]", quoted(&key.to_string())),
        Subject::Node(name) => format!("#map [data-node=\"{}\"] button.node", quoted(name)),
    };
    dom::document().query_selector(&selector).ok()??.dyn_into().ok()
}

/// Gives the focus to the element of a pod or a node, if there is one.
pub(super) fn focus_on_subject(subject: &Subject) {
    if let Some(element) = element_of(subject) {
        let _ = element.focus();
    }
}

/// The element that Tab reaches.
pub(super) fn first_stop() -> Option<HtmlElement> {
    let first = dom::document().query_selector("#map [tabindex=\"0\"]").ok()??;
    first.dyn_into().ok()
}

struct Current {
    element: HtmlElement,
    /// The tray or card it is in: where the focus goes if its pod is deleted.
    container: Element,
    rect: Option<Rect>,
}

impl Roving {
    /// Makes an element the one that Tab reaches.
    pub(super) fn take(self, element: &Element) {
        let Some(element) = element.dyn_ref::<HtmlElement>() else {
            return;
        };
        let Some(container) = container_of(element) else { return };
        dom::set(element, "tabindex", "0");
        let rect = Some(rect_of(element));
        let new = Current {
            element: element.clone(),
            container,
            rect,
        };
        let old = self.current.try_update_value(|current| current.replace(new)).flatten();
        if let Some(old) = old.filter(|old| old.element != *element) {
            dom::set(&old.element, "tabindex", "-1");
        }
    }

    /// Finds another element if the one that Tab reaches is gone; keeps the focus in the map if it was there.
    pub(super) fn repair(self) {
        let (was_focused, next) = match self.current.with_value(|current| current.as_ref().map(Current::lost)) {
            Some(None) => return,
            Some(Some(lost)) => lost,
            None => (false, None),
        };
        let next = next.or_else(|| {
            dom::document()
                .query_selector("#map :is(button[data-pod], button.node)")
                .ok()?
        });
        let Some(next) = next else { return };
        self.take(&next);
        if was_focused {
            focus(&next);
        } else {
            self.forget_place();
        }
    }

    /// Notes that the focus has left the map.
    pub(super) fn blur(self) {
        if self
            .current
            .with_value(|current| current.as_ref().is_some_and(|it| is_subject(&it.element)))
        {
            self.forget_place();
        }
    }

    fn forget_place(self) {
        self.current.update_value(|current| {
            if let Some(current) = current {
                current.rect = None;
            }
        });
    }

    /// Moves the focus; whether the key was one for moving.
    pub(super) fn handle_key(self, event: &KeyboardEvent) -> bool {
        let Some(from) = dom::subject_of(event) else {
            return false;
        };
        let everywhere = event.ctrl_key() || event.meta_key();
        let to = match event.key().as_str() {
            "ArrowLeft" => next(&from, Direction::Left),
            "ArrowRight" => next(&from, Direction::Right),
            "ArrowUp" => next(&from, Direction::Up),
            "ArrowDown" => next(&from, Direction::Down),
            "Home" => within(&from, everywhere).into_iter().next(),
            "End" => within(&from, everywhere).into_iter().next_back(),
            _ => return false,
        };
        if let Some(to) = to {
            focus(&to);
        }
        true
    }
}

impl Current {
    /// Whether it had the focus, and what is near to where it was, if it is gone.
    fn lost(&self) -> Option<(bool, Option<Element>)> {
        if is_subject(&self.element) {
            return None;
        }
        let active = dom::document().active_element();
        let is_free = active
            .as_ref()
            .is_none_or(|it| it == &*self.element || it.tag_name() == "BODY");
        Some((self.rect.is_some() && is_free, near(self)))
    }
}

/// Whether an element still stands for something on the page.
fn is_subject(element: &HtmlElement) -> bool {
    element.is_connected() && element.matches(dom::SUBJECTS).unwrap_or(false)
}

/// The subject nearest to where a vanished one was.
fn near(current: &Current) -> Option<Element> {
    let rect = current.rect.filter(|_| current.container.is_connected())?;
    let subjects = subjects(&current.container);
    let index = closest(rect, subjects.iter().map(rect_of))?;
    subjects.into_iter().nth(index)
}

fn next(from: &Element, direction: Direction) -> Option<Element> {
    let container = container_of(from)?;
    let rect = rect_of(from);
    // At the end of a row the next one to the right is in another card; a shorter row below is still below.
    let keeps_row = matches!(direction, Direction::Left | Direction::Right);
    let others: Vec<Element> = subjects(&container)
        .into_iter()
        .filter(|other| other != from && (!keeps_row || is_in_line(rect, direction, rect_of(other))))
        .collect();
    if let Some(index) = nearest(rect, direction, others.iter().map(rect_of)) {
        return others.into_iter().nth(index);
    }
    let containers: Vec<Element> = all("#map :is(.tray, .card)")
        .into_iter()
        .filter(|other| *other != container && other.query_selector(dom::SUBJECTS).is_ok_and(|it| it.is_some()))
        .collect();
    let from = beyond(rect, rect_of(&container), direction);
    let index = nearest(from, direction, containers.iter().map(rect_of))?;
    let inside = subjects(&containers[index]);
    let index = nearest(from, direction, inside.iter().map(rect_of))?;
    inside.into_iter().nth(index)
}

/// The first and last stop of the Home and End keys: of the node, or of the map.
fn within(from: &Element, everywhere: bool) -> Vec<Element> {
    if everywhere {
        return all("#map :is(button[data-pod], button.node)");
    }
    container_of(from)
        .map(|container| subjects(&container))
        .unwrap_or_default()
}

fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        // Fails never: an element without focus keeps the old one.
        let _ = element.focus();
    }
}

fn container_of(element: &Element) -> Option<Element> {
    element.closest(".tray, .card").ok().flatten()
}

fn subjects(container: &Element) -> Vec<Element> {
    container
        .query_selector_all(dom::SUBJECTS)
        .map(elements)
        .unwrap_or_default()
}

fn all(selector: &str) -> Vec<Element> {
    dom::document()
        .query_selector_all(selector)
        .map(elements)
        .unwrap_or_default()
}

fn elements(list: NodeList) -> Vec<Element> {
    (0..list.length())
        .filter_map(|index| list.item(index)?.dyn_into().ok())
        .collect()
}
