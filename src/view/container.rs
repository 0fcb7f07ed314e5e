//! The containers of a pod as the API gives them: spec and status of each, side by side.
//!
//! Reads the whole object of a pod, which only the details have; blocks and cards use the projection.

use serde_json::Value;

use crate::resource::Quantity;

/// How a container takes part in its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An init container: ends before the others start.
    Init,
    /// A sidecar: an init container with `restartPolicy: Always`.
    Sidecar,
    /// One of `spec.containers`.
    Main,
    /// Added to the running pod by `kubectl debug`.
    Ephemeral,
}

impl Role {
    /// Its label on the page; empty for main containers.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Sidecar => "sidecar",
            Self::Main => "",
            Self::Ephemeral => "debug",
        }
    }
}

/// One container.
#[derive(Clone, Copy, Debug)]
pub struct Container<'p> {
    /// Its name.
    pub name: &'p str,
    /// How it takes part.
    pub role: Role,
    /// Its entry in the spec.
    pub spec: &'p Value,
    /// Its entry in the status; null before its kubelet has written one.
    pub status: &'p Value,
    /// The pod that it is in.
    pub pod: &'p Value,
}

/// The limit that a container reaches first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryLimit<'p> {
    /// Its own.
    Container(&'p str),
    /// That of all containers of the pod together.
    Pod(&'p str),
}

impl<'p> Container<'p> {
    /// `state.waiting`; null unless it waits.
    #[must_use]
    pub fn waiting(&self) -> &'p Value {
        &self.status["state"]["waiting"]
    }

    /// `state.running`; null unless it runs.
    #[must_use]
    pub fn running(&self) -> &'p Value {
        &self.status["state"]["running"]
    }

    /// `state.terminated`; null unless it has ended.
    #[must_use]
    pub fn terminated(&self) -> &'p Value {
        &self.status["state"]["terminated"]
    }

    /// How the previous container ended; null without one.
    #[must_use]
    pub fn last_terminated(&self) -> &'p Value {
        &self.status["lastState"]["terminated"]
    }

    /// Number of restarts.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.status["restartCount"].as_u64().unwrap_or(0)
    }

    /// Whether it is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status["ready"] == true
    }

    /// The restart policy that applies: its own, else the pod's.
    #[must_use]
    pub fn restart_policy(&self) -> &'p str {
        let own = self.spec["restartPolicy"].as_str();
        own.or(self.pod["spec"]["restartPolicy"].as_str()).unwrap_or("Always")
    }

    /// The memory that it may use, as it is enforced now: while it is resized, that is not what the spec asks for. `None`
    /// where nothing limits it but its node.
    #[must_use]
    pub fn memory_limit(&self) -> Option<MemoryLimit<'p>> {
        let own = enforced(self.spec, self.status);
        let pod = enforced(&self.pod["spec"], &self.pod["status"]);
        match (own, pod) {
            (Some(own), Some(pod)) if Quantity::parse(own) > Quantity::parse(pod) => Some(MemoryLimit::Pod(pod)),
            (Some(own), _) => Some(MemoryLimit::Container(own)),
            (None, Some(pod)) => Some(MemoryLimit::Pod(pod)),
            (None, None) => None,
        }
    }
}

/// `limits.memory` by the status, where that says which resources there are; else by the spec.
fn enforced<'p>(spec: &'p Value, status: &'p Value) -> Option<&'p str> {
    let actual = &status["resources"];
    let resources = if actual.is_object() { actual } else { &spec["resources"] };
    resources["limits"]["memory"].as_str()
}

/// Every container of a pod: init containers and sidecars first, as they start, then the others.
#[must_use]
pub fn containers(pod: &Value) -> Vec<Container<'_>> {
    let lists = [
        ("initContainers", "initContainerStatuses", Role::Init),
        ("containers", "containerStatuses", Role::Main),
        ("ephemeralContainers", "ephemeralContainerStatuses", Role::Ephemeral),
    ];
    let mut found = Vec::new();
    for (specs, statuses, role) in lists {
        for spec in items(&pod["spec"][specs]) {
            let name = spec["name"].as_str().unwrap_or_default();
            let status = items(&pod["status"][statuses]).iter().find(|it| it["name"] == name);
            let is_sidecar = role == Role::Init && spec["restartPolicy"] == "Always";
            found.push(Container {
                name,
                role: if is_sidecar { Role::Sidecar } else { role },
                spec,
                status: status.unwrap_or(&Value::Null),
                pod,
            });
        }
    }
    found
}

/// A container that has run before and so has a log of that: one of `spec.containers` first.
#[must_use]
pub fn with_previous_log(pod: &Value) -> Option<&str> {
    let all = containers(pod);
    let has_run = |it: &&Container<'_>| it.restarts() > 0 || it.last_terminated().is_object();
    let of = |is_main: bool| all.iter().filter(move |it| (it.role == Role::Main) == is_main);
    of(true).chain(of(false)).find(has_run).map(|it| it.name)
}

/// The elements of an array; none of anything else.
#[must_use]
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
