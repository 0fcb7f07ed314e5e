//! A pod in the close-up: its name, the columns of kubectl, and in words what is not as it should be.

use std::borrow::Cow;

use crate::{
    cluster::{Slots, deadlines::restarted_lately},
    metrics::Usage,
    resource::{
        Pod, Timestamp,
        duration::age,
        status::{Family, Resize, Variant},
    },
    view::{
        Tone, Word,
        block::{self, Appearance},
        block_style::{BlockStyle, StyleContext, Visibility},
        format::{coarse_duration, spoken_duration},
        trouble::Trouble,
        visible::visible,
    },
};

/// A pod as a chip. It has everything that its block has, and more.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    /// `NAMESPACE/NAME`, as the object has it.
    pub key: String,
    /// Its identity.
    pub uid: String,
    /// STATUS.
    pub status: String,
    /// The accessible name.
    pub label: String,
    /// The sign.
    pub appearance: Appearance,
    /// How it is drawn by the user's choice.
    pub block_style: BlockStyle,
    /// The namespace, with its slash.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// READY, and restarts if there are any: `1/1 ×3`.
    pub facts: String,
    /// AGE: `6h`.
    pub age: String,
    /// What is not as it should be; `None` if nothing is.
    pub why: Option<Word>,
}

impl Chip {
    /// The chip of a pod.
    #[must_use]
    pub fn of(pod: &Pod, block_style: BlockStyle, now: Timestamp) -> Self {
        let key = &pod.meta.key;
        let why = why(pod, now);
        let mut label = block::label(pod);
        if let Some(why) = &why {
            label = format!("{label}. {}", why.text);
        }
        Self {
            key: key.to_string(),
            uid: pod.meta.uid.to_string(),
            status: pod.status.text.to_string(),
            label,
            appearance: Appearance::of(pod),
            block_style,
            namespace: format!("{}/", visible(&key.namespace)),
            name: visible(&key.name).into_owned(),
            facts: facts(pod),
            age: age(pod.created, now),
            why,
        }
    }
}

/// The chips of a box by slot; `None` for an empty slot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chips(Vec<Option<Chip>>);

impl Chips {
    /// The pods of a box as the style context has them.
    #[must_use]
    pub fn of(pods: &Slots, style_context: &StyleContext, usage: &Usage, now: Timestamp) -> Self {
        let chip = |slot: usize| {
            let pod = pods.get(slot)?;
            let block_style = style_context.block_style(pod, pods.is_match(slot), usage);
            (block_style.visibility != Visibility::Hidden).then(|| Chip::of(pod, block_style, now))
        };
        Self((0..pods.slot_count()).map(chip).collect())
    }

    /// How many slots there are.
    #[must_use]
    pub fn slot_count(&self) -> usize {
        self.0.len()
    }

    /// What is in a slot.
    #[must_use]
    pub fn get(&self, slot: usize) -> Option<&Chip> {
        self.0.get(slot)?.as_ref()
    }
}

fn facts(pod: &Pod) -> String {
    let ready = pod.status.ready_column();
    match pod.status.restarts {
        0 => ready,
        restarts => format!("{ready} ×{restarts}"),
    }
}

/// What is not as it should be, and why: red where it fails, yellow where something is waited for, quiet where it ends.
fn why(pod: &Pod, now: Timestamp) -> Option<Word> {
    let status = &pod.status;
    let message = brief(pod.message.as_deref().unwrap_or_default());
    let with_message = |text: &str| {
        if message.is_empty() || *message == *text {
            text.to_owned()
        } else {
            format!("{text}: {message}")
        }
    };
    let (tone, text) = match (status.family, status.variant) {
        (Family::Failing, Variant::Over) => (Tone::Quiet, with_message(&status.text)),
        (Family::Failing, _) => (Tone::Bad, with_message(&status.text)),
        (Family::Blocked, Variant::Unschedulable) => (Tone::Warning, with_message("Unschedulable")),
        (Family::Starting | Family::Blocked, _) => (Tone::Warning, with_message(&status.text)),
        (Family::NotReady, _) => (Tone::Warning, with_message(&not_ready(pod, now))),
        (Family::Gone, Variant::Lost) => (Tone::Warning, with_message("Lost: its node does not answer")),
        (Family::Gone, _) if Trouble::of_pod(pod, now) == Some(Trouble::Stuck) => {
            (Tone::Warning, "Stuck terminating".to_owned())
        }
        (Family::Gone, _) => (Tone::Quiet, terminating(pod, now)),
        (Family::Done, _) => (Tone::Quiet, with_message(&status.text)),
        (Family::Healthy, _) => match (pod.resize, status.last_restart) {
            (Some(resize @ (Resize::Infeasible | Resize::Deferred)), _) => {
                (Tone::Warning, format!("Resize {}", resize.label()))
            }
            (_, Some(last)) if restarted_lately(pod, now) => {
                let before = coarse_duration(last.seconds_until(now));
                (Tone::Warning, format!("Restarted {before} ago"))
            }
            _ => return None,
        },
    };
    Some(Word::new(tone, text))
}

/// A message of the kubelet without what the chip says anyway: the pod's own name, or that containers are not ready.
fn brief(message: &str) -> Cow<'_, str> {
    if let Some(names) = message.strip_prefix("containers with unready status: [") {
        return names.trim_end_matches(']').replace(' ', ", ").into();
    }
    match message.split_once(" pod=") {
        Some((back_off, _)) if back_off.starts_with("back-off ") => back_off.into(),
        _ => message.into(),
    }
}

fn not_ready(pod: &Pod, now: Timestamp) -> String {
    match pod.unready_since {
        Some(since) => format!("Not ready for {}", coarse_duration(since.seconds_until(now))),
        None => "Not ready".to_owned(),
    }
}

fn terminating(pod: &Pod, now: Timestamp) -> String {
    match pod.deleted {
        Some(end) if end > now => {
            format!(
                "Terminating: the grace period ends in {}.",
                spoken_duration(now.seconds_until(end))
            )
        }
        _ => "Terminating".to_owned(),
    }
}
