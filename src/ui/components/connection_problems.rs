//! What is wrong with the connection, and what to do about it.

use leptos::prelude::*;

use super::{block_icon::BlockIcon, rich::Rich, token_dialog::TokenDialog};
use crate::{
    browser::login,
    connection::Remedy,
    resource::status::Family,
    ui::signals::Liveness,
    view::{Tone, connection::Note},
};

/// See the [module](self).
#[component]
pub(in crate::ui) fn ConnectionProblems() -> impl IntoView {
    let Liveness { notes, .. } = expect_context();
    view! {
        <section class="problems" id="problems" aria-label="Problems">
            {move || notes.get().into_iter().map(|note| view! { <Problem note/> }).collect_view()}
        </section>
    }
}

#[component]
fn Problem(note: Note) -> impl IntoView {
    let detail = note.problem.detail;
    let detail = (!detail.is_empty()).then(|| {
        view! {
            <details>
                <summary>"Server response"</summary>
                <div class="detail">{detail}</div>
            </details>
        }
    });
    let dialog = expect_context::<TokenDialog>();
    let remedy = note.problem.remedy.map(|remedy| {
        let slug = match remedy {
            Remedy::SignIn | Remedy::Credentials => "sign-in",
            Remedy::EnterToken => "enter-token",
        };
        let act = move || match remedy {
            Remedy::SignIn | Remedy::Credentials => login::sign_in(),
            Remedy::EnterToken => dialog.open(),
        };
        view! {
            <button type="button" class="button remedy" data-action=slug on:click=move |_| act()>
                {remedy.label()}
            </button>
        }
    });
    let family = if note.tone == Tone::Bad {
        Family::Failing
    } else {
        Family::NotReady
    };
    view! {
        <div class="problem" data-tone=note.tone.slug()>
            <BlockIcon family/>
            <h2><Rich sentence=note.problem.sentence/> " " <span class="whats">{note.whats}</span></h2>
            <p class="advice"><Rich sentence=note.problem.advice/> " " <span class="next">{note.next}</span></p>
            {remedy}
            {detail}
        </div>
    }
}
