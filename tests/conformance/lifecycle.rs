//! H. Beginning, pausing, and what arrives too late.

use k8bit::{
    clock::Moment,
    cluster_cache::{Action, ClusterCache, CollectionId},
    config::Config,
    resource::Timestamp,
    sleep::lost_between,
};
use k8bit_informer::{
    Event, InitialList, Output,
    failure::{End, ResponseHead, Verb},
    transport::TransportState,
};

use crate::kinds::Kind;
use crate::rig::{Rig, SECOND, event, list};

/// A pause at this moment is the end of requests.
#[track_caller]
fn check_silent<K: Kind>(mut rig: Rig<K>, what: &str) {
    rig.asked();
    let aborted = rig.aborted.len();
    let was_open = rig.informer.next_attempt().is_none();
    rig.pause();
    rig.pass(SECOND * 3_600);
    rig.assert_idle();
    assert_eq!(rig.informer.next_timeout(), None, "{what}");
    assert_eq!(rig.aborted.len() - aborted, usize::from(was_open), "{what}");
}

fn row_78_a_pause_ends_everything_at_any_moment<K: Kind>() {
    check_silent::<K>(Rig::<K>::new(), "while the list is awaited");
    let mut rig = Rig::<K>::with(InitialList::Pages(1), 7);
    rig.asked();
    rig.respond(200, &list(&["a"], 100, "page 2"));
    rig.answer(200);
    rig.body(r#"{"kind":"PodList","items":[{"#);
    check_silent::<K>(rig, "in the middle of a page");
    check_silent::<K>(Rig::<K>::live(&["a"]), "while the watch is open");
    let mut rig = Rig::<K>::live(&["a"]);
    rig.cut();
    check_silent::<K>(rig, "while backed off");
}

fn row_78_a_list_that_a_pause_ends_leaves_nothing_behind<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.body(&crate::rig::error(r#""code":410"#));
    rig.wait_for_request(SECOND * 2);
    rig.answer(200);
    let of_then = list(&["a", "gone"], 200, "");
    let of_then = K::sent(&of_then);
    // Both pods, and not the end.
    rig.body(&of_then[..of_then.len() - 2]);
    rig.pause();
    rig.resume();
    rig.wait_for_request(SECOND * 2);
    rig.respond(200, &list(&["b"], 300, ""));
    assert_eq!(rig.names(), ["b"]);
}

fn row_79_a_thousand_pauses_leave_one_stream<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    for round in 0..1_000 {
        rig.pause();
        rig.pass(SECOND * 20);
        rig.assert_idle();
        rig.resume();
        let (_, consistency_check) = rig.wait_for_request(SECOND * 2);
        let asked = rig.pass_consistency_check(&consistency_check);
        assert!(asked.url.contains("&resourceVersion=100&"), "{}", asked.url);
        rig.answer(200);
        assert_eq!((rig.is_live(), rig.aborted.len()), (true, round + 1));
    }
}

fn row_80_what_arrives_of_an_aborted_attempt_is_dropped<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    rig.resume();
    let [late] = rig.aborted[..] else {
        panic!("one was aborted: {:?}", rig.aborted)
    };
    rig.wait_for_request(SECOND);
    rig.answer(200);
    rig.body_of(late, K::sent(&event("DELETED", "a", 200)).as_bytes());
    assert_eq!(
        (rig.names(), rig.version(), rig.is_live()),
        (vec!["a".into()], "100", true)
    );
    rig.body(&event("ADDED", "b", 101));
    assert_eq!(rig.names(), ["a", "b"]);
}

/// Every kind is asked for once, in this way, and then nothing more, for a minute of ticks.
#[track_caller]
fn check_jump(monotonic: i64, wall: i64, consistency_checks: usize, watches: usize) {
    let config = Config::parse("?namespace=a,b", None).expect("namespaces");
    let mut page = Ticking::new(&config);
    page.tick(5);
    assert_eq!(page.asked.len(), 6, "a list and a watch of each kind: {:?}", page.asked);
    page.asked.clear();
    page.jump(monotonic, wall);
    page.tick(60);
    let is_consistency_check = |url: &&String| url.ends_with("?pretty=false&limit=1");
    let is_watch = |url: &&String| url.contains("watch=1");
    assert_eq!(
        page.asked.iter().filter(is_consistency_check).count(),
        consistency_checks,
        "{:?}",
        page.asked
    );
    assert_eq!(page.asked.iter().filter(is_watch).count(), watches, "{:?}", page.asked);
    assert_eq!(page.asked.len(), consistency_checks + watches, "{:?}", page.asked);
    // Of each kind one.
    page.asked.sort();
    page.asked
        .dedup_by_key(|url| url.split("&timeoutSeconds").next().unwrap_or_default().to_owned());
    assert_eq!(page.asked.len(), consistency_checks + watches, "{:?}", page.asked);
}

#[test]
fn row_87_a_clock_that_jumps_an_hour_costs_one_probe_of_each_kind() {
    let hour = 3_600;
    // Whatever jumps forward may be sleep, and a server may have been restored meanwhile: a consistency check, and then the watch.
    check_jump(hour, hour, 3, 3);
    check_jump(0, hour, 3, 3);
    check_jump(hour, 0, 3, 3);
    // A clock that is set back is nothing to the page.
    check_jump(0, -hour, 0, 0);
}

/// Nodes and the pods of some namespaces, behind a server that answers at once, on a page that ticks every second as the
/// browser's driver does.
struct Ticking {
    cache: ClusterCache,
    clock: Moment,
    asked: Vec<String>,
}

impl Ticking {
    fn new(config: &Config) -> Self {
        let mut page = Self {
            cache: ClusterCache::new(config, 7),
            clock: Moment {
                monotonic: SECOND,
                wall: Timestamp(1_000_000),
            },
            asked: Vec::new(),
        };
        page.cache.set_transport(TransportState::PROMPT);
        page.drive(|cache, clock, tasks| cache.resume(clock, tasks));
        page
    }

    fn drive(&mut self, happen: impl FnOnce(&mut ClusterCache, Moment, &mut Vec<Action>)) {
        let mut tasks = Vec::new();
        let (cache, clock) = (&mut self.cache, self.clock);
        happen(cache, clock, &mut tasks);
        while let Some(task) = tasks.pop() {
            let Action::Send(stream, request) = task else { continue };
            let (attempt, is_watch) = (request.attempt, request.verb == Verb::Watch);
            self.asked.push(request.url);
            let head = ResponseHead {
                code: 200,
                ..ResponseHead::default()
            };
            cache.handle_response(clock, stream, attempt, head, &mut tasks);
            if !is_watch {
                let kind = if stream == CollectionId(0) {
                    "NodeList"
                } else {
                    "PodList"
                };
                let body = list(&[], 100, "").replace("PodList", kind);
                cache.handle_body(clock, stream, attempt, body.as_bytes(), &mut tasks);
                cache.handle_end(clock, stream, attempt, End::Clean, &mut tasks);
            }
        }
    }

    fn jump(&mut self, monotonic: i64, wall: i64) {
        let before = self.clock;
        self.clock.monotonic += SECOND * u32::try_from(monotonic).expect("never back");
        self.clock.wall.0 += wall;
        let lost = lost_between(before, self.clock, false);
        self.clock.monotonic += lost.unnoticed;
        match lost.is_jump {
            true => self.drive(|cache, clock, tasks| cache.resume(clock, tasks)),
            false => self.drive(|cache, clock, tasks| cache.handle_timeout(clock, tasks)),
        }
    }

    fn tick(&mut self, seconds: u32) {
        for _ in 0..seconds {
            self.jump(1, 1);
        }
    }
}

#[test]
fn row_88_another_api_root_is_only_another_path() {
    use k8bit_informer::{api_path::ApiRoot, request::Collection};
    use k8s_openapi::api::core::v1::Pod;
    let collection = Collection::of::<Pod>().with_root(ApiRoot::parse("/k8s/").expect("a root"));
    assert_eq!(collection.list_url(None, None), "/k8s/api/v1/pods?pretty=false");
}

/// Readers are not called by the informer: they take what it says, one thing at a time. One that fails has taken that one
/// thing; what it said before and says after it, its state and its requests are as if nothing had been.
fn row_77_a_reader_that_fails_does_not_stop_the_informer<K: Kind>() {
    let mut rig = Rig::<K>::live(&["a"]);
    let watch = k8bit_informer::request::RequestId(2);
    let mut interner = K::Interner::default();
    let lines = ["b", "bad", "c"].map(|name| event("ADDED", name, 101));
    let lines = lines[0].clone() + &*lines[1].replace("101", "102") + &*lines[2].replace("101", "103");
    rig.informer
        .handle_body(rig.now, watch, K::sent(&lines).as_bytes(), &mut interner);
    let mut read = Vec::new();
    let mut failures = 0;
    loop {
        let informer = std::panic::AssertUnwindSafe(&mut rig.informer);
        let looked = std::panic::catch_unwind(|| {
            let informer = informer;
            let output = informer.0.poll_output();
            if let Some(Output::Event(Event::Apply(pod))) = &output {
                assert_ne!(pod.meta().key.name.as_str(), "bad", "the reader fails");
            }
            output
        });
        match looked {
            Ok(None) => break,
            Ok(Some(Output::Event(Event::Apply(pod)))) => read.push(pod.meta().key.name.to_string()),
            Ok(Some(other)) => panic!("nothing else is said: {other:?}"),
            Err(_) => failures += 1,
        }
    }
    assert_eq!((read, failures), (vec!["b".to_owned(), "c".to_owned()], 1));
    assert_eq!(
        (rig.version(), rig.is_live(), rig.informer.failure()),
        ("103", true, None)
    );
    // It goes on: with the stream, and after its end.
    rig.body(&event("ADDED", "d", 104));
    assert_eq!(rig.names(), ["a", "d"], "what nobody took in is missing");
    rig.cut();
    let (_, again) = rig.wait_for_request(SECOND);
    assert!(again.url.contains("&resourceVersion=104&"), "{}", again.url);
    rig.answer(200);
    // And what the reader missed comes with the next list.
    rig.body(&crate::rig::error(r#""code":410"#));
    rig.wait_for_request(SECOND);
    rig.respond(200, &list(&["a", "b", "bad", "c", "d"], 110, ""));
    assert_eq!(rig.names(), ["a", "b", "bad", "c", "d"]);
}

crate::kinds::rows! {
    all {
        row_78_a_pause_ends_everything_at_any_moment,
        row_78_a_list_that_a_pause_ends_leaves_nothing_behind,
        row_79_a_thousand_pauses_leave_one_stream,
        row_80_what_arrives_of_an_aborted_attempt_is_dropped,
        row_77_a_reader_that_fails_does_not_stop_the_informer,
    }
}
