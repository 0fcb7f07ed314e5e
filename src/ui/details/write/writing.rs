//! A change on its way: from the wish by way of the permission and a dry run to the question, and what came of it.

use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

use crate::{
    browser::{
        api::ApiClient,
        rehearsal::{rehearse, scale_target},
        task::Task,
    },
    limits::OBJECT_RETRY_INTERVAL,
    resource::Meta,
    ui::{
        details::object::Object,
        dom,
        frame::Frame,
        signals::{Local, SubjectSignals},
    },
    view::{
        state::Subject,
        write::{self, Sent, Write},
        write_stage::Stage,
    },
};

/// A change on its way. A copy is the same change.
#[derive(Clone, Copy)]
pub(super) struct Writing {
    object: Object,
    frame: Frame,
    subject: SubjectSignals,
    pub(super) stage: RwSignal<Stage>,
    /// What the dialog is about.
    write: Local<Option<Write>>,
    task: StoredValue<Option<Task>, LocalStorage>,
    /// Whether it has been sent: then it cannot be taken back.
    is_sent: StoredValue<bool>,
    /// Counts what was begun, so that an answer to something earlier is known as that.
    round: StoredValue<u32>,
    /// Looks for what was sent, where no answer told whether it was done.
    search: StoredValue<Option<Task>, LocalStorage>,
}

impl Writing {
    pub(super) fn new() -> Self {
        Self {
            object: expect_context(),
            frame: expect_context(),
            subject: expect_context(),
            stage: RwSignal::default(),
            write: RwSignal::new_local(None),
            task: StoredValue::new_local(None),
            is_sent: StoredValue::new(false),
            round: StoredValue::new(0),
            search: StoredValue::new_local(None),
        }
    }

    /// The uid of the subject, where it may be changed.
    fn uid(self) -> Option<String> {
        let uid = |meta: &Option<Meta>| meta.as_ref().map(|meta| meta.uid.to_string());
        self.subject.meta.with_untracked(uid).filter(|_| self.frame.may_write())
    }

    /// Begins to delete the pod.
    pub(super) fn delete(self) {
        let (Subject::Pod(key), Some(uid)) = (self.object.subject.get_value(), self.uid()) else {
            return;
        };
        let write = Write::DeletePod { key, uid };
        let object = self.object.value.get_untracked().unwrap_or(Value::Null);
        match self.frame.needless(&write, &object) {
            Some(words) => self.stage.set(Stage::Refused {
                title: "Already terminating",
                words,
            }),
            None => self.check(write),
        }
    }

    /// Begins to cordon or to uncordon the node.
    pub(super) fn cordon(self, unschedulable: bool) {
        if let (Subject::Node(node), Some(uid)) = (self.object.subject.get_value(), self.uid()) {
            self.check(Write::Cordon {
                node,
                uid,
                unschedulable,
            });
        }
    }

    /// Begins to scale what decides over the pod: asks for the number first.
    pub(super) fn scale(self) {
        let (Subject::Pod(pod), Some(uid)) = (self.object.subject.get_value(), self.uid()) else {
            return;
        };
        self.stage.set(Stage::Busy("Reading its owners…"));
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
            self.stage.set(stage);
        });
    }

    /// Takes the number that was written into the dialog.
    pub(super) fn choose_number(self, text: &str) {
        match (write::parse_replicas(text), self.write.get_untracked()) {
            (Ok(to), Some(Write::Scale { pod, target, .. })) => self.check(Write::Scale { pod, target, to }),
            (Err(words), _) => self
                .stage
                .update(|stage| *stage = std::mem::take(stage).complaining(words)),
            _ => {}
        }
    }

    /// Checks the permission, and sends a dry run.
    fn check(self, write: Write) {
        self.stage
            .set(Stage::Busy("Checking the permission and sending a dry run…"));
        self.write.set(Some(write.clone()));
        let client = self.frame.api();
        self.start(async move {
            self.stage.set(match rehearse(&client, &write).await {
                Ok(()) => self.question(&write),
                Err(words) => Stage::refused(words),
            });
        });
    }

    fn question(self, write: &Write) -> Stage {
        let pods = self.subject.known.with_untracked(|known| known.running_pods);
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

    /// Does it. The button that calls this is guarded.
    pub(super) fn confirm(self) {
        let write = self.write.get_untracked();
        let Some(write) = write.filter(|_| self.frame.may_write()) else {
            return;
        };
        let Ok(request) = write.request(false) else { return };
        self.stage.set(Stage::Busy("Sent. Waiting for the API server…"));
        let round = self.begin_round();
        self.is_sent.set_value(true);
        let client = self.frame.api();
        let begun = dom::milliseconds();
        // No task that could be given up: what has been sent stays sent.
        spawn_local(async move {
            let answer = client.write(&request).await;
            let Some(latest) = self.round.try_get_value() else {
                // The drawer shows another subject.
                return;
            };
            // Whoever has begun another change keeps that dialog, and reads the result below the buttons.
            let is_awaited = latest == round;
            match Sent::answered(write.clone(), answer) {
                Err(api_error) if is_awaited => self.stage.set(Stage::refused(write.refused(&api_error))),
                Err(api_error) => self.tell(Sent::refused(write, &api_error)),
                Ok(sent) => {
                    self.tell(sent);
                    self.search.set_value(Some(Task::spawn(self.search(client, begun))));
                    if is_awaited {
                        self.stage.set(Stage::Closed);
                    }
                }
            }
            if is_awaited {
                self.is_sent.set_value(false);
            }
        });
    }

    /// Shows the result of a change below the buttons.
    fn tell(self, sent: Sent) {
        self.subject.sent.set(Some(sent));
        self.frame.advance();
    }

    /// Reads what was to be changed until the outcome is known.
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

    /// Closes the dialog. What has been sent stays sent.
    pub(super) fn close(self) {
        if !self.is_sent.get_value() {
            self.task.set_value(None);
        }
        self.stage.set(Stage::Closed);
    }

    fn start(self, task: impl Future<Output = ()> + 'static) {
        self.begin_round();
        self.task.set_value(Some(Task::spawn(task)));
    }

    /// What was sent before is answered below the buttons.
    fn begin_round(self) -> u32 {
        self.is_sent.set_value(false);
        self.round.update_value(|round| *round = round.wrapping_add(1));
        self.round.get_value()
    }
}
