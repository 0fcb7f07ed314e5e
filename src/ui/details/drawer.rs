//! The drawer and its tabs.

use leptos::{ev::KeyboardEvent, prelude::*};

use super::{
    events::Events,
    head::{Explanation, Head},
    logs::Logs,
    navigate::{close, tab_of_key},
    object::Object,
    overview::Overview,
    write::WriteActions,
    yaml::Yaml,
};
use crate::{
    browser::token,
    ui::{
        dom,
        signals::{Access, SubjectSignals},
        state::State,
    },
    view::{
        details::has_tab,
        state::{Subject, Tab},
        write::WriteAccess,
    },
};

/// See the [module](super). There is one while something is selected, except in kiosk mode.
#[component]
pub(in crate::ui) fn Drawer() -> impl IntoView {
    let state = expect_context::<State>();
    let SubjectSignals { gone, .. } = expect_context();
    // What it shows of the object, its log and its events is not another user's to see.
    token::on_other_user(move || close(state));
    let slug = Memo::new(move |_| {
        state.with(|state| {
            state
                .selected
                .as_ref()
                .filter(|_| !state.kiosk)
                .map(ToString::to_string)
        })
    });
    let tab = Memo::new(move |_| {
        state.with(|state| {
            let subject = state.selected.as_ref();
            if subject.is_some_and(|subject| has_tab(subject, state.tab)) {
                state.tab
            } else {
                Tab::default()
            }
        })
    });
    let is_open = Memo::new(move |_| slug.with(Option::is_some));
    // Tells the style sheet how much room it takes. An attribute of the root, because a style sheet that asks whether there
    // is a drawer (`:has()`) asks again with each block that comes or goes: half of all its time in a cluster that moves.
    Effect::new(move |_| {
        let tab = is_open.get().then(|| tab.get().slug());
        dom::with_root(|root| dom::set_some(root, "data-drawer", tab));
    });
    on_cleanup(|| dom::with_root(|root| dom::unset(root, "data-drawer")));
    let content = move || {
        let subject = slug.with(|slug| Subject::parse(slug.as_deref()?));
        subject.map(|subject| view! { <Content subject=StoredValue::new_local(subject) tab/> })
    };
    let aside = move || {
        view! {
            <aside id="drawer" class="drawer" aria-labelledby="drawer-name" data-subject=move || slug.get()
                data-tab=move || tab.get().slug() data-gone=move || gone.get().map(|_| "")
                on:keydown=move |event| handle_key(state, &event)>
                {content}
            </aside>
        }
    };
    move || is_open.get().then(aside)
}

/// All about one subject.
#[component]
fn Content(subject: StoredValue<Subject, LocalStorage>, tab: Memo<Tab>) -> impl IntoView {
    let object = Object::follow(subject);
    provide_context(object);
    let Access { write } = expect_context();
    let may_write = Memo::new(move |_| write.get() == WriteAccess::Allowed);
    let panel = move || match tab.get() {
        Tab::Overview => view! { <Overview/> }.into_any(),
        Tab::Events => view! { <Events/> }.into_any(),
        Tab::Logs => view! { <Logs/> }.into_any(),
        Tab::Yaml => view! { <Yaml/> }.into_any(),
    };
    view! {
        <Head/>
        <Explanation/>
        {move || may_write.get().then(|| view! { <WriteActions/> })}
        <Tabs tab/>
        <div class="panel" id="drawer-panel" role="tabpanel" tabindex="0"
            aria-labelledby=move || format!("tab-{}", tab.get().slug())>
            {panel}
        </div>
    }
}

#[component]
fn Tabs(tab: Memo<Tab>) -> impl IntoView {
    let state = expect_context::<State>();
    let Object { subject, .. } = expect_context();
    let tabs: Vec<Tab> = subject.with_value(|subject| {
        let tabs = Tab::ALL.iter().copied();
        tabs.filter(|tab| has_tab(subject, *tab)).collect()
    });
    let buttons = tabs.clone().into_iter().map(move |of| {
        let is_current = move || tab.get() == of;
        view! {
            <button type="button" role="tab" id=format!("tab-{}", of.slug()) aria-controls="drawer-panel"
                aria-selected=move || is_current().to_string() tabindex=move || if is_current() { "0" } else { "-1" }
                on:click=move |_| state.navigate(|state| state.tab = of)>
                {of.label()}
            </button>
        }
    });
    let key = move |event: KeyboardEvent| {
        let at = tabs.iter().position(|of| *of == tab.get_untracked()).unwrap_or(0);
        let to = match event.key().as_str() {
            "ArrowLeft" => (at + tabs.len() - 1) % tabs.len(),
            "ArrowRight" => (at + 1) % tabs.len(),
            "Home" => 0,
            "End" => tabs.len() - 1,
            _ => return,
        };
        event.prevent_default();
        state.navigate(|state| state.tab = tabs[to]);
        dom::focus_soon(format!("tab-{}", tabs[to].slug()));
    };
    view! {
        <div class="tabs" role="tablist" aria-label="Details" on:keydown=key>{buttons.collect_view()}</div>
    }
}

fn handle_key(state: State, event: &KeyboardEvent) {
    // A dialog has keys of its own.
    let target = dom::target(event).filter(|target| target.closest("dialog").ok().flatten().is_none());
    let Some(target) = target.filter(|_| !event.default_prevented()) else {
        return;
    };
    let is_written_into = target.matches("input, textarea, select").unwrap_or(false);
    if event.key() == "Escape" {
        event.stop_propagation();
        close(state);
    } else if let Some(tab) = tab_of_key(event).filter(|_| !is_written_into) {
        event.prevent_default();
        // Not while the user types into a field.
        event.stop_propagation();
        let has_it = state.with_untracked(|state| state.selected.as_ref().is_some_and(|subject| has_tab(subject, tab)));
        state.navigate(|state| state.tab = if has_it { tab } else { Tab::default() });
    }
}
