//! F. Streaming lists, and row 38, which is about their predecessor.

use k8bit_informer::{InitialList, failure::Cause};

use crate::kinds::Kind;
use crate::rig::{Rig, SECOND, bookmark, event, list, status};

const URL: &str = "/api/v1/pods?watch=1&allowWatchBookmarks=true&pretty=false&sendInitialEvents=true\
                   &resourceVersionMatch=NotOlderThan&resourceVersion=&timeoutSeconds=";

fn end_bookmark(version: u64, value: &str) -> String {
    bookmark(version).replace(
        r#""metadata":{"#,
        &format!(r#""metadata":{{"annotations":{{"k8s.io/initial-events-end":"{value}"}},"#),
    )
}

/// A rig whose streaming list is open.
fn streaming<K: Kind>() -> Rig<K> {
    let mut rig = Rig::<K>::with(InitialList::Stream, 7);
    let asked = rig.asked_one();
    assert!(asked.url.starts_with(URL), "{}", asked.url);
    rig.answer(200);
    rig
}

fn row_38_versions_of_unordered_initial_events_are_not_resumed_from<K: Kind>() {
    let mut rig = streaming::<K>();
    rig.body(&event("ADDED", "a", 90));
    rig.body(&event("ADDED", "b", 30));
    rig.cut();
    assert_eq!((rig.version(), rig.names()), ("", vec![]));
    let (_, asked) = rig.wait_for_request(SECOND);
    assert!(asked.url.starts_with(URL), "{}", asked.url);
}

fn row_67_one_stream_is_list_and_watch<K: Kind>() {
    let mut rig = streaming::<K>();
    rig.body(&(event("ADDED", "a", 90) + &*event("ADDED", "b", 30)));
    assert_eq!((rig.names(), rig.is_live()), (vec![], false));
    assert_eq!(rig.provisional(), ["a", "b"]);
    rig.body(&end_bookmark(100, "true"));
    assert_eq!((rig.names().len(), rig.version(), rig.is_live()), (2, "100", true));
    rig.body(&event("DELETED", "a", 101));
    assert_eq!((rig.names(), rig.version()), (vec!["b".into()], "101"));
    rig.assert_idle();
}

fn row_67_once_it_is_a_watch_it_fails_as_a_watch<K: Kind>() {
    let mut rig = streaming::<K>();
    rig.body(&(event("ADDED", "a", 90) + &*end_bookmark(100, "true")));
    rig.cut();
    let (_, watch) = rig.wait_for_request(SECOND);
    assert!(watch.url.contains("&resourceVersion=100&"), "{}", watch.url);
    rig.answer(200);
    // A history that is gone says nothing against streaming lists, however it is told.
    for _ in 0..2 {
        rig.body(&crate::rig::error(r#""code":410"#));
        let (_, asked) = rig.wait_for_request(SECOND * 4);
        assert!(asked.url.starts_with(URL), "{}", asked.url);
        rig.answer(200);
        rig.body(&(event("ADDED", "b", 190) + &*end_bookmark(200, "true")));
        assert_eq!((rig.names(), rig.is_live()), (vec!["b".into()], true));
    }
}

/// After this, it lists, and never streams again.
#[track_caller]
fn check_fallback<K: Kind>(mut rig: Rig<K>) {
    let (_, asked) = rig.wait_for_request(SECOND);
    assert_eq!(asked.url, "/api/v1/pods?pretty=false");
    rig.respond(200, &list(&["a"], 100, ""));
    rig.open_watch(100);
    rig.body(&crate::rig::error(r#""code":410"#));
    let (_, asked) = rig.wait_for_request(SECOND);
    assert_eq!(asked.url, "/api/v1/pods?pretty=false", "remembered");
}

fn row_68_a_server_that_refuses_is_listed<K: Kind>() {
    let mut rig = Rig::<K>::with(InitialList::Stream, 7);
    rig.asked_one();
    let message = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled";
    rig.respond(
        422,
        &status(&format!(r#""message":"{message}","reason":"Invalid","code":422"#)),
    );
    assert_eq!(rig.cause(), Some(Cause::Invalid));
    check_fallback::<K>(rig);
}

fn row_69_an_end_that_never_comes_is_not_waited_for<K: Kind>() {
    let mut rig = streaming::<K>();
    rig.body(&event("ADDED", "a", 90));
    rig.pass(SECOND * 14);
    rig.assert_idle();
    rig.body(&event("ADDED", "b", 91));
    rig.pass(SECOND * 14);
    rig.assert_idle();
    rig.pass(SECOND);
    assert_eq!((rig.cause(), rig.names()), (Some(Cause::TimedOut), vec![]));
    check_fallback::<K>(rig);
}

fn row_70_a_stream_that_breaks_half_way_leaves_no_ghost<K: Kind>() {
    let mut rig = streaming::<K>();
    rig.body(&(event("ADDED", "ghost", 90) + &*event("ADDED", "a", 30)));
    rig.cut();
    assert_eq!((rig.names(), rig.informer.is_synced()), (vec![], false));
    // A ghost only while what is shown is known to be a part.
    assert_eq!(rig.provisional(), ["a", "ghost"]);
    rig.wait_for_request(SECOND);
    rig.answer(200);
    rig.body(&(event("ADDED", "a", 30) + &*end_bookmark(100, "true")));
    assert_eq!(rig.names(), ["a"]);
}

fn row_71_events_before_the_end_are_applied<K: Kind>() {
    let mut rig = streaming::<K>();
    rig.body(&(event("ADDED", "a", 90) + &*event("ADDED", "b", 30) + &*event("DELETED", "a", 95)));
    rig.body(&(event("MODIFIED", "c", 96) + &*end_bookmark(100, "true")));
    assert_eq!(rig.names(), ["b", "c"]);
}

fn row_72_the_annotation_has_to_be_true<K: Kind>() {
    let mut rig = streaming::<K>();
    rig.body(&event("ADDED", "a", 90));
    rig.body(&end_bookmark(100, "false"));
    assert_eq!((rig.names(), rig.is_live()), (vec![], false));
    rig.body(&end_bookmark(100, "true"));
    assert_eq!((rig.names(), rig.is_live()), (vec!["a".into()], true));
}

crate::kinds::rows! {
    objects {
        row_38_versions_of_unordered_initial_events_are_not_resumed_from,
        row_67_one_stream_is_list_and_watch,
        row_67_once_it_is_a_watch_it_fails_as_a_watch,
        row_68_a_server_that_refuses_is_listed,
        row_69_an_end_that_never_comes_is_not_waited_for,
        row_70_a_stream_that_breaks_half_way_leaves_no_ghost,
        row_71_events_before_the_end_are_applied,
        row_72_the_annotation_has_to_be_true,
    }
}
