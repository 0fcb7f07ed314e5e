//! The containers of a pod as the API gives them: spec and status of each, side by side.
//!
//! Reads the whole object of a pod, which only the details have; blocks and cards make do with the projection.

use serde_json::Value;

/// How a container takes part in its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Runs to its end before the others start.
    Init,
    /// An init container that goes on beside the others: `restartPolicy: Always`.
    Sidecar,
    /// One of `spec.containers`.
    Main,
    /// Put into the running pod by `kubectl debug`.
    Ephemeral,
}

impl Role {
    /// What it is called on the page; empty for the usual one.
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

    /// How its run before this one ended; null without one.
    #[must_use]
    pub fn last_terminated(&self) -> &'p Value {
        &self.status["lastState"]["terminated"]
    }

    /// How often it was started again.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.status["restartCount"].as_u64().unwrap_or(0)
    }

    /// Whether it is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status["ready"] == true
    }

    /// `resources.KIND.RESOURCE`, such as `limits.memory`.
    #[must_use]
    pub fn resource(&self, kind: &str, resource: &str) -> Option<&'p str> {
        self.spec["resources"][kind][resource].as_str()
    }
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
            });
        }
    }
    found
}

/// The elements of an array; none of anything else.
#[must_use]
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
