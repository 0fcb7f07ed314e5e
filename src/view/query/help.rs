//! The language, as data: for the help on the page, the README, and the tests that hold both to it.

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
    example("/^web-[0-9]/", "a regular expression in one of the same"),
    example(
        "ns:shop,payments",
        "one of these namespaces, in full; namespace=shop is the same",
    ),
    example("node:worker-*", "a node by its name; * stands for anything"),
    example("status:CrashLoopBackOff", "STATUS, as kubectl prints it"),
    example(
        "is:problem",
        "where n leads: failing, blocked, lost, stuck or slow; nodes in trouble",
    ),
    example(
        "is:pending",
        "or ready, unscheduled, unschedulable, slow, restarted, evicted, terminating, stuck, lost",
    ),
    example(
        "is:resizing",
        "resources change in place, or wait to; also is:failed and is:finished: ended for good",
    ),
    example(
        "is:failing",
        "a colour: healthy, not-ready, starting, blocked, failing, done, gone",
    ),
    example(
        "is:cordoned",
        "on a node that takes no pods; or is:node-not-ready, node-silent, node-missing",
    ),
    example(
        "pressure:memory",
        "on a node short of memory; or disk, PID; is:pressure for any",
    ),
    example(
        "condition:KernelDeadlock",
        "on a node with a condition that tells of trouble, a drain or maintenance",
    ),
    example("owner:web", "the pods of a workload or of its ReplicaSet or Job"),
    example("owner:deploy/web", "the same, with a kind as kubectl names it"),
    example(
        "image:nginx",
        "an image, by whole parts of its name, such as nginx:1.27",
    ),
    example(
        "app=web",
        "a label, as in kubectl; label:owner=me where owner is a key, too",
    ),
    example("app!=web", "another value, or no such label"),
    example("app in (web, api)", "one of these values; notin for none of them"),
    example("has:app", "a label of any value; !has:app where kubectl has !app"),
    example("restarts>3", "numbers: restarts, ready; with <, <=, =, !=, >=, >"),
    example("ready<100%", "containers that are ready; ready<1, ready=1/2"),
    example("age<10m", "created in the last ten minutes; units s, m, h, d, w, y"),
    example("restarted<10m", "restarted in the last ten minutes"),
    example("cpu>500m", "requested CPU; cpu>25% of what its node has"),
    example("memory>1Gi", "requested memory"),
    example("qos:BestEffort", "the QoS class"),
    example("zone:eu-1a", "by the node: zone, role, type, taint, version"),
    example("ip:10.0.*", "the address of the pod; fd00::1 needs no quotes"),
    example(
        "!status:Completed",
        "what does not match; -status:Completed is the same",
    ),
    example("web api", "both"),
    example("web | api", "one of them"),
    example("ns:shop (web | api)", "parentheses, as usual"),
];
