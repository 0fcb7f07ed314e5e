// What a reader does, as events.

/** Presses a key on an element and lets it go. */
export function key(element, key) {
  for (const kind of ["keydown", "keyup"]) {
    element.dispatchEvent(new KeyboardEvent(kind, { key, bubbles: true, cancelable: true }));
  }
}

/** Something happens to an element: `input`, `change`, `pointerover`. */
export function fire(element, kind) {
  const Kind = kind.startsWith("pointer") ? PointerEvent : Event;
  element.dispatchEvent(new Kind(kind, { bubbles: true }));
}

/** Whether an element takes room. */
export function is_seen(element) {
  return element.getClientRects().length > 0;
}

/** What is written or chosen in a field. */
export function value(field) {
  return field.value;
}

/** Writes into a field, or chooses in a menu. */
export function set_value(field, text, kind) {
  field.value = text;
  fire(field, kind);
}

/** Whether a button cannot be pressed. */
export function is_disabled(button) {
  return button.disabled;
}

/** Whether a dialog is open, and the rest of the page out of reach. */
export function is_modal(dialog) {
  return dialog.open && dialog.matches(":modal");
}
