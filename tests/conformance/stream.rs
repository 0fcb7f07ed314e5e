//! B. The stream of a watch, and what of its events the informer decides (C).

use std::ops::ControlFlow;

use k8bit::resource::{Pod, ResourceVersion};
use k8bit_informer::{failure::Cause, limits::MAX_LINE_BYTES, line_buffer::LineBuffer, store::Change};

use crate::kinds::Kind;
use crate::rig::{Rig, SECOND, bookmark, error, event};

/// A live rig to which the bytes come in pieces of every size from one to all.
fn in_pieces<K: Kind>(text: &str, check: impl Fn(&mut Rig<K>, usize)) {
    let sent = K::sent(text);
    for size in (1..40).chain([sent.len()]) {
        let mut rig = Rig::<K>::live(&["a"]);
        let attempt = k8bit_informer::request::RequestId(2);
        for piece in sent.as_bytes().chunks(size) {
            rig.body_of(attempt, piece);
        }
        check(&mut rig, size);
    }
}

fn row_19_a_boundary_inside_of_a_character_does_no_harm<K: Kind>() {
    let line =
        event("MODIFIED", "a", 101).replace(r#""phase":"Running""#, r#""phase":"Failed","reason":"Grün☸🦀日本"}"#);
    let line = line.replacen("}}}", "}}", 1);
    in_pieces::<K>(&line, |rig: &mut Rig<K>, size| {
        assert_eq!(rig.store.sorted()[0].status(), "Grün☸🦀日本", "in pieces of {size}");
    });
}

fn row_20_a_boundary_inside_of_json_or_of_cr_lf_does_no_harm<K: Kind>() {
    let lines = event("ADDED", "b", 101).replace('\n', "\r\n") + &*event("DELETED", "a", 102).replace('\n', "\r\n");
    in_pieces::<K>(&lines, |rig: &mut Rig<K>, size| {
        assert_eq!(rig.names(), ["b"], "in pieces of {size}")
    });
}

fn row_21_many_events_in_a_chunk_come_in_order<K: Kind>() {
    // Each replaces what the one before said, and every third is gone in the end.
    let mut lines = String::new();
    let mut version = 100;
    for round in 0..3 {
        for number in 0..1_000 {
            version += 1;
            let event_type = if round == 2 && number % 3 == 0 {
                "DELETED"
            } else {
                "MODIFIED"
            };
            let line = event(event_type, &format!("pod-{number:03}"), version);
            lines.push_str(&line.replace("Running", &format!("Round{round}")));
        }
    }
    let mut rig = Rig::<K>::live(&[]);
    rig.changes.clear();
    rig.body(&lines);
    assert_eq!((rig.store.len(), rig.version()), (666, "3100"));
    assert!(rig.store.sorted().iter().all(|pod| pod.status() == "Round2"));
    // All of them, and in the order in which they came.
    let told: Vec<(&str, &str)> = rig.changes.iter().map(told::<K>).collect();
    let expected = (0..3).flat_map(|round| {
        (0..1_000).map(move |number| match round {
            0 => ("ADDED", number),
            2 if number % 3 == 0 => ("DELETED", number),
            _ => ("MODIFIED", number),
        })
    });
    let expected: Vec<(&str, String)> = expected
        .map(|(what, number)| (what, format!("pod-{number:03}")))
        .collect();
    assert!(told.iter().map(|(what, name)| (*what, (*name).to_owned())).eq(expected));
}

/// What a change is, and of which pod.
fn told<K: Kind>(change: &Change<K>) -> (&'static str, &str) {
    let (what, pod) = match change {
        Change::Listed(pod) => ("LISTED", pod),
        Change::Added(pod) => ("ADDED", pod),
        Change::Modified { new, .. } => ("MODIFIED", new),
        Change::Deleted(pod) => ("DELETED", pod),
    };
    (what, pod.meta().key.name.as_str())
}

fn row_21_an_event_in_many_chunks_is_read_once<K: Kind>() {
    let filler = "x".repeat(8 << 20);
    let line = event("ADDED", "large", 2_000).replace(r#""spec":{}"#, &format!(r#""spec":{{"filler":"{filler}"}}"#));
    for piece_bytes in [8 << 10, 64] {
        let mut rig = Rig::<K>::live(&["a"]);
        for piece in K::sent(&line).as_bytes().chunks(piece_bytes) {
            rig.body_of(k8bit_informer::request::RequestId(2), piece);
        }
        assert_eq!((rig.names(), rig.version()), (vec!["a".into(), "large".into()], "2000"));
    }
    // In linear time: however small the pieces, each byte is searched once and copied once, but for those that a buffer
    // moves when it grows, which are fewer than it holds.
    for piece_bytes in [64, 8 << 10, 1 << 20] {
        let mut buffer = LineBuffer::new(MAX_LINE_BYTES);
        let mut lines = 0;
        for piece in line.as_bytes().chunks(piece_bytes) {
            let flow = buffer.feed(piece, |_| {
                lines += 1;
                ControlFlow::<()>::Continue(())
            });
            assert_eq!(flow, Ok(ControlFlow::Continue(())));
        }
        let bytes = line.len() as u64;
        assert_eq!(
            (lines, buffer.work().searched_bytes),
            (1, bytes),
            "in pieces of {piece_bytes}"
        );
        let copied = buffer.work().copied_bytes;
        assert!(
            copied <= 3 * bytes,
            "{copied} of {bytes} bytes copied in pieces of {piece_bytes}"
        );
    }
}

fn row_22_empty_lines_are_passed_over<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.body(&format!("\n\r\n{}\n\n", event("ADDED", "b", 101)));
    assert_eq!((rig.names().len(), rig.is_live()), (2, true));
}

fn row_23_a_last_line_without_newline_counts_if_it_is_complete<K: Kind>() {
    let line = event("ADDED", "b", 101);
    let line = K::sent(&line);
    let mut rig = Rig::<K>::live(&["a"]);
    rig.body(line.trim_end());
    rig.end();
    assert_eq!((rig.names().len(), rig.version()), (2, "101"));
    let mut rig = Rig::<K>::live(&["a"]);
    rig.body(&line[..line.len() - 2]);
    rig.cut();
    assert_eq!((rig.names().len(), rig.version()), (1, "100"));
}

fn row_24_a_malformed_line_reopens_from_the_last_good_version_and_then_relists<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.body(&format!(
        "{}{{\"type\":\"ADD\u{fffd}\n{}",
        event("ADDED", "b", 101),
        event("ADDED", "c", 103)
    ));
    assert_eq!((rig.names().len(), rig.cause()), (2, Some(Cause::Unreadable)));
    let (_, asked) = rig.wait_for_request(SECOND);
    assert!(asked.url.contains("&resourceVersion=101&"), "{}", asked.url);
    rig.answer(200);
    rig.body("nonsense\n");
    let (_, asked) = rig.wait_for_request(SECOND * 2);
    assert_eq!(asked.url, "/api/v1/pods?pretty=false");
    assert_eq!(rig.names().len(), 2);
}

fn row_25_a_line_over_the_limit_is_bounded_and_leads_to_a_list<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    let watch = k8bit_informer::request::RequestId(2);
    let piece = "x".repeat(1 << 20);
    // Four times as much as may be kept, as of a server that does not hear that nobody listens any more.
    for _ in 0..4 * (MAX_LINE_BYTES >> 20) {
        rig.body_of(watch, piece.as_bytes());
    }
    assert_eq!((rig.cause(), &rig.aborted[..]), (Some(Cause::Unreadable), &[watch][..]));
    let taken = rig.informer.counters().bytes as usize;
    assert!(taken <= MAX_LINE_BYTES + (2 << 20), "{taken} bytes were taken in");
    let said = rig.informer.failure().map(|failure| failure.detail.as_str());
    assert_eq!(said, Some("a line of the stream is longer than 16777216 bytes"));
    let (_, asked) = rig.wait_for_request(SECOND);
    assert_eq!(asked.url, "/api/v1/pods?pretty=false");
    rig.respond(200, &crate::rig::list(&["a", "b"], 200, ""));
    rig.open_watch(200);
    assert_eq!((rig.names().len(), rig.is_live()), (2, true));
}

#[test]
fn row_25_what_is_kept_of_a_line_is_bounded() {
    let mut buffer = LineBuffer::new(1_000);
    let nothing = |_: &[u8]| ControlFlow::<()>::Continue(());
    for _ in 0..10 {
        assert_eq!(buffer.feed(&[b'x'; 100], nothing), Ok(ControlFlow::Continue(())));
    }
    assert!(buffer.feed(b"x", nothing).is_err());
    assert_eq!(buffer.finish(), b"", "nothing of it is kept");
}

fn row_26_an_unknown_type_is_counted_and_ignored<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.body(&event("RENAMED", "b", 101));
    assert_eq!((rig.names().len(), rig.version(), rig.is_live()), (1, "100", true));
    assert_eq!(rig.informer.counters().ignored_events, 1);
}

fn row_27_another_kind_or_no_metadata_is_ignored<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.body(&event("ADDED", "b", 101).replace(r#""object":{"#, r#""object":{"kind":"Service","#));
    rig.body("{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\"}}\n");
    rig.body("{\"type\":\"DELETED\",\"object\":{\"kind\":\"Pod\",\"metadata\":null}}\n");
    assert_eq!((rig.names().len(), rig.version(), rig.is_live()), (1, "100", true));
    assert_eq!(rig.informer.counters().ignored_events, 3);
}

fn row_30_deleted_for_an_unknown_key_moves_the_version<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.changes.clear();
    rig.body(&event("DELETED", "b", 101));
    assert_eq!((rig.names(), rig.version()), (vec!["a".into()], "101"));
    assert!(rig.changes.is_empty() && rig.is_live());
}

fn row_36_a_bookmark_moves_the_version_and_draws_nothing<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.changes.clear();
    rig.pass(SECOND * 60);
    rig.body(&bookmark(140));
    assert_eq!(
        (rig.version(), rig.changes.len(), rig.informer.last_heard()),
        ("140", 0, rig.now)
    );
    rig.cut();
    let (_, asked) = rig.wait_for_request(SECOND);
    assert!(asked.url.contains("allowWatchBookmarks=true") && asked.url.contains("&resourceVersion=140&"));
}

fn row_37_a_bookmark_needs_nothing_but_its_version<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.body("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"150\"}}}\n");
    assert_eq!(rig.version(), "150");
}

/// A live rig with this version.
fn at_version<K: Kind>(version: &str) -> Rig<K> {
    let mut rig = Rig::<K>::new();
    rig.asked();
    let list = crate::rig::list(&["a"], 100, "").replace(
        r#""resourceVersion":"100""#,
        &format!(r#""resourceVersion":"{version}""#),
    );
    rig.respond(200, &list);
    rig.asked();
    rig.answer(200);
    rig
}

fn row_39_versions_that_are_no_numbers_work_by_equality<K: Kind>() {
    let mut rig = at_version::<K>("v1.abc");
    rig.body(&event("ADDED", "b", 7).replace(r#""resourceVersion":"7""#, r#""resourceVersion":"v1.aaa""#));
    assert_eq!((rig.version(), rig.names().len()), ("v1.aaa", 2));
}

fn row_40_versions_of_any_length_do_not_overflow<K: Kind>() {
    let (older, newer) = ("9".repeat(39), format!("1{}", "0".repeat(39)));
    let mut rig = at_version::<K>(&older);
    rig.body(&event("ADDED", "b", 7).replace(r#""resourceVersion":"7""#, &format!(r#""resourceVersion":"{newer}""#)));
    assert_eq!(rig.version(), newer);
    rig.body(&event("ADDED", "c", 7).replace(r#""resourceVersion":"7""#, &format!(r#""resourceVersion":"{older}""#)));
    assert_eq!(rig.version(), newer, "a replayed event does not rewind");
    let compare = |a: &str, b: &str| ResourceVersion::new(a)?.compare(&ResourceVersion::new(b)?);
    assert_eq!(compare(&older, &newer), Some(std::cmp::Ordering::Less));
}

#[test]
fn what_expires_together_is_deleted_under_one_version() {
    let mut rig = Rig::<Pod>::live(&["a", "b", "c"]);
    for name in ["a", "b"] {
        rig.body(&event("DELETED", name, 110));
    }
    assert_eq!((rig.names(), rig.version()), (vec!["c".into()], "110"));
    rig.body(&event("DELETED", "c", 109));
    assert_eq!(rig.names(), ["c"], "older than that is a repetition");
}

#[test]
fn one_malformed_object_costs_that_object_alone() {
    let mut rig = Rig::<Pod>::live(&["a"]);
    rig.body(&event("MODIFIED", "a", 101).replace(r#""spec":{}"#, r#""spec":[1]"#));
    rig.body(&event("ADDED", "b", 102));
    assert_eq!((rig.names().len(), rig.version(), rig.is_live()), (2, "102", true));
    assert_eq!(rig.informer.counters().malformed_objects, 1);
    let _: &Pod = rig.store.sorted()[0];
    rig.body(&error(r#""code":410"#));
    rig.wait_for_request(SECOND);
    let list = crate::rig::list(&["a", "b", "c"], 200, "").replacen(r#""spec":{}"#, r#""spec":7"#, 1);
    rig.respond(200, &list);
    assert_eq!(
        (rig.names(), rig.informer.counters().malformed_objects),
        (vec!["b".into(), "c".into()], 2)
    );
}

crate::kinds::rows! {
    all {
        row_19_a_boundary_inside_of_a_character_does_no_harm,
        row_20_a_boundary_inside_of_json_or_of_cr_lf_does_no_harm,
        row_21_many_events_in_a_chunk_come_in_order,
        row_21_an_event_in_many_chunks_is_read_once,
        row_22_empty_lines_are_passed_over,
        row_23_a_last_line_without_newline_counts_if_it_is_complete,
        row_24_a_malformed_line_reopens_from_the_last_good_version_and_then_relists,
        row_25_a_line_over_the_limit_is_bounded_and_leads_to_a_list,
        row_26_an_unknown_type_is_counted_and_ignored,
        row_27_another_kind_or_no_metadata_is_ignored,
        row_30_deleted_for_an_unknown_key_moves_the_version,
        row_36_a_bookmark_moves_the_version_and_draws_nothing,
        row_37_a_bookmark_needs_nothing_but_its_version,
        row_39_versions_that_are_no_numbers_work_by_equality,
        row_40_versions_of_any_length_do_not_overflow,
    }
}
