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
use leptos::web_sys::{HtmlDialogElement, HtmlElement, HtmlInputElement};
use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;

use super::{
    super::{Page, dom, parts::Part, replace_if_changed, sketch::Node},
    Drawer,
};

/// A change on its way, and the dialog about it.
#[derive(Default)]
pub(super) struct Writing {
    stage: RefCell<Stage>,
    /// What the dialog is about.
    write: RefCell<Option<Write>>,
    task: RefCell<Option<Task>>,
    /// Whether it has been sent: then it cannot be taken back.
    is_sent: Cell<bool>,
    /// Counts what was begun, so that an answer to something earlier is known as that.
    round: Cell<u32>,
    /// What was accepted, until the subject is another one.
    accepted: RefCell<Option<Write>>,
    outcome: RefCell<Option<Told>>,
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

impl Writing {
    /// Forgets what was done to another subject. What has been sent stays sent.
    pub(super) fn clear(&self) {
        self.begin_round();
        self.stage.take();
        self.write.take();
        self.task.take();
        self.accepted.take();
        self.outcome.take();
    }

    /// What was sent before is answered to nobody.
    fn begin_round(&self) -> u32 {
        self.is_sent.set(false);
        self.round.set(self.round.get().wrapping_add(1));
        self.round.get()
    }

    /// Looks in the cluster for what was done; whether that is something else now.
    pub(super) fn refresh(&self, cluster: &Cluster) -> bool {
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
        replace_if_changed(&self.outcome, told)
    }
}

impl Page {
    fn writing(&self) -> &Writing {
        &self.0.drawer.writing
    }

    /// Opens or closes the dialog.
    pub(super) fn show_dialog(&self) {
        let Some(dialog) = self.dialog() else { return };
        match (*self.writing().stage.borrow() != Stage::Closed, dialog.open()) {
            // Fails only while it is open already.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            (true, true) => keep_focus(&dialog),
            (false, false) => {}
        }
    }

    fn dialog(&self) -> Option<HtmlDialogElement> {
        self.find_in(Part::Drawer, "dialog")?.dyn_into().ok()
    }

    /// Takes in that the dialog was closed, by Escape for instance. The browser says so later, and by then it may be open
    /// for something else.
    pub(super) fn follow_dialog(&self) {
        if !self.dialog().is_some_and(|dialog| dialog.open()) {
            self.close_dialog();
        }
    }

    fn set_stage(&self, stage: Stage) {
        self.writing().stage.replace(stage);
        self.touch(Part::Drawer);
    }

    /// Closes the dialog. What has been sent stays sent.
    fn close_dialog(&self) {
        if !self.writing().is_sent.get() {
            self.writing().task.take();
        }
        self.set_stage(Stage::Closed);
    }

    /// Presses a button that changes something, or one of the dialog.
    pub(super) fn press_writing(&self, action: &str) {
        match action {
            "delete" => self.begin(Action::Delete),
            "scale" => self.begin(Action::Scale),
            "cordon" => self.begin(Action::Cordon(true)),
            "uncordon" => self.begin(Action::Cordon(false)),
            "cancel" => self.close_dialog(),
            "confirm" => self.confirm(),
            _ => {}
        }
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
                let workload = owner::scalable(&self.0.drawer.owners.borrow()).cloned();
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
        self.writing().begin_round();
        self.writing().task.replace(Some(Task::spawn(task)));
    }

    fn ask_for_number(&self, write: Write) {
        self.set_stage(Stage::Busy("Asking how many pods it has…"));
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
                        error: String::new(),
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
            page.set_stage(stage);
        });
    }

    /// Takes the number that was written into the dialog.
    pub(super) fn choose_number(&self) {
        let Some(field) = dom::document().get_element_by_id("write-number") else {
            return;
        };
        let number = match write::parse_replicas(&dom::value(&field)) {
            Ok(number) => number,
            Err(words) => {
                if let Stage::Number { error, .. } = &mut *self.writing().stage.borrow_mut() {
                    *error = words;
                }
                return self.touch(Part::Drawer);
            }
        };
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
        self.set_stage(Stage::Busy("Asking whether you may, and whether it would work…"));
        self.writing().write.replace(Some(write.clone()));
        let (page, client) = (self.clone(), self.0.source.api());
        self.start(async move {
            let stage = match rehearse(&client, &write).await {
                Ok(()) => page.question(&write),
                Err(words) => Stage::Refused(words),
            };
            page.set_stage(stage);
        });
    }

    fn question(&self, write: &Write) -> Stage {
        let drawer = &self.0.drawer;
        let (object, owners) = (drawer.object.borrow(), drawer.owners.borrow());
        let mut pods = 0;
        if let Write::Cordon { node, .. } = write {
            self.0.source.with_cluster(&mut |cluster| {
                let entry = cluster.entry(&Place::Node(node.clone()));
                pods = entry.map_or(0, |entry| entry.pods().len());
            });
        }
        Stage::Confirm {
            question: write.question(),
            consequences: write.consequences(object.value.as_ref().unwrap_or(&Value::Null), &owners, pods),
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
        self.set_stage(Stage::Busy("Sent; waiting for the API server…"));
        let round = self.writing().begin_round();
        self.writing().is_sent.set(true);
        let (page, client) = (self.clone(), self.0.source.api());
        // No task that could be given up: what has been sent stays sent.
        spawn_local(async move {
            let answer = client.write(&request).await;
            if page.writing().round.get() != round {
                return;
            }
            page.writing().is_sent.set(false);
            match answer {
                Ok(_) => {
                    page.writing().accepted.replace(Some(write));
                    page.0.source.with_cluster(&mut |cluster| {
                        page.writing().refresh(cluster);
                    });
                    page.set_stage(Stage::Closed);
                }
                Err(refusal) => page.set_stage(Stage::Refused(refusal.words(&write.asked()))),
            }
        });
    }
}

/// Leads the focus into what the dialog asks by now, where it was on something that is gone.
fn keep_focus(dialog: &HtmlDialogElement) {
    let focused = dom::document().active_element();
    if focused.is_some_and(|focused| dialog.contains(Some(&focused))) {
        return;
    }
    for selector in ["[autofocus]", "button"] {
        let element = dialog.query_selector(selector).ok().flatten();
        if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
            // What is written there is a proposal.
            if let Some(field) = element.dyn_ref::<HtmlInputElement>() {
                field.select();
            }
            return;
        }
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

impl Drawer {
    /// What can be done to the subject, and what came of it.
    pub(super) fn actions(&self, drawer: &mut Node) {
        let actions = drawer.add("<div class=actions></div>");
        let cordoned = self.known.borrow().cordoned;
        if self.gone.get().is_some() {
            // Nothing is left to be done.
        } else if self.is_pod() {
            action(actions, "Delete…", "delete");
            if owner::scalable(&self.owners.borrow()).is_some() {
                action(actions, "Scale its owner…", "scale");
            }
        } else if let Some(is_cordoned) = cordoned {
            let (label, slug) = if is_cordoned {
                ("Uncordon…", "uncordon")
            } else {
                ("Cordon…", "cordon")
            };
            action(actions, label, slug);
        }
        let outcome = drawer.add("<p class=outcome id=write-outcome role=status></p>");
        if let Some(told) = &*self.writing.outcome.borrow() {
            outcome
                .add("<span></span>")
                .set("data-write", told.slug)
                .set("data-outcome", if told.is_seen { "seen" } else { "pending" })
                .text(&told.words);
        }
        self.writing.stage.borrow().sketch(drawer);
    }
}

fn action(actions: &mut Node, label: &str, slug: &'static str) {
    actions
        .add_keyed("<button type=button class=button aria-haspopup=dialog></button>", slug)
        .set("data-action", slug)
        .text(label);
}

impl Stage {
    /// The dialog. Each stage has elements of its own, so that none keeps the focus for the next.
    fn sketch(&self, drawer: &mut Node) {
        let slug = self.slug();
        let dialog = drawer.add("<dialog id=write-dialog class=dialog aria-labelledby=write-title></dialog>");
        dialog
            .set_bool("aria-busy", matches!(self, Self::Busy(_)))
            .set_some("data-stage", slug);
        let title = match self {
            Self::Closed => return,
            Self::Busy(_) => "One moment",
            Self::Refused(_) => "It cannot be done",
            Self::Number { workload, .. } => &format!("Scale the {workload}"),
            Self::Confirm { question, .. } => question,
        };
        dialog.put("<h2 id=write-title></h2>", title);
        let slug = slug.unwrap_or_default();
        match self {
            Self::Closed => {}
            Self::Busy(words) => {
                dialog.put("<p role=status></p>", words);
                choices(dialog, slug, "Close");
            }
            Self::Refused(words) => {
                dialog.put("<p class=refusal role=alert></p>", words);
                choices(dialog, slug, "Close");
            }
            Self::Number { from, error, .. } => {
                let form = dialog.add("<form></form>");
                form.add("<label class=number>Pods: </label>")
                    .add("<input type=number id=write-number min=0 step=1 autofocus>")
                    .set("max", &MAX_REPLICAS.to_string())
                    .set("value", &from.to_string());
                let words = format!("It has {from} now. Nothing is changed before you are asked.");
                form.put("<p class=note></p>", &words);
                form.put("<p class=refusal role=alert></p>", error);
                choices(form, slug, "Cancel").add("<button type=submit class=button data-action=check>Go on</button>");
            }
            Self::Confirm {
                consequences,
                label,
                slug: write,
                ..
            } => {
                let list = dialog.add("<ul class=consequences></ul>");
                for it in consequences {
                    list.put("<li></li>", it);
                }
                dialog.add(
                    "<p class=note>You may, and the API server would accept it: it has tried without doing it.</p>",
                );
                choices(dialog, slug, "Cancel")
                    .add("<button type=button class='button danger' data-action=confirm></button>")
                    .set("data-write", write)
                    .text(label);
            }
        }
    }
}

/// The buttons below, with the one that leaves it.
fn choices<'n>(into: &'n mut Node, stage: &str, label: &str) -> &'n mut Node {
    let choices = into.add_keyed("<div class=choices></div>", stage);
    choices
        .add("<button type=button class=button data-action=cancel></button>")
        .text(label);
    choices
}
