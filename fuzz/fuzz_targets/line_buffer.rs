//! Lines are those of a plain split at `\n`, wherever the chunks were cut, up to the first line over the limit.
#![no_main]

use std::ops::ControlFlow;

use k8bit_fuzz::{pieces, split_head};
use k8bit_informer::line_buffer::LineBuffer;
use libfuzzer_sys::fuzz_target;

/// Lines that are not blank, and what stands after the last `\n`; `None` in its place when a line was too long.
type Lines = (Vec<Vec<u8>>, Option<Vec<u8>>);

fn buffered<'a>(chunks: impl Iterator<Item = &'a [u8]>, limit: usize) -> Lines {
    let mut buffer = LineBuffer::new(limit);
    let mut lines = Vec::new();
    for chunk in chunks {
        let flow = buffer.feed(chunk, |line| {
            lines.push(line.to_vec());
            ControlFlow::<()>::Continue(())
        });
        match flow {
            Ok(flow) => assert!(flow.is_continue()),
            Err(error) => {
                assert_eq!(error.limit, limit);
                assert!(buffer.finish().is_empty());
                return (lines, None);
            }
        }
    }
    (lines, Some(buffer.finish()))
}

fn split(body: &[u8], limit: usize) -> Lines {
    let mut lines: Vec<_> = body.split(|byte| *byte == b'\n').collect();
    let too_long = lines.iter().position(|line| line.len() > limit);
    lines.truncate(too_long.unwrap_or(lines.len()));
    let rest = match too_long {
        None => lines.pop().map(<[u8]>::to_vec),
        Some(_) => None,
    };
    lines.retain(|line| !line.trim_ascii().is_empty());
    (lines.into_iter().map(<[u8]>::to_vec).collect(), rest)
}

fuzz_target!(|input: &[u8]| {
    let Some(([limit, sizes @ ..], body)) = split_head::<4>(input) else {
        return;
    };
    let limit = match limit {
        0 => usize::MAX,
        limit => usize::from(*limit),
    };
    assert_eq!(buffered(pieces(body, sizes), limit), split(body, limit));
});
