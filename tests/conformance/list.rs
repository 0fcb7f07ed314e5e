//! A. Lists.

use std::time::Duration;

use k8bit::{
    clock::Moment,
    cluster_cache::{Action, ClusterCache, CollectionId},
    config::Config,
    connection::ConnectionState,
    resource::{Pod, Timestamp},
};
use k8bit_informer::{
    InitialList,
    failure::{Cause, End, ResponseHead},
    transport::TransportState,
};

use crate::kinds::Kind;
use crate::rig::{Rig, SECOND, list, pod, status};

const EXPIRED: &str = r#""message":"The provided continue parameter is too old","reason":"Expired","code":410"#;

fn row_01_one_page_is_published_with_its_version<K: Kind>() {
    let mut rig = Rig::<K>::new();
    assert_eq!(rig.asked_one().url, "/api/v1/pods?pretty=false");
    rig.respond(200, &list(&["a", "b"], 100, ""));
    assert_eq!((rig.names(), rig.version()), (vec!["a".into(), "b".into()], "100"));
    assert!(rig.informer.is_synced());
    // Complete, and not watched yet: a connection that is still being made, and no lost one.
    assert_eq!(rig.said(), (ConnectionState::Connecting, String::new()));
    assert_eq!(rig.stale_since(), None);
    rig.open_watch(100);
    assert_eq!(rig.said().0, ConnectionState::Live);
}

fn row_02_three_pages_are_published_at_once<K: Kind>() {
    let mut rig = Rig::<K>::with(InitialList::Pages(2), 7);
    assert_eq!(rig.asked_one().url, "/api/v1/pods?pretty=false&limit=2");
    rig.respond(200, &list(&["a", "b"], 100, "page 2"));
    assert_eq!(
        rig.asked_one().url,
        "/api/v1/pods?pretty=false&limit=2&continue=page%202"
    );
    rig.respond(200, &list(&["c", "d"], 100, "page 3"));
    assert_eq!(rig.names(), [""; 0]);
    assert_eq!(rig.provisional(), ["a", "b", "c", "d"]);
    rig.asked_one();
    rig.respond(200, &list(&["e"], 100, ""));
    assert_eq!((rig.names().len(), rig.version()), (5, "100"));
    // A later list is seen by nobody before its end.
    rig.open_watch(100);
    rig.body(&crate::rig::error(r#""code":410"#));
    rig.wait_for_request(SECOND);
    rig.respond(200, &list(&["f"], 200, "page 2"));
    assert_eq!(rig.names().len(), 5);
    rig.asked_one();
    rig.respond(200, &list(&["g"], 200, ""));
    assert_eq!((rig.names(), rig.version()), (vec!["f".into(), "g".into()], "200"));
}

fn row_03_an_empty_or_absent_continue_token_is_the_end<K: Kind>() {
    for metadata in [
        r#"{"resourceVersion":"100","continue":""}"#,
        r#"{"resourceVersion":"100"}"#,
    ] {
        let mut rig = Rig::<K>::new();
        rig.asked_one();
        rig.respond(
            200,
            &format!(r#"{{"kind":"PodList","metadata":{metadata},"items":[]}}"#),
        );
        rig.open_watch(100);
    }
}

fn row_04_an_empty_page_with_a_token_is_not_the_end<K: Kind>() {
    let mut rig = Rig::<K>::with(InitialList::Pages(2), 7);
    rig.asked_one();
    rig.respond(200, &list(&[], 100, "more"));
    rig.asked_one();
    rig.respond(200, &list(&["a"], 100, ""));
    assert_eq!(rig.names(), ["a"]);
}

fn row_05_an_expired_token_leads_to_a_full_list<K: Kind>() {
    let mut rig = Rig::<K>::with(InitialList::Pages(1), 7);
    rig.asked_one();
    rig.respond(200, &list(&["gone"], 100, "page 2"));
    rig.asked_one();
    let fresh_token = status(EXPIRED).replace(r#""metadata":{}"#, r#""metadata":{"continue":"inconsistent"}"#);
    rig.respond(410, &fresh_token);
    let (_, asked) = rig.wait_for_request(SECOND);
    assert_eq!(asked.url, "/api/v1/pods?pretty=false");
    assert_eq!(rig.names(), [""; 0]);
    rig.respond(200, &list(&["a", "b"], 120, ""));
    assert_eq!((rig.names(), rig.version()), (vec!["a".into(), "b".into()], "120"));
}

fn row_06_tokens_that_always_expire_do_not_lead_to_endless_pages<K: Kind>() {
    let mut rig = Rig::<K>::with(InitialList::Pages(1), 7);
    let mut pages = 0;
    for _ in 0..10 {
        let (_, asked) = rig.wait_for_request(SECOND * 60);
        if asked.url.contains("continue=") {
            rig.respond(410, &status(EXPIRED));
        } else if asked.url.contains("limit=") {
            pages += 1;
            rig.respond(200, &list(&["a"], 100, "next"));
        } else {
            rig.respond(200, &list(&["a", "b"], 100, ""));
            break;
        }
    }
    assert_eq!((rig.names().len(), pages), (2, 1));
}

fn row_07_an_unreachable_api_server_is_asked_again_with_growing_delays<K: Kind>() {
    let mut rig = Rig::<K>::new();
    rig.asked();
    let delays = rig.delays(6, |rig| {
        rig.respond(500, "dial tcp 127.0.0.1:6443: connect: connection refused\n")
    });
    assert_eq!(rig.cause(), Some(Cause::ApiServerDown));
    let says = "kubectl proxy is running, but it cannot reach the API server.";
    assert_eq!(rig.said(), (ConnectionState::Failed, says.into()));
    assert!(
        delays[0] <= Duration::from_millis(500) && delays[5] >= delays[0] * 4,
        "{delays:?}"
    );
}

fn row_08_forbidden_is_a_state_of_its_own_and_slow<K: Kind>() {
    let mut rig = Rig::<K>::new();
    rig.asked();
    let delays = rig.delays(4, |rig| rig.respond(403, &status(r#""reason":"Forbidden","code":403"#)));
    assert_eq!(rig.cause(), Some(Cause::Forbidden));
    let says = "You may not list pods in all namespaces.";
    assert_eq!(rig.said(), (ConnectionState::Failed, says.into()));
    assert!(delays.iter().all(|delay| *delay >= SECOND * 2), "{delays:?}");
}

#[test]
fn row_08_a_kind_that_is_forbidden_does_not_stop_the_others() {
    let clock = Moment {
        monotonic: SECOND,
        wall: Timestamp(0),
    };
    let mut cache = ClusterCache::new(&Config::default(), 7);
    cache.set_transport(TransportState::PROMPT);
    let mut tasks = Vec::new();
    cache.resume(clock, &mut tasks);
    for task in std::mem::take(&mut tasks) {
        let Action::Send(stream, request) = task else {
            panic!("nothing to abort")
        };
        let (code, body) = match stream {
            CollectionId(0) => (403, status(r#""reason":"Forbidden","code":403"#)),
            _ => (200, list(&["a"], 100, "")),
        };
        let head = ResponseHead {
            code,
            ..ResponseHead::default()
        };
        cache.handle_response(clock, stream, request.attempt, head, &mut tasks);
        cache.handle_body(clock, stream, request.attempt, body.as_bytes(), &mut tasks);
        cache.handle_end(clock, stream, request.attempt, End::Clean, &mut tasks);
    }
    let [Action::Send(CollectionId(1), watch)] = &tasks[..] else {
        panic!("the watch of the pods was expected: {tasks:?}")
    };
    assert!(watch.url.starts_with("/api/v1/pods?watch=1"), "{}", watch.url);
    let head = ResponseHead {
        code: 200,
        ..ResponseHead::default()
    };
    cache.handle_response(clock, CollectionId(1), watch.attempt, head, &mut Vec::new());
    let connection = cache.connection(clock);
    assert_eq!((cache.pods().len(), connection.state), (1, ConnectionState::Live));
    assert_eq!(connection.kinds[0].state, ConnectionState::Failed);
}

fn row_09_the_filter_of_kubectl_proxy_is_not_rbac<K: Kind>() {
    let mut rig = Rig::<K>::new();
    rig.respond(403, "Forbidden");
    assert_eq!(rig.cause(), Some(Cause::HostRejected));
    let says = "kubectl proxy refuses requests under this host name, or to this path.";
    assert_eq!(rig.said(), (ConnectionState::Failed, says.into()));
}

fn row_10_retry_after_is_honoured_with_jitter<K: Kind>() {
    let waits: Vec<_> = (0..20)
        .map(|seed| {
            let mut rig = Rig::<K>::with(InitialList::Pages(500), seed);
            rig.asked();
            rig.answer_after(429, Some(7));
            rig.body(&status(r#""reason":"TooManyRequests","code":429"#));
            rig.end();
            rig.wait_for_request(SECOND * 10).0
        })
        .collect();
    assert!(waits.iter().all(|wait| *wait >= SECOND * 7), "{waits:?}");
    assert!(waits.iter().any(|wait| *wait != waits[0]), "jitter: {waits:?}");
}

fn row_11_a_list_that_hangs_is_given_up<K: Kind>() {
    let mut rig = Rig::<K>::new();
    let first = rig.asked_one();
    rig.answer(200);
    rig.body(r#"{"kind":"PodList","#);
    rig.wait_for_request(SECOND * 40);
    assert_eq!(
        (rig.cause(), &rig.aborted[..]),
        (Some(Cause::TimedOut), &[first.attempt][..])
    );
}

fn row_12_half_a_body_publishes_nothing<K: Kind>() {
    let whole = list(&["a", "b", "c", "d"], 100, "");
    let whole = K::sent(&whole);
    let mut rig = Rig::<K>::new();
    rig.asked();
    rig.answer(200);
    rig.body(&whole[..whole.len() / 2]);
    rig.cut();
    assert_eq!((rig.names(), rig.informer.is_synced()), (vec![], false));
    assert_eq!(rig.provisional(), ["a"], "and what came is shown as a part");
    rig.wait_for_request(SECOND);
    rig.respond(200, &list(&["b", "c"], 110, ""));
    assert_eq!(rig.names(), ["b", "c"]);
    // Of a later list that breaks off, nothing is shown at all.
    rig.open_watch(110);
    rig.body(&crate::rig::error(r#""code":410"#));
    rig.wait_for_request(SECOND);
    rig.answer(200);
    rig.body(&whole[..whole.len() / 2]);
    rig.cut();
    assert_eq!(rig.names(), ["b", "c"]);
}

fn row_13_what_is_no_list_of_the_kind_is_rejected_and_the_old_picture_stays<K: Kind>() {
    for body in [
        "<!doctype html><title>Log in</title>",
        r#"{"kind":"NodeList","metadata":{"resourceVersion":"9"},"items":[]}"#,
        r#"{"items":[]}"#,
        "[]",
    ] {
        let mut rig = Rig::<K>::live(&["a"]);
        rig.body(&crate::rig::error(r#""code":410"#));
        rig.wait_for_request(SECOND);
        rig.respond(200, body);
        assert_eq!(
            (rig.cause(), rig.names()),
            (Some(Cause::NotKubernetes), vec!["a".into()]),
            "{body}"
        );
    }
}

fn row_76_a_relist_that_fails_half_way_is_marked<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a", "b"]);
    rig.changes.clear();
    rig.body(&crate::rig::error(r#""code":410"#));
    rig.wait_for_request(SECOND);
    rig.answer(200);
    let part = list(&["c", "d"], 200, "");
    rig.body(&K::sent(&part)[..200]);
    assert_eq!(rig.said().0, ConnectionState::Resyncing);
    rig.cut();
    assert_eq!((rig.names(), rig.changes.len()), (vec!["a".into(), "b".into()], 0));
    let says = "The connection was closed while pods were read.";
    assert_eq!(rig.said(), (ConnectionState::Reconnecting, says.into()));
    rig.now += SECOND * 11;
    assert!(!rig.is_live());
    rig.wait_for_request(SECOND);
    rig.respond(500, "dial tcp: connection refused");
    assert_eq!(rig.said().0, ConnectionState::Stale);
    assert_eq!(rig.names(), ["a", "b"]);
}

fn row_13_nothing_of_another_kind_is_shown_even_as_a_part<K: Kind>() {
    let services = list(&["a"], 9, "").replace("PodList", "ServiceList");
    let mut rig = Rig::<K>::new();
    rig.asked();
    rig.respond(200, &services);
    assert_eq!(rig.cause(), Some(Cause::NotKubernetes));
    assert!(rig.store.is_empty());
}

fn row_14_a_list_without_a_version_is_an_error<K: Kind>() {
    for metadata in ["{}", r#"{"resourceVersion":""}"#] {
        let mut rig = Rig::<K>::new();
        rig.asked();
        rig.respond(
            200,
            &format!(
                r#"{{"kind":"PodList","metadata":{metadata},"items":[{}]}}"#,
                pod("a", "a", 1)
            ),
        );
        assert_eq!(
            (rig.cause(), rig.names()),
            (Some(Cause::Unreadable), vec![]),
            "{metadata}"
        );
        let (_, asked) = rig.wait_for_request(SECOND);
        assert!(!asked.url.contains("watch"), "{}", asked.url);
    }
}

fn row_15_items_need_no_kind<K: Kind>() {
    let item = pod("a", "a", 1);
    assert!(!item.contains("kind"));
    let mut rig = Rig::<K>::new();
    rig.relist(&["a"], 100);
    assert_eq!(rig.names(), ["a"]);
}

/// A relist that is answered so is asked again within a second, whatever the server asks for, and without a version to
/// insist on; what is shown stays, and is replaced by the list that comes.
#[track_caller]
fn check_too_large<K: Kind>(rest: &str) {
    for seed in 0..20 {
        let mut rig = Rig::<K>::with(InitialList::Unlimited, seed);
        rig.relist(&["a"], 100);
        rig.open_watch(100);
        rig.body(&crate::rig::error(r#""code":410"#));
        let (_, list_url) = rig.wait_for_request(SECOND);
        assert_eq!(list_url.url, "/api/v1/pods?pretty=false");
        rig.respond(504, &status(rest));
        assert_eq!(rig.cause(), Some(Cause::TooLargeResourceVersion));
        assert_eq!(rig.names(), ["a"]);
        let (waited, asked) = rig.wait_for_request(SECOND * 2);
        assert!(waited >= Duration::from_millis(250) && waited <= SECOND, "{waited:?}");
        assert_eq!(asked.url, "/api/v1/pods?pretty=false", "no resourceVersion");
        rig.respond(200, &list(&["b"], 90, ""));
        assert_eq!((rig.names(), rig.version()), (vec!["b".into()], "90"));
    }
}

fn row_16_a_server_that_stays_behind_is_asked_ever_more_slowly<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.body(&crate::rig::error(r#""code":410"#));
    rig.wait_for_request(SECOND);
    let rest = r#""reason":"Timeout","code":504,"details":{"causes":[{"reason":"ResourceVersionTooLarge"}]}"#;
    let delays = rig.delays(8, |rig| rig.respond(504, &status(rest)));
    assert!(delays[7] >= SECOND * 10 && delays[7] <= SECOND * 31, "{delays:?}");
    assert_eq!(rig.names(), ["a"]);
}

fn row_16_a_version_that_is_too_large_is_not_insisted_on<K: Kind>() {
    check_too_large::<K>(
        r#""message":"Timeout: Too large resource version: 9, current: 1","reason":"Timeout","code":504,
           "details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],
           "retryAfterSeconds":1}"#,
    );
}

fn row_17_an_old_server_says_so_in_its_message_alone<K: Kind>() {
    check_too_large::<K>(r#""message":"Timeout: Too large resource version: 9, current: 1","code":504"#);
}

#[test]
fn row_18_a_huge_list_is_decoded_while_it_arrives() {
    // In a process of its own: what is measured is the memory of the whole process, in which other tests run, too.
    const ALONE: &str = "K8BIT_ROW_18_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let program = std::env::current_exe().expect("the program of the tests");
        let name = "list::row_18_a_huge_list_is_decoded_while_it_arrives";
        let mut command = std::process::Command::new(program);
        let output = command.args(["--exact", name]).env(ALONE, "1").output();
        let output = output.expect("the program of the tests runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    // 25,000 pods of 8 KiB in pieces of 64 KiB: what is kept between two pieces is at most one pod's text.
    const PODS: usize = 25_000;
    let filler = format!(r#""spec":{{"filler":"{}"}}"#, "x".repeat(8 << 10));
    let before = resident_kib();
    let mut sent = 0;
    let mut rig = Rig::<Pod>::new();
    rig.asked();
    rig.answer(200);
    rig.body(r#"{"kind":"PodList","metadata":{"resourceVersion":"100"},"items":["#);
    let mut piece = String::new();
    for number in 0..PODS {
        if number > 0 {
            piece.push(',');
        }
        let text = pod(&format!("pod-{number}"), &number.to_string(), 1);
        piece.push_str(&text.replace(r#""spec":{}"#, &filler));
        if piece.len() >= 64 << 10 {
            rig.body(&piece);
            sent += piece.len();
            piece.clear();
            assert_eq!(
                rig.store.staged(&k8bit_informer::store::Scope::Cluster),
                number + 1,
                "decoded as it arrives"
            );
        }
    }
    piece.push_str("]}");
    rig.body(&piece);
    rig.end();
    assert_eq!(rig.store.len(), PODS);
    let grown = resident_kib().saturating_sub(before) >> 10;
    assert!(sent > 200_000_000 && grown < 100, "{grown} MiB for {sent} bytes");
}

/// The memory of this process; zero where that is not told.
fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

crate::kinds::rows! {
    all {
        row_01_one_page_is_published_with_its_version,
        row_02_three_pages_are_published_at_once,
        row_03_an_empty_or_absent_continue_token_is_the_end,
        row_04_an_empty_page_with_a_token_is_not_the_end,
        row_05_an_expired_token_leads_to_a_full_list,
        row_06_tokens_that_always_expire_do_not_lead_to_endless_pages,
        row_07_an_unreachable_api_server_is_asked_again_with_growing_delays,
        row_08_forbidden_is_a_state_of_its_own_and_slow,
        row_09_the_filter_of_kubectl_proxy_is_not_rbac,
        row_10_retry_after_is_honoured_with_jitter,
        row_11_a_list_that_hangs_is_given_up,
        row_12_half_a_body_publishes_nothing,
        row_13_what_is_no_list_of_the_kind_is_rejected_and_the_old_picture_stays,
        row_76_a_relist_that_fails_half_way_is_marked,
        row_13_nothing_of_another_kind_is_shown_even_as_a_part,
        row_14_a_list_without_a_version_is_an_error,
        row_15_items_need_no_kind,
        row_16_a_server_that_stays_behind_is_asked_ever_more_slowly,
        row_16_a_version_that_is_too_large_is_not_insisted_on,
        row_17_an_old_server_says_so_in_its_message_alone,
    }
}
