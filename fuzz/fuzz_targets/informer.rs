//! An informer that is answered with arbitrary bytes does not panic, asks within its rate, says nothing that does not
//! follow, and has the truth once the server tells it.
//!
//! The input is a head of four bytes and then bodies, separated by NUL, one for each request. A first byte below 9 is no
//! part of a body but how it is answered: see [`answer_of`]. A first byte of 11 begins a body in
//! protobuf: see [`message_of`]. Of the first byte of the head, bit 6 leaves open how the way delivers, so that there are
//! probes beside watches; no probe is answered.
#![no_main]

use std::time::Duration;

use k8bit::resource::{ResourceInterner, Pod};
use k8bit_fuzz::{pieces, split_head};
use k8bit_informer::{
    Event, Informer, InformerConfig, InitialList, Output,
    api_path::ApiResource,
    encoding::Encoding,
    failure::{End, ResponseHead},
    request::{Collection, Request},
    store::{Scope, Store},
    transport::TransportState,
};
use libfuzzer_sys::fuzz_target;

/// Requests that arbitrary bytes may answer, and then those within which the truth has to be known.
const MAX_ANSWERED: u64 = 16;
const MAX_RECOVERY: u64 = 40;

/// Outputs that a step may have beside one for each byte that was fed.
const OUTPUTS_PER_STEP: usize = 8;

const TRUTH: &[u8] = br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"777"},"items":[
    {"metadata":{"name":"a","namespace":"shop","uid":"1","resourceVersion":"770"}},
    {"metadata":{"name":"b","namespace":"shop","uid":"2","resourceVersion":"775"}}]}"#;

/// How a request is answered.
enum PollOutcome<'a> {
    /// Not at all.
    Broken,
    /// The headers never come.
    Silent,
    /// A status, a body in pieces, and an end of this kind; `None` when it never ends.
    Response(u16, Encoding, &'a [u8], Option<End>),
}

fn answer_of(body: &[u8]) -> PollOutcome<'_> {
    let broken = || Some(End::Broken("broken".into()));
    let json = |code, body, end| PollOutcome::Response(code, Encoding::Json, body, end);
    match body.split_first() {
        Some((1, body)) => json(200, body, broken()),
        Some((2, body)) => json(200, body, None),
        Some((3, body)) => json(410, body, Some(End::Clean)),
        Some((4, body)) => json(429, body, Some(End::Clean)),
        Some((5, body)) => json(405, body, Some(End::Clean)),
        Some((6, body)) => json(500, body, broken()),
        Some((7, _)) => PollOutcome::Broken,
        Some((8, _)) => PollOutcome::Silent,
        _ => json(200, body, Some(End::Clean)),
    }
}

/// An answer in protobuf, where NUL is a byte like others: its length stands in two bytes before it. And what follows.
fn message_of(script: &[u8]) -> Option<(PollOutcome<'_>, &[u8])> {
    let (length, rest) = script.strip_prefix(b"\x0b")?.split_first_chunk()?;
    let (body, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    Some((PollOutcome::Response(200, Encoding::Protobuf, body, Some(End::Clean)), rest))
}

/// The next answer of a script, and what follows.
fn next_of(script: &[u8]) -> (PollOutcome<'_>, Option<&[u8]>) {
    if let Some((answer, rest)) = message_of(script) {
        return (answer, (!rest.is_empty()).then_some(rest));
    }
    let end = script.iter().position(|byte| *byte == 0);
    let body = &script[..end.unwrap_or(script.len())];
    (answer_of(body), end.map(|end| &script[end + 1..]))
}

struct World {
    informer: Informer<Pod>,
    store: Store<Pod>,
    interner: ResourceInterner,
    now: Duration,
    /// A list is between its beginning and its end.
    listing: bool,
    sent: u64,
    open: Option<Request>,
    probe: Option<Request>,
}

/// Whether it is a watch of one object, which shows how the way delivers.
fn is_probe(request: &Request) -> bool {
    request.url.contains("resourceVersion=0&")
}

impl World {
    /// Takes what the informer wants after a step in which it was fed this many bytes.
    fn drain(&mut self, fed: usize) {
        let mut outputs = 0;
        while let Some(output) = self.informer.poll_output() {
            outputs += 1;
            assert!(outputs <= fed + OUTPUTS_PER_STEP, "{outputs} outputs for {fed} bytes");
            match output {
                Output::Send(request) if is_probe(&request) => {
                    assert!(self.probe.is_none(), "one probe at a time");
                    self.sent += 1;
                    self.probe = Some(request);
                }
                Output::Send(request) => {
                    assert!(self.open.is_none(), "one exchange at a time");
                    self.sent += 1;
                    self.open = Some(request);
                }
                Output::Abort(attempt) => {
                    let is_it = |request: &mut Request| request.attempt == attempt;
                    let aborted = self.open.take_if(is_it).or_else(|| self.probe.take_if(is_it));
                    assert!(aborted.is_some(), "what is aborted was open");
                }
                Output::Event(event) => self.learn(event),
                Output::Count(counted) => self.informer.compare_count(self.now, self.store.len(), counted),
            }
        }
    }

    fn learn(&mut self, event: Event<Pod>) {
        match &event {
            Event::Init => self.listing = true,
            Event::InitApply(pod) => assert!(self.listing && !pod.meta.key.name.is_empty()),
            Event::InitDone => assert!(
                std::mem::take(&mut self.listing),
                "the end of a list that did not begin"
            ),
            Event::Apply(pod) => assert!(self.informer.is_synced() && !pod.meta.key.name.is_empty()),
            Event::Delete(meta) => assert!(self.informer.is_synced() && !meta.key.name.is_empty()),
        }
        let published_before = self.store.is_listed(&Scope::Cluster);
        self.store.handle(&Scope::Cluster, event, &mut Vec::new());
        assert!(!published_before || self.store.is_listed(&Scope::Cluster));
    }

    fn wait(&mut self) {
        let due = self
            .informer
            .next_timeout()
            .expect("there is always something to wait for");
        self.now = self.now.max(due);
        self.informer.handle_timeout(self.now);
        self.drain(0);
    }

    fn answer(&mut self, request: &Request, answer: PollOutcome<'_>, sizes: &[u8], step: Duration) {
        let attempt = request.attempt;
        let (head, body, end) = match answer {
            PollOutcome::Silent => return,
            PollOutcome::Broken => (None, &[][..], Some(End::Broken("refused".into()))),
            PollOutcome::Response(code, encoding, body, end) => (Some((code, encoding)), body, end),
        };
        if let Some((code, encoding)) = head {
            let head = ResponseHead {
                code,
                encoding,
                ..ResponseHead::default()
            };
            self.informer.handle_response(self.now, attempt, head);
            self.drain(0);
        }
        for piece in pieces(body, sizes) {
            self.now += step;
            self.informer.handle_body(self.now, attempt, piece, &mut self.interner);
            self.drain(piece.len());
        }
        if let Some(end) = end {
            self.open.take_if(|open| open.attempt == attempt);
            self.informer.handle_end(self.now, attempt, end, &mut self.interner);
            self.drain(1);
        }
    }

    /// Waits until a request is open that was not answered.
    fn next_request(&mut self, answered: &mut u64) -> Request {
        loop {
            if let Some(request) = &self.open
                && request.attempt.0 > *answered
            {
                *answered = request.attempt.0;
                return request.clone();
            }
            self.wait();
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let Some(([mode, step, sizes @ ..], script)) = split_head::<4>(input) else {
        return;
    };
    let initial = match mode % 4 {
        0 | 1 => InitialList::Unlimited,
        2 => InitialList::Pages(2),
        _ => InitialList::Stream,
    };
    let step = Duration::from_millis(u64::from(*step) * 4);
    let collection = Collection::new(ApiResource::known("", "v1", "pods")).with_kind("Pod");
    let mut world = World {
        informer: Informer::new(collection, InformerConfig::listing(initial), u64::from(*mode)),
        store: Store::default(),
        interner: ResourceInterner::default(),
        now: Duration::ZERO,
        listing: false,
        sent: 0,
        open: None,
        probe: None,
    };
    if mode & 0x40 == 0 {
        world.informer.set_transport(TransportState::PROMPT);
    }
    let mut answered = 0;
    world.informer.resume(world.now);
    world.drain(0);
    let mut rest = Some(script);
    while let Some(script) = rest.take() {
        let request = world.next_request(&mut answered);
        let (answer, more) = next_of(script);
        rest = more;
        world.answer(&request, answer, sizes, step);
        if mode & 0x80 != 0 {
            world.informer.pause(world.now);
            world.informer.resume(world.now);
            world.drain(0);
        }
        if world.sent >= MAX_ANSWERED {
            break;
        }
    }
    // Pages of one list are free, and no list has more of them than there were answers.
    let allowed = world.now.as_secs() / InformerConfig::DEFAULT.request_interval.as_secs()
        + u64::from(InformerConfig::DEFAULT.request_burst)
        + 1;
    assert!(
        world.sent <= allowed + MAX_ANSWERED,
        "{} requests in {:?}",
        world.sent,
        world.now
    );

    // From here on the server tells the truth, and has forgotten whatever it said before.
    let mut told = false;
    for _ in 0..MAX_RECOVERY {
        let request = world.next_request(&mut answered);
        let answer = if request.url.contains("sendInitialEvents=true") {
            PollOutcome::Response(400, Encoding::Json, b"", Some(End::Clean))
        } else if request.url.contains("watch=1") && told {
            assert!(request.url.contains("resourceVersion=777&"), "{}", request.url);
            break;
        } else if request.url.contains("watch=1") || request.url.contains("continue=") {
            PollOutcome::Response(410, Encoding::Json, b"", Some(End::Clean))
        } else {
            told = !request.url.contains("limit=1");
            PollOutcome::Response(200, Encoding::Json, TRUTH, Some(End::Clean))
        };
        world.answer(&request, answer, sizes, step);
    }
    let names: Vec<_> = world
        .store
        .sorted()
        .iter()
        .map(|pod| pod.meta.key.to_string())
        .collect();
    assert_eq!(
        names,
        ["shop/a", "shop/b"],
        "the truth is known within {MAX_RECOVERY} requests"
    );
    assert!(
        world
            .informer
            .resource_version()
            .is_some_and(|version| version.as_str() == "777")
    );
});
