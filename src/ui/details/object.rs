//! The object whose details are shown: fetched when they open, and again when the watch has another version.

use std::time::Duration;

use leptos::prelude::*;
use serde_json::Value;

use crate::{
    browser::{task::Task, token},
    resource::{Meta, Timestamp},
    ui::{
        dom,
        frame::Frame,
        signals::{Clock, SubjectSignals},
    },
    view::{
        api_error::ApiError,
        details,
        owner::{self, Link},
        state::Subject,
    },
};

/// See the [module](self). A copy is the same object.
#[derive(Clone, Copy)]
pub(super) struct Object {
    pub(super) subject: StoredValue<Subject, LocalStorage>,
    pub(super) is_pod: bool,
    /// The last one that came.
    pub(super) value: RwSignal<Option<Value>>,
    /// Why there is no newer one.
    pub(super) api_error: RwSignal<Option<ApiError>>,
    /// Who owns it, nearest first.
    pub(super) owners: RwSignal<Vec<Link>>,
    /// Since when it is gone.
    gone: RwSignal<Option<Timestamp>>,
    now: RwSignal<Timestamp>,
    reading: StoredValue<Reading, LocalStorage>,
}

/// Fetching the object and its controller.
#[derive(Default)]
struct Reading {
    task: Option<Task>,
    owner_task: Option<Task>,
    is_under_way: bool,
    /// In milliseconds since the page was opened.
    last: f64,
    /// The number of the user's token at that time.
    token: u32,
}

impl Object {
    /// Keeps the object up to date for as long as the caller's owner lives.
    pub(super) fn follow(subject: StoredValue<Subject, LocalStorage>) -> Self {
        let SubjectSignals { meta, gone, .. } = expect_context();
        let Clock { now, wall } = expect_context();
        let object = Self {
            gone,
            now,
            subject,
            is_pod: subject.with_value(|subject| matches!(subject, Subject::Pod(_))),
            value: RwSignal::default(),
            api_error: RwSignal::default(),
            owners: RwSignal::default(),
            reading: StoredValue::new_local(Reading::default()),
        };
        let frame = expect_context::<Frame>();
        Effect::new(move |_| {
            wall.track();
            let meta = meta.get();
            if object.is_read_due(meta.as_ref()) {
                object.read(frame);
            }
        });
        object
    }

    /// A field of the object that is a text.
    pub(super) fn field(self, pointer: &str) -> Option<String> {
        self.value
            .with(|value| Some(value.as_ref()?.pointer(pointer)?.as_str()?.to_owned()))
    }

    /// Whether there is such an object.
    pub(super) fn exists(self, subject: SubjectSignals) -> bool {
        let is_known = subject
            .known
            .with(|known| known.cordoned.is_some() || known.is_there && self.is_pod);
        self.gone.get().is_none() && (is_known || self.value.with(Option::is_some))
    }

    /// The request, for an error message.
    pub(super) fn asked(self) -> &'static str {
        if self.is_pod { "get pods" } else { "get nodes" }
    }

    /// Whether to fetch the object: for the first time, or because the watch has another version.
    fn is_read_due(self, meta: Option<&Meta>) -> bool {
        let (is_under_way, last) = self.reading.with_value(|reading| (reading.is_under_way, reading.last));
        let api_error = self.api_error.get_untracked();
        let is_login = api_error.as_ref().is_some_and(ApiError::is_login);
        let waited = if is_login && self.reading.with_value(|it| it.token != token::number()) {
            // Another token is tried at once.
            Duration::MAX
        } else {
            Duration::from_secs_f64((dom::milliseconds() - last).max(0.0) / 1_000.0)
        };
        let read = self.value.with_untracked(|value| value.as_ref().map(details::version));
        !is_under_way && details::is_read_due(read, api_error.as_ref(), meta, waited)
    }

    fn read(self, frame: Frame) {
        let path = match self.subject.with_value(details::path) {
            Ok(path) => path,
            Err(error) => return self.api_error.set(Some(ApiError::invalid_name(&error))),
        };
        let client = frame.api();
        let task = Task::spawn(async move {
            let result = client.get(&path).await;
            self.reading.update_value(|reading| reading.is_under_way = false);
            match result {
                Ok(object) => self.take(frame, object),
                Err(api_error) => self.take_error(api_error),
            }
        });
        self.reading.update_value(|reading| {
            reading.is_under_way = true;
            reading.last = dom::milliseconds();
            reading.token = token::number();
            reading.task = Some(task);
        });
    }

    fn take(self, frame: Frame, object: Value) {
        let told = owner::chain(&object);
        if self.owners.with_untracked(|owners| owners.first() != told.first()) {
            self.owners.set(told);
            self.read_owner(frame, &object);
        }
        self.api_error.set(None);
        self.value.set(Some(object));
    }

    fn take_error(self, api_error: ApiError) {
        let was_read = self.value.with_untracked(Option::is_some);
        if api_error.is_not_found() && was_read && self.gone.get_untracked().is_none() {
            self.gone.set(Some(self.now.get_untracked()));
        }
        self.api_error.set(Some(api_error));
    }

    /// Asks the controller who owns it.
    fn read_owner(self, frame: Frame, object: &Value) {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        self.reading.update_value(|reading| reading.owner_task = None);
        let controller = self.owners.with_untracked(|owners| owners.first().cloned());
        let Some(path) = controller.and_then(|link| owner::path(&link, namespace)) else {
            return;
        };
        let client = frame.api();
        let task = Task::spawn(async move {
            // Where that is forbidden, the guess stays a guess.
            if let Ok(controller) = client.get(&path).await {
                self.owners
                    .update(|owners| *owners = owner::confirmed(owners, &controller));
            }
        });
        self.reading.update_value(|reading| reading.owner_task = Some(task));
    }
}

/// Why the object could not be read.
#[component]
pub(super) fn ReadError() -> impl IntoView {
    let object = expect_context::<Object>();
    move || {
        let api_error = object.api_error.get();
        api_error.map(|api_error| {
            view! {
                <p class="refusal" role="status">{api_error.words(object.asked())}</p>
            }
        })
    }
}
