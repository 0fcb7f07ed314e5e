//! How a block is drawn by the user's choice: dimmed or hidden, tinted, marked.
//!
//! The pod itself decides its [`Appearance`](super::block::Appearance). Elements and the map's canvas use the same style context.

use std::sync::Arc;

use crate::{
    cluster::Cluster,
    limits::RESTART_IS_NEWS_SECONDS,
    metrics::Usage,
    resource::{ObjectKey, Pod, SharedStr, Timestamp, Workload, status::Family},
    view::{
        color::{ColorContext, Tint},
        state::{Color, Subject, ViewState},
    },
};

/// The user's choice, as far as it concerns blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StyleContext {
    /// Blocks that do not match are hidden instead of dimmed.
    pub hides: bool,
    /// What a color shows.
    pub color: Color,
    /// The time, for colors by age.
    pub now: Timestamp,
    /// Restarts after this time are recent. It moves once a minute, because every block is drawn again then.
    pub restarts_since: Timestamp,
    /// The workload whose pods are outlined.
    pub highlight: Option<Highlight>,
}

/// A workload whose pods are outlined, and the pod that it was chosen by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// The chosen pod.
    pub pod: ObjectKey,
    /// The kind and the name of its workload; `None` where nothing controls it.
    pub workload: Option<(SharedStr, SharedStr)>,
}

/// How one block is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockStyle {
    /// How blocks that do not match are shown.
    pub visibility: Visibility,
    /// Instead of the color of the family.
    pub tint: Option<Tint>,
    /// An outline.
    pub mark: Mark,
    /// Whether it has the corner of a healthy pod with a container that was restarted recently.
    pub is_restarted: bool,
}

/// Whether a block matches the query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// It matches, or there is no query.
    #[default]
    Full,
    /// It does not match.
    Dimmed,
    /// It does not match, and its slot stays empty.
    Hidden,
}

/// An outline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// None.
    #[default]
    None,
    /// A pod of the same workload.
    Sibling,
    /// The chosen pod itself.
    Chosen,
}

impl Mark {
    /// The value of `data-mark`.
    #[must_use]
    pub fn slug(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Sibling => Some("sibling"),
            Self::Chosen => Some("chosen"),
        }
    }
}

impl Highlight {
    /// On the workload of a pod.
    #[must_use]
    pub fn of(pod: &Arc<Pod>) -> Self {
        Self {
            pod: pod.meta.key.clone(),
            workload: Workload::of(pod).map(|workload| (workload.kind.into(), workload.name.into())),
        }
    }

    /// How a pod is outlined in it.
    #[must_use]
    pub fn mark(&self, pod: &Pod) -> Mark {
        if pod.meta.key == self.pod {
            return Mark::Chosen;
        }
        let is_sibling = pod.meta.key.namespace == self.pod.namespace
            && self.workload.as_ref().is_some_and(|(kind, name)| {
                Workload::of(pod).is_some_and(|workload| (workload.kind, workload.name) == (kind, name))
            });
        if is_sibling { Mark::Sibling } else { Mark::None }
    }
}

impl Default for StyleContext {
    fn default() -> Self {
        Self {
            hides: false,
            color: Color::Status,
            now: Timestamp(0),
            restarts_since: Timestamp(i64::MAX),
            highlight: None,
        }
    }
}

impl StyleContext {
    /// The style context of the user's choice. `focused`: the pod that has the focus.
    #[must_use]
    pub fn of(choice: &ViewState, focused: Option<&Subject>, cluster: &Cluster, now: Timestamp) -> Self {
        let shows_age = matches!(choice.color, Color::Age);
        let lit = focused.or(choice.selected.as_ref());
        Self {
            hides: choice.hides,
            color: choice.color,
            now: if shows_age { now } else { Timestamp(0) },
            restarts_since: Timestamp(now.0.div_euclid(60) * 60 - RESTART_IS_NEWS_SECONDS),
            highlight: lit.and_then(|subject| match subject {
                Subject::Pod(key) => cluster.pod(key).map(|(_, _, pod)| Highlight::of(pod)),
                Subject::Node(_) => None,
            }),
        }
    }

    /// Whether time or usage make other colors of the same pods.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        matches!(self.color, Color::Cpu | Color::Memory | Color::Age)
    }

    fn is_restarted(&self, pod: &Pod) -> bool {
        let status = &pod.status;
        let is_recent = |last: Timestamp| last > self.restarts_since;
        status.family == Family::Healthy && status.restarts > 0 && status.last_restart.is_some_and(is_recent)
    }

    /// How a pod's block is drawn; `is_match` says whether the user looks for it.
    #[must_use]
    pub fn block_style(&self, pod: &Pod, is_match: bool, usage: &Usage) -> BlockStyle {
        let color_context = ColorContext {
            color: self.color,
            usage,
            now: self.now,
        };
        BlockStyle {
            visibility: match (is_match, self.hides) {
                (true, _) => Visibility::Full,
                (false, false) => Visibility::Dimmed,
                (false, true) => Visibility::Hidden,
            },
            tint: Tint::of(pod, &color_context),
            mark: self
                .highlight
                .as_ref()
                .map_or(Mark::None, |highlight| highlight.mark(pod)),
            is_restarted: self.is_restarted(pod),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Resource as _, ResourceInterner};

    fn pod(namespace: &str, name: &str, replica_set: &str) -> Arc<Pod> {
        let json = format!(
            r#"{{"metadata":{{"namespace":"{namespace}","name":"{name}","labels":{{"pod-template-hash":"5d4"}},
            "ownerReferences":[{{"kind":"ReplicaSet","name":"{replica_set}","controller":true}}]}}}}"#
        );
        Arc::new(Pod::decode(json.as_bytes(), &mut ResourceInterner::default()).expect("a pod"))
    }

    #[test]
    fn the_pods_of_a_highlighted_workload_are_outlined() {
        let style_context = StyleContext {
            highlight: Some(Highlight::of(&pod("shop", "web-5d4-a", "web-5d4"))),
            ..StyleContext::default()
        };
        let mark = |pod: &Pod| style_context.block_style(pod, true, &Usage::default()).mark;
        assert_eq!(mark(&pod("shop", "web-5d4-a", "web-5d4")), Mark::Chosen);
        assert_eq!(mark(&pod("shop", "web-5d4-b", "web-5d4")), Mark::Sibling);
        assert_eq!(mark(&pod("shop", "api-5d4-b", "api-5d4")), Mark::None);
        assert_eq!(mark(&pod("test", "web-5d4-b", "web-5d4")), Mark::None);
    }

    #[test]
    fn a_healthy_pod_has_a_corner_for_ten_minutes_after_a_restart() {
        let pod = |restarts: u32, is_ready: bool| {
            let json = format!(
                r#"{{"metadata":{{"name":"p","namespace":"d"}},"spec":{{"nodeName":"n","containers":[{{"name":"c"}}]}},
                "status":{{"phase":"Running","conditions":[{{"type":"Ready","status":"{}"}}],"containerStatuses":[{{"name":"c",
                "ready":{is_ready},"restartCount":{restarts},"state":{{"running":{{}}}},
                "lastState":{{"terminated":{{"exitCode":1,"finishedAt":"2026-11-23T08:43:00Z"}}}}}}]}}}}"#,
                if is_ready { "True" } else { "False" }
            );
            Pod::decode(json.as_bytes(), &mut ResourceInterner::default()).expect("a pod")
        };
        // 2026-11-23T08:43:00Z
        let restarted = 1_795_423_380;
        let has_corner = |pod: &Pod, now: i64| {
            let cluster = Cluster::rebuild([], []);
            let style_context = StyleContext::of(&ViewState::default(), None, &cluster, Timestamp(now));
            style_context.block_style(pod, true, &Usage::default()).is_restarted
        };
        for (after, expected) in [(0, true), (599, true), (660, false)] {
            assert_eq!(
                has_corner(&pod(1, true), restarted + after),
                expected,
                "after {after} s"
            );
        }
        assert!(!has_corner(&pod(0, true), restarted), "without a restart");
        assert!(
            !has_corner(&pod(1, false), restarted),
            "not ready: that has a sign of its own"
        );
    }

    #[test]
    fn what_does_not_match_is_dimmed_or_hidden() {
        let web = pod("shop", "web-5d4-a", "web-5d4");
        for (hides, is_match, expected) in [
            (false, true, Visibility::Full),
            (true, true, Visibility::Full),
            (false, false, Visibility::Dimmed),
            (true, false, Visibility::Hidden),
        ] {
            let style_context = StyleContext {
                hides,
                ..StyleContext::default()
            };
            assert_eq!(
                style_context.block_style(&web, is_match, &Usage::default()).visibility,
                expected
            );
        }
    }
}
