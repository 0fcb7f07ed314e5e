//! The menus: namespaces, groups, order and colors.

use leptos::prelude::*;

use crate::{
    ui::{signals::NodeList, state::State},
    view::{
        format::count,
        namespaces,
        state::{Color, Group, Sort},
        visible::visible,
    },
};

/// A value and its words.
type MenuChoice = (String, String);

/// The menus of the header, which stand in one row whatever its width.
#[component]
pub(super) fn Menus() -> impl IntoView {
    let state = expect_context::<State>();
    let words = |(slug, label): (&str, &str)| (slug.to_owned(), label.to_owned());
    let groups = Group::ALL.iter().map(|it| (it.to_string(), it.label())).collect();
    let sorts = Sort::ALL.iter().map(|it| words((it.slug(), it.label()))).collect();
    let colors = Color::ALL.iter().map(|it| words((it.slug(), it.label()))).collect();
    view! {
        <div class="menus">
            <NamespaceMenu/>
            <Menu id="group" label="group" choices=groups
                chosen=Memo::new(move |_| state.with(|state| state.group.to_string()))
                choose=move |value: String| {
                    state.navigate(|state| state.group = Group::parse(&value).unwrap_or_default());
                }
            />
            <Menu id="sort" label="sort" choices=sorts
                chosen=Memo::new(move |_| state.with(|state| state.sort.slug().to_owned()))
                choose=move |value: String| {
                    state.navigate(|state| state.sort = Sort::parse(&value).unwrap_or_default());
                }
            />
            <Menu id="color" label="color" choices=colors
                chosen=Memo::new(move |_| state.with(|state| state.color.slug().to_owned()))
                choose=move |value: String| {
                    state.navigate(|state| state.color = Color::parse(&value).unwrap_or_default());
                }
            />
        </div>
    }
}

/// The menu of namespaces, which writes into the query.
#[component]
fn NamespaceMenu() -> impl IntoView {
    let state = expect_context::<State>();
    let NodeList { namespaces, .. } = expect_context();
    let chosen = Memo::new(move |_| state.with(|state| namespaces::chosen(&state.query)));
    let names = move || namespaces.with(|namespaces| namespaces.names.clone());
    let item = move |name: String| view! { <MenuItem choice=(name.clone(), name) chosen/> };
    // A value of the query that is none of them, or several.
    let other = move || {
        let value = chosen.get();
        let is_other = !value.is_empty() && namespaces.with(|namespaces| !namespaces.names.contains(&value));
        is_other.then(|| item(value))
    };
    let others = move || {
        let others = namespaces.with(|namespaces| namespaces.others) as u64;
        (others > 0)
            .then(|| view! { <option disabled>{format!("{} more: ns:NAME in the query", count(others))}</option> })
    };
    let choose = move |event| {
        let name = event_target_value(&event);
        state.navigate(|state| state.query = namespaces::choose(&state.query, &name));
    };
    view! {
        <label class="button select">
            <span class="prefix">"ns: "</span>
            <select id="namespace" aria-label="namespace" on:change=choose>
                <MenuItem choice=(String::new(), "all".to_owned()) chosen/>
                <For each=names key=String::clone children=item/>
                {other}
                {others}
            </select>
        </label>
    }
}

/// A menu of choices.
#[component]
pub(super) fn Menu(
    id: &'static str,
    label: &'static str,
    choices: Vec<MenuChoice>,
    chosen: Memo<String>,
    choose: impl Fn(String) + 'static,
) -> impl IntoView {
    let known = choices.clone();
    // A value of the address that is none of them is offered, too.
    let other = move || {
        let value = chosen.get();
        let is_other = known.iter().all(|(known, _)| *known != value);
        let words = visible(value.strip_prefix("label:").unwrap_or(&value)).into_owned();
        is_other.then(|| view! { <MenuItem choice=(value, words) chosen/> })
    };
    view! {
        <label class="button select">
            <span class="prefix">{format!("{id}: ")}</span>
            <select id=id aria-label=label on:change=move |event| choose(event_target_value(&event))>
                {choices.into_iter().map(|choice| view! { <MenuItem choice chosen/> }).collect_view()}
                {other}
            </select>
        </label>
    }
}

#[component]
fn MenuItem(choice: MenuChoice, chosen: Memo<String>) -> impl IntoView {
    let (value, words) = choice;
    let is_chosen = {
        let value = value.clone();
        move || chosen.with(|chosen| *chosen == value)
    };
    view! {
        <option value=value prop:selected=is_chosen>{words}</option>
    }
}
