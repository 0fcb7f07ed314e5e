//! The pods of a box in the close-up: a chip for each, in the slot that its block has.
//!
//! Its accessible name says all of it, and more clearly than its columns do, which are hidden from screen readers.

use leptos::prelude::*;

use crate::{
    resource::status::Family,
    ui::name_parts::NameParts,
    view::{
        block::Appearance,
        block_style::{Mark, Visibility},
        chip::{Chip, Chips},
        color::Tint,
    },
};

/// See the [module](self).
#[component]
pub(super) fn PodChips(chips: RwSignal<Chips>) -> impl IntoView {
    let slots = move || 0..chips.with(Chips::slot_count);
    view! {
        <div class="chips">
            <For each=slots key=|index| *index children=move |index| view! { <ChipSlot chips index/> }/>
        </div>
    }
}

/// A chip, or a hole where a pod was.
#[component]
fn ChipSlot(chips: RwSignal<Chips>, index: usize) -> impl IntoView {
    let chip = Memo::new(move |_| chips.with(|chips| chips.get(index).cloned()));
    // Another pod is another element.
    let uid = Memo::new(move |_| chip.with(|chip| chip.as_ref().map(|chip| chip.uid.clone())));
    move || match uid.get() {
        Some(uid) => view! { <PodChip chip uid/> }.into_any(),
        None => view! { <span class="hole"></span> }.into_any(),
    }
}

/// A pod. Its signal has nothing when it is about to go.
#[component]
fn PodChip(chip: Memo<Option<Chip>>, uid: String) -> impl IntoView {
    let of = move |of: fn(&Chip) -> String| move || chip.with(|chip| chip.as_ref().map(of));
    let slug = move |of: fn(&Chip) -> Option<&'static str>| move || chip.with(|chip| chip.as_ref().and_then(of));
    let why = Memo::new(move |_| chip.with(|chip| chip.as_ref().and_then(|chip| chip.why.clone())));
    let appearance = Memo::new(move |_| chip.with(|chip| chip.as_ref().map(|chip| chip.appearance)));
    let name = Memo::new(move |_| chip.with(|chip| chip.as_ref().map(|chip| chip.name.clone())));
    let is_restarted = move || chip.with(|chip| chip.as_ref().is_some_and(|chip| chip.block_style.is_restarted));
    let quiet = move || why.with(Option::is_none).then_some("");
    let why_words = move || {
        let why = why.get()?;
        Some(view! { <span class="why" data-tone=why.tone.slug() aria-hidden="true">{why.text}</span> })
    };
    view! {
        <button type="button" class="chip" tabindex="-1" data-pod=of(|chip| chip.key.clone()) data-uid=uid
            data-status=of(|chip| chip.status.clone()) data-family=slug(|chip| Some(chip.appearance.family.slug()))
            data-restarted=move || is_restarted().then_some("")
            data-glyph=slug(|chip| chip.appearance.glyph.slug()) data-quiet=quiet
            data-tint=slug(|chip| chip.block_style.tint.map(Tint::slug)) data-mark=slug(|chip| Mark::slug(chip.block_style.mark))
            data-dim=slug(|chip| (chip.block_style.visibility == Visibility::Dimmed).then_some(""))>
            // Its name. What is seen of it is in pieces, which a name may not differ from.
            <span class="sr-only">{of(|chip| chip.label.clone())}</span>
            <Sign appearance is_restarted=Signal::derive(is_restarted) tint=Signal::derive(slug(|chip| chip.block_style.tint.map(Tint::slug)))/>
            <span class="who" aria-hidden="true">
                <span class="namespace">{of(|chip| chip.namespace.clone())}</span>
                <b class="name-parts">{move || name.get().map(|name| view! { <NameParts name/> })}</b>
            </span>
            <span class="facts" aria-hidden="true">
                {of(|chip| chip.facts.clone())} <span class="age">" · " {of(|chip| chip.age.clone())}</span>
            </span>
            {why_words}
        </button>
    }
}

/// The block of the pod, beside its name.
#[component]
fn Sign(
    appearance: Memo<Option<Appearance>>,
    is_restarted: Signal<bool>,
    tint: Signal<Option<&'static str>>,
) -> impl IntoView {
    let family = move || appearance.get().map(|appearance| appearance.family);
    let filled = move || appearance.get().map(|appearance| appearance.filled_percent.to_string());
    view! {
        <span class="pod" data-family=move || family().map(Family::slug) data-tint=tint
            data-glyph=move || appearance.get().and_then(|appearance| appearance.glyph.slug())
            data-restarted=move || is_restarted.get().then_some("") style:--part=filled></span>
    }
}
