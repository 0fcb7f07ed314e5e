//! H. Beginning, pausing, and what arrives too late.

use k8bit::informer::{InitialList, failure::Cause};

use crate::rig::{Rig, SECOND, event, list};

/// A pause at this moment is the end of requests.
#[track_caller]
fn check_silent(mut rig: Rig, what: &str) {
    rig.asked();
    let aborted = rig.aborted.len();
    let was_open = rig.informer.next_attempt().is_none();
    rig.pause();
    rig.pass(SECOND * 3_600);
    rig.assert_idle();
    assert_eq!(rig.informer.next_timeout(), None, "{what}");
    assert_eq!(rig.aborted.len() - aborted, usize::from(was_open), "{what}");
}

#[test]
fn row_78_a_pause_ends_everything_at_any_moment() {
    check_silent(Rig::new(), "while the list is awaited");
    let mut rig = Rig::with(InitialList::Pages(1), 7);
    rig.asked();
    rig.respond(200, &list(&["a"], 100, "page 2"));
    rig.answer(200);
    rig.body(r#"{"kind":"PodList","items":[{"#);
    check_silent(rig, "in the middle of a page");
    check_silent(Rig::live(&["a"]), "while the watch is open");
    let mut rig = Rig::live(&["a"]);
    rig.cut();
    check_silent(rig, "while backed off");
}

#[test]
fn row_78_a_list_that_a_pause_ends_leaves_nothing_behind() {
    let mut rig = Rig::live(&["a"]);
    rig.body(&crate::rig::error(r#""code":410"#));
    rig.wait_for_request(SECOND * 2);
    rig.answer(200);
    let of_then = list(&["a", "gone"], 200, "");
    // Both pods, and not the end.
    rig.body(&of_then[..of_then.len() - 2]);
    rig.pause();
    rig.resume();
    rig.wait_for_request(SECOND * 2);
    rig.respond(200, &list(&["b"], 300, ""));
    assert_eq!(rig.names(), ["b"]);
}

#[test]
fn row_79_a_thousand_pauses_leave_one_stream() {
    let mut rig = Rig::live(&["a"]);
    for round in 0..1_000 {
        rig.pause();
        rig.pass(SECOND * 20);
        rig.assert_idle();
        rig.resume();
        let (_, audit) = rig.wait_for_request(SECOND * 2);
        let asked = rig.pass_audit(&audit);
        assert!(asked.url.contains("&resourceVersion=100&"), "{}", asked.url);
        rig.answer(200);
        assert_eq!((rig.is_live(), rig.aborted.len()), (true, round + 1));
    }
}

#[test]
fn row_80_what_arrives_of_an_aborted_attempt_is_dropped() {
    let mut rig = Rig::live(&["a"]);
    rig.resume();
    let [late] = rig.aborted[..] else {
        panic!("one was aborted: {:?}", rig.aborted)
    };
    rig.wait_for_request(SECOND);
    rig.answer(200);
    rig.body_of(late, event("DELETED", "a", 200).as_bytes());
    assert_eq!(
        (rig.names(), rig.version(), rig.is_live()),
        (vec!["a".into()], "100", true)
    );
    rig.body(&event("ADDED", "b", 101));
    assert_eq!(rig.names(), ["a", "b"]);
}

#[test]
fn row_87_a_clock_that_jumps_costs_one_request() {
    let mut rig = Rig::live(&["a"]);
    rig.pass(SECOND * 5);
    // The driver notices the jump and doubts the connection; nothing else reads a wall clock.
    rig.resume();
    rig.wait_for_request(SECOND);
    rig.answer(200);
    rig.pass(SECOND * 60);
    rig.assert_idle();
}

#[test]
fn row_87_both_clocks_that_jump_cost_one_audit_before_it() {
    let mut rig = Rig::live(&["a"]);
    rig.now += SECOND * 3_600;
    rig.resume();
    let (waited, audit) = rig.wait_for_request(SECOND);
    rig.pass_audit(&audit);
    rig.answer(200);
    assert!(waited.is_zero() && rig.is_live());
    rig.pass(SECOND * 60);
    rig.assert_idle();
}

#[test]
fn row_88_another_api_root_is_only_another_path() {
    use k8bit::{api_path::ApiRoot, informer::request::Collection, resource::Pod};
    let collection = Collection {
        root: ApiRoot::parse("/k8s/").expect("a root"),
        namespace: None,
        field_selector: None,
    };
    assert_eq!(collection.list_url::<Pod>(None, None), "/k8s/api/v1/pods?pretty=false");
}

#[test]
fn row_77_a_reader_cannot_break_the_informer() {
    // Readers are not called by the informer: events are polled, and one that is never looked at changes nothing.
    let mut rig = Rig::live(&["a"]);
    let attempt = k8bit::informer::request::Attempt(2);
    let mut interner = k8bit::resource::Interner::default();
    rig.informer
        .handle_body(rig.now, attempt, event("ADDED", "b", 101).as_bytes(), &mut interner);
    drop(rig.informer.poll_output());
    rig.cut();
    assert_eq!((rig.cause(), rig.version()), (Some(Cause::Cut), "101"));
    // What the reader missed comes with the next list.
    rig.wait_for_request(SECOND);
    rig.answer(200);
    rig.body(&event("ADDED", "c", 102));
    assert_eq!(rig.names(), ["a", "c"]);
    rig.body(&crate::rig::error(r#""code":410"#));
    rig.wait_for_request(SECOND);
    rig.respond(200, &list(&["a", "b", "c"], 103, ""));
    assert_eq!(rig.names(), ["a", "b", "c"]);
}
