//! A pod as a block: its family, its glyph and how much of it is filled.

use crate::{
    cluster::PodGroup,
    resource::{
        Pod,
        status::{Family, Variant},
    },
    view::{Tone, format::counted, visible::visible},
};

/// Every family, the most urgent first: the order of counters and of the legend.
pub const FAMILIES_BY_URGENCY: [Family; 7] = [
    Family::Failing,
    Family::Blocked,
    Family::NotReady,
    Family::Gone,
    Family::Starting,
    Family::Done,
    Family::Healthy,
];

/// The look of a block. Blocks that look alike are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appearance {
    /// Decides hue, lightness and shape.
    pub family: Family,
    /// Refines the shape within the family.
    pub glyph: Glyph,
    /// How much of the block is filled, 0 to 100: containers ready, or init containers done.
    pub filled_percent: u8,
}

/// A refinement of a family's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// The family's own.
    Plain,
    /// Failed, such as `Evicted`: the pod is not restarted.
    Over,
    /// Lost with its node: a question mark.
    Lost,
    /// A container was restarted recently: a corner. It depends on the time, so that
    /// [`BlockStyle`](super::block_style) says it of a block, and this of what stands for such blocks.
    Restarted,
}

impl Glyph {
    /// The value of `data-glyph`; `None` for the family's own.
    #[must_use]
    pub fn slug(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Over => Some("over"),
            Self::Lost => Some("lost"),
            Self::Restarted => Some("restarted"),
        }
    }
}

impl Appearance {
    /// How a pod looks.
    #[must_use]
    pub fn of(pod: &Pod) -> Self {
        let status = &pod.status;
        let text = status.text.as_str();
        let glyph = match status.variant {
            Variant::Lost => Glyph::Lost,
            Variant::Over => Glyph::Over,
            Variant::Plain | Variant::Unschedulable => Glyph::Plain,
        };
        let filled_percent = match status.family {
            Family::NotReady => percent(status.ready, status.containers).unwrap_or(0),
            Family::Starting => init_progress(text)
                .and_then(|(done, all)| percent(done, all))
                .unwrap_or(0),
            _ => 100,
        };
        Self {
            family: status.family,
            glyph,
            filled_percent,
        }
    }
}

/// `i` and `N` of the STATUS `Init:i/N`.
fn init_progress(status: &str) -> Option<(u16, u16)> {
    let (done, all) = status.strip_prefix("Init:")?.split_once('/')?;
    Some((done.parse().ok()?, all.parse().ok()?))
}

fn percent(part: u16, whole: u16) -> Option<u8> {
    let percent = (u32::from(part) * 100).checked_div(u32::from(whole))?;
    u8::try_from(percent.min(100)).ok()
}

/// A block's accessible name: `shop/web-1, CrashLoopBackOff, 0 of 1 ready, 3 restarts`.
#[must_use]
pub fn label(pod: &Pod) -> String {
    let status = &pod.status;
    let mut label = format!(
        "{}, {}, {} of {} ready",
        pod.meta.key,
        status.text.as_str(),
        status.ready,
        status.containers
    );
    if status.restarts > 0 {
        label.push_str(", ");
        label.push_str(&counted(u64::from(status.restarts), "restart", "restarts"));
    }
    visible(&label).into_owned()
}

/// The tone of a family of pods.
#[must_use]
pub fn tone_of(family: Family) -> Tone {
    match family {
        Family::Healthy => Tone::Good,
        Family::Done | Family::Gone => Tone::Quiet,
        Family::Starting | Family::NotReady | Family::Blocked => Tone::Warning,
        Family::Failing => Tone::Bad,
    }
}

/// The pods of a box by family, the most urgent first, none of the numbers zero: `failing`, and apart from them those that
/// `failed` for good.
#[must_use]
pub fn counted_families(entry: &PodGroup) -> Vec<(u32, String, Tone)> {
    let mut counted = Vec::new();
    for family in FAMILIES_BY_URGENCY {
        let over = if family == Family::Failing { entry.over() } else { 0 };
        let words = family.label().to_ascii_lowercase();
        counted.push((entry.families().get(family) - over, words, tone_of(family)));
        counted.push((over, "failed".to_owned(), Tone::Quiet));
    }
    counted.retain(|(number, ..)| *number > 0);
    counted
}

/// What the family means, a sentence.
#[must_use]
pub fn meaning(family: Family) -> &'static str {
    match family {
        Family::Healthy => "Running, every container ready.",
        Family::NotReady => "Running, but not ready. The filled part is the share of ready containers.",
        Family::Starting => "Bound to a node and starting.",
        Family::Blocked => "Cannot be scheduled: no node fits, or a scheduling gate is set.",
        Family::Failing => "Failing repeatedly, or failed.",
        Family::Done => "Completed.",
        Family::Gone => "Terminating (×), or lost with its node (?).",
    }
}
