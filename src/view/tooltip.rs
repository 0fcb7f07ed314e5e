//! What hover or focus shows of a pod or a node: the columns of `kubectl get -o wide`, and why.

use crate::{
    cluster::{Cluster, GroupKey, PodGroup},
    resource::{Amounts, Node, Pod, Timestamp, duration::age},
    view::{
        Tone,
        bar::Bar,
        block::Appearance,
        card::{self, Card},
        format::known,
        navigate::Rect,
        state::Subject,
        visible::{visible, visible_lines},
    },
};

/// Distance of the tooltip from what it is about and from the edges of the window, in CSS pixels.
const DISTANCE: f64 = 8.0;

/// Where a tooltip of this size stands in a window, so that it does not lie over what it is about: below it, or above where
/// there is no room below.
#[must_use]
pub fn place(anchor: Rect, (width, height): (f64, f64), (window_width, window_height): (f64, f64)) -> (f64, f64) {
    let left = (anchor.left + anchor.width / 2.0 - width / 2.0)
        .min(window_width - width - DISTANCE)
        .max(DISTANCE);
    let below = anchor.top + anchor.height + DISTANCE;
    let top = if below + height + DISTANCE <= window_height {
        below
    } else {
        (anchor.top - DISTANCE - height).max(DISTANCE)
    };
    (left.round(), top.round())
}

/// A card of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tooltip {
    /// What it is about: `shop/`, or nothing for a node.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The block that stands beside a pod's name.
    pub appearance: Option<Appearance>,
    /// Facts in the order of kubectl's columns.
    pub facts: Vec<TooltipFact>,
    /// The sentence that explains the state; empty when there is none.
    pub message: String,
}

impl Tooltip {
    /// What it says in one sentence, for a screen reader.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut sentence = format!("{}{}", self.namespace, self.name);
        for fact in &self.facts {
            sentence.push_str(&format!(", {} {}", fact.column, fact.value));
        }
        sentence
    }
}

/// A column and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooltipFact {
    /// The column's name, as kubectl has it.
    pub column: &'static str,
    /// The value, as kubectl prints it.
    pub value: String,
}

/// The tooltip of a subject; `None` when it is gone.
#[must_use]
pub fn tooltip(cluster: &Cluster, subject: &Subject, now: Timestamp) -> Option<Tooltip> {
    let tooltip = match subject {
        Subject::Pod(key) => {
            let (_, _, pod) = cluster.pod(key)?;
            of_pod(pod, cluster.usage().pod(pod), now)
        }
        Subject::Node(name) => {
            let entry = cluster.pod_group(&GroupKey::Node(name.clone()))?;
            of_node(cluster, entry, now)
        }
    };
    let shown = |text: String| visible(&text).into_owned();
    Some(Tooltip {
        namespace: shown(tooltip.namespace),
        name: shown(tooltip.name),
        message: visible_lines(&tooltip.message).into_owned(),
        facts: tooltip
            .facts
            .into_iter()
            .map(|fact| TooltipFact {
                value: shown(fact.value),
                ..fact
            })
            .collect(),
        appearance: tooltip.appearance,
    })
}

fn of_pod(pod: &Pod, used: Option<Amounts>, now: Timestamp) -> Tooltip {
    let status = &pod.status;
    let node = pod.node.as_deref().unwrap_or("<none>").to_owned();
    let mut facts = vec![
        TooltipFact {
            column: "STATUS",
            value: status.text.to_string(),
        },
        TooltipFact {
            column: "READY",
            value: format!("{}/{}", status.ready, status.containers),
        },
        TooltipFact {
            column: "RESTARTS",
            value: restarts(pod, now),
        },
        TooltipFact {
            column: "AGE",
            value: age(pod.created, now),
        },
        TooltipFact {
            column: "NODE",
            value: node,
        },
    ];
    if let Some(owner) = pod.owner() {
        facts.push(TooltipFact {
            column: "OWNER",
            value: format!("{}/{}", owner.kind, owner.name),
        });
    }
    // A pod has nothing to take from, so that its bars are sentences alone.
    let bars = Bar::both(Some(pod.template.requests), used, Amounts::default());
    let told = bars
        .into_iter()
        .filter(|bar| bar.requested.is_some_and(|requested| requested > 0) || bar.used.is_some());
    facts.extend(told.map(|bar| TooltipFact {
        column: bar.resource.column(),
        value: bar.sentence(),
    }));
    Tooltip {
        namespace: format!("{}/", pod.meta.key.namespace),
        name: pod.meta.key.name.to_string(),
        appearance: Some(Appearance::of(pod)),
        facts,
        message: pod.message.as_deref().unwrap_or_default().to_owned(),
    }
}

/// The RESTARTS column: `3 (5m ago)`.
fn restarts(pod: &Pod, now: Timestamp) -> String {
    match pod.status.last_restart {
        Some(last) if pod.status.restarts > 0 => format!("{} ({} ago)", pod.status.restarts, age(Some(last), now)),
        _ => pod.status.restarts.to_string(),
    }
}

fn of_node(cluster: &Cluster, entry: &PodGroup, now: Timestamp) -> Tooltip {
    let card = Card::of(cluster, entry, now);
    let mut facts = vec![TooltipFact {
        column: "STATUS",
        value: card.status.clone(),
    }];
    if let Some(node) = entry.node() {
        facts.extend(node_facts(node, now));
    }
    let pods = known(card.pods);
    let pods = match card.allocatable {
        Some(allocatable) => format!("{pods} of {allocatable}"),
        None => pods,
    };
    facts.push(TooltipFact {
        column: "PODS",
        value: pods,
    });
    facts.extend(card.bars.iter().map(|bar| TooltipFact {
        column: bar.resource.column(),
        value: bar.sentence(),
    }));
    if let Some(node) = entry.node().filter(|node| !node.taints.is_empty()) {
        let taints: Vec<String> = node.taints.iter().map(ToString::to_string).collect();
        facts.push(TooltipFact {
            column: "TAINTS",
            value: taints.join(", "),
        });
    }
    let words = card.words.into_iter().filter(|word| word.tone != Tone::Quiet);
    let words: Vec<String> = words.map(|word| word.text).collect();
    let message = [words.join(", "), card::families(entry)]
        .into_iter()
        .filter(|part| !part.is_empty());
    let message = message.collect::<Vec<_>>().join(" · ");
    Tooltip {
        namespace: String::new(),
        name: card.name,
        appearance: None,
        facts,
        message,
    }
}

fn node_facts(node: &Node, now: Timestamp) -> Vec<TooltipFact> {
    let roles: Vec<&str> = node.roles.iter().map(|role| role.as_str()).collect();
    let roles = if roles.is_empty() {
        "<none>".to_owned()
    } else {
        roles.join(",")
    };
    let optional = [
        ("VERSION", &node.version),
        ("TYPE", &node.instance_type),
        ("ZONE", &node.zone),
    ];
    let mut facts = vec![
        TooltipFact {
            column: "ROLES",
            value: roles,
        },
        TooltipFact {
            column: "AGE",
            value: age(node.created, now),
        },
    ];
    facts.extend(optional.into_iter().filter_map(|(column, value)| {
        Some(TooltipFact {
            column,
            value: value.as_ref()?.to_string(),
        })
    }));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_below_or_above_and_within_the_window() {
        let at = |left, top| Rect {
            left,
            top,
            width: 13.0,
            height: 13.0,
        };
        let place = |anchor| place(anchor, (200.0, 100.0), (1_000.0, 600.0));
        assert_eq!(place(at(500.0, 100.0)), (407.0, 121.0));
        assert_eq!(place(at(0.0, 100.0)), (8.0, 121.0));
        assert_eq!(place(at(990.0, 100.0)), (792.0, 121.0));
        assert_eq!(place(at(500.0, 550.0)), (407.0, 442.0));
    }
}
