//! The bytes of a list to its elements, while they arrive.
//!
//! `{"kind":"PodList","apiVersion":"v1","metadata":{…},"items":[{…},{…}]}` is cut at the elements of `items`; each is
//! handed on as soon as its last byte is there. A page and an unlimited list are the same to it, indented or not.
//! Whether an element is a pod is not its business: it only finds where one ends, unless its [`PartReader`] does.

use std::{mem, ops::ControlFlow};

use crate::{
    json::{self, BLOCK_BYTES, ContainerEnd, Read, Reader, Scanner},
    limits::{MAX_ITEM_BYTES, MAX_JSON_DEPTH, MAX_LIST_ENVELOPE_BYTES},
    part_reader::{FirstPart, PartReader},
};

/// Everything of a list but its items.
///
/// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/list-meta/>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListEnvelope {
    /// `PodList`.
    pub kind: Option<String>,
    /// Version, continue token and count.
    pub metadata: Option<ListMeta>,
}

/// `metav1.ListMeta`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListMeta {
    /// The version of the collection; a watch starts from it.
    pub resource_version: Option<String>,
    /// The token of the next page; absent or empty on the last one.
    pub continue_token: Option<String>,
    /// About how many objects follow on later pages.
    pub remaining_item_count: Option<u64>,
}

impl Read<'_> for ListEnvelope {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        *self = Self::default();
        reader.object(&["kind", "metadata", "items"], &mut |reader, key| match key {
            0 => self.kind.read(reader),
            1 => self.metadata.read(reader),
            // The elements are cut out by now. What is no array is no list either, and must not pass for an empty one.
            2 => reader.array(&mut |_| None),
            _ => reader.skip(),
        })
    }
}

impl Read<'_> for ListMeta {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        *self = Self::default();
        crate::read_object!(
            reader,
            self,
            "resourceVersion" => resource_version,
            "continue" => continue_token,
            "remainingItemCount" => remaining_item_count,
        )
    }
}

/// Why the bytes are no list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The body is not a JSON object: a login page, a proxy's text.
    #[error("the answer is not JSON; it begins with {0:?}")]
    NotJson(String),
    /// The body ended inside of the list.
    #[error("the answer ended before the list was complete")]
    Incomplete,
    /// Braces, quotes or fields are not those of a list.
    #[error("the answer is not a list: {0}")]
    NotAList(String),
    /// Something in it outgrew its limit.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// An item, or the envelope.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// What stands in the place of an item of a protobuf list is none.
    #[error("the answer is damaged between its items")]
    Damaged,
    /// JSON nested deeper than [`MAX_JSON_DEPTH`].
    #[error("the answer is nested deeper than {MAX_JSON_DEPTH} levels")]
    TooDeep,
}

/// Where the scanner stands outside of strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Region {
    /// Before the opening brace.
    Start,
    /// In the list's object, outside of `items`.
    Envelope,
    /// In the `items` array, between elements.
    Items,
    /// In an element that is an object, as all of a Kubernetes list are.
    Object,
    /// In any other element.
    Element,
    /// After the closing brace.
    End,
}

/// A list on its way in.
#[derive(Debug)]
pub struct ListDecoder {
    region: Region,
    /// The key of the array whose elements are handed on.
    items: &'static str,
    /// Open braces and brackets.
    depth: usize,
    /// Inside of a string.
    in_string: bool,
    /// The next byte of the string is escaped.
    escaped: bool,
    /// In an object, instead of the two above.
    scanner: Scanner,
    /// The list without its elements: `{"kind":…,"items":[]}`.
    envelope: Vec<u8>,
    /// The beginning of an element whose end has not arrived.
    partial: Vec<u8>,
    first: FirstPart,
}

/// Longer than the keys of elements.
const MAX_KEY_BYTES: usize = 8;
/// Depth inside of the list's object.
const ENVELOPE_DEPTH: usize = 1;
/// Depth inside of `items`.
const ITEMS_DEPTH: usize = 2;

impl Default for ListDecoder {
    fn default() -> Self {
        Self::of("items")
    }
}

impl ListDecoder {
    /// A list whose elements have this key: `items`, or the `rows` of a table.
    #[must_use]
    pub fn of(items: &'static str) -> Self {
        Self {
            items,
            region: Region::Start,
            depth: 0,
            in_string: false,
            escaped: false,
            scanner: Scanner::default(),
            envelope: Vec::new(),
            partial: Vec::new(),
            first: FirstPart::default(),
        }
    }
}

impl ListDecoder {
    /// Takes in what stands before the first element, and says how much of `chunk` that is. [`ListDecoder::envelope`]
    /// can then be asked before an element is handed on.
    ///
    /// # Errors
    /// As soon as the bytes cannot be a list any more.
    pub fn begin(&mut self, chunk: &[u8]) -> Result<usize, ListError> {
        let mut at = 0;
        while at < chunk.len() && matches!(self.region, Region::Start | Region::Envelope) {
            at = self.advance_outside(chunk, at)?;
        }
        Ok(at)
    }

    /// Calls `element` with each element of `items` that `chunk` completes, in order, until it breaks.
    ///
    /// # Errors
    /// As soon as the bytes cannot be a list any more. What was handed on before belongs to no list then.
    pub fn feed<B>(
        &mut self,
        chunk: &[u8],
        mut element: impl FnMut(&[u8]) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, ListError> {
        self.feed_to(chunk, &mut element)
    }

    /// Has each element of `items` read that `chunk` completes, in order, until `reader` breaks.
    ///
    /// # Errors
    /// As [`ListDecoder::feed`].
    pub fn feed_to<B>(&mut self, chunk: &[u8], reader: &mut impl PartReader<B>) -> Result<ControlFlow<B>, ListError> {
        // Where the element that is being scanned begins in `chunk`; 0 when it began in an earlier chunk.
        let mut begin = 0;
        let mut at = 0;
        while at < chunk.len() {
            match self.region {
                Region::Start | Region::Envelope | Region::End => at = self.advance_outside(chunk, at)?,
                Region::Items => match chunk[at] {
                    b']' => {
                        self.region = Region::Envelope;
                        self.depth = ENVELOPE_DEPTH;
                        self.extend_envelope(b"]")?;
                        at += 1;
                    }
                    b if b == b',' || b.is_ascii_whitespace() => at += 1,
                    b'}' | b':' => return Err(ListError::NotAList("a brace or colon between its items".to_owned())),
                    b'{' => {
                        if let Some((length, flow)) = self.first.read(&chunk[at..], reader) {
                            if flow.is_break() {
                                return Ok(flow);
                            }
                            at += length;
                            continue;
                        }
                        self.region = Region::Object;
                        self.scanner = Scanner::default();
                        self.depth = ITEMS_DEPTH + 1;
                        begin = at;
                        at += 1;
                    }
                    _ => {
                        self.region = Region::Element;
                        begin = at;
                    }
                },
                region @ (Region::Object | Region::Element) => {
                    at = match region {
                        Region::Object => self.scan_object(chunk, at)?,
                        _ => self.scan(chunk, at)?,
                    };
                    if self.region == region {
                        continue; // The chunk is used up.
                    }
                    self.first.note(self.partial.len() + at - begin);
                    let flow = if self.partial.is_empty() {
                        reader.read(&chunk[begin..at])
                    } else {
                        self.extend_partial(&chunk[begin..at])?;
                        let whole = mem::take(&mut self.partial);
                        let flow = reader.read(&whole);
                        self.partial = whole;
                        self.partial.clear();
                        flow
                    };
                    if flow.is_break() {
                        return Ok(flow);
                    }
                }
            }
        }
        if matches!(self.region, Region::Object | Region::Element) {
            self.extend_partial(&chunk[begin..])?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Goes on from `at` outside of `items`.
    fn advance_outside(&mut self, chunk: &[u8], at: usize) -> Result<usize, ListError> {
        match self.region {
            Region::Start => match chunk[at] {
                b'{' => {
                    self.region = Region::Envelope;
                    self.depth = ENVELOPE_DEPTH;
                    self.envelope.push(b'{');
                    Ok(at + 1)
                }
                b if b.is_ascii_whitespace() => Ok(at + 1),
                _ => {
                    let end = chunk.len().min(at + 40);
                    Err(ListError::NotJson(
                        String::from_utf8_lossy(&chunk[at..end]).into_owned(),
                    ))
                }
            },
            Region::End => match chunk[at..].iter().find(|byte| !byte.is_ascii_whitespace()) {
                Some(byte) => Err(ListError::NotAList(format!("byte {byte:#04x} after its end"))),
                None => Ok(chunk.len()),
            },
            Region::Envelope | Region::Items | Region::Object | Region::Element => {
                let end = self.scan(chunk, at)?;
                self.extend_envelope(&chunk[at..end])?;
                Ok(end)
            }
        }
    }

    /// What is known of the list before its end: once `items` has begun, all that stood before it, which with a
    /// Kubernetes server is everything.
    #[must_use]
    pub fn envelope(&self) -> Option<ListEnvelope> {
        json::from_slice(&self.envelope_json()?).ok()
    }

    /// The same as JSON, as of a list without elements.
    #[must_use]
    pub fn envelope_json(&self) -> Option<Vec<u8>> {
        self.items_have_begun().then(|| [&self.envelope, &b"]}"[..]].concat())
    }

    /// Whether the scanner is inside of `items`.
    #[must_use]
    pub fn items_have_begun(&self) -> bool {
        matches!(self.region, Region::Items | Region::Object | Region::Element)
    }

    /// The envelope of the complete list.
    ///
    /// # Errors
    /// [`ListError::Incomplete`] when bytes are missing, [`ListError::NotAList`] when the envelope is none.
    pub fn finish(self) -> Result<ListEnvelope, ListError> {
        if self.region != Region::End {
            return Err(ListError::Incomplete);
        }
        json::from_slice(&self.envelope).map_err(ListError::NotAList)
    }

    /// Goes on from `at` until the region changes or the chunk ends, and says where.
    fn scan(&mut self, chunk: &[u8], mut at: usize) -> Result<usize, ListError> {
        let (region, from) = (self.region, at);
        while at < chunk.len() {
            if self.in_string {
                at = self.scan_string(chunk, at);
                if region == Region::Element && !self.in_string && self.depth == ITEMS_DEPTH {
                    self.region = Region::Items; // The element is a bare string.
                    return Ok(at);
                }
                continue;
            }
            match chunk[at] {
                b'"' => self.in_string = true,
                b'{' | b'[' => {
                    if self.depth == MAX_JSON_DEPTH {
                        return Err(ListError::TooDeep);
                    }
                    self.depth += 1;
                    if region == Region::Envelope
                        && self.depth == ITEMS_DEPTH
                        && chunk[at] == b'['
                        && self.is_key_of_items(&chunk[from..at])
                    {
                        self.region = Region::Items;
                        return Ok(at + 1);
                    }
                }
                b'}' | b']' if region == Region::Element && self.depth == ITEMS_DEPTH => {
                    self.region = Region::Items; // A bare number or word; the bracket closes `items`.
                    return Ok(at);
                }
                b'}' | b']' => {
                    self.depth -= 1;
                    if region == Region::Element && self.depth == ITEMS_DEPTH {
                        self.region = Region::Items;
                        return Ok(at + 1);
                    }
                    if self.depth == 0 {
                        self.region = Region::End;
                        return Ok(at + 1);
                    }
                }
                b',' if region == Region::Element && self.depth == ITEMS_DEPTH => {
                    self.region = Region::Items;
                    return Ok(at);
                }
                _ => {}
            }
            at += 1;
        }
        Ok(at)
    }

    /// Goes on inside of an object, to behind its last brace or to the end of the chunk.
    fn scan_object(&mut self, chunk: &[u8], mut at: usize) -> Result<usize, ListError> {
        while at < chunk.len() {
            let piece = &chunk[at..chunk.len().min(at + BLOCK_BYTES)];
            match self.scanner.block(piece).descend(self.depth, ITEMS_DEPTH) {
                Ok(depth) if depth > MAX_JSON_DEPTH => return Err(ListError::TooDeep),
                Ok(depth) => self.depth = depth,
                Err(ContainerEnd { length }) => {
                    self.depth = ITEMS_DEPTH;
                    self.region = Region::Items;
                    return Ok(at + length);
                }
            }
            at += piece.len();
        }
        Ok(at)
    }

    /// Goes on inside of a string, to behind its closing quote or to the end of the chunk.
    fn scan_string(&mut self, chunk: &[u8], mut at: usize) -> usize {
        if self.escaped {
            self.escaped = false;
            at += 1;
        }
        while let Some(found) = memchr::memchr2(b'"', b'\\', &chunk[at..]) {
            at += found + 1;
            if chunk[at - 1] == b'"' {
                self.in_string = false;
                return at;
            }
            if at == chunk.len() {
                self.escaped = true;
                return at;
            }
            at += 1;
        }
        chunk.len()
    }

    /// Whether the value that begins now has the key of the elements. `scanned` is what the envelope does not hold yet.
    fn is_key_of_items(&self, scanned: &[u8]) -> bool {
        let mut before = scanned.iter().rev().chain(self.envelope.iter().rev()).copied();
        let mut before = || before.next();
        let mut skip_white_space = || loop {
            match before() {
                Some(byte) if byte.is_ascii_whitespace() => {}
                other => return other,
            }
        };
        if skip_white_space() != Some(b':') || skip_white_space() != Some(b'"') {
            return false;
        }
        let key: Vec<u8> = std::iter::from_fn(&mut before)
            .take(MAX_KEY_BYTES)
            .take_while(|byte| *byte != b'"')
            .collect();
        // A server that was asked for a table may answer with the objects, and its envelope says so.
        let is_key = [self.items, "items"]
            .iter()
            .any(|items| items.bytes().rev().eq(key.iter().copied()));
        is_key && before() != Some(b'\\')
    }

    fn extend_envelope(&mut self, bytes: &[u8]) -> Result<(), ListError> {
        extend(
            &mut self.envelope,
            bytes,
            "the envelope of a list",
            MAX_LIST_ENVELOPE_BYTES,
        )
    }

    fn extend_partial(&mut self, bytes: &[u8]) -> Result<(), ListError> {
        extend(&mut self.partial, bytes, "an item of a list", MAX_ITEM_BYTES)
    }
}

fn extend(buffer: &mut Vec<u8>, bytes: &[u8], what: &'static str, limit: usize) -> Result<(), ListError> {
    if buffer.len() + bytes.len() > limit {
        return Err(ListError::TooLarge { what, limit });
    }
    buffer.extend_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{
        sample::Sample,
        testing::{STRANGE, check_list, damage},
    };

    fn decode(text: &[u8], chunk: usize) -> Result<(Vec<String>, ListEnvelope), ListError> {
        let mut decoder = ListDecoder::default();
        let mut elements = Vec::new();
        for chunk in text.chunks(chunk) {
            let flow = decoder.feed(chunk, |element| {
                elements.push(String::from_utf8_lossy(element).into_owned());
                ControlFlow::<()>::Continue(())
            })?;
            assert!(flow.is_continue());
        }
        Ok((elements, decoder.finish()?))
    }

    #[track_caller]
    fn check(text: &str, elements: &[&str], version: Option<&str>) {
        for chunk in 1..=text.len() {
            let (found, envelope) = decode(text.as_bytes(), chunk).expect("a list");
            assert_eq!(found, elements, "in chunks of {chunk}");
            let metadata = envelope.metadata.unwrap_or_default();
            assert_eq!(metadata.resource_version.as_deref(), version, "in chunks of {chunk}");
        }
    }

    #[test]
    fn any_split_gives_the_same_elements() {
        check(
            r#"{"kind":"PodList","metadata":{"resourceVersion":"7"},"items":[]}"#,
            &[],
            Some("7"),
        );
        check(
            r#"{"kind":"PodList","metadata":{"resourceVersion":"7"},"items":null}"#,
            &[],
            Some("7"),
        );
        check(
            r#"{"items":[{"a":[1,{"b":"]}\"\\"}]},{}],"metadata":{"resourceVersion":"7"}}"#,
            &[r#"{"a":[1,{"b":"]}\"\\"}]}"#, "{}"],
            Some("7"),
        );
        check(
            "{\n \"metadata\" : {\"items\": [1]},\n \"items\" : [\n {\"a\": 1} ,\n {}\n ]\n}\n",
            &["{\"a\": 1}", "{}"],
            None,
        );
    }

    #[test]
    fn elements_that_are_no_objects_are_handed_on_too() {
        check(
            r#"{"items":[null,7,"a,]",[1],true]}"#,
            &["null", "7", "\"a,]\"", "[1]", "true"],
            None,
        );
    }

    #[test]
    fn only_the_key_items_of_the_list_itself_counts() {
        check(r#"{"x\"items":[1],"ite ms":[2],"items":[3]}"#, &["3"], None);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        assert_eq!(decode(b"<html>", 2), Err(ListError::NotJson("<h".into())));
        assert_eq!(decode(b"", 1), Err(ListError::Incomplete));
        assert_eq!(decode(br#"{"items":[{}"#, 3), Err(ListError::Incomplete));
        assert!(matches!(decode(b"{}x", 9), Err(ListError::NotAList(_))));
        for text in [
            r#"{"items":[}"#,
            r#"{"items":[{}}]}"#,
            r#"{"items":[7}]}"#,
            r#"{"items":[:]}"#,
        ] {
            for chunk in 1..=text.len() {
                assert!(
                    matches!(decode(text.as_bytes(), chunk), Err(ListError::NotAList(_))),
                    "{text}"
                );
            }
        }
        for text in [r#"{"metadata":7}"#, r#"{"items":7}"#, r#"{"items":{}}"#] {
            assert!(
                matches!(decode(text.as_bytes(), 9), Err(ListError::NotAList(_))),
                "{text}"
            );
        }
        assert_eq!(
            decode(format!("{{{}", "[".repeat(600)).as_bytes(), 9),
            Err(ListError::TooDeep)
        );
    }

    const PODS: &[u8] = include_bytes!("../../tests/fixtures/list-demo.json");

    #[test]
    fn objects_are_read_in_one_pass_as_after_a_search_for_their_ends() {
        let whole = check_list::<Sample<Pod>>(std::iter::once(PODS));
        assert!(whole > 2, "{whole} were read in one pass");
        let cut = (0..PODS.len()).map(|cut| check_list::<Sample<Pod>>([&PODS[..cut], &PODS[cut..]].into_iter()));
        assert_eq!(cut.max(), Some(whole));
        for size in [1, 2, 63, 64, 65, 1_000, 4_096] {
            check_list::<Sample<Pod>>(PODS.chunks(size));
        }
    }

    #[test]
    fn strange_objects_cost_themselves_alone_in_one_pass_too() {
        let deep = format!(
            r#"{{"metadata":{{"name":"a"}},"x":{}1{}}}"#,
            "[".repeat(200),
            "]".repeat(200)
        );
        let too_deep = format!(r#"{{"metadata":{{"name":"a"}},"x":{}"#, "[".repeat(2 * MAX_JSON_DEPTH));
        let good = r#"{"metadata":{"name":"b"}}"#;
        for strange in STRANGE.into_iter().chain([
            &*deep,
            &*too_deep,
            "{}",
            "{",
            "null",
            r#"{"kind":"Service","metadata":{"name":"a"}}"#,
            r#"{"metadata":{"name":7}}"#,
            r#"{"metadata":{"name":"a"}}}"#,
            r#"{"metadata":{"name":"a"},"x":[}}"#,
            r#"{"metadata":{"name":"a"},"x":"\"}"#,
            r#"{"metadata":{"name":"a"},\"x":1}"#,
            "{\"metadata\":{\"name\":\"a\"},\"x\":{\"\u{1}\":1}}",
            r#"{"metadata":{"name":"a"},"x":01}"#,
        ]) {
            let list = format!(r#"{{"items":[{good},{strange},{good}]}}"#);
            for size in 1..=list.len() {
                check_list::<Sample<Pod>>(list.as_bytes().chunks(size));
            }
        }
    }

    proptest! {
        #[test]
        fn damaged_lists_are_the_same_in_one_pass(
            damages in vec(damage(), 1..4),
            sizes in vec(1_usize..20_000, 1..4),
        ) {
            let mut list = PODS.to_vec();
            for damage in &damages {
                damage.apply(&mut list);
            }
            let mut rest = &list[..];
            let pieces = sizes.iter().cycle().map_while(move |size| {
                let piece;
                (piece, rest) = rest.split_at(rest.len().min(*size));
                (!piece.is_empty()).then_some(piece)
            });
            check_list::<Sample<Pod>>(pieces);
        }
    }

    #[test]
    fn the_envelope_is_known_once_items_begin() {
        let mut decoder = ListDecoder::default();
        let text = br#"{"kind":"PodList","metadata":{"remainingItemCount":12},"items":[{"#;
        let flow = decoder.feed(text, |_| ControlFlow::<()>::Continue(())).expect("a list");
        assert!(flow.is_continue());
        let envelope = decoder.envelope().expect("items have begun");
        assert_eq!(envelope.kind.as_deref(), Some("PodList"));
        assert_eq!(
            envelope.metadata.and_then(|metadata| metadata.remaining_item_count),
            Some(12)
        );
    }
}
