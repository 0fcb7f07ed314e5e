//! The dialog that asks the user for a bearer token, where the address says `auth=token`.
//!
//! The token goes from the field into `browser::token` and nowhere else: no signal has it, and the field is emptied.

use leptos::{ev::SubmitEvent, html, prelude::*};

use super::{modal::Modal, rich::Rich};
use crate::{
    bearer_token::{BearerToken, TokenState},
    browser::token,
    ui::{
        dom,
        frame::Frame,
        signals::{Liveness, put},
    },
};

/// The question for a token, of which there is a dialog.
pub(in crate::ui) enum TokenQuestion {}

/// A handle to open the dialog, which [`TokenForm`] mounts.
pub(in crate::ui) type TokenDialog = Modal<TokenQuestion>;

/// The dialog, in a page that carries the user's token. It opens by itself until a token was accepted. Later it would
/// come over the picture, so [`ConnectionProblems`](super::ConnectionProblems) offers to open it.
#[component]
pub(in crate::ui) fn TokenForm() -> impl IntoView {
    let Liveness { token, .. } = expect_context();
    let is_used = Memo::new(move |_| token.get() != TokenState::Unused);
    view! { <Show when=move || is_used.get()><Form/></Show> }
}

#[component]
fn Form() -> impl IntoView {
    let dialog = expect_context::<TokenDialog>();
    let frame = expect_context::<Frame>();
    let Liveness { token: state, .. } = expect_context();
    let field = NodeRef::<html::Input>::new();
    let invalid = RwSignal::new(String::new());
    Effect::new(move |_| {
        if matches!(state.get(), TokenState::Missing | TokenState::Refused) && dialog.node.get().is_some() {
            dialog.open();
        }
    });
    let enter = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked() else { return };
        let entered = BearerToken::parse(&field.value());
        field.set_value("");
        match entered {
            Ok(entered) => {
                put(invalid, String::new());
                dialog.close();
                token::enter(entered);
                frame.advance();
            }
            Err(error) => {
                put(invalid, error.to_string());
            }
        }
    };
    // Whoever leaves it leaves nothing in the field.
    let closed = move |_| {
        if let Some(field) = field.get_untracked() {
            field.set_value("");
        }
    };
    let wrong = move || match (invalid.get(), state.get()) {
        (invalid, _) if !invalid.is_empty() => invalid,
        (_, TokenState::Refused) => {
            "The API server does not accept this token. It may be mistyped, expired, or made for another cluster."
                .to_owned()
        }
        (_, TokenState::Expired) => {
            "The API server no longer accepts the previous token. It has expired or was revoked.".to_owned()
        }
        _ => String::new(),
    };
    let goes_to = frame.api_address();
    let warning = (!dom::window().is_secure_context()).then(|| {
        view! {
            <p class="refusal">"This page was not loaded over HTTPS: others on the network can read the token."</p>
        }
    });
    view! {
        <dialog id="token-dialog" class="dialog" aria-labelledby="token-title" node_ref=dialog.node on:close=closed>
            <h2 id="token-title">"Enter a token"</h2>
            <p>
                "This page reads the cluster with your own rights. It sends the token only to "
                <code id="token-target">{goes_to}</code>
                " and keeps it in the memory of this tab. Reloading or closing the page forgets it."
            </p>
            {warning}
            <form on:submit=enter>
                <label class="token">
                    "Bearer token"
                    // Browsers offer to keep a password, and not a code that is good for once.
                    <input type="password" id="token-field" autocomplete="one-time-code" autocapitalize="off"
                        spellcheck="false" autofocus aria-describedby="token-wrong" node_ref=field/>
                </label>
                <p class="note">
                    <Rich sentence="For a service account, `kubectl create token NAME --duration=8h` prints one.".to_owned()/>
                </p>
                <p class="refusal" id="token-wrong" role="alert">{wrong}</p>
                <div class="choices">
                    <button type="button" class="button" data-action="cancel" on:click=move |_| dialog.close()>"Cancel"</button>
                    <button type="submit" class="button" data-action="use-token">"Use this token"</button>
                </div>
            </form>
        </dialog>
    }
}
