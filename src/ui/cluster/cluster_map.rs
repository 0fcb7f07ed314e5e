//! The map: the whole cluster as one image, for when a pod is a few pixels.
//!
//! A leaf that is drawn by hand: the frame paints the pixels, and they are put on a canvas as large as the window. It answers
//! to the pointer and to the keyboard: a ring marks the block that they are at, the tooltip describes it, and a press leads
//! to its box. Touches nothing outside of its own elements.

use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    html,
    prelude::*,
    web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData},
};
use wasm_bindgen::{Clamped, JsCast};

use crate::{
    browser::palette,
    ui::{components::ThemeChoice, dom, frame::Frame, query_bar::QueryDraft, signals::MapSignals},
    view::{
        format::pixels,
        map::MapPiece,
        navigate::{Direction, Rect},
        state::Theme,
    },
};

/// What the system may want of the look of a page.
const SYSTEM_LOOKS: [&str; 3] = [
    "(prefers-color-scheme: light)",
    "(prefers-contrast: more)",
    "(forced-colors: active)",
];

/// All that the colors depend on: the theme, and which of [`SYSTEM_LOOKS`] hold.
type SystemLook = (Theme, [bool; SYSTEM_LOOKS.len()]);

/// See the [module](self).
#[component]
pub(super) fn ClusterMap() -> impl IntoView {
    let frame = expect_context::<Frame>();
    let draft = expect_context::<QueryDraft>();
    let signals = expect_context::<MapSignals>();
    let MapSignals {
        canvas,
        label,
        top,
        canvas_height,
        ring,
        spoken,
        ..
    } = signals;
    use_palette(frame, signals);
    use_painting(canvas, signals);
    let point = move |event: &MouseEvent| {
        if let Some(canvas) = canvas.get_untracked() {
            let rect = canvas.get_bounding_client_rect();
            let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
            frame.point_map_at(x - rect.left(), y - rect.top() + top.get_untracked());
        }
    };
    // A match is shown while the focus stays in the query.
    let leave = move || {
        if !draft.is_revealing() {
            frame.leave_map();
            frame.highlight(None);
        }
    };
    let press = move |event: MouseEvent| {
        event.stop_propagation();
        // A finger has not pointed before.
        point(&event);
        frame.open_at_cursor();
    };
    view! {
        <canvas id="fleet" class="fleet" tabindex="0" role="application" aria-describedby="fleet-cursor"
            aria-label=move || label.get() hidden=move || canvas_height.get() < 1.0
            style:height=move || pixels(canvas_height.get()) node_ref=canvas on:pointermove=move |event| point(&event)
            on:pointerleave=move |_| frame.leave_map() on:focusin=|event| event.stop_propagation()
            on:focusout=move |event| {
                event.stop_propagation();
                leave();
            }
            on:click=press on:keydown=move |event| handle_key(frame, &event)></canvas>
        <Ring ring/>
        <p id="fleet-cursor" class="sr-only" aria-live="polite">{move || spoken.get()}</p>
    }
}

/// Marks the block that the cursor is at.
#[component]
fn Ring(ring: RwSignal<Option<Rect>>) -> impl IntoView {
    let length = move |of: fn(Rect) -> f64| move || ring.get().map(of).map(pixels);
    view! {
        <div class="ring" aria-hidden="true" style:left=length(|rect| rect.left) style:top=length(|rect| rect.top)
            style:width=length(|rect| rect.width) style:height=length(|rect| rect.height)></div>
    }
}

fn handle_key(frame: Frame, event: &KeyboardEvent) {
    match event.key().as_str() {
        "ArrowLeft" => frame.move_cursor(Direction::Left),
        "ArrowRight" => frame.move_cursor(Direction::Right),
        "ArrowUp" => frame.move_cursor(Direction::Up),
        "ArrowDown" => frame.move_cursor(Direction::Down),
        "Enter" => frame.open_at_cursor(),
        "Home" => frame.move_cursor_home(),
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

/// Puts what the frame has painted on the canvas.
fn use_painting(canvas: NodeRef<html::Canvas>, signals: MapSignals) {
    let MapSignals { pieces, .. } = signals;
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        pieces.track();
        for piece in pieces.try_update_untracked(std::mem::take).unwrap_or_default() {
            put(&canvas, &piece);
        }
    });
}

fn put(canvas: &HtmlCanvasElement, piece: &MapPiece) {
    let (width, height) = (piece.sheet.width() as u32, piece.sheet.height() as u32);
    if piece.is_whole && (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let context = canvas.get_context("2d").ok().flatten();
    let context = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok());
    let image = ImageData::new_with_u8_clamped_array(Clamped(piece.sheet.bytes()), width);
    if let (Some(context), Ok(image)) = (context, image) {
        // Fails only for numbers that are none.
        let _ = context.put_image_data(&image, piece.left, piece.top);
    }
}

/// Tells the frame the colors of the page, whenever they are others. To ask for them takes as long as to paint the map, so
/// that it is asked once for each look.
fn use_palette(frame: Frame, signals: MapSignals) {
    let ThemeChoice { shown, .. } = expect_context();
    let wall = frame.signals.clock.wall;
    Effect::new(move |old: Option<SystemLook>| {
        wall.track();
        let look = (shown.get(), SYSTEM_LOOKS.map(dom::matches_media));
        if old != Some(look) {
            signals.palette.set(Some(palette::read()));
            frame.follow_window();
        }
        look
    });
}
