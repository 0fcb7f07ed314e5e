//! D. The end of a stream, and what follows.

use std::{collections::BTreeMap, time::Duration};

use k8bit::{
    clock::Moment,
    cluster_cache::{Action, ClusterCache, CollectionId},
    config::Config,
    connection::ConnectionState,
    resource::{Pod, Timestamp},
};
use k8bit_informer::{
    failure::{Cause, End, Failure, ResponseHead, Verb},
    transport::TransportState,
};

use crate::kinds::Kind;
use crate::rig::{Asked, Rig, SECOND, bookmark, error, event, status};

const EXPIRED: &str = r#""message":"too old resource version: 450 (38496)","reason":"Expired","code":410"#;

#[track_caller]
fn assert_watches_from(asked: &Asked, version: u64) {
    let from = format!("&resourceVersion={version}&");
    assert!(
        asked.url.contains("watch=1") && asked.url.contains(&from),
        "from {version}: {}",
        asked.url
    );
}

fn row_41_a_clean_close_is_reopened_within_a_second_and_without_a_flicker<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.changes.clear();
    rig.pass(SECOND * 210);
    rig.body(&bookmark(150));
    rig.end();
    let (waited, consistency_check) = rig.wait_for_request(SECOND);
    assert!(
        consistency_check.url.ends_with("&limit=1"),
        "an audit comes first: {}",
        consistency_check.url
    );
    rig.respond(200, &crate::rig::list(&["a"], 160, ""));
    let (again, watch) = rig.wait_for_request(SECOND);
    assert_watches_from(&watch, 150);
    assert!(waited + again <= SECOND && rig.is_live() && rig.changes.is_empty());
    rig.answer(200);
    rig.body(&event("ADDED", "b", 161));
    rig.pass(SECOND * 30);
    rig.end();
    let (waited, watch) = rig.wait_for_request(SECOND);
    assert_watches_from(&watch, 161);
    assert!(waited <= SECOND && rig.is_live());
}

/// Requests per minute while every watch ends in the same way at once.
fn requests_per_minute<K: Kind>(end: impl Fn(&mut Rig<K>, u64)) -> usize {
    let mut rig = Rig::<K>::live(&["a"]);
    let begin = rig.now;
    let mut requests = 0;
    end(&mut rig, 0);
    loop {
        let (_, asked) = rig.wait_for_request(SECOND * 120);
        if asked.at > begin + SECOND * 60 {
            return requests;
        }
        requests += 1;
        if asked.url.contains("watch=1") {
            rig.answer(200);
            end(&mut rig, requests as u64);
        } else {
            rig.respond(200, &crate::rig::list(&["a"], 200 + requests as u64, ""));
        }
    }
}

fn row_42_streams_that_close_at_once_are_not_a_hot_loop<K: Kind>() {
    let requests = requests_per_minute::<K>(|rig, _| rig.end());
    assert!((5..=20).contains(&requests), "{requests}");
}

fn row_43_streams_that_close_after_a_bookmark_are_not_a_hot_loop<K: Kind>() {
    let requests = requests_per_minute::<K>(|rig, round| {
        rig.body(&bookmark(1_000 + round));
        rig.end();
    });
    assert!((5..=20).contains(&requests), "{requests}");
}

#[test]
fn streams_that_close_after_an_event_are_bounded_too() {
    let requests = requests_per_minute::<Pod>(|rig, round| {
        rig.body(&event("MODIFIED", "a", 1_000 + round));
        rig.end();
    });
    assert!((40..=70).contains(&requests), "{requests}");
}

fn row_44_a_reset_in_mid_stream_goes_on_without_a_list<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.body(&event("ADDED", "b", 105));
    rig.body(&K::sent(&event("ADDED", "c", 106))[..20]);
    rig.cut();
    assert!(!rig.is_live());
    let (waited, watch) = rig.wait_for_request(SECOND);
    assert_watches_from(&watch, 105);
    assert!(waited <= SECOND);
}

fn row_45_when_the_proxy_is_gone_the_version_is_kept_and_its_return_noticed_within_two_seconds<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.cut();
    rig.wait_for_request(SECOND);
    let delays = rig.delays(300, Rig::<K>::cut);
    let says = "No answer: kubectl proxy is not running, or the network is down.";
    assert_eq!(rig.said(), (ConnectionState::Stale, says.into()));
    assert!(delays.iter().all(|delay| *delay < SECOND * 2), "{delays:?}");
    // Whoever answers now may have come back from a backup: a consistency check, and then the watch at once.
    rig.respond(200, &crate::rig::list(&["a"], 100, ""));
    let (waited, watch) = rig.wait_for_request(SECOND);
    assert_watches_from(&watch, 100);
    assert!(waited.is_zero(), "{waited:?}");
    rig.answer(200);
    assert!(rig.is_live());
    rig.cut();
    let (_, watch) = rig.wait_for_request(SECOND * 2);
    assert_watches_from(&watch, 100);
}

/// Something that the network does.
type Act = fn(&mut Rig<Pod>);

/// What somebody in between answers whose login has expired.
const LOGINS: [(&str, Act); 4] = [
    ("a redirect, which browsers hide", |rig| rig.respond(0, "")),
    ("a redirect", |rig| rig.respond(302, "<a href=/login>Found</a>")),
    ("a page", |rig| {
        rig.answer_with_page(200, "<!doctype html><title>Sign in</title>")
    }),
    ("401 without a Status", |rig| {
        rig.respond(401, r#"{"error":"session expired"}"#)
    }),
];

#[test]
fn an_expired_login_is_named_asked_for_slowly_and_costs_no_picture() {
    for (name, answer) in LOGINS {
        let mut rig = Rig::<Pod>::live(&["a"]);
        rig.cut();
        rig.wait_for_request(SECOND);
        rig.changes.clear();
        let delays = rig.delays(10, answer);
        assert_eq!(rig.cause(), Some(Cause::SignIn), "{name}");
        let (state, says) = rig.said();
        assert_eq!(state, ConnectionState::Stale, "{name}");
        assert_eq!(
            says, "Sign in again: a login page answers instead of the API server.",
            "{name}"
        );
        assert!(
            delays[0] >= SECOND * 2 && delays[9] >= SECOND * 20,
            "{name}: {delays:?}"
        );
        assert_eq!(
            (rig.names(), rig.changes.len(), rig.version()),
            (vec!["a".to_owned()], 0, "100"),
            "{name}"
        );

        // Nobody waits for a minute who comes back from the login.
        answer(&mut rig);
        rig.retry_sign_in();
        let (waited, consistency_check) = rig.wait_for_request(SECOND);
        assert!(waited <= SECOND, "{name}: {waited:?}");
        let watch = rig.pass_consistency_check(&consistency_check);
        assert_watches_from(&watch, 100);
        rig.answer(200);
        assert!(rig.is_live(), "{name}");
    }
}

#[test]
fn a_login_page_in_place_of_a_watch_is_never_called_live() {
    let mut rig = Rig::<Pod>::live(&["a"]);
    rig.cut();
    rig.wait_for_request(SECOND);
    rig.answer_with_page(200, "");
    assert!(!rig.is_live());
    assert_eq!(rig.cause(), Some(Cause::SignIn));
}

#[test]
fn a_login_page_in_place_of_the_first_list_says_so_and_names_the_prefix() {
    let mut rig = Rig::<Pod>::new();
    rig.asked_one();
    rig.answer_with_page(200, "<!doctype html><title>Sign in</title>");
    let (state, says) = rig.said();
    assert_eq!(state, ConnectionState::Failed);
    assert_eq!(
        says,
        "Sign in: a login page or a redirect answers instead of the API server under /."
    );
    assert!(rig.changes.is_empty() && !rig.informer.is_synced());
}

fn row_46_a_watch_refused_by_the_proxy_keeps_its_version<K: Kind>() {
    const DOWN: &str = "dial tcp 127.0.0.1:6443: connect: connection refused\n";
    let mut rig = Rig::<K>::live(&["a"]);
    rig.cut();
    let (_, watch) = rig.wait_for_request(SECOND);
    assert_watches_from(&watch, 100);
    let until = rig.now + SECOND * 300;
    let mut watches = 0;
    while rig.now < until {
        // The watch is refused every time; what is asked before the next one is now refused, now answered.
        rig.respond(500, DOWN);
        assert_eq!((rig.version(), rig.names()), ("100", vec!["a".into()]));
        let (_, mut asked) = rig.wait_for_request(SECOND * 10);
        if !asked.url.contains("watch=1") && watches % 2 == 0 {
            asked = rig.pass_consistency_check(&asked);
        }
        // Never a list: of one object, to compare versions, at most.
        let is_small = asked.url.contains("watch=1") || asked.url.ends_with("&limit=1");
        assert!(is_small, "no list: {}", asked.url);
        if asked.url.contains("watch=1") {
            assert_watches_from(&asked, 100);
        }
        watches += 1;
    }
    assert!(watches > 50, "{watches} tries");
    assert_eq!(rig.informer.counters().lists, 1);
    // The version is kept to the end: the first watch that is answered goes on where the last one ended.
    rig.respond(500, DOWN);
    let (_, asked) = rig.wait_for_request(SECOND * 10);
    let watch = match asked.url.contains("watch=1") {
        true => asked,
        false => rig.pass_consistency_check(&asked),
    };
    assert_watches_from(&watch, 100);
    rig.answer(200);
    rig.body(&event("ADDED", "b", 101));
    assert_eq!(
        (rig.names().len(), rig.is_live(), rig.informer.counters().lists),
        (2, true, 1)
    );
}

fn row_47_a_watch_that_is_told_to_wait_waits_and_keeps_its_version<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.cut();
    rig.wait_for_request(SECOND);
    rig.answer_after(429, Some(9));
    rig.body(&status(r#""reason":"TooManyRequests","code":429"#));
    rig.end();
    let (waited, watch) = rig.wait_for_request(SECOND * 20);
    assert_watches_from(&watch, 100);
    assert!(waited >= SECOND * 9, "{waited:?}");
}

fn row_48_an_event_that_tells_to_wait_is_obeyed_too<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.body(&error(
        r#""reason":"TooManyRequests","code":429,"details":{"retryAfterSeconds":9}"#,
    ));
    let (waited, watch) = rig.wait_for_request(SECOND * 20);
    assert_watches_from(&watch, 100);
    assert!(waited >= SECOND * 9, "{waited:?}");
}

fn row_57_after_a_long_outage_a_history_that_is_gone_is_listed_at_once<K: Kind>() {
    for status_of_watch in [410, 200] {
        let mut rig = Rig::<K>::live(&["a"]);
        rig.cut();
        rig.wait_for_request(SECOND);
        rig.delays(300, Rig::<K>::cut);
        rig.respond(200, &crate::rig::list(&["a"], 900, ""));
        rig.wait_for_request(SECOND);
        match status_of_watch {
            410 => rig.respond(410, &status(EXPIRED)),
            _ => {
                rig.answer(200);
                rig.body(&error(EXPIRED));
            }
        }
        let (waited, list) = rig.wait_for_request(SECOND * 60);
        assert_eq!(list.url, "/api/v1/pods?pretty=false");
        assert!(waited <= SECOND, "the outage is over: {waited:?}");
    }
}

/// What follows an expired version: one list, atomic, the old picture visible until then.
#[track_caller]
fn check_expired<K: Kind>(expire: impl Fn(&mut Rig<K>)) {
    let mut rig = Rig::<K>::live(&["a", "b", "c"]);
    expire(&mut rig);
    let (_, asked) = rig.wait_for_request(SECOND);
    assert_eq!(asked.url, "/api/v1/pods?pretty=false");
    rig.answer(200);
    let whole = crate::rig::list(&["a", "d"], 500, "");
    let whole = K::sent(&whole);
    rig.body(&whole[..150]);
    assert_eq!(rig.names(), ["a", "b", "c"]);
    rig.changes.clear();
    rig.body(&whole[150..]);
    rig.end();
    assert_eq!((rig.names(), rig.changes.len()), (vec!["a".into(), "d".into()], 3));
    rig.open_watch(500);
    assert!(rig.is_live());
}

fn row_49_expired_as_an_event<K: Kind>() {
    check_expired::<K>(|rig| rig.body(&error(EXPIRED)));
}

fn row_50_expired_as_a_status<K: Kind>() {
    check_expired::<K>(|rig| {
        rig.cut();
        rig.wait_for_request(SECOND);
        rig.respond(410, &status(EXPIRED));
    });
    check_expired::<K>(|rig| {
        rig.cut();
        rig.wait_for_request(SECOND);
        rig.respond(410, "gone");
    });
}

fn row_51_expired_without_a_code_or_without_a_reason<K: Kind>() {
    check_expired::<K>(|rig| rig.body(&error(r#""reason":"Expired""#)));
    check_expired::<K>(|rig| rig.body(&error(r#""reason":"Gone""#)));
    check_expired::<K>(|rig| rig.body(&error(r#""code":410"#)));
}

fn row_52_versions_that_expire_after_every_list_are_backed_off<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    let mut lists = Vec::new();
    for _ in 0..20 {
        rig.body(&error(EXPIRED));
        let (waited, asked) = rig.wait_for_request(SECOND * 40);
        assert_eq!(asked.url, "/api/v1/pods?pretty=false", "the version is unset");
        lists.push(waited);
        rig.respond(200, &crate::rig::list(&["a"], 100, ""));
        rig.asked_one();
        rig.answer(200);
    }
    assert!(lists[19] >= SECOND * 15, "{lists:?}");
}

fn row_53_an_error_event_of_the_server_keeps_the_version<K: Kind>() {
    for rest in [
        r#""code":500,"reason":"InternalError""#,
        r#""code":504,"reason":"Timeout""#,
    ] {
        let mut rig = Rig::<K>::live(&["a"]);
        rig.body(&error(rest));
        let (_, watch) = rig.wait_for_request(SECOND);
        assert_watches_from(&watch, 100);
        let delays = rig.delays(4, |rig| {
            rig.answer(200);
            rig.body(&error(rest));
        });
        assert!(delays[3] >= SECOND * 2, "growing: {delays:?}");
        assert_eq!((rig.version(), rig.informer.counters().lists), ("100", 1));
    }
}

fn row_54_credentials_that_expire_are_a_state_that_recovers<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.cut();
    rig.wait_for_request(SECOND);
    let delays = rig.delays(3, |rig| {
        rig.respond(401, &status(r#""reason":"Unauthorized","code":401"#))
    });
    let says = "Sign in again: the API server rejected your credentials. They may have expired.";
    assert_eq!(rig.said(), (ConnectionState::Stale, says.into()));
    assert!(delays.iter().all(|delay| *delay >= SECOND * 2), "slow: {delays:?}");
    // By now the server may be another one: what is under way is a consistency check.
    rig.respond(200, &crate::rig::list(&["a"], 100, ""));
    rig.wait_for_request(SECOND);
    rig.answer(200);
    assert_eq!((rig.is_live(), rig.informer.failure()), (true, None::<&Failure>));
}

fn row_55_a_kind_that_is_gone_is_asked_for_slowly_and_recovers<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.cut();
    rig.wait_for_request(SECOND);
    let delays = rig.delays(5, |rig| rig.respond(404, &status(r#""reason":"NotFound","code":404"#)));
    assert_eq!(
        (rig.cause(), rig.is_live(), rig.names().len()),
        (Some(Cause::NotFound), false, 1)
    );
    assert!(delays[1..].iter().all(|delay| *delay >= SECOND * 2), "slow: {delays:?}");
    rig.respond(200, &crate::rig::list(&["b"], 700, ""));
    rig.open_watch(700);
    assert_eq!((rig.is_live(), rig.names()), (true, vec!["b".into()]));
}

fn row_56_a_kind_that_cannot_be_watched_is_polled<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.cut();
    rig.wait_for_request(SECOND);
    for round in 0..3 {
        rig.respond(405, &status(r#""reason":"MethodNotAllowed","code":405"#));
        assert!(rig.is_live() && rig.informer.failure().is_none());
        let (waited, asked) = rig.wait_for_request(SECOND * 20);
        assert!(
            !asked.url.contains("watch") && waited >= SECOND * 14,
            "{waited:?} {}",
            asked.url
        );
        let name = format!("round-{round}");
        rig.respond(200, &crate::rig::list(&[&name], 200, ""));
        assert_eq!(rig.names(), [name]);
        rig.asked_one();
    }
}

fn row_56_a_kind_that_may_be_listed_but_not_watched_is_never_older_than_two_minutes<K: Kind>() {
    let api_errors: [(u16, &str); 3] = [
        (403, r#""reason":"Forbidden","code":403"#),
        (500, r#""reason":"InternalError","code":500"#),
        (504, r#""reason":"Timeout","code":504"#),
    ];
    for (code, api_error) in api_errors {
        let mut rig = Rig::<K>::new();
        rig.relist(&["a"], 100);
        rig.asked_one();
        let mut listed = vec![rig.now];
        while listed.len() < 4 {
            rig.respond(code, &status(api_error));
            assert!(!rig.is_live() && rig.informer.failure().is_some());
            let mut asked = rig.wait_for_request(SECOND * 120).1;
            if asked.url.ends_with("&limit=1") {
                asked = rig.pass_consistency_check(&asked);
            }
            if !asked.url.contains("watch") {
                let name = format!("round-{}", listed.len());
                rig.respond(200, &crate::rig::list(&[&name], 200, ""));
                assert_eq!(rig.names(), [name]);
                let lost = rig.informer.lost_since(rig.now);
                assert_eq!(lost, Some(rig.now), "{code}: as old as its list");
                listed.push(rig.now);
                rig.asked_one();
            }
        }
        for pair in listed.windows(2) {
            let apart = pair[1] - pair[0];
            assert!((SECOND * 30..=SECOND * 122).contains(&apart), "{code}: {apart:?}");
        }
        // The right is granted.
        rig.answer(200);
        assert!(rig.is_live() && rig.informer.failure().is_none());
    }
}

fn row_56_one_refusal_after_an_outage_is_no_kind_that_cannot_be_watched<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.cut();
    rig.wait_for_request(SECOND);
    let until = rig.now + SECOND * 120;
    while rig.now < until {
        rig.cut();
        rig.wait_for_request(SECOND * 10);
    }
    // It is back, and is not ready to answer watches.
    rig.respond(200, &crate::rig::list(&["a"], 100, ""));
    let (_, watch) = rig.wait_for_request(SECOND);
    assert_watches_from(&watch, 100);
    rig.respond(503, &status(r#""code":503"#));
    let (_, mut asked) = rig.wait_for_request(SECOND * 120);
    if asked.url.ends_with("&limit=1") {
        asked = rig.pass_consistency_check(&asked);
    }
    assert_watches_from(&asked, 100);
}

#[test]
fn the_picture_is_as_old_as_its_last_news_whatever_the_server_goes_on_refusing() {
    let mut rig = Rig::<Pod>::live(&["a"]);
    rig.pass(SECOND * 20);
    rig.body(&event("MODIFIED", "a", 101));
    let last = i64::try_from(rig.now.as_secs()).expect("not for ages");
    rig.cut();
    rig.wait_for_request(SECOND);
    for _ in 0..5 {
        rig.respond(502, "no upstream");
        rig.wait_for_request(SECOND * 60);
        assert_eq!(rig.stale_since(), Some(last));
    }
}

#[test]
fn a_server_that_is_down_or_throttles_is_not_asked_for_lists() {
    for (code, api_error) in [
        (429, r#""reason":"TooManyRequests","code":429"#),
        (401, r#""code":401"#),
    ] {
        let mut rig = Rig::<Pod>::live(&["a"]);
        rig.cut();
        rig.wait_for_request(SECOND);
        let until = rig.now + SECOND * 900;
        while rig.now < until {
            rig.respond(code, &status(api_error));
            let (_, asked) = rig.wait_for_request(SECOND * 120);
            let is_small = asked.url.contains("watch=1") || asked.url.ends_with("&limit=1");
            assert!(is_small, "{code}: {}", asked.url);
        }
    }
}

/// Ten minutes during which a proxy answers that the API server is gone, for nodes and the pods of seven namespaces. When
/// each informer asked, from the moment on when the server is back.
fn tries_after_an_outage(seed: u64) -> Vec<Duration> {
    let config = Config::parse("?namespace=a,b,c,d,e,f,g", None).expect("namespaces");
    let mut cache = ClusterCache::new(&config, seed);
    cache.set_transport(TransportState::PROMPT);
    let clock = |now| Moment {
        monotonic: now,
        wall: Timestamp(0),
    };
    let (begins, ends) = (SECOND * 5, SECOND * 605);
    let mut now = SECOND;
    let mut tasks = Vec::new();
    let mut back = BTreeMap::new();
    let mut open = Vec::new();
    let mut is_down = false;
    cache.resume(clock(now), &mut tasks);
    while back.len() < 8 {
        for task in std::mem::take(&mut tasks) {
            let Action::Send(stream, request) = task else { continue };
            let (attempt, is_watch) = (request.attempt, request.verb == Verb::Watch);
            if now >= ends {
                back.entry(stream).or_insert(now - ends);
                continue;
            }
            let kind = if stream == CollectionId(0) {
                "NodeList"
            } else {
                "PodList"
            };
            let list = crate::rig::list(&[], 100, "").replace("PodList", kind);
            let (code, body) = match now < begins {
                true => (200, if is_watch { String::new() } else { list }),
                false => (500, "dial tcp: connect: connection refused".to_owned()),
            };
            let head = ResponseHead {
                code,
                ..ResponseHead::default()
            };
            cache.handle_response(clock(now), stream, attempt, head, &mut tasks);
            cache.handle_body(clock(now), stream, attempt, body.as_bytes(), &mut tasks);
            if code == 200 && is_watch {
                open.push((stream, attempt));
            } else {
                cache.handle_end(clock(now), stream, attempt, End::Clean, &mut tasks);
            }
        }
        if !tasks.is_empty() {
            continue;
        }
        let due = cache.next_timeout().expect("something is planned");
        if now < begins && due >= begins {
            now = begins;
        } else {
            now = now.max(due);
            cache.handle_timeout(clock(now), &mut tasks);
        }
        if now >= begins && !std::mem::replace(&mut is_down, true) {
            assert_eq!(open.len(), 8, "all are watched before");
            for (stream, attempt) in open.drain(..) {
                let end = End::Broken("network error".into());
                cache.handle_end(clock(now), stream, attempt, end, &mut tasks);
            }
        }
        assert!(now < ends + SECOND * 60, "the outage is over: {back:?}");
    }
    back.into_values().collect()
}

#[test]
fn row_57_after_a_long_outage_the_first_try_is_soon_and_not_all_kinds_at_once() {
    for seed in 0..20 {
        let mut tries = tries_after_an_outage(seed);
        tries.sort();
        assert!(tries[7] <= SECOND * 5, "soon after it is over: {tries:?}");
        let at_once = tries.windows(4).filter(|four| four[3] - four[0] < SECOND / 10);
        assert_eq!(at_once.count(), 0, "half of them within a tenth of a second: {tries:?}");
    }
}

fn row_58_backoff_starts_again_only_after_an_event_or_a_healthy_while<K: Kind>() {
    let grown = || {
        let mut rig = Rig::<K>::live(&["a"]);
        rig.body(&error(r#""code":500"#));
        rig.wait_for_request(SECOND * 60);
        rig.delays(7, |rig| rig.respond(500, &status(r#""code":500"#)));
        rig.respond(200, &crate::rig::list(&["a"], 100, ""));
        rig.wait_for_request(SECOND);
        rig.answer(200);
        rig
    };
    let next = |mut rig: Rig<K>| {
        rig.body(&error(r#""code":500"#));
        rig.wait_for_request(SECOND * 60).0
    };
    assert!(next(grown()) >= SECOND * 15, "headers alone prove nothing");
    let mut rig = grown();
    rig.body(&bookmark(120));
    assert!(next(rig) >= SECOND * 15, "nor does a bookmark");
    let mut rig = grown();
    rig.body(&event("MODIFIED", "a", 130));
    assert!(next(rig) <= SECOND, "an event does");
    let mut rig = grown();
    rig.pass(SECOND * 61);
    rig.end();
    rig.wait_for_request(SECOND);
    rig.answer(200);
    assert!(next(rig) <= SECOND, "and so does a healthy while");
}

#[test]
fn who_comes_back_during_a_long_delay_does_not_wait_for_its_end() {
    let mut rig = Rig::<Pod>::live(&["a"]);
    rig.body(&event("MODIFIED", "a", 101));
    rig.cut();
    rig.wait_for_request(SECOND);
    rig.answer_after(429, Some(300));
    rig.end();
    rig.pass(SECOND * 20);
    rig.assert_idle();
    rig.resume();
    let (waited, _) = rig.wait_for_request(SECOND * 2);
    assert!(waited <= SECOND, "{waited:?}");
}

crate::kinds::rows! {
    all {
        row_41_a_clean_close_is_reopened_within_a_second_and_without_a_flicker,
        row_42_streams_that_close_at_once_are_not_a_hot_loop,
        row_43_streams_that_close_after_a_bookmark_are_not_a_hot_loop,
        row_44_a_reset_in_mid_stream_goes_on_without_a_list,
        row_45_when_the_proxy_is_gone_the_version_is_kept_and_its_return_noticed_within_two_seconds,
        row_46_a_watch_refused_by_the_proxy_keeps_its_version,
        row_47_a_watch_that_is_told_to_wait_waits_and_keeps_its_version,
        row_48_an_event_that_tells_to_wait_is_obeyed_too,
        row_57_after_a_long_outage_a_history_that_is_gone_is_listed_at_once,
        row_49_expired_as_an_event,
        row_50_expired_as_a_status,
        row_51_expired_without_a_code_or_without_a_reason,
        row_52_versions_that_expire_after_every_list_are_backed_off,
        row_53_an_error_event_of_the_server_keeps_the_version,
        row_54_credentials_that_expire_are_a_state_that_recovers,
        row_55_a_kind_that_is_gone_is_asked_for_slowly_and_recovers,
        row_56_a_kind_that_cannot_be_watched_is_polled,
        row_56_a_kind_that_may_be_listed_but_not_watched_is_never_older_than_two_minutes,
        row_56_one_refusal_after_an_outage_is_no_kind_that_cannot_be_watched,
        row_58_backoff_starts_again_only_after_an_event_or_a_healthy_while,
    }
}
