//! Changes, only where the address asks for them: what can be done to the subject, the dialog that asks, and what the
//! watch shows of it afterwards.

use std::cell::{Cell, RefCell};

use crate::{
    browser::{api::ApiClient, task::Task},
    cluster::{Cluster, Place},
    limits::MAX_REPLICAS,
    view::{
        owner::{self, Link},
        refusal::Refusal,
        state::Subject,
        write::{self, Outcome, Write},
    },
};
use leptos::{prelude::*, web_sys::SubmitEvent};
use serde_json::Value;

use super::super::{Page, PageRef, set_if_changed};

/// A change on its way, and the dialog about it.
pub(super) struct Writing {
    stage: ArcRwSignal<Stage>,
    /// What the dialog is about.
    write: RefCell<Option<Write>>,
    task: RefCell<Option<Task>>,
    /// Whether it has been sent: then it cannot be taken back.
    is_sent: Cell<bool>,
    /// What was accepted, until the subject is another one.
    accepted: RefCell<Option<Write>>,
    outcome: ArcRwSignal<Option<Told>>,
}

/// What was done, and what is seen of it.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    slug: &'static str,
    is_seen: bool,
    words: String,
}

/// What the dialog shows.
#[derive(Clone, Debug, Default, PartialEq)]
enum Stage {
    /// Nothing: it is closed.
    #[default]
    Closed,
    /// The number of pods is asked for.
    Number { workload: String, from: i64 },
    /// Something is on its way.
    Busy(&'static str),
    /// All has been asked; the reader decides.
    Confirm {
        question: String,
        consequences: Vec<String>,
        label: String,
        slug: &'static str,
    },
    /// It cannot be done.
    Refused(String),
}

impl Stage {
    fn slug(&self) -> Option<&'static str> {
        match self {
            Self::Closed => None,
            Self::Number { .. } => Some("number"),
            Self::Busy(_) => Some("busy"),
            Self::Confirm { .. } => Some("confirm"),
            Self::Refused(_) => Some("refused"),
        }
    }
}

/// What somebody may want to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Delete,
    Scale,
    Cordon(bool),
}

impl Default for Writing {
    fn default() -> Self {
        Self {
            stage: ArcRwSignal::new(Stage::Closed),
            write: RefCell::default(),
            task: RefCell::default(),
            is_sent: Cell::new(false),
            accepted: RefCell::default(),
            outcome: ArcRwSignal::new(None),
        }
    }
}

impl Writing {
    /// Forgets what was done to another subject. What has been sent stays sent.
    pub(super) fn clear(&self) {
        self.stage.set(Stage::Closed);
        self.write.take();
        self.task.take();
        self.is_sent.set(false);
        self.accepted.take();
        self.outcome.set(None);
    }

    /// Looks in the cluster for what was done.
    pub(super) fn refresh(&self, cluster: &Cluster) {
        let told = self.accepted.borrow().as_ref().map(|write| {
            let (is_seen, words) = match write.outcome(cluster) {
                Outcome::Pending(words) => (false, words),
                Outcome::Seen(words) => (true, words),
            };
            Told {
                slug: write.slug(),
                is_seen,
                words,
            }
        });
        set_if_changed(&self.outcome, told);
    }

    fn close(&self) {
        if !self.is_sent.get() {
            self.task.take();
        }
        self.stage.set(Stage::Closed);
    }
}

impl Page {
    fn writing(&self) -> &Writing {
        &self.0.drawer.writing
    }

    fn begin(&self, action: Action) {
        let subject = self.0.drawer.subject.borrow().clone();
        let meta = subject.as_ref().and_then(|subject| self.0.source.meta(subject));
        match (action, subject) {
            (Action::Delete, Some(Subject::Pod(key))) => {
                if let Some(meta) = meta {
                    let uid = meta.uid.to_string();
                    self.check(Write::DeletePod { key, uid });
                }
            }
            (Action::Cordon(unschedulable), Some(Subject::Node(node))) => {
                self.check(Write::Cordon { node, unschedulable });
            }
            (Action::Scale, Some(Subject::Pod(pod))) => {
                let workload = self
                    .0
                    .drawer
                    .owners
                    .with_untracked(|owners| owner::scalable(owners).cloned());
                if let Some(workload) = workload {
                    self.ask_for_number(Write::Scale {
                        pod,
                        workload,
                        from: 0,
                        to: 0,
                    });
                }
            }
            _ => {}
        }
    }

    fn start(&self, task: impl Future<Output = ()> + 'static) {
        self.writing().task.replace(Some(Task::spawn(task)));
    }

    fn ask_for_number(&self, write: Write) {
        self.writing().stage.set(Stage::Busy("Asking how many pods it has…"));
        let (page, client) = (self.clone(), self.0.source.api());
        self.start(async move {
            let Write::Scale { pod, workload, .. } = &write else {
                return;
            };
            let stage = match replicas(&client, workload, &pod.namespace).await {
                Ok(from) => {
                    let stage = Stage::Number {
                        workload: format!("{} {}", workload.kind, workload.name),
                        from,
                    };
                    page.writing().write.replace(Some(Write::Scale {
                        pod: pod.clone(),
                        workload: workload.clone(),
                        from,
                        to: from,
                    }));
                    stage
                }
                Err(refusal) => Stage::Refused(refusal.words(&format!("get the scale of {}", workload.name))),
            };
            page.writing().stage.set(stage);
        });
    }

    fn choose_number(&self, number: i64) {
        let write = self.writing().write.borrow().clone();
        if let Some(Write::Scale {
            pod, workload, from, ..
        }) = write
        {
            self.check(Write::Scale {
                pod,
                workload,
                from,
                to: number,
            });
        }
    }

    /// Asks whether the reader may, and whether it would work.
    fn check(&self, write: Write) {
        self.writing()
            .stage
            .set(Stage::Busy("Asking whether you may, and whether it would work…"));
        self.writing().write.replace(Some(write.clone()));
        let (page, client) = (self.clone(), self.0.source.api());
        self.start(async move {
            let stage = match rehearse(&client, &write).await {
                Ok(()) => page.question(&write),
                Err(words) => Stage::Refused(words),
            };
            page.writing().stage.set(stage);
        });
    }

    fn question(&self, write: &Write) -> Stage {
        let drawer = &self.0.drawer;
        let object = drawer.object.with_untracked(|object| object.value.clone());
        let owners: Vec<Link> = drawer.owners.get_untracked();
        let mut pods = 0;
        if let Write::Cordon { node, .. } = write {
            self.0.source.with_cluster(&mut |cluster| {
                let entry = cluster.entry(&Place::Node(node.clone()));
                pods = entry.map_or(0, |entry| entry.pods().len());
            });
        }
        Stage::Confirm {
            question: write.question(),
            consequences: write.consequences(object.as_deref().unwrap_or(&Value::Null), &owners, pods),
            label: write.label(),
            slug: write.slug(),
        }
    }

    /// Does it.
    fn confirm(&self) {
        let Some(write) = self.writing().write.borrow().clone() else {
            return;
        };
        let Some(request) = write.request(false) else { return };
        self.writing()
            .stage
            .set(Stage::Busy("Sent; waiting for the API server…"));
        self.writing().is_sent.set(true);
        let (page, client) = (self.clone(), self.0.source.api());
        self.start(async move {
            let answer = client.write(&request).await;
            page.writing().is_sent.set(false);
            match answer {
                Ok(_) => {
                    page.writing().accepted.replace(Some(write));
                    page.writing().stage.set(Stage::Closed);
                    page.0
                        .source
                        .with_cluster(&mut |cluster| page.writing().refresh(cluster));
                }
                Err(refusal) => page.writing().stage.set(Stage::Refused(refusal.words(&write.asked()))),
            }
        });
    }
}

/// May I, and would it work? The words of why not.
async fn rehearse(client: &ApiClient, write: &Write) -> Result<(), String> {
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
    let Some(request) = write.request(true) else {
        return Err("It has a name that the API does not know.".to_owned());
    };
    let answer = client.write(&request).await;
    answer.map(drop).map_err(|refusal| {
        format!(
            "The API server has tried it without doing it. {}",
            refusal.words(&write.asked())
        )
    })
}

async fn replicas(client: &ApiClient, workload: &Link, namespace: &str) -> Result<i64, Refusal> {
    let Some(path) = owner::path(workload, namespace) else {
        return Err(Refusal::unreachable(""));
    };
    let scale = client.get(&format!("{path}/scale")).await?;
    Ok(scale["spec"]["replicas"].as_i64().unwrap_or(0))
}

/// What can be done to the subject, and what came of it. Nothing where the address does not ask for it.
pub(super) fn actions(page: PageRef) -> impl IntoView {
    if !page.with_value(|page| page.0.source.may_write()) {
        return ().into_any();
    }
    let is_pod = page.with_value(|page| matches!(&*page.0.drawer.subject.borrow(), Some(Subject::Pod(_))));
    let (gone, owners, known, outcome) = page.with_value(|page| {
        let drawer = &page.0.drawer;
        (
            drawer.gone.clone(),
            drawer.owners.clone(),
            drawer.known.clone(),
            drawer.writing.outcome.clone(),
        )
    });
    let cordoned = Memo::new(move |_| known.with(|known| known.cordoned));
    let can_scale = Memo::new(move |_| owners.with(|owners| owner::scalable(owners).is_some()));
    let buttons = move || {
        if gone.with(Option::is_some) {
            return ().into_any();
        }
        if !is_pod {
            return cordoned
                .get()
                .map(|is_cordoned| {
                    let (label, slug) = if is_cordoned {
                        ("Uncordon…", "uncordon")
                    } else {
                        ("Cordon…", "cordon")
                    };
                    action(page, label, slug, Action::Cordon(!is_cordoned))
                })
                .into_any();
        }
        view! {
            {action(page, "Delete…", "delete", Action::Delete)}
            {move || can_scale.get().then(|| action(page, "Scale its owner…", "scale", Action::Scale))}
        }
        .into_any()
    };
    let told = move || {
        outcome.get().map(|told| {
            let state = if told.is_seen { "seen" } else { "pending" };
            view! { <span data-write=told.slug data-outcome=state>{told.words}</span> }
        })
    };
    view! {
        <div class="actions">{buttons}</div>
        <p class="outcome" id="write-outcome" role="status">{told}</p>
        {dialog(page)}
    }
    .into_any()
}

fn action(page: PageRef, label: &'static str, slug: &'static str, action: Action) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button"
            data-action=slug
            aria-haspopup="dialog"
            on:click=move |_| page.with_value(|page| page.begin(action))
        >
            {label}
        </button>
    }
}

/// The dialog.
fn dialog(page: PageRef) -> impl IntoView {
    let stage = page.with_value(|page| page.writing().stage.clone());
    let node = NodeRef::<leptos::html::Dialog>::new();
    let shown = stage.clone();
    Effect::new(move |_| {
        let is_open = shown.with(|stage| *stage != Stage::Closed);
        let Some(dialog) = node.get() else { return };
        match (is_open, dialog.open()) {
            // Fails only while it is open already.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let slug = {
        let stage = stage.clone();
        move || stage.with(Stage::slug)
    };
    let closed = move |_| page.with_value(|page| page.writing().close());
    let busy = {
        let stage = stage.clone();
        move || stage.with(|stage| matches!(stage, Stage::Busy(_))).to_string()
    };
    view! {
        <dialog
            id="write-dialog"
            class="dialog"
            node_ref=node
            aria-labelledby="write-title"
            aria-busy=busy
            data-stage=slug
            on:close=closed
        >
            {move || content(page, stage.get())}
        </dialog>
    }
}

fn content(page: PageRef, stage: Stage) -> impl IntoView {
    let close = move |_| page.with_value(|page| page.writing().close());
    let cancel = move |label: &'static str| {
        view! { <button type="button" class="button" data-action="cancel" on:click=close>{label}</button> }
    };
    match stage {
        Stage::Closed => ().into_any(),
        Stage::Busy(words) => view! {
            <h2 id="write-title">"One moment"</h2>
            <p role="status">{words}</p>
            <div class="choices">{cancel("Close")}</div>
        }
        .into_any(),
        Stage::Refused(words) => view! {
            <h2 id="write-title">"It cannot be done"</h2>
            <p class="refusal" role="alert">{words}</p>
            <div class="choices">{cancel("Close")}</div>
        }
        .into_any(),
        Stage::Number { workload, from } => number(page, workload, from, cancel("Cancel")).into_any(),
        Stage::Confirm {
            question,
            consequences,
            label,
            slug,
        } => {
            let consequences = consequences.into_iter().map(|it| view! { <li>{it}</li> });
            let confirm = move |_| page.with_value(Page::confirm);
            view! {
                <h2 id="write-title">{question}</h2>
                <ul class="consequences">{consequences.collect_view()}</ul>
                <p class="note">"You may, and the API server would accept it: it has tried without doing it."</p>
                <div class="choices">
                    {cancel("Cancel")}
                    <button type="button" class="button danger" data-action="confirm" data-write=slug on:click=confirm>
                        {label}
                    </button>
                </div>
            }
            .into_any()
        }
    }
}

fn number(page: PageRef, workload: String, from: i64, cancel: impl IntoView) -> impl IntoView {
    let text = RwSignal::new(from.to_string());
    let error = RwSignal::new(String::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match write::parse_replicas(&text.get_untracked()) {
            Ok(number) => page.with_value(|page| page.choose_number(number)),
            Err(words) => error.set(words),
        }
    };
    view! {
        <h2 id="write-title">{format!("Scale the {workload}")}</h2>
        <form on:submit=submit>
            <label class="number">
                "Pods: "
                <input
                    type="number"
                    id="write-number"
                    min="0"
                    max=MAX_REPLICAS.to_string()
                    step="1"
                    autofocus
                    prop:value=move || text.get()
                    on:input=move |event| text.set(event_target_value(&event))
                />
            </label>
            <p class="note">{format!("It has {from} now. Nothing is changed before you are asked.")}</p>
            <p class="refusal" role="alert">{move || error.get()}</p>
            <div class="choices">
                {cancel}
                <button type="submit" class="button" data-action="check">
                    "Go on"
                </button>
            </div>
        </form>
    }
}
