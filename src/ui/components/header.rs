//! The header: who this is, how the connection is, what is looked for and how it is shown.

use leptos::prelude::*;

use super::{
    connection_badge::ConnectionBadge, help::HelpButton, menus::Menus, saved_views::SavedViews,
    write_switch::WriteSwitch,
};
use crate::ui::{frame::Frame, query_bar::QueryBar};

/// See the [module](self).
#[component]
pub(in crate::ui) fn Header(is_panel_open: RwSignal<bool>) -> impl IntoView {
    let root = expect_context::<Frame>().shown_root();
    let has_root = root.is_some();
    view! {
        <header class="bar" data-has-root=has_root.then_some("")>
            <h1 class="brand">
                <span class="logo"></span>
                <span class="wordmark">"K8BIT"</span>
            </h1>
            <ConnectionBadge is_panel_open/>
            {root.map(|root| view! { <ShownRoot root id="api-root"/> })}
            <WriteSwitch/>
            <QueryBar/>
            <SavedViews/>
            <Menus/>
            <HelpButton/>
        </header>
    }
}

/// Where the API begins, which a link has chosen.
#[component]
pub(super) fn ShownRoot(root: String, id: &'static str) -> impl IntoView {
    view! {
        <span class="api-root" id=id
            title="The address of this page sets where the Kubernetes API begins (?api=).">
            "API at "
            <code>{root}</code>
        </span>
    }
}
