//! I. What carries a watch, and servers that are faster than the page.

use k8bit::{
    clock::Moment,
    connection::{self, ConnectionState},
    limits::MAX_UNREAD_SOCKET_BYTES,
    resource::{Pod, Timestamp},
};
use k8bit_informer::{
    InitialList,
    failure::Cause,
    inbox::Inbox,
    store::{Scope, Store},
    transport::{Carrier, Delivery, TransportState},
};

use crate::{
    changes::handle,
    kinds::Kind,
    rig::{Asked, Rig, SECOND, bookmark, event, list, status},
};

/// A rig behind an unknown way whose first list is complete.
fn listed<K: Kind>(transport: TransportState) -> (Rig<K>, Asked) {
    let mut rig = Rig::<K>::behind(transport, InitialList::Unlimited, 7);
    rig.relist(&["a", "b"], 100);
    let asked = rig.asked_one();
    assert!(asked.url.contains("watch=1&"), "{}", asked.url);
    (rig, asked)
}

/// Answers the probe as a server does over a way that delivers at once.
fn pass_probe<K: Kind>(rig: &mut Rig<K>) {
    let probe = rig.probe();
    rig.answer_of(probe.attempt, 200);
    rig.body_of(probe.attempt, event("ADDED", "a", 1).as_bytes());
}

const NO_SOCKETS: TransportState = TransportState {
    fetch: Delivery::Unknown,
    refused_handshakes: 3,
};

fn row_89_a_compressed_streaming_list_goes_over_a_websocket_at_once<K: Kind>() {
    let mut rig = Rig::<K>::with(InitialList::Stream, 7);
    let asked = rig.asked_one();
    assert_eq!(asked.carrier, Carrier::SharedFetch);
    rig.answer_compressed();
    let again = rig.asked_one();
    assert_eq!(rig.aborted, [asked.attempt]);
    assert!(again.url.contains("&sendInitialEvents=true&"), "{}", again.url);
    assert_eq!((again.carrier, again.at), (Carrier::Socket, asked.at));
    assert_eq!((rig.cause(), rig.informer.counters().failures), (None, 0));
    assert!(rig.detour().contains("compresses streaming lists") && rig.detour().ends_with("They use WebSockets."));
    rig.answer(200);
    let end = bookmark(100).replace(
        r#""metadata":{"#,
        r#""metadata":{"annotations":{"k8s.io/initial-events-end":"true"},"#,
    );
    rig.body(&(event("ADDED", "a", 90) + &*end));
    assert_eq!((rig.names(), rig.is_live()), (vec!["a".into()], true));
    // It is remembered: the next one does not try.
    rig.body(&crate::rig::error(r#""code":410"#));
    assert_eq!(rig.wait_for_request(SECOND).1.carrier, Carrier::Socket);
}

fn row_89_without_websockets_it_is_listed_at_once<K: Kind>() {
    let mut rig = Rig::<K>::with(InitialList::Stream, 7);
    rig.asked();
    rig.answer_compressed();
    assert_eq!(rig.asked_one().carrier, Carrier::Socket);
    rig.no_carrier();
    let asked = rig.asked_one();
    assert_eq!((asked.url.as_str(), asked.at), ("/api/v1/pods?pretty=false", SECOND));
    assert!(
        rig.detour().ends_with("Objects are listed instead."),
        "{}",
        rig.detour()
    );
    rig.respond(200, &list(&["a"], 100, ""));
    assert_eq!((rig.names(), rig.informer.counters().failures), (vec!["a".into()], 0));
}

fn row_89_a_compressed_list_or_watch_is_read_as_ever<K: Kind>() {
    let mut rig = Rig::<K>::new();
    rig.asked();
    rig.answer_compressed();
    rig.body(&list(&["a"], 100, ""));
    rig.end();
    rig.asked_one();
    rig.answer_compressed();
    rig.body(&event("ADDED", "b", 101));
    assert_eq!(
        (rig.names().len(), rig.is_live(), rig.detour()),
        (2, true, String::new())
    );
    rig.assert_idle();
}

fn row_90_a_way_that_delivers_at_once_is_proven_beside_the_watch<K: Kind>() {
    let (mut rig, asked) = listed::<K>(TransportState::default());
    assert_eq!(asked.carrier, Carrier::SharedFetch);
    rig.answer(200);
    assert!(rig.is_live(), "nobody waits for the proof");
    assert_eq!(
        rig.probes[0].url,
        "/api/v1/pods?watch=1&pretty=false&resourceVersion=0&timeoutSeconds=10&fieldSelector=metadata.name%3Da"
    );
    assert_eq!(rig.probes[0].carrier, Carrier::Fetch);
    let probe = rig.probes[0].attempt;
    pass_probe::<K>(&mut rig);
    assert_eq!(rig.informer.transport(), TransportState::PROMPT);
    assert_eq!(rig.aborted, [probe], "the probe has served its purpose");
    // What it says belongs to no picture.
    assert_eq!((rig.names().len(), rig.version()), (2, "100"));
    rig.pass(SECOND * 60);
    rig.assert_idle();
    // It is known from then on.
    rig.cut();
    let (_, consistency_check) = rig.wait_for_request(SECOND);
    rig.pass_consistency_check(&consistency_check);
    rig.answer(200);
    assert!(rig.probes.is_empty() && rig.is_live());
}

fn row_90_a_body_that_is_held_back_leads_to_a_websocket_within_seconds<K: Kind>() {
    // Nothing of the event, or as much of it as overflows the buffer.
    for part in ["", &event("ADDED", "a", 1)[..60]] {
        let (mut rig, asked) = listed::<K>(TransportState::default());
        rig.answer(200);
        let probe = rig.probe();
        rig.answer_of(probe.attempt, 200);
        rig.body_of(probe.attempt, part.as_bytes());
        let (waited, watch) = rig.wait_for_request(SECOND * 5);
        assert!(waited <= SECOND * 3, "{waited:?}");
        assert_eq!(
            (watch.carrier, &rig.aborted[..]),
            (Carrier::Socket, &[probe.attempt, asked.attempt][..])
        );
        assert!(watch.url.contains("&resourceVersion=100&"), "{}", watch.url);
        assert!(rig.detour().starts_with("A proxy holds back"), "{}", rig.detour());
        // Not live for longer than a reopening takes.
        rig.pass(SECOND * 3);
        assert!(!rig.is_live());
        rig.answer(200);
        rig.body(&event("ADDED", "c", 101));
        assert_eq!((rig.names().len(), rig.is_live()), (3, true));
        assert!(rig.probes.is_empty());
    }
}

fn row_90_what_cannot_be_proven_is_not_trusted<K: Kind>() {
    fn refuse<K: Kind>(rig: &mut Rig<K>, probe: &Asked) {
        rig.answer_of(probe.attempt, 400);
    }
    fn swallow<K: Kind>(rig: &mut Rig<K>, _: &Asked) {
        rig.pass(SECOND * 3);
    }
    fn cut_twice<K: Kind>(rig: &mut Rig<K>, probe: &Asked) {
        rig.cut_of(probe.attempt);
        let again = rig.probe();
        rig.cut_of(again.attempt);
    }
    for fail in [refuse::<K>, swallow, cut_twice] {
        let (mut rig, _) = listed::<K>(TransportState::default());
        rig.answer(200);
        let probe = rig.probe();
        fail(&mut rig, &probe);
        assert_eq!(rig.asked_one().carrier, Carrier::Socket);
        assert_eq!(rig.informer.transport().fetch, Delivery::Unproven);
        assert!(rig.detour().starts_with("It could not be verified"), "{}", rig.detour());
    }
    // Where there is no object to ask for, neither.
    let mut rig = Rig::<K>::behind(TransportState::default(), InitialList::Unlimited, 7);
    rig.relist(&[], 100);
    assert_eq!(rig.asked_one().carrier, Carrier::Socket);
}

fn row_90_without_websockets_watches_are_short_and_live_from_end_to_end<K: Kind>() {
    let held = TransportState {
        fetch: Delivery::HeldBodies,
        ..NO_SOCKETS
    };
    let (mut rig, watch) = listed::<K>(held);
    assert!(watch.url.contains("&timeoutSeconds=5"), "{}", watch.url);
    assert_eq!(watch.carrier, Carrier::Fetch);
    assert!(
        rig.detour()
            .ends_with("WebSockets are refused. The API server is asked for changes every 5 s."),
        "{}",
        rig.detour()
    );
    // As of the list.
    assert!(rig.is_live());
    rig.answer(200);
    rig.pass(SECOND * 5);
    rig.body(&event("ADDED", "c", 101));
    rig.end();
    for round in 0..20 {
        let (waited, watch) = rig.wait_for_request(SECOND);
        assert!(waited.is_zero() && rig.is_live(), "{waited:?}");
        assert!(watch.url.contains("&resourceVersion=101&"), "{}", watch.url);
        assert_eq!(
            (rig.names().len(), rig.informer.counters().lists),
            (3, 1),
            "round {round}"
        );
        rig.answer(200);
        rig.pass(SECOND * 5);
        assert!(rig.is_live());
        rig.end();
    }
    // Headers are no news here, and an end that does not come is a failure.
    rig.wait_for_request(SECOND);
    rig.answer(200);
    rig.pass(SECOND * 9);
    assert!(!rig.is_live());
    assert_eq!(rig.cause(), Some(Cause::TimedOut));
    let (_, mut watch) = rig.wait_for_request(SECOND * 5);
    if !watch.url.contains("watch=1") {
        watch = rig.pass_consistency_check(&watch);
    }
    assert!(watch.url.contains("&resourceVersion=101&"), "{}", watch.url);
}

fn row_90_websockets_are_tried_again_after_a_while<K: Kind>() {
    let held = TransportState {
        fetch: Delivery::HeldBodies,
        ..NO_SOCKETS
    };
    let (mut rig, _) = listed::<K>(held);
    let begin = rig.now;
    let mut watch = None;
    while rig.now - begin < SECOND * 900 {
        rig.answer(200);
        rig.pass(SECOND * 5);
        rig.end();
        let mut asked = rig.wait_for_request(SECOND).1;
        if !asked.url.contains("watch=1") {
            asked = rig.pass_consistency_check(&asked);
        }
        if asked.carrier == Carrier::Socket {
            watch = Some(asked);
            break;
        }
    }
    let watch = watch.expect("a WebSocket is tried");
    assert!(watch.at - begin >= SECOND * 590);
    rig.answer(200);
    assert!(rig.is_live() && rig.informer.transport().has_sockets());
    assert!(watch.url.contains("&timeoutSeconds=2"), "no short one: {}", watch.url);
}

fn row_91_headers_that_do_not_come_lead_to_a_websocket_at_once<K: Kind>() {
    let mut rig = Rig::<K>::behind(TransportState::default(), InitialList::Unlimited, 7);
    rig.asked();
    rig.now += SECOND / 20;
    rig.respond(200, &list(&["a"], 100, ""));
    let fetch = rig.asked_one();
    assert_eq!(fetch.carrier, Carrier::SharedFetch);
    let (waited, socket) = rig.wait_for_request(SECOND * 2);
    assert!(waited <= SECOND, "{waited:?}");
    assert_eq!(
        (socket.carrier, &rig.aborted[..]),
        (Carrier::Socket, &[fetch.attempt][..])
    );
    assert!(!rig.is_live(), "nothing has answered");
    rig.answer(200);
    assert!(rig.is_live() && rig.informer.failure().is_none());
    assert_eq!(rig.informer.transport().fetch, Delivery::LateHeaders);
    assert!(
        rig.detour().starts_with("Over fetch, this browser or a proxy"),
        "{}",
        rig.detour()
    );
    // It is known from then on.
    rig.cut();
    assert_eq!(rig.wait_for_request(SECOND).1.carrier, Carrier::Socket);
    rig.answer(200);
    assert!(rig.is_live());
}

fn row_91_without_websockets_headers_that_do_not_come_lead_to_short_watches_and_lists<K: Kind>() {
    let (mut rig, _) = listed::<K>(NO_SOCKETS);
    let (waited, short) = rig.wait_for_request(SECOND * 2);
    assert!(waited <= SECOND, "{waited:?}");
    assert!(short.url.contains("&timeoutSeconds=5"), "{}", short.url);
    rig.pass(SECOND * 5);
    rig.answer(200);
    rig.end();
    assert!(rig.is_live());
    // A streaming list cannot be short.
    let mut rig = Rig::<K>::behind(NO_SOCKETS, InitialList::Stream, 7);
    rig.asked();
    let (_, asked) = rig.wait_for_request(SECOND * 10);
    assert_eq!(
        (asked.url.as_str(), rig.cause()),
        ("/api/v1/pods?pretty=false", Some(Cause::TimedOut))
    );
}

fn row_91_what_is_remembered_of_the_browser_spares_the_wait<K: Kind>() {
    let firefox = TransportState {
        fetch: Delivery::LateHeaders,
        refused_handshakes: 0,
    };
    let (mut rig, watch) = listed::<K>(firefox);
    assert_eq!(watch.carrier, Carrier::Socket);
    rig.answer(200);
    assert!(rig.is_live() && rig.probes.is_empty());
}

fn row_91_a_watch_that_nothing_answers_is_noticed<K: Kind>() {
    let (mut rig, _) = listed::<K>(TransportState::default());
    assert_eq!(rig.wait_for_request(SECOND * 6).1.carrier, Carrier::Socket);
    // Neither headers nor a handshake.
    let (waited, next) = rig.wait_for_request(SECOND * 20);
    assert!(waited >= SECOND * 10, "{waited:?}");
    assert_eq!(rig.cause(), Some(Cause::TimedOut));
    assert!(!rig.is_live());
    // It may be that handshakes alone are swallowed: the next one goes over fetch, as a short one.
    let next = match next.url.contains("watch=1") {
        true => next,
        false => rig.pass_consistency_check(&next),
    };
    assert_eq!(next.carrier, Carrier::Fetch);
    assert!(next.url.contains("&timeoutSeconds=5"), "{}", next.url);
    rig.pass(SECOND * 5);
    rig.answer(200);
    rig.end();
    assert!(rig.is_live());
}

fn row_91_one_slow_answer_does_not_condemn_a_way_that_was_prompt<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    for (round, delivery) in [(1, Delivery::Prompt), (2, Delivery::LateHeaders)] {
        rig.cut();
        assert_eq!(rig.wait_for_request(SECOND).1.carrier, Carrier::SharedFetch, "{round}");
        let (waited, socket) = rig.wait_for_request(SECOND * 10);
        assert_eq!((waited, socket.carrier), (SECOND * 5, Carrier::Socket), "{round}");
        rig.answer(200);
        assert!(rig.is_live());
        assert_eq!(rig.informer.transport().fetch, delivery, "{round}");
    }
}

fn row_91_a_page_that_was_held_up_itself_waits_once_more<K: Kind>() {
    let (mut rig, _) = listed::<K>(TransportState::default());
    rig.now += SECOND * 8;
    rig.pass(SECOND / 10);
    rig.assert_idle();
    rig.answer(200);
    assert!(rig.is_live());
    assert_eq!(rig.informer.transport().fetch, Delivery::Unknown);
    pass_probe::<K>(&mut rig);
}

fn row_91_a_refused_handshake_is_asked_about_with_fetch<K: Kind>() {
    // No shared stream is free.
    let mut rig = Rig::<K>::new();
    rig.relist(&["a"], 100);
    assert_eq!(rig.asked_one().carrier, Carrier::SharedFetch);
    for round in 1..=3 {
        rig.no_carrier();
        assert_eq!(rig.asked_one().carrier, Carrier::Socket, "{round}");
        rig.no_carrier();
        // A stream over fetch is only shared as long as there is another way.
        assert_eq!(rig.asked_one().carrier, Carrier::SharedFetch, "{round}");
        rig.no_carrier();
        assert_eq!(rig.asked_one().carrier, Carrier::Fetch, "{round}");
        rig.answer(200);
        assert!(rig.is_live());
        assert_eq!(rig.informer.transport().refused_handshakes, round);
        rig.cut();
        assert_eq!(
            rig.wait_for_request(SECOND * 4).1.carrier,
            Carrier::SharedFetch,
            "{round}"
        );
    }
    rig.no_carrier();
    assert_eq!(rig.asked_one().carrier, Carrier::Fetch, "and no more handshakes");
    // What fetch says is what is wrong.
    rig.respond(403, &status(r#""reason":"Forbidden","code":403"#));
    assert_eq!(rig.cause(), Some(Cause::Forbidden));
}

fn row_91_a_handshake_that_succeeds_forgets_the_refused_ones<K: Kind>() {
    let twice = TransportState {
        refused_handshakes: 2,
        ..TransportState::PROMPT
    };
    let (mut rig, _) = listed::<K>(twice);
    rig.no_carrier();
    assert_eq!(rig.asked_one().carrier, Carrier::Socket);
    rig.answer(200);
    assert_eq!(rig.informer.transport(), TransportState::PROMPT);
}

fn row_92_a_websocket_that_brings_more_than_is_read_ends_as_broken_and_goes_on<K: Kind>() {
    let mut rig = Rig::<K>::live(&[]);
    let mut inbox = Inbox::new(MAX_UNREAD_SOCKET_BYTES);
    // 8 KiB a pod, and nobody reads meanwhile.
    let filler = format!(r#""spec":{{"filler":"{}"}}"#, "x".repeat(8 << 10));
    let mut version = 100;
    let full = loop {
        version += 1;
        let line = event("ADDED", &format!("pod-{version}"), version).replace(r#""spec":{}"#, &filler);
        if let Err(full) = inbox.push(line) {
            break full;
        }
    };
    let received = version - 101;
    assert!((3_900..4_100).contains(&received), "{received} lines within the bound");
    // What was received is good; then the stream is over.
    while let Some(line) = inbox.pop() {
        rig.body(&line);
    }
    rig.cut_with(&full.to_string());
    assert_eq!((rig.names().len() as u64, rig.cause()), (received, Some(Cause::Cut)));
    let failure = rig.informer.failure().expect("it is said");
    assert_eq!(failure.detail, "more than 32 MiB were received than could be read");
    let (_, watch) = rig.wait_for_request(SECOND);
    assert!(
        watch.url.contains(&format!("&resourceVersion={}&", version - 1)),
        "{}",
        watch.url
    );
    rig.answer(200);
    rig.body(&event("ADDED", "after", version));
    assert_eq!((rig.names().len() as u64, rig.is_live()), (received + 1, true));
}

#[test]
fn row_92_objects_for_which_there_is_no_room_are_left_out_and_the_page_says_so() {
    let mut rig = Rig::<Pod>::live(&["a"]);
    let clock = Moment {
        monotonic: rig.now,
        wall: Timestamp(0),
    };
    let mut store = Store::with_limit(2);
    let said = |rig: &Rig<Pod>, store: &Store<_>| {
        let mut kind = connection::of_informer(&rig.informer, clock);
        connection::note_left_out(&mut kind, rig.informer.collection(), store);
        (kind.state, kind.problem.map(|problem| problem.sentence))
    };
    handle(
        &mut store,
        &Scope::Cluster,
        "INIT\nITEM a/a A 1 Running\nITEM a/b B 2 Running\nDONE",
    );
    assert_eq!(said(&rig, &store), (ConnectionState::Live, None));
    handle(&mut store, &Scope::Cluster, "APPLY a/c C 3 Running");
    let sentence = "There are more than 2 pods. The others are not shown.";
    assert_eq!(
        (store.len(), said(&rig, &store)),
        (2, (ConnectionState::Live, Some(sentence.into())))
    );
    // What is wrong with the connection matters more.
    rig.cut();
    let sentence = said(&rig, &store).1.expect("it is said");
    assert!(sentence.contains("was closed"), "{sentence}");
}

crate::kinds::rows! {
    objects {
        row_89_a_compressed_streaming_list_goes_over_a_websocket_at_once,
        row_89_without_websockets_it_is_listed_at_once,
        row_89_a_compressed_list_or_watch_is_read_as_ever,
        row_90_a_way_that_delivers_at_once_is_proven_beside_the_watch,
        row_90_a_body_that_is_held_back_leads_to_a_websocket_within_seconds,
        row_90_what_cannot_be_proven_is_not_trusted,
        row_90_without_websockets_watches_are_short_and_live_from_end_to_end,
        row_90_websockets_are_tried_again_after_a_while,
        row_91_headers_that_do_not_come_lead_to_a_websocket_at_once,
        row_91_without_websockets_headers_that_do_not_come_lead_to_short_watches_and_lists,
        row_91_what_is_remembered_of_the_browser_spares_the_wait,
        row_91_a_watch_that_nothing_answers_is_noticed,
        row_91_one_slow_answer_does_not_condemn_a_way_that_was_prompt,
        row_91_a_page_that_was_held_up_itself_waits_once_more,
        row_91_a_refused_handshake_is_asked_about_with_fetch,
        row_91_a_handshake_that_succeeds_forgets_the_refused_ones,
        row_92_a_websocket_that_brings_more_than_is_read_ends_as_broken_and_goes_on,
    }
}
