//! Changes, only where the address asks for them and the reader has allowed them in this tab: what can be done to the
//! subject, the dialog that asks, and what the watch shows of it afterwards.

mod dialog;

use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use leptos::{html, prelude::*, task::spawn_local};
use serde_json::Value;

use self::dialog::WriteDialog;
use super::object::Object;
use crate::{
    browser::{api::ApiClient, task::Task},
    limits::OBJECT_RETRY_INTERVAL,
    resource::{Meta, ObjectKey},
    ui::{
        dom,
        frame::Frame,
        signals::{Local, SubjectSignals, put},
    },
    view::{
        owner::{self, Climb, ScaleTarget},
        state::Subject,
        write::{self, ConfirmGuard, Sent, Write},
    },
};

/// How often it is looked whether the button that confirms can be seen, in milliseconds.
const GUARD_LOOK_MS: u32 = 50;

/// What can be done to the subject, what came of it, and the dialog.
#[component]
pub(super) fn WriteActions() -> impl IntoView {
    let object = expect_context::<Object>();
    let SubjectSignals {
        known, gone, outcome, ..
    } = expect_context();
    let writing = Writing::new();
    provide_context(writing);
    let is_cordoned = Memo::new(move |_| known.with(|known| known.cordoned));
    let is_scalable = Memo::new(move |_| object.owners.with(|owners| owner::may_have_scale(owners)));
    let actions = move || {
        if gone.get().is_some() || !known.with(|known| known.is_there) {
            // Nothing is left to be done, or nobody would see what came of it.
            return ().into_any();
        }
        if object.is_pod {
            return view! {
                <Action label="Delete…" slug="delete" begin=move || writing.delete()/>
                {is_scalable.get().then(|| view! {
                    <Action label="Scale its owner…" slug="scale" begin=move || writing.scale()/>
                })}
            }
            .into_any();
        }
        match is_cordoned.get() {
            Some(true) => {
                view! { <Action label="Uncordon…" slug="uncordon" begin=move || writing.cordon(false)/> }.into_any()
            }
            Some(false) => {
                view! { <Action label="Cordon…" slug="cordon" begin=move || writing.cordon(true)/> }.into_any()
            }
            None => ().into_any(),
        }
    };
    let told = move || {
        let (slug, told) = outcome.get()?;
        let words = told.words().to_owned();
        Some(view! { <span data-write=slug data-outcome=told.slug()>{words}</span> })
    };
    view! {
        <div class="actions">{actions}</div>
        <p class="outcome" id="write-outcome" role="status">{told}</p>
        <WriteDialog/>
    }
}

#[component]
fn Action(label: &'static str, slug: &'static str, begin: impl Fn() + 'static) -> impl IntoView {
    view! {
        <button type="button" class="button" aria-haspopup="dialog" data-action=slug on:click=move |_| begin()>
            {label}
        </button>
    }
}

/// A change on its way. A copy is the same change.
#[derive(Clone, Copy)]
struct Writing {
    object: Object,
    frame: Frame,
    subject: SubjectSignals,
    stage: RwSignal<Stage>,
    /// What the dialog is about.
    write: Local<Option<Write>>,
    task: StoredValue<Option<Task>, LocalStorage>,
    /// Whether it has been sent: then it cannot be taken back.
    is_sent: StoredValue<bool>,
    /// Counts what was begun, so that an answer to something earlier is known as that.
    round: StoredValue<u32>,
    /// The button that confirms, and whether it can be pressed.
    confirm_button: NodeRef<html::Button>,
    is_ready: RwSignal<bool>,
    guard: StoredValue<Option<Task>, LocalStorage>,
    /// Looks for what was sent, where no answer told whether it was done.
    search: StoredValue<Option<Task>, LocalStorage>,
}

/// What the dialog shows.
#[derive(Clone, Debug, Default, PartialEq)]
enum Stage {
    /// Nothing: it is closed.
    #[default]
    Closed,
    /// The number of pods is asked for.
    Number {
        workload: String,
        from: i64,
        /// Why what was written is no number of pods.
        error: String,
    },
    /// Something is on its way.
    Busy(&'static str),
    /// All has been asked; the reader decides.
    Confirm {
        question: String,
        consequences: Vec<String>,
        label: String,
        slug: &'static str,
    },
    /// It cannot be done, or need not be.
    Refused { title: &'static str, words: String },
}

impl Writing {
    fn new() -> Self {
        Self {
            object: expect_context(),
            frame: expect_context(),
            subject: expect_context(),
            stage: RwSignal::default(),
            write: RwSignal::new_local(None),
            task: StoredValue::new_local(None),
            is_sent: StoredValue::new(false),
            round: StoredValue::new(0),
            confirm_button: NodeRef::new(),
            is_ready: RwSignal::default(),
            guard: StoredValue::new_local(None),
            search: StoredValue::new_local(None),
        }
    }

    /// The uid of the subject, where it may be changed.
    fn uid(self) -> Option<String> {
        let uid = |meta: &Option<Meta>| meta.as_ref().map(|meta| meta.uid.to_string());
        self.subject.meta.with_untracked(uid).filter(|_| self.frame.may_write())
    }

    /// Begins to delete the pod.
    fn delete(self) {
        let (Subject::Pod(key), Some(uid)) = (self.object.subject.get_value(), self.uid()) else {
            return;
        };
        let write = Write::DeletePod { key, uid };
        let object = self.object.value.get_untracked().unwrap_or(Value::Null);
        match self.frame.needless(&write, &object) {
            Some(words) => self.set_stage(Stage::Refused {
                title: "It is terminating already",
                words,
            }),
            None => self.check(write),
        }
    }

    /// Begins to cordon or to uncordon the node.
    fn cordon(self, unschedulable: bool) {
        if let (Subject::Node(node), Some(uid)) = (self.object.subject.get_value(), self.uid()) {
            self.check(Write::Cordon {
                node,
                uid,
                unschedulable,
            });
        }
    }

    /// Begins to scale what decides over the pod: asks for the number first.
    fn scale(self) {
        let (Subject::Pod(pod), Some(uid)) = (self.object.subject.get_value(), self.uid()) else {
            return;
        };
        self.set_stage(Stage::Busy("Reading who sets its number of pods…"));
        let client = self.frame.api();
        self.start(async move {
            let stage = match scale_target(&client, &pod, &uid).await {
                Ok(target) => {
                    let (workload, from) = (target.title(), target.current());
                    let target = Box::new(target);
                    self.write.set(Some(Write::Scale { pod, target, to: from }));
                    Stage::Number {
                        workload,
                        from,
                        error: String::new(),
                    }
                }
                Err(words) => Stage::refused(words),
            };
            self.set_stage(stage);
        });
    }

    /// Takes the number that was written into the dialog.
    fn choose_number(self, text: &str) {
        match (write::parse_replicas(text), self.write.get_untracked()) {
            (Ok(to), Some(Write::Scale { pod, target, .. })) => self.check(Write::Scale { pod, target, to }),
            (Err(words), _) => self.stage.update(|stage| {
                if let Stage::Number { error, .. } = stage {
                    *error = words;
                }
            }),
            _ => {}
        }
    }

    /// Asks whether the reader may, and whether it would work.
    fn check(self, write: Write) {
        self.set_stage(Stage::Busy("Checking the permission, and a dry run…"));
        self.write.set(Some(write.clone()));
        let client = self.frame.api();
        self.start(async move {
            self.set_stage(match rehearse(&client, &write).await {
                Ok(()) => self.question(&write),
                Err(words) => Stage::refused(words),
            });
        });
    }

    fn question(self, write: &Write) -> Stage {
        let pods = self.subject.known.with_untracked(|known| known.pods);
        let owners = self.object.owners.get_untracked();
        let consequences = self.object.value.with_untracked(|object| {
            let object = object.as_ref().unwrap_or(&Value::Null);
            write.consequences(object, &owners, pods)
        });
        Stage::Confirm {
            question: write.question(),
            consequences,
            label: write.label(),
            slug: write.slug(),
        }
    }

    /// Does it.
    fn confirm(self) {
        let write = self.write.get_untracked();
        let Some(write) = write.filter(|_| self.is_ready.get_untracked() && self.frame.may_write()) else {
            return;
        };
        let Ok(request) = write.request(false) else { return };
        self.set_stage(Stage::Busy("Sent; waiting for the API server…"));
        let round = self.begin_round();
        self.is_sent.set_value(true);
        let client = self.frame.api();
        let begun = dom::milliseconds();
        // No task that could be given up: what has been sent stays sent.
        spawn_local(async move {
            let answer = client.write(&request).await;
            // It is answered to nobody who has gone on to something else.
            if self.round.try_get_value() != Some(round) {
                return;
            }
            self.is_sent.set_value(false);
            match Sent::answered(write.clone(), answer) {
                Ok(sent) => {
                    self.subject.sent.set(Some(sent));
                    self.frame.advance();
                    self.set_stage(Stage::Closed);
                    self.search.set_value(Some(Task::spawn(self.search(client, begun))));
                }
                Err(refusal) => self.set_stage(Stage::refused(write.refused(&refusal))),
            }
        });
    }

    /// Reads what was changed for as long as nobody knows whether it was.
    async fn search(self, client: ApiClient, begun: f64) {
        loop {
            let path = self
                .subject
                .sent
                .with_untracked(|sent| sent.as_ref().and_then(Sent::ask));
            let Some(path) = path else { return };
            let answer = client.get(&path).await;
            let after = Duration::from_secs_f64((dom::milliseconds() - begun).max(0.0) / 1_000.0);
            self.subject.sent.update(|sent| {
                if let Some(sent) = sent {
                    sent.take(&answer, after);
                }
            });
            self.frame.advance();
            TimeoutFuture::new(OBJECT_RETRY_INTERVAL.as_millis() as u32).await;
        }
    }

    /// Shows another stage. The button that confirms can be pressed once it was to be seen for a while.
    fn set_stage(self, stage: Stage) {
        let is_confirm = matches!(stage, Stage::Confirm { .. });
        self.stage.set(stage);
        self.is_ready.set(false);
        self.guard.set_value(is_confirm.then(|| Task::spawn(self.guard())));
    }

    async fn guard(self) {
        let mut guard = ConfirmGuard::default();
        loop {
            let now = Duration::from_secs_f64(dom::milliseconds() / 1_000.0);
            put(self.is_ready, guard.look(now, self.is_confirm_seen()));
            TimeoutFuture::new(GUARD_LOOK_MS).await;
        }
    }

    /// Whether the button that confirms is to be seen: nothing lies over it, and the page has the focus.
    fn is_confirm_seen(self) -> bool {
        let document = dom::document();
        let button = self.confirm_button.get_untracked();
        let Some(button) = button.filter(|_| !document.hidden() && document.has_focus().unwrap_or(false)) else {
            return false;
        };
        let area = button.get_bounding_client_rect();
        let (x, y) = (area.x() + area.width() / 2.0, area.y() + area.height() / 2.0);
        let top = document.element_from_point(x as f32, y as f32);
        top.is_some_and(|top| button.contains(Some(&top)))
    }

    /// Closes the dialog. What has been sent stays sent.
    fn close(self) {
        if !self.is_sent.get_value() {
            self.task.set_value(None);
        }
        self.set_stage(Stage::Closed);
    }

    fn start(self, task: impl Future<Output = ()> + 'static) {
        self.begin_round();
        self.task.set_value(Some(Task::spawn(task)));
    }

    /// What was sent before is answered to nobody.
    fn begin_round(self) -> u32 {
        self.is_sent.set_value(false);
        self.round.update_value(|round| *round = round.wrapping_add(1));
        self.round.get_value()
    }
}

impl Stage {
    fn refused(words: String) -> Self {
        Self::Refused {
            title: "It cannot be done",
            words,
        }
    }

    fn slug(&self) -> Option<&'static str> {
        match self {
            Self::Closed => None,
            Self::Number { .. } => Some("number"),
            Self::Busy(_) => Some("busy"),
            Self::Confirm { .. } => Some("confirm"),
            Self::Refused { .. } => Some("refused"),
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Closed => String::new(),
            Self::Busy(_) => "One moment".to_owned(),
            Self::Refused { title, .. } => (*title).to_owned(),
            Self::Number { workload, .. } => format!("Scale the {workload}"),
            Self::Confirm { question, .. } => question.clone(),
        }
    }
}

/// May I, and would it work? The words of why not.
async fn rehearse(client: &ApiClient, write: &Write) -> Result<(), String> {
    let request = write.request(true).map_err(|error| error.to_string())?;
    let review = client.write(&write.review()).await;
    let review = review.map_err(|refusal| refusal.words("ask what you may do"))?;
    write::verdict(&review).map_err(|why| {
        let beginning = format!("You may not {}.", write.asked());
        if why.is_empty() {
            beginning
        } else {
            format!("{beginning} The API server says: {why}")
        }
    })?;
    let answer = client.write(&request).await;
    answer
        .map(drop)
        .map_err(|refusal| format!("The API server has refused the dry run. {}", write.refused(&refusal)))
}

/// Whose number decides over a pod.
async fn scale_target(client: &ApiClient, pod: &ObjectKey, uid: &str) -> Result<ScaleTarget, String> {
    let mut climb = Climb::new(pod, uid);
    while let Some(path) = climb.ask() {
        climb.take(client.get(&path).await);
    }
    climb.finish()
}
