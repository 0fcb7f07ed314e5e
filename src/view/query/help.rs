//! The language, as data: for the help on the page and for `docs/query.md`, which a test compares with it.

/// An example of a query and what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// A query.
    pub query: &'static str,
    /// What it finds.
    pub meaning: &'static str,
}

/// The language by examples, the most useful first. Each is a query.
#[must_use]
pub const fn help() -> &'static [Example] {
    EXAMPLES
}

const fn example(query: &'static str, meaning: &'static str) -> Example {
    Example { query, meaning }
}

const EXAMPLES: &[Example] = &[
    example("web", "text in the namespace, name, node, image, IP or STATUS"),
    example("shop/web", "the end of a namespace and the beginning of a name"),
    example("\"web 1\"", "text with spaces or signs, in quotes"),
    example("/^web-[0-9]/", "a regular expression in one of these"),
    example(
        "ns:shop,payments",
        "pods in these namespaces; namespace=shop is the same",
    ),
    example("node:worker-*", "pods on these nodes; * matches any text"),
    example("status:CrashLoopBackOff", "STATUS, as kubectl prints it"),
    example(
        "is:problem",
        "what n goes to: failing, blocked, lost, stuck or slow pods, nodes with problems",
    ),
    example(
        "is:pending",
        "also: ready, unscheduled, unschedulable, slow, restarted, evicted, terminating, stuck, lost",
    ),
    example(
        "is:resizing",
        "resources are resized in place, or wait for it; also: failed, finished",
    ),
    example(
        "is:failing",
        "a family; also: healthy, not-ready, starting, blocked, done, gone",
    ),
    example(
        "is:cordoned",
        "on a cordoned node; also: node-not-ready, node-unreachable, node-missing",
    ),
    example(
        "pressure:memory",
        "on a node under memory pressure; also: disk, PID; is:pressure for any",
    ),
    example(
        "condition:KernelDeadlock",
        "on a node with this condition: a problem, a drain or maintenance, or unknown",
    ),
    example("owner:web", "pods of a workload, or of its ReplicaSet or Job"),
    example("owner:deploy/web", "the same, with a kind as in kubectl"),
    example("image:nginx", "an image, by whole parts of its name; also: nginx:1.27"),
    example(
        "app=web",
        "a label, as in kubectl; label:owner=me if its name is also a key",
    ),
    example("app!=web", "another value of the label, or no such label"),
    example("app in (web, api)", "one of these values; also: notin"),
    example("has:app", "the label with any value; !has:app for pods without it"),
    example("restarts>3", "more than 3 restarts; also: <, <=, =, !=, >="),
    example("ready<100%", "ready containers; also: ready<1, ready=1/2"),
    example("age<10m", "created in the last ten minutes; units s, m, h, d, w, y"),
    example("restarted<10m", "restarted in the last ten minutes"),
    example("cpu>500m", "requested CPU; cpu>25% is of what its node has"),
    example("memory>1Gi", "requested memory"),
    example("qos:BestEffort", "the QoS class"),
    example("zone:eu-1a", "by the node; also: role, type, taint, version"),
    example("ip:10.0.*", "the IP of the pod; IPv6 needs no quotes"),
    example(
        "!status:Completed",
        "pods that do not match; -status:Completed is the same",
    ),
    example("web api", "both"),
    example("web | api", "one of them"),
    example("ns:shop (web | api)", "groups, in parentheses"),
];
