//! Changes, only where the address asks for them and the reader has allowed them in this tab: what can be done to the
//! subject, the dialog that asks, and what the watch shows of it afterwards.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use crate::{
    browser::{api::ApiClient, task::Task},
    cluster::{Cluster, Place},
    limits::{MAX_REPLICAS, OBJECT_RETRY_INTERVAL},
    resource::ObjectKey,
    view::{
        owner::{self, Climb, ScaleTarget},
        state::Subject,
        write::{self, ConfirmGuard, Outcome, Sent, Write, WriteAccess},
    },
};
use gloo_timers::future::TimeoutFuture;
use leptos::web_sys::{Element, HtmlDialogElement, HtmlElement, HtmlInputElement};
use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;

use super::{
    super::{Page, connection, dom, parts::Part, replace_if_changed, sketch::Node},
    Drawer,
};

/// How often it is looked whether the button that confirms can be seen, in milliseconds.
const GUARD_LOOK_MS: u32 = 50;

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
    /// Whether the button that confirms can be pressed.
    is_ready: Cell<bool>,
    guard: RefCell<Option<Task>>,
    /// What was sent and not refused, until the subject is another one.
    sent: RefCell<Option<Sent>>,
    /// Looks for what was sent, where no answer told whether it was done.
    search: RefCell<Option<Task>>,
    /// Which change, and what is known of it.
    outcome: RefCell<Option<(&'static str, Outcome)>>,
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

impl Stage {
    fn slug(&self) -> Option<&'static str> {
        match self {
            Self::Closed => None,
            Self::Number { .. } => Some("number"),
            Self::Busy(_) => Some("busy"),
            Self::Confirm { .. } => Some("confirm"),
            Self::Refused { .. } => Some("refused"),
        }
    }

    fn refused(words: String) -> Self {
        Self::Refused {
            title: "It cannot be done",
            words,
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
        self.guard.take();
        self.sent.take();
        self.search.take();
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
        let outcome = self
            .sent
            .borrow()
            .as_ref()
            .map(|sent| (sent.write.slug(), sent.outcome(cluster)));
        replace_if_changed(&self.outcome, outcome)
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
        let is_confirm = matches!(stage, Stage::Confirm { .. });
        let writing = self.writing();
        writing.stage.replace(stage);
        writing.is_ready.set(false);
        writing
            .guard
            .replace(is_confirm.then(|| Task::spawn(guard(self.clone()))));
        self.touch(Part::Drawer);
    }

    /// Allows changes in this tab, or forbids them again.
    pub(in crate::ui) fn allow_writes(&self, is_allowed: bool) {
        self.close_dialog();
        self.0.source.allow_writes(is_allowed);
        self.touch_all(&[Part::Header, Part::Drawer]);
    }

    fn may_write(&self) -> bool {
        self.0.source.write_access() == WriteAccess::Allowed
    }

    /// Whether the button that confirms is to be seen: nothing lies over it, and the page has the focus.
    fn is_confirm_seen(&self) -> bool {
        let document = dom::document();
        let button = self.find_in(Part::Drawer, "[data-action=confirm]");
        let Some(button) = button.filter(|_| !document.hidden() && document.has_focus().unwrap_or(false)) else {
            return false;
        };
        let area = button.get_bounding_client_rect();
        let (x, y) = (area.x() + area.width() / 2.0, area.y() + area.height() / 2.0);
        let top: Option<Element> = document.element_from_point(x as f32, y as f32);
        top.is_some_and(|top| button.contains(Some(&top)))
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
        let Some(meta) = meta.filter(|_| self.may_write()) else {
            return;
        };
        let uid = meta.uid.to_string();
        match (action, subject) {
            (Action::Delete, Some(Subject::Pod(key))) => {
                let write = Write::DeletePod { key, uid };
                let mut needless = None;
                let object = self.0.drawer.object.borrow().value.clone().unwrap_or(Value::Null);
                let now = self.0.source.now();
                self.0
                    .source
                    .with_cluster(&mut |cluster| needless = write.needless(cluster, &object, now));
                match needless {
                    Some(words) => self.set_stage(Stage::Refused {
                        title: "It is terminating already",
                        words,
                    }),
                    None => self.check(write),
                }
            }
            (Action::Cordon(unschedulable), Some(Subject::Node(node))) => {
                self.check(Write::Cordon {
                    node,
                    uid,
                    unschedulable,
                });
            }
            (Action::Scale, Some(Subject::Pod(pod))) => self.ask_for_number(pod, uid),
            _ => {}
        }
    }

    fn start(&self, task: impl Future<Output = ()> + 'static) {
        self.writing().begin_round();
        self.writing().task.replace(Some(Task::spawn(task)));
    }

    fn ask_for_number(&self, pod: ObjectKey, uid: String) {
        self.set_stage(Stage::Busy("Reading who sets its number of pods…"));
        let (page, client) = (self.clone(), self.0.source.api());
        self.start(async move {
            let stage = match scale_target(&client, &pod, &uid).await {
                Ok(target) => {
                    let (workload, from) = (target.title(), target.current());
                    page.writing().write.replace(Some(Write::Scale {
                        pod,
                        target: Box::new(target),
                        to: from,
                    }));
                    Stage::Number {
                        workload,
                        from,
                        error: String::new(),
                    }
                }
                Err(words) => Stage::refused(words),
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
        if let Some(Write::Scale { pod, target, .. }) = write {
            self.check(Write::Scale {
                pod,
                target,
                to: number,
            });
        }
    }

    /// Asks whether the reader may, and whether it would work.
    fn check(&self, write: Write) {
        self.set_stage(Stage::Busy("Checking the permission, and a dry run…"));
        self.writing().write.replace(Some(write.clone()));
        let (page, client) = (self.clone(), self.0.source.api());
        self.start(async move {
            let stage = match rehearse(&client, &write).await {
                Ok(()) => page.question(&write),
                Err(words) => Stage::refused(words),
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
        let write = self.writing().write.borrow().clone();
        let Some(write) = write.filter(|_| self.writing().is_ready.get() && self.may_write()) else {
            return;
        };
        let Ok(request) = write.request(false) else { return };
        self.set_stage(Stage::Busy("Sent; waiting for the API server…"));
        let round = self.writing().begin_round();
        self.writing().is_sent.set(true);
        let (page, client) = (self.clone(), self.0.source.api());
        let begun = dom::milliseconds();
        // No task that could be given up: what has been sent stays sent.
        spawn_local(async move {
            let answer = client.write(&request).await;
            if page.writing().round.get() != round {
                return;
            }
            page.writing().is_sent.set(false);
            match Sent::answered(write.clone(), answer) {
                Ok(sent) => {
                    page.writing().sent.replace(Some(sent));
                    page.refresh_outcome();
                    page.set_stage(Stage::Closed);
                    let search = Task::spawn(search(page.clone(), client, begun));
                    page.writing().search.replace(Some(search));
                }
                Err(refusal) => page.set_stage(Stage::refused(write.refused(&refusal))),
            }
        });
    }

    fn refresh_outcome(&self) {
        self.0.source.with_cluster(&mut |cluster| {
            self.writing().refresh(cluster);
        });
        self.touch(Part::Drawer);
    }
}

/// Lets the button be pressed that confirms, once it was to be seen for a while.
async fn guard(page: Page) {
    let mut guard = ConfirmGuard::default();
    loop {
        let now = Duration::from_secs_f64(dom::milliseconds() / 1_000.0);
        let is_ready = guard.look(now, page.is_confirm_seen());
        if page.writing().is_ready.replace(is_ready) != is_ready {
            page.touch(Part::Drawer);
        }
        TimeoutFuture::new(GUARD_LOOK_MS).await;
    }
}

/// Reads what was changed for as long as nobody knows whether it was.
async fn search(page: Page, client: ApiClient, begun: f64) {
    loop {
        let path = page.writing().sent.borrow().as_ref().and_then(Sent::ask);
        let Some(path) = path else { return };
        let answer = client.get(&path).await;
        let after = Duration::from_secs_f64((dom::milliseconds() - begun).max(0.0) / 1_000.0);
        if let Some(sent) = &mut *page.writing().sent.borrow_mut() {
            sent.take(&answer, after);
        }
        page.refresh_outcome();
        TimeoutFuture::new(OBJECT_RETRY_INTERVAL.as_millis() as u32).await;
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

impl Drawer {
    /// What can be done to the subject, and what came of it.
    pub(super) fn actions(&self, drawer: &mut Node) {
        let actions = drawer.add("<div class=actions></div>");
        let cordoned = self.known.borrow().cordoned;
        if self.gone.get().is_some() || !self.known.borrow().is_there {
            // Nothing is left to be done, or nobody would see what came of it.
        } else if self.is_pod() {
            action(actions, "Delete…", "delete");
            if owner::may_have_scale(&self.owners.borrow()) {
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
        if let Some((slug, told)) = &*self.writing.outcome.borrow() {
            outcome
                .add("<span></span>")
                .set("data-write", slug)
                .set("data-outcome", told.slug())
                .text(told.words());
        }
        self.writing.stage.borrow().sketch(drawer, self.writing.is_ready.get());
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
    fn sketch(&self, drawer: &mut Node, is_ready: bool) {
        let slug = self.slug();
        let dialog = drawer.add("<dialog id=write-dialog class=dialog aria-labelledby=write-title></dialog>");
        dialog
            .set_bool("aria-busy", matches!(self, Self::Busy(_)))
            .set_some("data-stage", slug);
        let title = match self {
            Self::Closed => return,
            Self::Busy(_) => "One moment",
            Self::Refused { title, .. } => title,
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
            Self::Refused { words, .. } => {
                connection::rich(dialog.add("<p class=refusal role=alert></p>"), words);
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
                dialog.add("<p class=note>You have the permission, and the API server has accepted a dry run.</p>");
                choices(dialog, slug, "Cancel")
                    .add("<button type=button class='button danger' data-action=confirm></button>")
                    .flag("disabled", !is_ready)
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
