//! Arrow keys between blocks and nodes: one stop of the Tab key for the whole map.

use std::cell::RefCell;

use crate::view::navigate::{Direction, Rect, is_in_line, nearest};
use leptos::web_sys::{Element, HtmlElement, KeyboardEvent, NodeList};
use wasm_bindgen::JsCast;

use super::dom;

/// The block or name that Tab reaches.
#[derive(Default)]
pub(super) struct Roving {
    current: RefCell<Option<Current>>,
}

struct Current {
    element: HtmlElement,
    /// The tray or card it is in: where the focus goes if its pod is deleted.
    container: Element,
    rect: Option<Rect>,
}

impl Roving {
    /// Makes an element the one that Tab reaches.
    pub(super) fn take(&self, element: &Element) {
        let Some(element) = element.dyn_ref::<HtmlElement>() else {
            return;
        };
        let Some(container) = container_of(element) else { return };
        dom::set(element, "tabindex", "0");
        let rect = Some(rect_of(element));
        let old = self.current.replace(Some(Current {
            element: element.clone(),
            container,
            rect,
        }));
        if let Some(old) = old.filter(|old| old.element != *element) {
            dom::set(&old.element, "tabindex", "-1");
        }
    }

    /// Finds another element if the one that Tab reaches is gone; keeps the focus in the map if it was there.
    pub(super) fn repair(&self) {
        let (was_focused, next) = {
            let current = self.current.borrow();
            match &*current {
                Some(current) if is_subject(&current.element) => return,
                Some(current) => {
                    let active = dom::document().active_element();
                    let was_focused = current.rect.is_some()
                        && active
                            .as_ref()
                            .is_none_or(|it| it == &*current.element || it.tag_name() == "BODY");
                    (was_focused, near(current))
                }
                None => (false, None),
            }
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
        } else if let Some(current) = &mut *self.current.borrow_mut() {
            current.rect = None;
        }
    }

    /// Notes that the focus has left the map.
    pub(super) fn blur(&self) {
        let mut current = self.current.borrow_mut();
        if let Some(current) = current.as_mut().filter(|current| is_subject(&current.element)) {
            current.rect = None;
        }
    }

    /// Moves the focus; whether the key was one for moving.
    pub(super) fn handle_key(&self, event: &KeyboardEvent) -> bool {
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

/// Whether an element still stands for something on the page.
fn is_subject(element: &HtmlElement) -> bool {
    element.is_connected() && element.matches(dom::SUBJECTS).unwrap_or(false)
}

/// The subject nearest to where a vanished one was.
fn near(current: &Current) -> Option<Element> {
    let rect = current.rect.filter(|_| current.container.is_connected())?;
    let subjects = subjects(&current.container);
    let centre = |rect: Rect| (rect.left + rect.width / 2.0, rect.top + rect.height / 2.0);
    let (x, y) = centre(rect);
    let distance = |element: &Element| {
        let (other_x, other_y) = centre(rect_of(element));
        (other_x - x).abs() + (other_y - y).abs()
    };
    subjects
        .into_iter()
        .min_by(|left, right| distance(left).total_cmp(&distance(right)))
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
    // The container's extent along the way, the block's across it: straight on from where the eye is.
    let whole = rect_of(&container);
    let from = match direction {
        Direction::Left | Direction::Right => Rect {
            left: whole.left,
            width: whole.width,
            ..rect
        },
        Direction::Up | Direction::Down => Rect {
            top: whole.top,
            height: whole.height,
            ..rect
        },
    };
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

fn rect_of(element: &Element) -> Rect {
    let rect = element.get_bounding_client_rect();
    Rect {
        left: rect.left(),
        top: rect.top(),
        width: rect.width(),
        height: rect.height(),
    }
}
