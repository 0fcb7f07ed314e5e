//! Rows that the store decides: what an event means to the object that is known, and what a list replaces.

use k8bit_informer::{
    Event,
    store::{Change, Ignored, Scope, Store},
};
use serde_json::json;

use crate::{
    kinds::Kind,
    objects::{event_of, lines},
};

/// A pod from `NAMESPACE/NAME UID VERSION STATUS`, followed by its node if it has one.
fn pod<K: Kind>(line: &str) -> K {
    let words: Vec<_> = line.split_whitespace().collect();
    let [key, uid, version, status, node @ ..] = &words[..] else {
        panic!("not a pod: {line}")
    };
    let (namespace, name) = key.split_once('/').expect("a key is NAMESPACE/NAME");
    let item = json!({
        "metadata": {"namespace": namespace, "name": name, "uid": uid, "resourceVersion": version},
        "spec": {"nodeName": node.first()},
        "status": {"phase": status},
    });
    // An event has the object in the form in which the kind is sent.
    let event = json!({"type": "ADDED", "object": item}).to_string();
    let event: serde_json::Value = serde_json::from_str(&K::sent(&event)).expect("an event");
    K::decode(event["object"].to_string().as_bytes(), &mut K::Interner::default()).expect("a pod")
}

fn event<K: Kind>(line: &str) -> Event<K> {
    event_of(line, pod)
}

/// Feeds a store with events, one a line, and tells what changed, one a line.
fn handle<K: Kind>(store: &mut Store<K>, script: &str) -> Vec<String> {
    let mut changes = Vec::new();
    for line in lines(script) {
        store.handle(&Scope::Cluster, event(line), &mut changes);
    }
    let tell = |change: &Change<K>| match change {
        Change::Listed(pod) => format!("LISTED {} {}", pod.meta().key, state(&**pod)),
        Change::Added(pod) => format!("ADDED {} {}", pod.meta().key, state(&**pod)),
        Change::Modified { old, new } => format!("MODIFIED {} {} -> {}", new.meta().key, state(&**old), state(&**new)),
        Change::Deleted(pod) => format!("DELETED {} {}", pod.meta().key, state(&**pod)),
    };
    changes.iter().map(tell).collect()
}

fn state<K: Kind>(pod: &K) -> String {
    let meta = pod.meta();
    let version = meta.resource_version.as_ref().map(ToString::to_string);
    let node = pod.node().map(|node| format!(" {node}")).unwrap_or_default();
    format!("{} {} {}{node}", meta.uid, version.unwrap_or_default(), pod.status())
}

/// A store that has listed `known` and then sees `script` has `changes`, and holds `after`.
#[track_caller]
fn check<K: Kind>(known: &str, script: &str, changes: &str, after: &str) -> Ignored {
    let mut store = Store::<K>::default();
    let list: String = lines(known).iter().map(|pod| format!("ITEM {pod}\n")).collect();
    handle(&mut store, &format!("INIT\n{list}DONE"));
    assert_eq!(handle(&mut store, script), lines(changes), "changes");
    let held = store.sorted();
    let content: Vec<_> = held
        .iter()
        .map(|pod| format!("{} {}", pod.meta().key, state::<K>(pod)))
        .collect();
    assert_eq!(content, lines(after), "content");
    store.ignored()
}

fn row_28_added_for_a_known_key_is_an_update<K: Kind>() {
    check::<K>(
        "shop/web A 5 Pending",
        "APPLY shop/web A 6 Running",
        "MODIFIED shop/web A 5 Pending -> A 6 Running",
        "shop/web A 6 Running",
    );
}

fn row_29_modified_for_an_unknown_key_is_an_addition<K: Kind>() {
    check::<K>(
        "",
        "APPLY shop/web A 6 Running",
        "ADDED shop/web A 6 Running",
        "shop/web A 6 Running",
    );
}

fn row_30_deleted_for_an_unknown_key_does_nothing<K: Kind>() {
    let ignored = check::<K>(
        "shop/web A 5 Running",
        "DELETE shop/api B 6",
        "",
        "shop/web A 5 Running",
    );
    assert_eq!(
        ignored,
        Ignored {
            unknown_delete: 1,
            ..Ignored::default()
        }
    );
}

fn row_31_recreation_under_the_same_name_is_another_object<K: Kind>() {
    let known = "shop/web A 5 Running worker-1";
    let changes = "
        DELETED shop/web A 5 Running worker-1
        ADDED shop/web B 9 Pending";
    check::<K>(
        known,
        "DELETE shop/web A 8\nAPPLY shop/web B 9 Pending",
        changes,
        "shop/web B 9 Pending",
    );
    // The same where the deletion itself was missed, live or by a new list.
    check::<K>(known, "APPLY shop/web B 9 Pending", changes, "shop/web B 9 Pending");
    check::<K>(
        known,
        "INIT\nITEM shop/web B 9 Pending\nDONE",
        changes,
        "shop/web B 9 Pending",
    );
}

fn row_32_a_replayed_deletion_of_the_former_object_is_ignored<K: Kind>() {
    let ignored = check::<K>(
        "shop/web B 9 Running",
        "DELETE shop/web A 8",
        "",
        "shop/web B 9 Running",
    );
    assert_eq!(
        ignored,
        Ignored {
            foreign_delete: 1,
            ..Ignored::default()
        }
    );
}

fn row_33_an_older_version_is_ignored<K: Kind>() {
    for older in ["APPLY shop/web A 9 Pending", "APPLY shop/web B 9 Pending"] {
        let ignored = check::<K>("shop/web A 10 Running", older, "", "shop/web A 10 Running");
        assert_eq!(
            ignored,
            Ignored {
                stale: 1,
                ..Ignored::default()
            }
        );
    }
    // Where one cannot tell, the server is believed.
    check::<K>(
        "shop/web A x-10 Running",
        "APPLY shop/web A x-9 Pending",
        "MODIFIED shop/web A x-10 Running -> A x-9 Pending",
        "shop/web A x-9 Pending",
    );
}

fn row_34_the_same_event_twice_is_one_change<K: Kind>() {
    for version in ["6", "x-6"] {
        let pod = format!("shop/web A {version} Running");
        let ignored = check::<K>(
            "shop/web A 5 Pending",
            &format!("APPLY {pod}\nAPPLY {pod}"),
            &format!("MODIFIED shop/web A 5 Pending -> A {version} Running"),
            &pod,
        );
        assert_eq!(
            ignored,
            Ignored {
                duplicate: 1,
                ..Ignored::default()
            }
        );
    }
}

fn row_35_an_object_that_stops_matching_is_removed<K: Kind>() {
    check::<K>(
        "shop/web A 5 Running",
        "DELETE shop/web A 6",
        "DELETED shop/web A 5 Running",
        "",
    );
}

fn row_64_a_list_replaces_newer_versions<K: Kind>() {
    check::<K>(
        "shop/api B 800 Running\nshop/web A 900 Running",
        "INIT\nITEM shop/web A 100 Pending\nDONE\nAPPLY shop/web A 101 Running",
        "DELETED shop/api B 800 Running
         MODIFIED shop/web A 900 Running -> A 100 Pending
         MODIFIED shop/web A 100 Pending -> A 101 Running",
        "shop/web A 101 Running",
    );
}

fn row_70_an_object_of_a_list_that_broke_off_leaves_no_ghost<K: Kind>() {
    check::<K>(
        "",
        "INIT
         ITEM shop/api A 1 Running
         ITEM shop/gone B 2 Running
         INIT
         ITEM shop/api A 1 Running
         ITEM shop/web C 3 Running
         DONE",
        "ADDED shop/api A 1 Running
         ADDED shop/web C 3 Running",
        "shop/api A 1 Running
         shop/web C 3 Running",
    );
}

fn row_71_events_before_the_end_of_a_streaming_list_belong_to_it<K: Kind>() {
    let known = "shop/web A 1 Pending";
    let ignored = check::<K>(
        known,
        "INIT
         ITEM shop/api B 2 Pending
         ITEM shop/web A 3 Running
         APPLY shop/api B 5 Running
         APPLY shop/api B 4 Pending
         APPLY shop/new C 6 Pending
         DELETE shop/web A 7
         DELETE shop/new D 8
         DONE",
        "DELETED shop/web A 1 Pending
         ADDED shop/api B 5 Running
         ADDED shop/new C 6 Pending",
        "shop/api B 5 Running
         shop/new C 6 Pending",
    );
    assert_eq!(
        ignored,
        Ignored {
            stale: 1,
            foreign_delete: 1,
            ..Ignored::default()
        }
    );
    // Until then they change nothing.
    check::<K>(
        known,
        "INIT\nDELETE shop/web A 7\nAPPLY shop/api B 5 Running",
        "",
        known,
    );
}

fn row_73_a_list_that_lacks_objects_deletes_them_with_their_last_state<K: Kind>() {
    check::<K>(
        "shop/a A 1 Running worker-1
         shop/b B 2 Completed worker-2
         shop/c C 3 Running worker-1
         shop/d D 4 Pending",
        "INIT\nITEM shop/c C 3 Running worker-1\nDONE",
        "DELETED shop/a A 1 Running worker-1
         DELETED shop/b B 2 Completed worker-2
         DELETED shop/d D 4 Pending",
        "shop/c C 3 Running worker-1",
    );
}

fn row_74_an_unchanged_list_changes_nothing<K: Kind>() {
    let known = "shop/api A 1 Running\nshop/web B 2 Pending";
    check::<K>(
        known,
        "INIT\nITEM shop/api A 1 Running\nITEM shop/web B 2 Pending\nDONE",
        "",
        known,
    );
    // Nor do versions in which nothing differs that is shown; the next event is compared with the latest all the same.
    let later = "shop/api A 8 Running\nshop/web B 9 Pending";
    check::<K>(
        known,
        "INIT\nITEM shop/api A 8 Running\nITEM shop/web B 9 Pending\nDONE",
        "",
        later,
    );
}

fn row_75_readers_see_the_old_content_until_the_list_is_complete<K: Kind>() {
    let known = "shop/api A 1 Running\nshop/web B 2 Pending";
    for script in [
        "INIT",
        "INIT\nITEM shop/new C 3 Running",
        "INIT\nITEM shop/web B 9 Running",
    ] {
        check::<K>(known, script, "", known);
    }
}

fn row_76_a_list_that_fails_half_way_leaves_the_content_alone<K: Kind>() {
    let known = "shop/api A 1 Running\nshop/web B 2 Pending";
    // The first list fails for good, the second succeeds: only the second counts.
    check::<K>(
        known,
        "INIT
         ITEM shop/new C 3 Running
         INIT
         ITEM shop/api A 1 Running
         ITEM shop/web B 2 Running
         DONE",
        "MODIFIED shop/web B 2 Pending -> B 2 Running",
        "shop/api A 1 Running\nshop/web B 2 Running",
    );
}

crate::kinds::rows! {
    all {
        row_28_added_for_a_known_key_is_an_update,
        row_29_modified_for_an_unknown_key_is_an_addition,
        row_30_deleted_for_an_unknown_key_does_nothing,
        row_31_recreation_under_the_same_name_is_another_object,
        row_32_a_replayed_deletion_of_the_former_object_is_ignored,
        row_33_an_older_version_is_ignored,
        row_34_the_same_event_twice_is_one_change,
        row_35_an_object_that_stops_matching_is_removed,
        row_64_a_list_replaces_newer_versions,
        row_70_an_object_of_a_list_that_broke_off_leaves_no_ghost,
        row_71_events_before_the_end_of_a_streaming_list_belong_to_it,
        row_73_a_list_that_lacks_objects_deletes_them_with_their_last_state,
        row_74_an_unchanged_list_changes_nothing,
        row_75_readers_see_the_old_content_until_the_list_is_complete,
    }
    objects {
        row_76_a_list_that_fails_half_way_leaves_the_content_alone,
    }
}
