//! Elements as values: a part of the page is sketched anew, compared with how it was drawn last, and what differs is
//! touched.
//!
//! There is one kind of node for all of the page, and one function that draws it. With a signal, a closure and a type of
//! its own for each piece of text, the components were half of the bundle. Knows nothing of what it draws.

use std::{cell::RefCell, collections::VecDeque, mem};

use leptos::web_sys::{self, Element, HtmlElement};
use wasm_bindgen::{JsCast, JsValue};

use super::dom;

/// Stands for the HTML of what is drawn by somebody else.
const FOREIGN: &str = "<>";

/// An element or a text, as it is to be.
#[derive(Default)]
pub(super) struct Node {
    /// The element with what never changes of it, as HTML; empty for a text. What it contains stands before the children.
    html: &'static str,
    /// What tells it from its siblings with the same HTML. The words of a text.
    text: String,
    values: Vec<Value>,
    children: Vec<Node>,
    drawn: Option<web_sys::Node>,
}

/// What is set of an element.
struct Value {
    kind: Kind,
    name: &'static str,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Attribute,
    Style,
    Property,
}

impl Node {
    /// An element of this HTML, which has one element on top.
    pub(super) fn new(html: &'static str) -> Self {
        Self {
            html,
            ..Self::default()
        }
    }

    /// Appends an element.
    pub(super) fn add(&mut self, html: &'static str) -> &mut Self {
        self.push(Self::new(html));
        let last = self.children.len() - 1;
        &mut self.children[last]
    }

    /// Appends an element that stays the same one wherever it is moved to among its siblings.
    pub(super) fn add_keyed(&mut self, html: &'static str, key: &str) -> &mut Self {
        let node = self.add(html);
        key.clone_into(&mut node.text);
        node
    }

    /// Appends an element that is drawn by somebody else.
    pub(super) fn add_element(&mut self, key: &str, element: Element) {
        let node = self.add_keyed(FOREIGN, key);
        node.drawn = Some(element.into());
    }

    /// Appends a text, unless it is empty.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        if !text.is_empty() {
            self.push(Self {
                text: text.to_owned(),
                ..Self::default()
            });
        }
        self
    }

    /// Appends an element with a text.
    pub(super) fn put(&mut self, html: &'static str, text: &str) {
        self.add(html).text(text);
    }

    /// Sets an attribute.
    pub(super) fn set(&mut self, name: &'static str, text: &str) -> &mut Self {
        self.value(Kind::Attribute, name, text)
    }

    /// Sets an attribute where there is something to set.
    pub(super) fn set_some(&mut self, name: &'static str, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.set(name, text),
            None => self,
        }
    }

    /// Sets an attribute without a value, or leaves it out.
    pub(super) fn flag(&mut self, name: &'static str, is_present: bool) -> &mut Self {
        self.set_some(name, is_present.then_some(""))
    }

    /// Sets an attribute to `true` or `false`.
    pub(super) fn set_bool(&mut self, name: &'static str, is_true: bool) -> &mut Self {
        self.set(name, if is_true { "true" } else { "false" })
    }

    /// Sets a property of the style. Through the object model: the page's policy forbids the attribute.
    pub(super) fn style(&mut self, name: &'static str, text: &str) -> &mut Self {
        self.value(Kind::Style, name, text)
    }

    /// Sets a property of the element, after its children are there.
    pub(super) fn property(&mut self, name: &'static str, text: &str) -> &mut Self {
        self.value(Kind::Property, name, text)
    }

    fn value(&mut self, kind: Kind, name: &'static str, text: &str) -> &mut Self {
        self.values.push(Value {
            kind,
            name,
            text: text.to_owned(),
        });
        self
    }

    fn push(&mut self, child: Self) {
        self.children.push(child);
    }

    /// Whether it can take the element of another.
    fn is_like(&self, other: &Self) -> bool {
        self.html == other.html
            && (self.html.is_empty() || self.text == other.text)
            && (self.html != FOREIGN || self.drawn == other.drawn)
    }

    fn create(&mut self) {
        if self.html.is_empty() {
            self.drawn = Some(dom::document().create_text_node(&self.text).into());
            return;
        }
        if self.drawn.is_some() {
            return;
        }
        let blank = Self {
            drawn: Some(copy(self.html).into()),
            ..Self::default()
        };
        self.follow(blank);
    }

    /// Takes over the element of an older sketch, and brings it to what it is to be.
    fn follow(&mut self, old: Self) {
        let Some(drawn) = old.drawn else { return };
        match drawn.dyn_ref::<Element>() {
            None if self.text != old.text => drawn.set_node_value(Some(&self.text)),
            None => {}
            Some(element) => {
                self.follow_values(element, &old.values, false);
                self.follow_children(&drawn, old.children.into());
                self.follow_values(element, &old.values, true);
            }
        }
        self.drawn = Some(drawn);
    }

    fn follow_values(&self, element: &Element, old: &[Value], properties: bool) {
        let is_meant = |value: &&Value| (value.kind == Kind::Property) == properties;
        for value in self.values.iter().filter(is_meant) {
            if !old.iter().any(|old| old.is_same_place(value) && old.text == value.text) {
                value.apply(element, Some(&value.text));
            }
        }
        for value in old.iter().filter(is_meant) {
            if !self.values.iter().any(|new| new.is_same_place(value)) {
                value.apply(element, None);
            }
        }
    }

    fn follow_children(&mut self, parent: &web_sys::Node, mut old: VecDeque<Self>) {
        for index in 0..self.children.len() {
            let (child, later) = self.children[index..]
                .split_first_mut()
                .expect("the index is one of them");
            // What is in the way and not wanted any more goes first: an element that is moved loses the focus.
            while let Some(first) = old.front() {
                if first.is_like(child) || later.iter().any(|later| first.is_like(later)) {
                    break;
                }
                remove(old.pop_front());
            }
            let at = old.iter().position(|old| old.is_like(child));
            match at.and_then(|at| old.remove(at)) {
                Some(found) => child.follow(found),
                None => child.create(),
            }
            if at != Some(0) {
                let next = old.front().and_then(|next| next.drawn.as_ref());
                if let Some(drawn) = &child.drawn {
                    // Fails only for a node that contains the parent.
                    let _ = parent.insert_before(drawn, next);
                }
            }
        }
        for old in old {
            remove(Some(old));
        }
    }
}

impl Value {
    fn is_same_place(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name
    }

    fn apply(&self, element: &Element, text: Option<&str>) {
        match (self.kind, text) {
            (Kind::Attribute, Some(text)) => dom::set(element, self.name, text),
            (Kind::Attribute, None) => dom::unset(element, self.name),
            (Kind::Style, text) => {
                if let Some(element) = element.dyn_ref::<HtmlElement>() {
                    dom::set_style(element, self.name, text.unwrap_or_default());
                }
            }
            (Kind::Property, text) => {
                let text = JsValue::from_str(text.unwrap_or_default());
                // Fails only for properties that cannot be set.
                let _ = js_sys::Reflect::set(element, &self.name.into(), &text);
            }
        }
    }
}

fn remove(node: Option<Node>) {
    let drawn = node.and_then(|node| node.drawn);
    if let Some((drawn, parent)) = drawn.and_then(|drawn| Some((drawn.clone(), drawn.parent_node()?))) {
        // Fails only for a node that is no child of its parent.
        let _ = parent.remove_child(&drawn);
    }
}

thread_local! {
    /// The elements to copy, by their HTML: parsed once.
    static TEMPLATES: RefCell<Vec<(&'static str, Element)>> = const { RefCell::new(Vec::new()) };
}

/// A new element of this HTML.
pub(super) fn copy(html: &'static str) -> Element {
    let template = TEMPLATES.with_borrow_mut(|templates| {
        if let Some((_, template)) = templates.iter().find(|(known, _)| std::ptr::eq(*known, html)) {
            return template.clone();
        }
        let template = parse(html);
        templates.push((html, template.clone()));
        template
    });
    let copy = template.clone_node_with_deep(true);
    copy.expect("an element can be copied").unchecked_into()
}

fn parse(html: &str) -> Element {
    let template = dom::document().create_element("template").expect("a tag of HTML");
    template.set_inner_html(html);
    let content = template.unchecked_into::<web_sys::HtmlTemplateElement>().content();
    content.first_element_child().expect("the HTML has an element")
}

/// The tag of an HTML.
pub(super) fn tag(html: &'static str) -> &'static str {
    let end = html.find([' ', '>']).unwrap_or(html.len());
    html.get(1..end).unwrap_or_default()
}

/// An element, and how it was drawn last.
#[derive(Default)]
pub(super) struct Drawing(RefCell<Option<Node>>);

impl Drawing {
    /// A new element of this HTML.
    pub(super) fn new(html: &'static str) -> Self {
        let mut node = Node::new(html);
        node.drawn = Some(copy(html).into());
        Self(RefCell::new(Some(node)))
    }

    /// Takes an element of the tag of this HTML, and makes it the rest of the HTML.
    pub(super) fn attach(&self, html: &'static str, element: &Element) {
        let template = copy(html);
        for name in template.get_attribute_names() {
            let name = name.as_string().unwrap_or_default();
            dom::set(element, &name, &template.get_attribute(&name).unwrap_or_default());
        }
        element.set_inner_html(&template.inner_html());
        let mut root = Node::new(html);
        root.drawn = Some(element.clone().into());
        self.0.replace(Some(root));
    }

    /// Its element, while there is one.
    pub(super) fn element(&self) -> Option<Element> {
        let drawn = self.0.borrow();
        drawn.as_ref()?.drawn.clone()?.dyn_into().ok()
    }

    /// Draws what differs. Nothing while there is no element.
    pub(super) fn draw(&self, mut node: Node) {
        let Some(old) = self.0.take() else { return };
        node.follow(old);
        self.0.replace(Some(node));
    }

    /// Empties the element: what comes next is new, and begins at its beginning.
    pub(super) fn clear(&self) {
        if let Some(old) = self.0.borrow_mut().as_mut() {
            for child in mem::take(&mut old.children) {
                remove(Some(child));
            }
        }
    }
}
