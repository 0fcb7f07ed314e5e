//! The page: its contexts and its parts.

use leptos::{ev, prelude::*};
use leptos_use_event_listener::use_event_listener;

use super::{
    cluster::{ClusterView, Motion},
    components::{
        Announcer, ConnectionPanel, ConnectionProblems, Header, Help, HelpDialog, KioskHeader, KioskProblem, Legend,
        Summary, TokenDialog, TokenForm, use_kiosk, use_tab_title, use_theme,
    },
    details::Drawer,
    dom,
    focus::use_roving,
    frame::Frame,
    query_bar::QueryDraft,
    shortcuts::use_shortcuts,
    signals::Signals,
    state::State,
};
use crate::browser::clipboard::clean_copied;

/// Hands the components what they need.
pub(super) fn provide_contexts(frame: Frame) {
    let Signals {
        clock,
        liveness,
        totals,
        walk,
        list,
        kiosk,
        drawn,
        map,
        tooltip,
        query,
        subject,
        access,
    } = frame.signals;
    provide_context(frame);
    provide_context(frame.state);
    provide_context(clock);
    provide_context(liveness);
    provide_context(totals);
    provide_context(walk);
    provide_context(list);
    provide_context(kiosk);
    provide_context(map);
    provide_context(tooltip);
    provide_context(query);
    provide_context(subject);
    provide_context(access);
    provide_context(Motion::at_rest());
    provide_context(HelpDialog::new());
    provide_context(TokenDialog::new());
    provide_context(use_theme(frame.state));
    provide_context(use_roving(frame.state, drawn));
    provide_context(QueryDraft::follow(frame));
}

/// The whole page.
#[component]
pub(super) fn App() -> impl IntoView {
    let frame = expect_context::<Frame>();
    let state = expect_context::<State>();
    let is_kiosk = Memo::new(move |_| state.with(|state| state.kiosk));
    use_kiosk(is_kiosk, frame.signals.clock.wall.into());
    use_tab_title();
    use_shortcuts();
    let _ = use_event_listener(dom::document(), ev::copy, |event| clean_copied(&event));
    // Choices of the user are shown at once.
    Effect::new(move |is_again: Option<()>| {
        state.track();
        if is_again.is_some() {
            frame.advance();
        }
    });
    let is_panel_open = RwSignal::new(false);
    view! {
        <Show when=move || is_kiosk.get()><KioskHeader/></Show>
        <Header is_panel_open/>
        <ConnectionPanel is_open=is_panel_open/>
        <ConnectionProblems/>
        <Summary/>
        <ClusterView/>
        <Drawer/>
        <Show when=move || is_kiosk.get()><KioskProblem/></Show>
        <Legend/>
        <Help/>
        <TokenForm/>
        <Announcer/>
    }
}
