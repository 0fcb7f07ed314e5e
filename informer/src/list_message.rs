//! The bytes of a list in protobuf to its elements, while they arrive.
//!
//! `k8s\0`, a `runtime.Unknown` with the type, and in it the list: first its `ListMeta`, then one field for each element.
//! The list's length comes before its first byte, so that a list which ends too soon never passes for a shorter one.

use std::ops::ControlFlow;

use crate::{
    limits::{MAX_ITEM_BYTES, MAX_LIST_ENVELOPE_BYTES},
    list_decoder::{ListEnvelope, ListError, ListMeta},
    protobuf::{self, Head, MAGIC, Merge, TypeMeta, Value},
};

/// `Unknown.typeMeta`.
const TYPE_META: u64 = 1;
/// `Unknown.raw`.
const RAW: u64 = 2;
/// `PodList.metadata`, as of every list.
const METADATA: u64 = 1;
/// `PodList.items`.
const ITEMS: u64 = 2;

/// Where the next field stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum MessageRegion {
    /// Before the magic number.
    #[default]
    Start,
    /// In the envelope, before the list.
    Envelope,
    /// In the list, of which this many bytes are missing.
    List(usize),
    /// In the envelope, behind the list.
    End,
}

/// A list in protobuf on its way in.
#[derive(Debug, Default)]
pub struct ListMessage {
    region: MessageRegion,
    /// The beginning of a field whose end has not arrived.
    partial: Vec<u8>,
    kind: Option<String>,
    metadata: Option<ListMeta>,
}

/// What cannot be taken in by halves.
enum Unit {
    /// The end of it cannot be seen.
    Short,
    /// This many bytes, of which the last ones are its value.
    Field {
        number: Option<u64>,
        head: usize,
        length: usize,
    },
}

impl ListMessage {
    /// Takes in what stands before the first element, and says how much of `chunk` that is. [`ListMessage::envelope`]
    /// can then be asked before an element is handed on.
    ///
    /// # Errors
    /// As soon as the bytes cannot be a list.
    pub fn begin(&mut self, chunk: &[u8]) -> Result<usize, ListError> {
        let mut at = 0;
        while at < chunk.len() && !self.is_at_items(&chunk[at..]) {
            at += self.step(&chunk[at..], &mut |_| ControlFlow::<()>::Continue(()))?.0;
        }
        Ok(at)
    }

    /// Whether what comes next is an element, or may turn out to be one.
    fn is_at_items(&self, rest: &[u8]) -> bool {
        let next = self.partial.first().or(rest.first());
        matches!(self.region, MessageRegion::List(1..)) && next.is_none_or(|tag| u64::from(*tag >> 3) != METADATA)
    }

    /// Calls `element` with each element that `chunk` completes, in order, until it breaks.
    ///
    /// # Errors
    /// As soon as the bytes cannot be a list any more. What was handed on before belongs to no list then.
    pub fn feed<B>(
        &mut self,
        chunk: &[u8],
        mut element: impl FnMut(&[u8]) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, ListError> {
        let mut at = 0;
        while at < chunk.len() {
            let (used, flow) = self.step(&chunk[at..], &mut element)?;
            if flow.is_break() {
                return Ok(flow);
            }
            at += used;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Takes in one field, or as much of it as is there, and says how many bytes that is.
    fn step<B>(
        &mut self,
        chunk: &[u8],
        element: &mut impl FnMut(&[u8]) -> ControlFlow<B>,
    ) -> Result<(usize, ControlFlow<B>), ListError> {
        if self.partial.is_empty() {
            if let Unit::Field { number, head, length } = self.unit(chunk)?
                && let Some(field) = chunk.get(..length)
            {
                return Ok((length, self.take(number, &field[head..], length, element)?));
            }
            self.partial.extend_from_slice(chunk);
            return Ok((chunk.len(), ControlFlow::Continue(())));
        }
        let mut used = 0;
        loop {
            let wanted = match self.unit(&self.partial)? {
                Unit::Field { number, head, length } if self.partial.len() == length => {
                    let field = std::mem::take(&mut self.partial);
                    let flow = self.take(number, &field[head..], length, element)?;
                    self.partial = field;
                    self.partial.clear();
                    return Ok((used, flow));
                }
                Unit::Field { length, .. } => length,
                Unit::Short => self.partial.len() + 1,
            };
            if used == chunk.len() {
                return Ok((used, ControlFlow::Continue(())));
            }
            let more = &chunk[used..chunk.len().min(used + wanted - self.partial.len())];
            self.partial.extend_from_slice(more);
            used += more.len();
        }
    }

    /// What `bytes` begin with.
    fn unit(&self, bytes: &[u8]) -> Result<Unit, ListError> {
        if self.region == MessageRegion::Start {
            return Ok(Unit::Field {
                number: None,
                head: 0,
                length: MAGIC.len(),
            });
        }
        let damaged = || match self.region {
            MessageRegion::List(_) => ListError::Damaged,
            _ => ListError::NotAList("its envelope is no protobuf".to_owned()),
        };
        let unit = match (protobuf::head(bytes), self.region) {
            (Head::Short, _) => return Ok(Unit::Short),
            (Head::Broken, _) => return Err(damaged()),
            // The list is not waited for as a whole.
            (Head::Bytes(RAW, head, _), MessageRegion::Envelope) => Unit::Field {
                number: Some(RAW),
                head: 0,
                length: head,
            },
            (Head::Bytes(number, head, length), region) => {
                let (what, limit) = match region {
                    MessageRegion::List(_) if number == ITEMS => ("an item", MAX_ITEM_BYTES),
                    _ => ("the list without its items", MAX_LIST_ENVELOPE_BYTES),
                };
                if length > limit {
                    return Err(ListError::TooLarge { what, limit });
                }
                Unit::Field {
                    number: Some(number),
                    head,
                    length: head + length,
                }
            }
            (Head::Other(length), _) => Unit::Field {
                number: None,
                head: 0,
                length,
            },
        };
        match (&unit, self.region) {
            (Unit::Field { length, .. }, MessageRegion::List(rest)) if *length > rest => Err(damaged()),
            _ => Ok(unit),
        }
    }

    /// Takes in a field of `length` bytes.
    fn take<B>(
        &mut self,
        number: Option<u64>,
        value: &[u8],
        length: usize,
        element: &mut impl FnMut(&[u8]) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, ListError> {
        let mut flow = ControlFlow::Continue(());
        match self.region {
            MessageRegion::Start if value == MAGIC => self.region = MessageRegion::Envelope,
            MessageRegion::Start => return Err(ListError::NotAList("it does not begin as protobuf does".to_owned())),
            MessageRegion::Envelope => match number {
                Some(TYPE_META) => {
                    let types: Option<TypeMeta<'_>> = protobuf::from_slice(value);
                    let types = types.ok_or_else(|| ListError::NotAList("its type is unreadable".to_owned()))?;
                    self.kind = (!types.kind.is_empty()).then(|| types.kind.into_owned());
                }
                Some(RAW) => {
                    let Head::Bytes(_, _, rest) = protobuf::head(value) else {
                        return Err(ListError::Damaged);
                    };
                    self.enter(rest);
                }
                _ => {}
            },
            MessageRegion::List(rest) => {
                match number {
                    Some(METADATA) => {
                        let metadata: Option<ListMeta> = protobuf::from_slice(value);
                        self.metadata = Some(metadata.ok_or(ListError::Damaged)?);
                    }
                    Some(ITEMS) => flow = element(value),
                    _ => {}
                }
                self.enter(rest - length);
            }
            MessageRegion::End => {}
        }
        Ok(flow)
    }

    fn enter(&mut self, rest: usize) {
        self.region = match rest {
            0 => MessageRegion::End,
            rest => MessageRegion::List(rest),
        };
    }

    /// What is known of the list before its end: once it has begun, all that stood before its first element, which with a
    /// Kubernetes server is everything.
    #[must_use]
    pub fn envelope(&self) -> Option<ListEnvelope> {
        let has_begun = matches!(self.region, MessageRegion::List(_) | MessageRegion::End);
        has_begun.then(|| ListEnvelope {
            kind: self.kind.clone(),
            metadata: self.metadata.clone(),
        })
    }

    /// The envelope of the complete list.
    ///
    /// # Errors
    /// [`ListError::Incomplete`] when bytes are missing.
    pub fn finish(self) -> Result<ListEnvelope, ListError> {
        if self.region != MessageRegion::End || !self.partial.is_empty() {
            return Err(ListError::Incomplete);
        }
        Ok(ListEnvelope {
            kind: self.kind,
            metadata: self.metadata,
        })
    }
}

impl Merge<'_> for ListMeta {
    fn merge(&mut self, value: Value<'_>) -> Option<()> {
        crate::merge_message!(value, self, 2 => resource_version, 3 => continue_token, 4 => remaining_item_count,)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protobuf::tests::{body, message};

    fn list(items: &[&[u8]]) -> Vec<u8> {
        let metadata = message(&[(1, b""), (2, b"42"), (3, b"next")]);
        let mut fields = vec![(METADATA, &metadata[..])];
        fields.extend(items.iter().map(|item| (ITEMS, *item)));
        body("v1", "PodList", &message(&fields))
    }

    type Decoded = (Vec<Vec<u8>>, Result<ListEnvelope, ListError>);

    fn decode(bytes: &[u8], size: usize) -> Decoded {
        let mut message = ListMessage::default();
        let mut items = Vec::new();
        for chunk in bytes.chunks(size) {
            let flow = message.begin(chunk).and_then(|used| {
                message.feed(&chunk[used..], |item| {
                    items.push(item.to_vec());
                    ControlFlow::<()>::Continue(())
                })
            });
            match flow {
                Ok(flow) => assert!(flow.is_continue()),
                Err(error) => return (items, Err(error)),
            }
        }
        (items, message.finish())
    }

    #[test]
    fn any_split_gives_the_same_list() {
        let long = [b'x'; 300];
        let items: [&[u8]; 3] = [b"\x0a\x01a", &long, b""];
        let bytes = list(&items);
        let envelope = ListEnvelope {
            kind: Some("PodList".into()),
            metadata: Some(ListMeta {
                resource_version: Some("42".into()),
                continue_token: Some("next".into()),
                remaining_item_count: None,
            }),
        };
        for size in 1..=bytes.len() {
            let (found, result) = decode(&bytes, size);
            assert_eq!(found, items, "in chunks of {size}");
            assert_eq!(result, Ok(envelope.clone()), "in chunks of {size}");
        }
        assert!(decode(&list(&[]), 3).1.is_ok());
    }

    #[test]
    fn the_envelope_is_known_before_the_first_item() {
        let bytes = list(&[b"a", b"b"]);
        for end in 1..bytes.len() {
            let mut message = ListMessage::default();
            let used = message.begin(&bytes[..end]).expect("a list");
            let envelope = message.envelope();
            if used < end {
                assert_eq!(
                    envelope
                        .and_then(|envelope| envelope.metadata)
                        .and_then(|meta| meta.resource_version),
                    Some("42".into())
                );
            }
        }
    }

    #[test]
    fn a_list_that_ends_too_soon_is_none() {
        let bytes = list(&[b"abc", b"d"]);
        // Behind the list stand two empty fields, which nobody needs.
        let end = bytes.len() - 4;
        for cut in 0..end {
            let (_, result) = decode(&bytes[..cut], 7);
            assert_eq!(result, Err(ListError::Incomplete), "after {cut} bytes");
        }
        assert!(decode(&bytes[..end], 7).1.is_ok());
    }

    #[test]
    fn what_is_no_list_is_told() {
        for size in [1, 100] {
            let not_a_list = |bytes: &[u8]| matches!(decode(bytes, size).1, Err(ListError::NotAList(_)));
            assert!(not_a_list(b"{\"kind\":\"PodList\"}"));
            assert!(not_a_list(b"k8s\0\x07"));
            let mut damaged = list(&[b"abc", b"d"]);
            let item = damaged
                .windows(4)
                .position(|window| window == b"\x03abc")
                .expect("it is there");
            damaged[item - 1] = 0xff;
            assert_eq!(decode(&damaged, size).1, Err(ListError::Damaged));
            // An item that is longer than the list it is in.
            let mut damaged = list(&[b"abc", b"d"]);
            damaged[item] = 0x70;
            assert_eq!(decode(&damaged, size).1, Err(ListError::Damaged));
        }
    }

    #[test]
    fn items_have_a_limit() {
        let mut bytes = list(&[b"a"]);
        let item = bytes
            .windows(3)
            .position(|window| window == b"\x12\x01a")
            .expect("it is there");
        bytes.splice(item + 1..=item + 1, [0xff, 0xff, 0xff, 0x7f]);
        // The lengths around it would have to grow as well; what is too large is told before what is damaged.
        assert!(matches!(decode(&bytes, 5).1, Err(ListError::TooLarge { .. })));
    }

    #[test]
    fn a_break_stops_at_once() {
        let bytes = list(&[b"a", b"b", b"c"]);
        for size in [1, bytes.len()] {
            let mut message = ListMessage::default();
            let mut seen = 0;
            let stopped = bytes.chunks(size).any(|chunk| {
                let flow = message.feed(chunk, |item| {
                    seen += 1;
                    match item {
                        b"b" => ControlFlow::Break(()),
                        _ => ControlFlow::Continue(()),
                    }
                });
                flow.expect("a list").is_break()
            });
            assert!(stopped);
            assert_eq!(seen, 2);
        }
    }
}
