//! Each row that a real API server printed for recorded pods.

use k8bit::resource::{Bookmark, DecodeError, Meta, Pod, ResourceInterner, Timestamp, Uid, duration::age};
use serde_json::{Value, value::RawValue};

use crate::{columns, decode, fixture, items, time};

/// When `list-demo.json` and its tables were recorded.
const DEMO: &str = "2026-11-23T08:40:51Z";

/// When the status zoo was recorded.
const ZOO: &str = "2026-11-23T08:43:04Z";

/// Name, READY, STATUS, RESTARTS, AGE and NODE as kubectl prints them.
fn print(pod: &Pod, now: Timestamp) -> [String; 6] {
    [
        pod.meta.key.name.to_string(),
        pod.status.ready_column(),
        pod.status.text.to_string(),
        pod.status.restarts_column(now),
        age(pod.created, now),
        pod.node.as_deref().unwrap_or("<none>").to_owned(),
    ]
}

fn check(list: &str, rows: &[[String; 6]], now: &str) {
    let items = items(list);
    assert_eq!(items.len(), rows.len());
    for (item, row) in items.iter().zip(rows) {
        let pod: Pod = decode(item.get()).unwrap();
        assert_eq!(&print(&pod, time(now)), row);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn status_zoo() {
    let table: Vec<Value> = serde_json::from_str(&fixture("status-zoo/table.json")).unwrap();
    let columns = ["Name", "Ready", "Status", "Restarts", "Age", "Node"];
    let rows: Vec<_> = table
        .iter()
        .map(|row| columns.map(|column| text(&row[column])))
        .collect();
    check(&fixture("status-zoo/list.json"), &rows, ZOO);
}

#[test]
fn table_of_the_server() {
    let table: Value = serde_json::from_str(&fixture("table-demo.json")).unwrap();
    let rows = table["rows"].as_array().unwrap().iter();
    let rows: Vec<_> = rows
        .map(|row| [0, 1, 2, 3, 4, 6].map(|column| text(&row["cells"][column])))
        .collect();
    check(&fixture("list-demo.json"), &rows, DEMO);
}

#[test]
fn kubectl_get_pods_wide() {
    let table = fixture("list-demo.kubectl-wide.txt");
    let rows = table.lines().map(|line| {
        let cells: Vec<_> = line
            .split("   ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .collect();
        [0, 1, 2, 3, 4, 6].map(|column| cells[column].to_owned())
    });
    check(&fixture("list-demo.json"), &rows.collect::<Vec<_>>(), DEMO);
}

#[test]
fn lifecycle_of_pods() {
    #[derive(serde::Deserialize)]
    struct Event<'a> {
        r#type: &'a str,
        #[serde(borrow)]
        object: &'a RawValue,
    }

    let stream = fixture("watch-lifecycle.jsonl");
    let mut seen = Vec::new();
    let mut uids = Vec::new();
    for line in stream.lines() {
        let Event { r#type, object } = serde_json::from_str(line).unwrap();
        if r#type == "BOOKMARK" {
            let bookmark = Bookmark::decode(object.get().as_bytes()).unwrap();
            assert_eq!(
                (bookmark.resource_version.as_str(), bookmark.initial_events_end),
                ("65099", false)
            );
            assert!(matches!(decode::<Pod>(object.get()), Err(DecodeError::NoName)));
            continue;
        }
        let pod: Pod = decode(object.get()).unwrap();
        assert_eq!(
            Meta::decode(object.get().as_bytes(), &mut ResourceInterner::default()).unwrap(),
            pod.meta
        );
        if pod.meta.key.name == "my-pod" && uids.last() != Some(&pod.meta.uid) {
            uids.push(pod.meta.uid.clone());
        }
        let family = pod.status.family.slug();
        seen.push(format!(
            "{type} {} {} {family}",
            pod.meta.key,
            columns(&pod, time(DEMO))
        ));
    }

    assert_eq!(
        seen,
        [
            "ADDED demo/my-pod 0/1 Pending 0 starting",
            "MODIFIED demo/my-pod 0/1 Pending 0 starting",
            "MODIFIED demo/my-pod 0/1 ContainerCreating 0 starting",
            "MODIFIED demo/my-pod 1/1 Running 0 healthy",
            "MODIFIED demo/my-pod 1/1 Running 0 healthy",
            "ADDED demo/too-big 0/1 Pending 0 starting",
            "ADDED demo/crasher 0/2 Pending 0 starting",
            "MODIFIED demo/too-big 0/1 Pending 0 blocked",
            "MODIFIED demo/crasher 0/2 Pending 0 starting",
            "MODIFIED demo/crasher 0/2 Init:0/2 0 starting",
            "MODIFIED demo/crasher 1/2 CrashLoopBackOff 4 (6s ago) failing",
            "ADDED demo/job-1 0/1 Pending 0 starting",
            "MODIFIED demo/job-1 0/1 Pending 0 starting",
            "MODIFIED demo/job-1 0/1 Completed 0 done",
            "ADDED demo/evicted 0/1 Pending 0 starting",
            "MODIFIED demo/evicted 0/1 Pending 0 starting",
            "MODIFIED demo/evicted 0/1 Evicted 0 failing",
            "ADDED demo/gated 0/1 SchedulingGated 0 blocked",
            "ADDED demo/badimage 0/1 Pending 0 starting",
            "MODIFIED demo/badimage 0/1 Pending 0 starting",
            "MODIFIED demo/badimage 0/1 ImagePullBackOff 0 failing",
            "MODIFIED demo/my-pod 1/1 Terminating 0 gone",
            "MODIFIED demo/my-pod 1/1 Terminating 0 gone",
            "DELETED demo/my-pod 1/1 Terminating 0 gone",
            "ADDED demo/my-pod 0/1 Pending 0 starting",
            "MODIFIED demo/my-pod 0/1 Pending 0 starting",
        ]
    );
    assert_eq!(uids.len(), 2, "a pod created again under its old name is another pod");
    assert!(uids.iter().all(|uid| matches!(uid, Uid::Uuid(_))));
}
