//! E. Silent death.

use std::time::Duration;

use k8bit::{
    clock::Moment,
    connection::ConnectionState,
    resource::Timestamp,
    sleep::{Lost, lost_between},
};
use k8bit_informer::{InformerConfig, failure::Cause};

use crate::kinds::Kind;
use crate::rig::{Rig, SECOND, bookmark, error, event, list, status};

/// A live rig that has seen bookmarks every minute.
fn with_bookmark_interval<K: Kind>() -> Rig<K> {
    let mut rig = Rig::<K>::live(&["a"]);
    for minute in 1..=3 {
        rig.pass(SECOND * 60);
        rig.body(&bookmark(100 + minute));
    }
    rig.assert_idle();
    rig
}

fn row_59_a_half_open_connection_is_found_within_two_bookmark_periods<K: Kind>() {
    let mut rig = with_bookmark_interval::<K>();
    // The interval outlives the watch it was learnt from.
    rig.end();
    rig.wait_for_request(SECOND);
    rig.respond(200, &list(&["a"], 103, ""));
    rig.wait_for_request(SECOND);
    rig.answer(200);
    let (waited, consistency_check) = rig.wait_for_request(SECOND * 120);
    assert!(waited > SECOND * 60, "{waited:?}");
    let watch = rig.pass_consistency_check(&consistency_check);
    assert!(
        watch.url.contains("watch=1") && watch.url.contains("&resourceVersion=103&"),
        "{}",
        watch.url
    );
    assert_eq!(rig.aborted.len(), 1);
}

fn row_59_without_bookmarks_it_is_found_when_the_time_of_the_watch_is_up<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    let (waited, _) = rig.wait_for_request(SECOND * 300);
    assert!(waited <= SECOND * 250, "{waited:?}");
}

fn row_60_a_quiet_kind_is_not_restarted_in_a_loop_and_is_never_stale<K: Kind>() {
    check_quiet::<K>(Rig::<K>::live(&["a"]));
    // Nor is one whose bookmarks cease.
    check_quiet::<K>(with_bookmark_interval::<K>());
}

#[track_caller]
fn check_quiet<K: Kind>(mut rig: Rig<K>) {
    let version: u64 = rig.version().parse().expect("a number");
    let mut requests = 0;
    let until = rig.now + SECOND * 3_600;
    while rig.now < until {
        let (_, asked) = rig.wait_for_request(SECOND * 300);
        requests += 1;
        assert!(rig.is_live(), "at {:?}", rig.now);
        if asked.url.contains("watch=1") {
            rig.answer(200);
            rig.pass(SECOND * 3);
            assert!(rig.is_live(), "at {:?}", rig.now);
        } else {
            rig.respond(200, &list(&["a"], version, ""));
        }
    }
    assert!(requests <= 40, "{requests} requests in an hour");
}

fn row_61_a_server_that_ignores_the_time_of_a_watch_is_hung_up_on<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    let until = rig.now + SECOND * 250;
    let mut version = 100;
    while rig.now < until && rig.aborted.is_empty() {
        rig.pass(SECOND);
        version += 1;
        rig.body(&event("MODIFIED", "a", version));
    }
    assert_eq!((rig.aborted.len(), rig.is_live()), (1, true));
}

/// A page that ticks every second, whose machine sleeps for half an hour: by both of its clocks, or only by one, as each
/// browser has it. What its driver does at each tick is what [`lost_between`] says.
fn row_62_after_sleep_the_connection_is_doubted_at_once_and_stale_until_it_is_live<K: Kind>() {
    let asleep = SECOND * 1_800;
    for (monotonic, wall) in [(asleep, 1_800), (Duration::ZERO, 1_800), (asleep, 0)] {
        let mut rig = Rig::<K>::live(&["a", "b"]);
        rig.pass(SECOND * 3);
        let wall_at = |rig: &Rig<K>, slept| Moment {
            monotonic: rig.now,
            wall: Timestamp(1_000 + rig.now.as_secs() as i64 + slept),
        };
        let before = wall_at(&rig, 0);
        rig.pass(SECOND);
        assert_eq!(lost_between(before, wall_at(&rig, 0), false), Lost::default());
        // Nothing runs while the machine sleeps; the first tick comes within a second of waking.
        let before = wall_at(&rig, 0);
        rig.now += monotonic + SECOND;
        let slept = wall - monotonic.as_secs() as i64;
        let lost = lost_between(before, wall_at(&rig, slept), false);
        assert!(lost.is_jump, "{monotonic:?}, {wall} s on the wall");
        rig.now += lost.unnoticed;
        rig.resume();
        assert_eq!(rig.said().0, ConnectionState::Stale);
        let (waited, consistency_check) = rig.wait_for_request(SECOND);
        assert!(waited.is_zero(), "{waited:?}");
        let watch = rig.pass_consistency_check(&consistency_check);
        assert!(watch.url.contains("&resourceVersion=100&"), "{}", watch.url);
        assert_eq!(rig.said().0, ConnectionState::Stale, "until it is live");
        rig.answer(200);
        rig.body(&event("DELETED", "b", 140));
        assert_eq!((rig.said().0, rig.names()), (ConnectionState::Live, vec!["a".into()]));
    }
}

fn row_63_a_request_that_hangs_is_given_up<K: Kind>() {
    // Of a watch, first over fetch, then over a WebSocket.
    let mut rig = Rig::<K>::live(&["a"]);
    rig.cut();
    let (_, fetch) = rig.wait_for_request(SECOND);
    let (waited, socket) = rig.wait_for_request(SECOND * 30);
    assert!(waited >= SECOND * 5, "{waited:?}");
    let (more, consistency_check) = rig.wait_for_request(SECOND * 30);
    assert!(waited + more <= SECOND * 30, "{waited:?} and {more:?}");
    assert_eq!(rig.aborted, [fetch.attempt, socket.attempt]);
    assert_eq!(rig.cause(), Some(Cause::TimedOut));
    let watch = rig.pass_consistency_check(&consistency_check);
    assert!(watch.url.contains("&resourceVersion=100&"));
    // Of a list.
    let mut rig = Rig::<K>::live(&["a"]);
    rig.body(&error(r#""code":410"#));
    rig.wait_for_request(SECOND);
    let (waited, list) = rig.wait_for_request(SECOND * 30);
    assert!(waited >= SECOND * 5, "{waited:?}");
    assert_eq!(
        (rig.cause(), list.url.as_str()),
        (Some(Cause::TimedOut), "/api/v1/pods?pretty=false")
    );
}

/// Ends a watch that was healthy long enough for a consistency check, and answers the consistency check.
fn consistency_check<K: Kind>(rig: &mut Rig<K>, answer: &str) {
    let last_watch = rig.now;
    rig.pass(InformerConfig::DEFAULT.consistency_check_interval.max(SECOND * 61));
    assert!(rig.now > last_watch);
    rig.end();
    let (_, asked) = rig.wait_for_request(SECOND);
    assert_eq!(asked.url, "/api/v1/pods?pretty=false&limit=1");
    rig.respond(200, answer);
}

fn row_64_a_server_that_was_rewound_is_listed_again<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a", "b"]);
    consistency_check::<K>(&mut rig, &list(&["a"], 40, ""));
    let (_, asked) = rig.wait_for_request(SECOND);
    assert_eq!(asked.url, "/api/v1/pods?pretty=false");
    rig.respond(200, &list(&["a"], 41, ""));
    assert_eq!(
        (rig.names(), rig.version(), rig.informer.counters().repairs),
        (vec!["a".into()], "41", 1)
    );
    rig.open_watch(41);
}

fn row_64_a_server_that_was_rewound_during_an_outage_is_noticed_before_it_overtakes<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a", "b"]);
    rig.cut();
    rig.wait_for_request(SECOND);
    rig.delays(5, Rig::<K>::cut);
    rig.respond(200, &list(&["a"], 40, ""));
    let (waited, asked) = rig.wait_for_request(SECOND);
    assert_eq!(asked.url, "/api/v1/pods?pretty=false");
    assert!(waited.is_zero() && !rig.is_live(), "{waited:?}");
    rig.respond(200, &list(&["a"], 41, ""));
    assert_eq!((rig.names(), rig.informer.counters().repairs), (vec!["a".into()], 1));
    rig.open_watch(41);
}

/// After an outage, whatever becomes of the first consistency check: a watch from our version would be accepted by a server that was
/// restored, and silent until its versions have overtaken ours. Then nothing tells any more what the watch left out.
#[track_caller]
fn check_restored<K: Kind>(disturb: impl Fn(&mut Rig<K>)) {
    let mut rig = Rig::<K>::live(&["a", "b"]);
    rig.cut();
    rig.wait_for_request(SECOND);
    rig.cut();
    rig.wait_for_request(SECOND);
    disturb(&mut rig);
    let (_, consistency_check) = rig.wait_for_request(SECOND * 60);
    assert!(
        consistency_check.url.ends_with("&limit=1"),
        "an audit again: {}",
        consistency_check.url
    );
    rig.respond(200, &list(&["a"], 90, ""));
    assert_eq!(rig.asked_one().url, "/api/v1/pods?pretty=false");
    rig.respond(200, &list(&["a"], 91, ""));
    assert_eq!((rig.names(), rig.informer.counters().repairs), (vec!["a".into()], 1));
}

fn row_64_a_consistency_check_that_fails_after_an_outage_is_made_again<K: Kind>() {
    check_restored::<K>(|rig| {
        rig.answer(200);
        rig.body(&K::sent(&list(&["a"], 90, ""))[..60]);
        rig.cut();
    });
    check_restored::<K>(|rig| rig.respond(200, "<!doctype html><title>Sign in</title>"));
    check_restored::<K>(|rig| rig.answer_with_page(200, "<!doctype html><title>Sign in</title>"));
    check_restored::<K>(|rig| rig.respond(0, ""));
    for (code, reason) in [
        (400, "BadRequest"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (429, "TooManyRequests"),
        (500, "InternalError"),
    ] {
        check_restored::<K>(|rig| rig.respond(code, &status(&format!(r#""reason":"{reason}","code":{code}"#))));
    }
}

fn row_64_a_server_that_was_rewound_while_nobody_listened_is_noticed<K: Kind>() {
    let restored = |mut rig: Rig<K>| {
        let (_, consistency_check) = rig.wait_for_request(SECOND * 60);
        assert!(
            consistency_check.url.ends_with("&limit=1"),
            "an audit comes first: {}",
            consistency_check.url
        );
        rig.respond(200, &list(&["a"], 90, ""));
        assert_eq!(rig.asked_one().url, "/api/v1/pods?pretty=false");
    };
    // While the page was hidden, while the machine slept, and during a long delay.
    let mut rig = Rig::<K>::live(&["a", "b"]);
    rig.pause();
    rig.pass(SECOND * 20);
    rig.resume();
    restored(rig);
    let mut rig = Rig::<K>::live(&["a", "b"]);
    rig.now += SECOND * 20;
    rig.resume();
    restored(rig);
    let mut rig = Rig::<K>::live(&["a", "b"]);
    rig.body(&event("MODIFIED", "a", 101));
    rig.cut();
    rig.wait_for_request(SECOND);
    rig.answer_after(429, Some(20));
    rig.end();
    restored(rig);
}

fn row_65_a_watch_from_the_future_is_noticed<K: Kind>() {
    // The server was restored to version 40; a watch from 100 is accepted, and silent.
    let mut rig = Rig::<K>::live(&["a"]);
    let begin = rig.now;
    loop {
        let (_, asked) = rig.wait_for_request(SECOND * 300);
        if asked.url.contains("watch=1") {
            rig.answer(200);
        } else if asked.url.contains("limit=1") {
            rig.respond(200, &list(&["b"], 40, ""));
        } else {
            rig.respond(200, &list(&["b"], 40, ""));
            break;
        }
    }
    assert_eq!((rig.names(), rig.informer.counters().repairs), (vec!["b".into()], 1));
    assert!(rig.now - begin <= SECOND * 300, "{:?}", rig.now - begin);
}

/// The envelope of a list of one object of `count`.
fn counted(version: u64, count: u64) -> String {
    let remaining = count - 1;
    list(&["a"], version, "more").replace(
        r#""continue""#,
        &format!(r#""remainingItemCount":{remaining},"continue""#),
    )
}

fn row_66_lost_events_are_noticed_by_their_count_and_repaired<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a", "lost"]);
    for round in 1..=2 {
        consistency_check::<K>(&mut rig, &counted(100 + 10 * round, 1));
        rig.wait_for_request(SECOND);
        rig.answer(200);
        // The comparison is made when the stream has reached the version of the count, not before.
        assert_eq!(rig.informer.counters().repairs, 0);
        rig.body(&bookmark(100 + 10 * round));
    }
    assert_eq!(rig.informer.counters().repairs, 1);
    let (_, asked) = rig.wait_for_request(SECOND);
    assert_eq!(asked.url, "/api/v1/pods?pretty=false");
    rig.respond(200, &list(&["a"], 130, ""));
    assert_eq!(rig.names(), ["a"]);
}

fn row_66_a_server_where_nothing_happens_is_compared_at_once<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    consistency_check::<K>(&mut rig, &counted(100, 2));
    rig.wait_for_request(SECOND);
    rig.answer(200);
    assert_eq!(rig.informer.counters().repairs, 0);
    consistency_check::<K>(&mut rig, &counted(100, 2));
    assert_eq!(rig.informer.counters().repairs, 1);
    let asked = rig.asked();
    assert_eq!(asked.last().expect("a list").url, "/api/v1/pods?pretty=false");
}

fn row_66_a_difference_that_a_list_has_mended_does_not_end_the_comparisons<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a", "lost"]);
    for repair in 1..=3 {
        // Twice it differs, then the list agrees, and so does the next count.
        for count in [1, 1, 2] {
            let version: u64 = rig.version().parse().expect("a number");
            consistency_check::<K>(&mut rig, &counted(version, count));
            rig.pass(SECOND);
            let asked = rig.asked().pop().expect("a request");
            if !asked.url.contains("watch=1") {
                rig.respond(200, &list(&["a", "lost"], version + 1, ""));
                rig.asked_one();
            }
            rig.answer(200);
        }
        assert_eq!(rig.informer.counters().repairs, repair);
    }
}

fn row_66_events_on_their_way_are_not_taken_for_lost<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    for round in 1..=4 {
        let version = 100 + 10 * round;
        consistency_check::<K>(&mut rig, &counted(version, 1 + round));
        rig.wait_for_request(SECOND);
        rig.answer(200);
        rig.body(&event("ADDED", &format!("pod-{round}"), version));
        rig.body(&event("ADDED", "short-lived", version + 1));
        rig.body(&event("DELETED", "short-lived", version + 2));
    }
    assert_eq!((rig.informer.counters().repairs, rig.informer.counters().lists), (0, 1));
}

fn row_66_a_server_that_only_estimates_does_not_lead_to_lists_for_ever<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    let until = rig.now + InformerConfig::DEFAULT.relist_interval * 2;
    let mut lists = 0;
    let mut version = 100;
    while rig.now < until {
        rig.pass(SECOND * 200);
        rig.end();
        let mut asked = rig.wait_for_request(SECOND).1;
        while !asked.url.contains("watch=1") {
            version += 1;
            lists += u32::from(!asked.url.contains("limit=1"));
            let body = if asked.url.contains("limit=1") {
                counted(version, 99)
            } else {
                list(&["a"], version, "")
            };
            rig.respond(200, &body);
            asked = rig.wait_for_request(SECOND).1;
        }
        rig.answer(200);
        version += 1;
        rig.body(&bookmark(version));
        if let [asked, ..] = &rig.asked()[..] {
            assert!(!asked.url.contains("watch=1"), "{}", asked.url);
            lists += 1;
            rig.respond(200, &list(&["a"], version, ""));
            rig.asked_one();
            rig.answer(200);
        }
    }
    assert!(lists <= 3, "one for the count, and one every half hour: {lists}");
}

fn row_66_whatever_is_lost_without_a_trace_is_back_within_half_an_hour<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    let begin = rig.now;
    loop {
        let (_, asked) = rig.wait_for_request(SECOND * 300);
        if asked.url.contains("watch=1") {
            rig.answer(200);
        } else if asked.url.contains("limit=1") {
            rig.respond(200, &list(&["a"], 100, ""));
        } else {
            break;
        }
    }
    assert!(
        rig.is_live(),
        "what is shown stays, and is current as far as anyone knows"
    );
    assert!(
        rig.now - begin <= InformerConfig::DEFAULT.relist_interval + SECOND * 300,
        "{:?}",
        rig.now - begin
    );
}

crate::kinds::rows! {
    all {
        row_59_a_half_open_connection_is_found_within_two_bookmark_periods,
        row_59_without_bookmarks_it_is_found_when_the_time_of_the_watch_is_up,
        row_60_a_quiet_kind_is_not_restarted_in_a_loop_and_is_never_stale,
        row_61_a_server_that_ignores_the_time_of_a_watch_is_hung_up_on,
        row_62_after_sleep_the_connection_is_doubted_at_once_and_stale_until_it_is_live,
        row_64_a_server_that_was_rewound_is_listed_again,
        row_64_a_server_that_was_rewound_during_an_outage_is_noticed_before_it_overtakes,
        row_64_a_consistency_check_that_fails_after_an_outage_is_made_again,
        row_64_a_server_that_was_rewound_while_nobody_listened_is_noticed,
        row_65_a_watch_from_the_future_is_noticed,
        row_66_lost_events_are_noticed_by_their_count_and_repaired,
        row_66_a_server_where_nothing_happens_is_compared_at_once,
        row_66_a_difference_that_a_list_has_mended_does_not_end_the_comparisons,
        row_66_events_on_their_way_are_not_taken_for_lost,
        row_66_a_server_that_only_estimates_does_not_lead_to_lists_for_ever,
        row_66_whatever_is_lost_without_a_trace_is_back_within_half_an_hour,
    }
    objects {
        row_63_a_request_that_hangs_is_given_up,
    }
}
