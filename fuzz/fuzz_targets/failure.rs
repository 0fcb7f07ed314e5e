//! An error response of any bytes is a failure of bounded size, the same wherever it was cut, and tried again no earlier
//! than the server asks. One second is not waited for: that of "Too large resource version", which the server asks of those
//! who insist on their version.
#![no_main]

use std::time::Duration;

use k8bit::resource::{ResourceInterner, Pod};
use k8bit_fuzz::{pieces, split_head};
use k8bit_informer::{
    Informer, InformerConfig, Output,
    api_path::ApiResource,
    failure::{Cause, End, Failure, ResponseHead},
    limits::{MAX_MESSAGE_CHARS, MAX_RETRY_AFTER},
    request::Collection,
};
use libfuzzer_sys::fuzz_target;

const SENT: Duration = Duration::from_secs(100);

fn refuse<'a>(head: &ResponseHead, body: impl Iterator<Item = &'a [u8]>) -> (Failure, Duration) {
    let collection = Collection::new(ApiResource::known("", "v1", "pods")).with_kind("Pod");
    let mut informer = Informer::<Pod>::new(collection, InformerConfig::default(), 7);
    let mut interner = ResourceInterner::default();
    informer.resume(SENT);
    let Some(Output::Send(request)) = informer.poll_output() else {
        panic!("no request")
    };
    informer.handle_response(SENT, request.attempt, head.clone());
    for piece in body {
        informer.handle_body(SENT, request.attempt, piece, &mut interner);
    }
    informer.handle_end(SENT, request.attempt, End::Clean, &mut interner);
    assert_eq!(
        informer.poll_output(),
        None,
        "nothing is learned and nothing is asked for at once"
    );
    let failure = informer.failure().expect("an error status is a failure").clone();
    (
        failure,
        informer.next_attempt().expect("there is always another attempt"),
    )
}

fuzz_target!(|input: &[u8]| {
    let Some((head, body)) = split_head::<16>(input) else {
        return;
    };
    let (code, retry_after, sizes) = (u16::from_le_bytes([head[0], head[1]]), &head[2..11], &head[11..]);
    let seconds = u64::from_le_bytes(retry_after[1..].try_into().expect("eight bytes"));
    let head = ResponseHead {
        code: 300 + code % 300,
        retry_after: (retry_after[0] % 2 == 1).then(|| Duration::from_secs(seconds)),
        ..ResponseHead::default()
    };
    let (failure, next) = refuse(&head, std::iter::once(body));
    assert_eq!(failure.code, Some(head.code));
    assert!(failure.detail.chars().count() <= MAX_MESSAGE_CHARS);
    let asked = match failure.cause {
        Cause::TooLargeResourceVersion => Duration::ZERO,
        _ => failure.retry_after.unwrap_or_default().min(MAX_RETRY_AFTER),
    };
    assert!(next > SENT && next >= SENT + asked, "{next:?} of {asked:?}");
    assert!(next <= SENT + MAX_RETRY_AFTER.mul_f64(1.2), "{next:?}");
    assert_eq!(refuse(&head, pieces(body, sizes)), (failure, next));
});
