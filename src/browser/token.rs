//! The user's bearer token: in the memory of this tab, and on requests to this origin. It is written nowhere else.
//!
//! Invariant 13 of the crate's documentation.

use std::{cell::RefCell, mem, rc::Rc};

use gloo_timers::future::TimeoutFuture;
use js_sys::Array;

use crate::bearer_token::{BearerToken, TokenState, WATCH_SUBPROTOCOL, is_own_path};

/// What is asked of the browser while no token was entered is answered with this.
pub(super) const MISSING: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Unauthorized","message":"No token has been entered.","code":401}"#;

/// How often it is looked whether another token was entered, while something waits for one, in milliseconds.
const LOOK_MS: u32 = 500;

/// What is done when there is another token, or another user.
type Listener = Rc<dyn Fn()>;

#[derive(Default)]
struct HeldToken {
    token: Option<BearerToken>,
    state: TokenState,
    /// How many were entered: an answer to a request with an earlier one says nothing of this one.
    number: u32,
    on_entry: Vec<Listener>,
    /// The last one that the API server has accepted: the picture is what its user may see.
    accepted: Option<BearerToken>,
    on_other_user: Vec<Listener>,
}

thread_local! {
    static HELD: RefCell<HeldToken> = RefCell::default();
}

/// What a request carries.
pub(super) enum Credentials {
    /// Nothing of ours.
    None,
    /// There is no token yet, and without one nothing is sent.
    Missing,
    /// This token.
    Token(BearerToken),
}

/// From now on no request is sent without a token.
pub fn require() {
    HELD.with_borrow_mut(|held| held.state = TokenState::Missing);
}

/// What is known of the token.
#[must_use]
pub fn state() -> TokenState {
    HELD.with_borrow(|held| held.state)
}

/// How many tokens were entered.
#[must_use]
pub fn number() -> u32 {
    HELD.with_borrow(|held| held.number)
}

/// Takes a token, and lets everybody ask again.
pub fn enter(token: BearerToken) {
    let listeners = HELD.with_borrow_mut(|held| {
        held.token = Some(token);
        held.state = TokenState::Unproven;
        held.number += 1;
        held.on_entry.clone()
    });
    listeners.iter().for_each(|ask_again| ask_again());
}

/// Calls `ask_again` whenever a token was entered.
pub(super) fn on_entry(ask_again: impl Fn() + 'static) {
    HELD.with_borrow_mut(|held| held.on_entry.push(Rc::new(ask_again)));
}

/// Calls `forget` whenever the API server has accepted a token that may be another user's than the one before: what the page
/// shows is not theirs to see. It is called before the answer is read.
pub fn on_other_user(forget: impl Fn() + 'static) {
    HELD.with_borrow_mut(|held| held.on_other_user.push(Rc::new(forget)));
}

/// What a request for `url` carries: the token, where it stays with this origin.
pub(super) fn credentials(url: &str) -> Credentials {
    HELD.with_borrow(|held| match (held.state, &held.token) {
        (TokenState::Unused, _) => Credentials::None,
        (_, Some(token)) if is_own_path(url) => Credentials::Token(token.clone()),
        _ => Credentials::Missing,
    })
}

/// The subprotocols of a WebSocket that carries `token`.
pub(super) fn subprotocols(token: &BearerToken) -> Array {
    Array::of2(&token.subprotocol().into(), &WATCH_SUBPROTOCOL.into())
}

/// Takes in the status of an answer to a request with the token of that number.
pub(super) fn observe(number: u32, status: u16, is_page: bool) {
    let listeners = HELD.with_borrow_mut(|held| {
        if held.number != number {
            return Vec::new();
        }
        held.state = held.state.after(status, is_page);
        if held.take_acceptance() {
            held.on_other_user.clone()
        } else {
            Vec::new()
        }
    });
    listeners.iter().for_each(|forget| forget());
}

impl HeldToken {
    /// Keeps the token as the accepted one, if it is, and says whether that may have been another user's before.
    fn take_acceptance(&mut self) -> bool {
        if self.state != TokenState::Accepted || self.accepted == self.token {
            return false;
        }
        let before = mem::replace(&mut self.accepted, self.token.clone());
        match (before, &self.token) {
            (Some(before), Some(token)) => !before.is_of_same_user(token),
            _ => false,
        }
    }
}

/// What an error says, without the token: some proxies repeat the headers of a request.
pub(super) fn redact(text: Vec<u8>) -> Vec<u8> {
    HELD.with_borrow(|held| match &held.token {
        None => text,
        Some(token) => token.redact(&text),
    })
}

/// Waits so long, or until another token was entered.
pub(super) async fn pause(milliseconds: u32) {
    let number = self::number();
    let mut left = milliseconds;
    while left > 0 && number == self::number() {
        let step = match state() {
            TokenState::Unused => left,
            _ => left.min(LOOK_MS),
        };
        TimeoutFuture::new(step).await;
        left -= step;
    }
}
