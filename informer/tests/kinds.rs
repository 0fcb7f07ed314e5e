//! Any kind without a projection: typed, dynamic, metadata and table rows, on bytes of a real API server.

use std::{fmt::Debug, fs, time::Duration};

use k8bit_informer::{
    Informer, InformerConfig, Output, Resource,
    api_path::ApiResource,
    failure::{Cause, End, ResponseHead, Verb},
    kinds::{DynamicObject, PartialObjectMetadata, TableRow, Typed},
    request::{Collection, Request},
    store::{Change, Scope, Store},
    transport::TransportState,
};
use k8s_openapi::{
    ListableResource,
    api::{
        apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet},
        batch::v1::Job,
        core::v1::Pod,
    },
};
use serde_json::{Value, json};

/// An informer with its store, answered by the test.
struct Followed<K: Resource> {
    informer: Informer<K>,
    store: Store<K>,
    interner: K::Interner,
    changes: Vec<Change<K>>,
    now: Duration,
    asked: Option<Request>,
    /// Bytes of a body that are handed on at once.
    piece: usize,
}

impl<K: Resource> Followed<K> {
    fn new(collection: Collection) -> Self {
        let mut informer = Informer::new(collection, InformerConfig::default(), 7);
        informer.set_transport(TransportState::PROMPT);
        informer.resume(Duration::ZERO);
        let mut followed = Self {
            informer,
            store: Store::default(),
            interner: K::Interner::default(),
            changes: Vec::new(),
            now: Duration::ZERO,
            asked: None,
            piece: 1_000,
        };
        followed.drain();
        followed
    }

    /// One whose first list was answered so.
    fn listed(collection: Collection, body: &str) -> Self {
        let mut followed = Self::new(collection);
        followed.answer(Verb::List, body, Some(End::Clean));
        followed
    }

    fn drain(&mut self) {
        while let Some(output) = self.informer.poll_output() {
            match output {
                Output::Send(request) => self.asked = Some(request),
                Output::Abort(_) => {}
                Output::Event(event) => self.store.handle(&Scope::Cluster, event, &mut self.changes),
                Output::Count(count) => assert_eq!(self.store.len() as u64, count),
            }
        }
    }

    fn asked(&self, verb: Verb) -> &Request {
        let request = self.asked.as_ref().expect("a request");
        assert_eq!(request.verb, verb);
        request
    }

    /// Answers the open request; without an end, what comes later is told by [`Followed::tell`].
    fn answer(&mut self, verb: Verb, body: &str, end: Option<End>) {
        self.now += Duration::from_millis(10);
        let attempt = self.asked(verb).attempt;
        let head = ResponseHead {
            code: 200,
            ..ResponseHead::default()
        };
        self.informer.handle_response(self.now, attempt, head);
        for piece in body.as_bytes().chunks(self.piece) {
            self.informer.handle_body(self.now, attempt, piece, &mut self.interner);
            self.drain();
        }
        if let Some(end) = end {
            self.informer.handle_end(self.now, attempt, end, &mut self.interner);
            self.drain();
        }
    }

    fn names(&self) -> Vec<String> {
        let objects = self.store.sorted();
        objects.iter().map(|object| object.meta().key.to_string()).collect()
    }

    fn problem(&self) -> (Cause, &str) {
        let failure = self.informer.failure().expect("a failure");
        (failure.cause, &failure.detail)
    }
}

fn fixture(name: &str) -> String {
    let path = format!("{}/tests/fixtures/kinds/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The collection of a plural as kubectl's file names have it.
fn collection(plural: &str) -> Collection {
    let group = match plural {
        "deployments" | "daemonsets" | "replicasets" | "statefulsets" => "apps/v1",
        "jobs" | "cronjobs" => "batch/v1",
        "rockets" => "space.example.com/v1",
        _ => "v1",
    };
    Collection::new(ApiResource::parse(group, plural).expect("names of the API"))
}

/// The words of a line, of which ages are of the moment.
fn words(line: &str, is_event: bool) -> String {
    let is_age = |word: &str| {
        word.ends_with(|last: char| "smhd".contains(last)) && word.starts_with(|first: char| first.is_ascii_digit())
    };
    let mut words: Vec<&str> = line
        .split_whitespace()
        .map(|word| if is_age(word) { "AGE" } else { word })
        .collect();
    // How often it happened is of the moment, too.
    if let (true, [.., count, _]) = (is_event, &mut words[..])
        && count.parse::<u32>().is_ok()
    {
        *count = "COUNT";
    }
    words.join(" ")
}

/// What kubectl would print of rows, word by word.
fn printed(rows: &[&TableRow], with_namespace: bool) -> Vec<String> {
    let Some(first) = rows.first() else { return vec![] };
    let namespace = |text: &str| {
        if with_namespace {
            format!("{text} ")
        } else {
            String::new()
        }
    };
    let head = first.columns().iter().map(|column| column.name.to_uppercase());
    let head = namespace("NAMESPACE") + &head.collect::<Vec<_>>().join(" ");
    let line = |row: &&TableRow| {
        let cells = (0..row.columns().len()).map(|index| row.text(index));
        namespace(&row.meta().key.namespace) + &cells.collect::<Vec<_>>().join(" ")
    };
    std::iter::once(head).chain(rows.iter().map(line)).collect()
}

#[test]
fn tables_print_what_kubectl_prints_of_every_kind() {
    let folder = format!("{}/tests/fixtures/kinds", env!("CARGO_MANIFEST_DIR"));
    let mut kinds = 0;
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let name = entry
            .expect("it can be read")
            .file_name()
            .into_string()
            .expect("a plain name");
        let Some(plural) = name.strip_prefix("table-").and_then(|rest| rest.strip_suffix(".json")) else {
            continue;
        };
        let mut followed = Followed::<TableRow>::new(collection(plural));
        followed.piece = 777;
        followed.answer(Verb::List, &fixture(&name), Some(End::Clean));
        let rows: Vec<&TableRow> = followed.store.sorted().into_iter().map(|row| &**row).collect();
        let oracle = fixture(&format!("kubectl-{plural}.txt"));
        let is_event = plural == "events";
        let mut ours = printed(&rows, oracle.starts_with("NAMESPACE"));
        ours.iter_mut().for_each(|line| *line = words(line, is_event));
        let mut theirs: Vec<String> = oracle.lines().map(|line| words(line, is_event)).collect();
        // kubectl prints in the order of the list, which is the store's but for the dots in names.
        ours.sort();
        theirs.sort();
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours, theirs, "{plural}");
        }
        assert_eq!(ours.len(), theirs.len(), "{plural}");
        assert_eq!(followed.informer.counters().malformed_objects, 0, "{plural}");
        kinds += 1;
    }
    assert_eq!(kinds, 21);
}

#[test]
fn a_watch_of_a_table_names_its_columns_once() {
    let recorded = fixture("watch-table-deployments.jsonl");
    let deletion = recorded
        .lines()
        .find(|line| line.contains(r#"{"type":"DELETED""#))
        .expect("a deletion");
    let deletion: Value = serde_json::from_str(deletion).expect("an event");
    // What is deleted later was listed before.
    let list = json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "73900"},
        "columnDefinitions": [{"name": "Name"}, {"name": "Other"}], "rows": deletion["object"]["rows"],
    });
    let mut deployments = Followed::<TableRow>::listed(collection("deployments"), &list.to_string());
    assert_eq!(deployments.names(), ["kinds/paused"]);
    assert_eq!(
        deployments.asked(Verb::Watch).accept,
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    );
    deployments.answer(Verb::Watch, &recorded, None);
    let counters = deployments.informer.counters();
    assert_eq!((counters.events, counters.bookmarks), (30, 2));
    assert_eq!(
        (counters.malformed_objects, counters.ignored_events, counters.failures),
        (0, 0, 0)
    );
    assert_eq!(
        deployments
            .informer
            .resource_version()
            .map(ToString::to_string)
            .as_deref(),
        Some("74126")
    );
    // The same as a list of that time.
    let list = Followed::<TableRow>::listed(collection("deployments"), &fixture("table-deployments.json"));
    assert_eq!(deployments.names(), list.names());
    for (watched, listed) in deployments.store.sorted().into_iter().zip(list.store.sorted()) {
        assert_eq!(watched, listed);
        assert_eq!(watched.cell("Ready"), Some(&json!("5/6")));
        assert_eq!(watched.columns().len(), 8);
    }
    let last = deployments.changes.last();
    assert!(matches!(last, Some(Change::Deleted(row)) if row.cell("Name") == Some(&json!("paused"))));
}

#[test]
fn a_table_without_rows_is_a_list_without_objects() {
    for rows in ["null", "[]"] {
        let empty = format!(
            r#"{{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{{"resourceVersion":"7"}},"rows":{rows}}}"#
        );
        let followed = Followed::<TableRow>::listed(collection("deployments"), &empty);
        assert!(followed.store.is_empty() && followed.informer.is_synced(), "{rows}");
    }
}

#[test]
fn rows_of_a_watch_follow_those_of_a_list() {
    let recorded = fixture("watch-table-pods.jsonl");
    let events: Vec<Value> = recorded
        .lines()
        .map(|line| serde_json::from_str(line).expect("an event"))
        .collect();
    let initial = events.iter().take_while(|event| event["type"] == "ADDED").count();
    assert_eq!(initial, 11);
    // A watch from nothing begins with what a list would bring.
    let rows: Vec<&Value> = events[..initial]
        .iter()
        .map(|event| &event["object"]["rows"][0])
        .collect();
    let list = json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "73848"},
        "columnDefinitions": events[0]["object"]["columnDefinitions"], "rows": rows,
    });
    let mut pods = Followed::<TableRow>::listed(collection("pods"), &list.to_string());
    assert_eq!(pods.changes.len(), 11);
    let rest: Vec<&str> = recorded.lines().skip(initial).collect();
    pods.answer(Verb::Watch, &format!("{}\n", rest.join("\n")), None);
    assert_eq!(pods.informer.counters().events, events.len() as u64 - 11);
    assert_eq!(pods.informer.counters().failures, 0);
    for row in pods.store.sorted() {
        assert_eq!(row.columns()[0].name, "Name");
        assert_eq!(row.cells().len(), row.columns().len());
    }
}

#[test]
fn a_server_without_tables_is_told_from_one_with_them() {
    let rows = Followed::<TableRow>::listed(collection("deployments"), &fixture("list-deployments.json"));
    assert_eq!(rows.problem(), (Cause::NotKubernetes, "the answer is a DeploymentList"));
    assert!(rows.store.is_empty());
}

/// A recorded list as it would be without `managedFields`.
fn items(list: &str) -> Vec<Value> {
    let list: Value = serde_json::from_str(list).expect("JSON");
    let mut items = list["items"].as_array().expect("items").clone();
    for item in &mut items {
        item["metadata"]
            .as_object_mut()
            .expect("metadata")
            .remove("managedFields");
    }
    items
}

/// A list is read without a loss, as a type of `k8s_openapi`, as JSON and as metadata.
#[track_caller]
fn check_list<K>(plural: &str)
where
    K: ListableResource + serde::Serialize,
    Typed<K>: Resource + Debug,
{
    let body = fixture(&format!("list-{plural}.json"));
    let expected = items(&body);
    assert!(!expected.is_empty());

    let typed = Followed::<Typed<K>>::listed(Collection::of::<K>(), &body);
    let dynamic = Followed::<DynamicObject>::listed(collection(plural), &body);
    let partial = Followed::<PartialObjectMetadata>::listed(collection(plural).with_kind(K::KIND), &body);
    assert_eq!(typed.store.len(), expected.len());
    assert_eq!(dynamic.names(), typed.names());
    assert_eq!(partial.names(), typed.names());
    for item in expected {
        let (namespace, name) = (
            item["metadata"]["namespace"].as_str().expect("a namespace"),
            item["metadata"]["name"].as_str().expect("a name"),
        );
        let typed = typed.store.find(namespace, name).expect("it is listed");
        let mut whole = serde_json::to_value(&***typed).expect("it can be written");
        for field in ["kind", "apiVersion"] {
            whole.as_object_mut().expect("an object").remove(field);
        }
        assert_eq!(whole, item);
        let dynamic = dynamic.store.find(namespace, name).expect("it is listed");
        assert_eq!(Value::Object(dynamic.fields().clone()), item);
        let partial = partial.store.find(namespace, name).expect("it is listed");
        assert_eq!(
            serde_json::to_value(&***partial).expect("it can be written"),
            item["metadata"]
        );
    }
}

#[test]
fn lists_are_read_without_a_loss() {
    check_list::<Deployment>("deployments");
    check_list::<DaemonSet>("daemonsets");
    check_list::<ReplicaSet>("replicasets");
    check_list::<StatefulSet>("statefulsets");
    check_list::<Job>("jobs");
}

/// A list of custom resources as the API server writes it: a map, whose keys are sorted, so that `items` come before `kind`.
fn rockets(items: &str) -> String {
    format!(
        r#"{{"apiVersion":"space.example.com/v1","items":[{items}],"kind":"RocketList","metadata":{{"continue":"","resourceVersion":"100"}}}}"#
    )
}

fn rocket(name: &str, version: u32, fuel: u32) -> String {
    format!(
        r#"{{"apiVersion":"space.example.com/v1","kind":"Rocket","metadata":{{"name":"{name}","namespace":"pad","uid":"{name}","resourceVersion":"{version}"}},"spec":{{"fuel":{fuel}}}}}"#
    )
}

#[test]
fn custom_resources_are_followed_though_their_lists_say_their_kind_last() {
    let list = rockets(&[rocket("r1", 90, 17), rocket("r2", 95, 34)].join(","));
    for kind in [collection("rockets"), collection("rockets").with_kind("Rocket")] {
        let mut followed = Followed::<DynamicObject>::listed(kind, &list);
        assert_eq!(followed.names(), ["pad/r1", "pad/r2"]);
        assert!(
            followed
                .asked(Verb::Watch)
                .url
                .starts_with("/apis/space.example.com/v1/rockets?watch=1")
        );
        let lines = [
            format!(r#"{{"type":"MODIFIED","object":{}}}"#, rocket("r1", 101, 16)),
            format!(r#"{{"type":"DELETED","object":{}}}"#, rocket("r2", 102, 34)),
            // Nothing but the version is another.
            format!(r#"{{"type":"MODIFIED","object":{}}}"#, rocket("r1", 103, 16)),
            r#"{"type":"BOOKMARK","object":{"apiVersion":"space.example.com/v1","kind":"Rocket","metadata":{"resourceVersion":"110"}}}"#.to_owned(),
        ];
        followed.changes.clear();
        followed.answer(Verb::Watch, &format!("{}\n", lines.join("\n")), None);
        let told: Vec<String> = followed.changes.iter().map(tell).collect();
        assert_eq!(told, ["modified pad/r1 17 16", "deleted pad/r2 34"]);
        let r1 = followed.store.find("pad", "r1").expect("it is there");
        assert_eq!(r1.pointer("/metadata/resourceVersion"), Some(&json!("103")));
        assert_eq!(
            followed.informer.resource_version().map(ToString::to_string).as_deref(),
            Some("110")
        );
    }
}

fn tell(change: &Change<DynamicObject>) -> String {
    let fuel = |rocket: &DynamicObject| {
        rocket
            .pointer("/spec/fuel")
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    match change {
        Change::Listed(it) => format!("listed {} {}", it.meta().key, fuel(it)),
        Change::Added(it) => format!("added {} {}", it.meta().key, fuel(it)),
        Change::Modified { old, new } => format!("modified {} {} {}", new.meta().key, fuel(old), fuel(new)),
        Change::Deleted(it) => format!("deleted {} {}", it.meta().key, fuel(it)),
    }
}

#[test]
fn objects_of_another_kind_are_refused_before_one_is_handed_on() {
    let named = || collection("rockets").with_kind("Rocket");
    let other = rocket("r1", 90, 17).replace(r#""Rocket""#, r#""Missile""#);
    let silent = r#"{"metadata":{"name":"a"}}"#;
    for items in [other.as_str(), silent] {
        let followed = Followed::<DynamicObject>::listed(named(), &rockets(items));
        assert_eq!(
            followed.problem(),
            (Cause::NotKubernetes, "the answer is JSON, but not a Kubernetes list")
        );
        assert!(followed.changes.is_empty());
    }
    let list = rockets("").replace("RocketList", "MissileList");
    let followed = Followed::<DynamicObject>::listed(named(), &list);
    assert_eq!(
        followed.problem(),
        (Cause::NotKubernetes, "the answer is a MissileList")
    );
    // Of a kind that is not named, any list will do, but nothing else.
    let followed = Followed::<DynamicObject>::listed(collection("rockets"), &list);
    assert!(followed.informer.is_synced());
    let status = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success"}"#;
    let followed = Followed::<DynamicObject>::listed(collection("rockets"), status);
    assert_eq!(followed.problem(), (Cause::NotKubernetes, "the answer is a Status"));
}

#[test]
fn one_bad_object_costs_that_object_alone() {
    let list = r#"{"kind":"DeploymentList","apiVersion":"apps/v1","metadata":{"resourceVersion":"9"},"items":[
        {"metadata":{"name":"bad"},"spec":{"replicas":"three"}},
        {"metadata":{"name":"good"},"spec":{"replicas":3,"selector":{},"template":{}}}]}"#;
    let followed = Followed::<Typed<Deployment>>::listed(Collection::of::<Deployment>(), list);
    assert_eq!(followed.names(), ["good"]);
    assert_eq!(followed.informer.counters().malformed_objects, 1);
    assert!(followed.informer.failure().is_none());
}

#[test]
fn each_kind_asks_for_its_own_form() {
    fn accepts<K: Resource>() -> [&'static str; 2] {
        let mut followed = Followed::<K>::new(collection("pods"));
        let list = followed.asked(Verb::List).accept;
        let body = match list.contains("as=Table") {
            true => r#"{"kind":"Table","metadata":{"resourceVersion":"1"},"rows":[]}"#,
            false => r#"{"kind":"PodList","metadata":{"resourceVersion":"1"},"items":[]}"#,
        };
        followed.answer(Verb::List, body, Some(End::Clean));
        [list, followed.asked(Verb::Watch).accept]
    }
    let json = "application/json;drop=metadata.managedFields,application/json";
    assert_eq!(accepts::<Typed<Pod>>(), [json; 2]);
    assert_eq!(accepts::<DynamicObject>(), [json; 2]);
    let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    assert_eq!(accepts::<TableRow>(), [table; 2]);
    assert_eq!(
        accepts::<PartialObjectMetadata>(),
        [
            "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json",
            "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json",
        ]
    );
}

#[test]
fn metadata_comes_in_lists_and_events_of_its_own() {
    let list = r#"{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"7"},
        "items":[{"metadata":{"name":"web","namespace":"shop","labels":{"app":"web"},"managedFields":[{"manager":"x"}]}}]}"#;
    let mut web = Followed::<PartialObjectMetadata>::listed(Collection::of::<Deployment>(), list);
    let labels = |followed: &Followed<PartialObjectMetadata>| {
        followed.store.find("shop", "web").and_then(|it| it.labels.clone())
    };
    assert_eq!(labels(&web).expect("labels")["app"], "web");
    assert!(
        web.store
            .find("shop", "web")
            .expect("it is there")
            .managed_fields
            .is_none()
    );
    // A server may send the objects instead; both are what was asked for.
    let lines = concat!(
        r#"{"type":"MODIFIED","object":{"kind":"PartialObjectMetadata","metadata":{"name":"web","namespace":"shop","resourceVersion":"8"}}}"#,
        "\n",
        r#"{"type":"ADDED","object":{"kind":"Deployment","metadata":{"name":"api","namespace":"shop","resourceVersion":"9"},"spec":{}}}"#,
        "\n",
        r#"{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"no","namespace":"shop","resourceVersion":"9"}}}"#,
        "\n",
    );
    web.answer(Verb::Watch, lines, None);
    assert_eq!(web.names(), ["shop/api", "shop/web"]);
    assert_eq!(labels(&web), None);
    assert_eq!(web.informer.counters().ignored_events, 1);
}

#[test]
fn a_resource_version_alone_is_no_change_of_any_kind() {
    fn check<K: Resource>(list: fn(&str) -> String) {
        let mut followed = Followed::<K>::listed(collection("pods"), &list("7"));
        assert_eq!(followed.changes.len(), 1);
        followed.informer.pause(followed.now);
        let mut again = Followed::<K>::new(collection("pods"));
        std::mem::swap(&mut again.store, &mut followed.store);
        again.answer(Verb::List, &list("8"), Some(End::Clean));
        assert!(again.changes.is_empty(), "{:?}", again.changes);
        let version = again.store.sorted()[0].meta().resource_version.clone();
        assert_eq!(version.map(|version| version.to_string()).as_deref(), Some("8"));
    }
    let objects = |version: &str| {
        format!(
            r#"{{"kind":"PodList","metadata":{{"resourceVersion":"9"}},"items":[{{"metadata":{{"name":"a","uid":"u","resourceVersion":"{version}"}}}}]}}"#
        )
    };
    let rows = |version: &str| {
        format!(
            r#"{{"kind":"Table","metadata":{{"resourceVersion":"9"}},"rows":[{{"cells":["a"],"object":{{"metadata":{{"name":"a","uid":"u","resourceVersion":"{version}"}}}}}}]}}"#
        )
    };
    check::<Typed<Pod>>(objects);
    check::<DynamicObject>(objects);
    check::<PartialObjectMetadata>(objects);
    check::<TableRow>(rows);
}

#[test]
fn all_of_it_can_be_sent_to_another_thread() {
    fn check<T: Send + Sync>() {}
    check::<Informer<Typed<Pod>>>();
    check::<Store<Typed<Pod>>>();
    check::<Change<Typed<Pod>>>();
    check::<Informer<DynamicObject>>();
    check::<Store<PartialObjectMetadata>>();
    check::<Store<TableRow>>();
    let pods = Followed::<Typed<Pod>>::new(Collection::of::<Pod>());
    let names = std::thread::spawn(move || pods.names())
        .join()
        .expect("the thread is done");
    assert!(names.is_empty());
}
