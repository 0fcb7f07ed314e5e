//! Names of what is in the world: believable, and otherwise without meaning.

/// Zones, in the order in which nodes are spread over them.
pub(super) const ZONES: [&str; 3] = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];
pub(super) const REGION: &str = "eu-west-1";

/// A pool of like nodes.
pub(super) struct Pool {
    pub(super) name: &'static str,
    pub(super) instance_type: &'static str,
    pub(super) cores: u32,
    pub(super) memory_gib: u32,
    /// Out of a hundred nodes.
    pub(super) percent: usize,
    pub(super) role: &'static str,
}

/// The first takes what the others leave.
pub(super) const POOLS: [Pool; 4] = [
    Pool {
        name: "general",
        instance_type: "m7i.4xlarge",
        cores: 16,
        memory_gib: 64,
        percent: 60,
        role: "worker",
    },
    Pool {
        name: "compute",
        instance_type: "c7i.4xlarge",
        cores: 16,
        memory_gib: 32,
        percent: 20,
        role: "worker",
    },
    Pool {
        name: "memory",
        instance_type: "r7i.2xlarge",
        cores: 8,
        memory_gib: 64,
        percent: 12,
        role: "worker",
    },
    Pool {
        name: "spot",
        instance_type: "m6a.2xlarge",
        cores: 8,
        memory_gib: 32,
        percent: 8,
        role: "spot",
    },
];

/// A deployment: namespace, name, share of the pods, containers besides the first.
pub(super) struct App {
    pub(super) namespace: &'static str,
    pub(super) name: &'static str,
    pub(super) share: usize,
    pub(super) sidecar: bool,
    pub(super) cpu: &'static str,
    pub(super) memory: &'static str,
}

const fn app(namespace: &'static str, name: &'static str, share: usize) -> App {
    App {
        namespace,
        name,
        share,
        sidecar: false,
        cpu: "100m",
        memory: "192Mi",
    }
}

const fn meshed(namespace: &'static str, name: &'static str, share: usize) -> App {
    App {
        sidecar: true,
        cpu: "200m",
        memory: "256Mi",
        ..app(namespace, name, share)
    }
}

pub(super) const APPS: [App; 24] = [
    meshed("shop", "frontend", 10),
    meshed("shop", "cart", 6),
    meshed("shop", "checkout", 5),
    app("shop", "catalog", 7),
    app("shop", "recommendations", 4),
    app("shop", "inventory", 3),
    meshed("payments", "payment-gateway", 4),
    meshed("payments", "fraud-detection", 3),
    app("payments", "ledger", 3),
    app("payments", "invoices", 2),
    app("search", "query-api", 5),
    app("search", "indexer", 4),
    app("search", "suggest", 3),
    app("media", "image-resizer", 4),
    app("media", "thumbnails", 3),
    app("accounts", "login", 4),
    app("accounts", "profiles", 3),
    app("accounts", "notifications", 3),
    app("data", "clickstream", 4),
    app("data", "etl-worker", 4),
    app("monitoring", "grafana", 1),
    app("monitoring", "alertmanager", 1),
    app("ingress", "ingress-nginx-controller", 2),
    app("kube-system", "coredns", 1),
];

/// Stateful sets: namespace, name, image, replicas.
pub(super) const STATEFUL: [(&str, &str, &str, usize); 4] = [
    ("payments", "postgres", "docker.io/library/postgres:17.2", 3),
    (
        "search",
        "opensearch",
        "docker.io/opensearchproject/opensearch:2.18.0",
        3,
    ),
    ("data", "kafka", "docker.io/apache/kafka:4.0.0", 3),
    ("monitoring", "prometheus", "quay.io/prometheus/prometheus:v3.1.0", 2),
];

/// Daemon sets: namespace, name, image.
pub(super) const DAEMONS: [(&str, &str, &str); 3] = [
    ("kube-system", "kube-proxy", "registry.k8s.io/kube-proxy:v1.36.2"),
    ("kube-system", "cilium", "quay.io/cilium/cilium:v1.19.1"),
    ("monitoring", "node-exporter", "quay.io/prometheus/node-exporter:v1.9.0"),
];

/// Jobs that are started now and then: namespace, name.
pub(super) const JOBS: [(&str, &str); 5] = [
    ("data", "nightly-report"),
    ("payments", "reconcile"),
    ("search", "reindex"),
    ("shop", "price-import"),
    ("media", "cleanup"),
];

/// Namespaces besides those that every cluster has.
pub(super) const NAMESPACES: [&str; 8] = [
    "accounts",
    "data",
    "ingress",
    "media",
    "monitoring",
    "payments",
    "search",
    "shop",
];
