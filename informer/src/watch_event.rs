//! One line or frame of a watch to one event.
//!
//! `{"type":"ADDED","object":{…}}`, or the same as a message; <https://kubernetes.io/docs/reference/using-api/api-concepts/#watch-bookmarks>.
//! Invalid lines differ in what they mean for the stream: a line that is no JSON casts doubt on all that
//! follows, an object that is not of its kind's shape costs that object alone.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;

use crate::{
    encoding::Encoding,
    failure::parse_status,
    json::{self, JsonStr, Read, Reader},
    meta::{Bookmark, Meta},
    protobuf::{self, Merge, Raw, Unknown, Value},
    resource::{ObjectType, Resource},
};

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum WatchEvent<K> {
    /// ADDED or MODIFIED. Which of the two is the store's to know: a watch with a selector says ADDED of an old object
    /// that begins to match.
    Apply(K),
    /// DELETED, at the version that the deletion has.
    Delete(Meta),
    /// BOOKMARK.
    Bookmark(Bookmark),
    /// ERROR.
    Error(Box<Status>),
    /// ADDED or MODIFIED of an object that is not of its kind's shape; only its identity could be read.
    Malformed(Meta),
    /// A type that is not known, an object of another kind or one without a name.
    Ignored,
}

/// The line is not JSON, or no event: bytes were lost or changed.
#[derive(Debug, thiserror::Error)]
#[error("a line of the stream is unreadable: {0}")]
pub struct UnreadableLine(String);

/// Decodes a line or a frame of objects of type `expected`.
///
/// # Errors
/// When it is not one object or message with type and object.
pub fn decode<K: Resource>(
    encoding: Encoding,
    event: &[u8],
    expected: &ObjectType,
    interner: &mut K::Interner,
) -> Result<WatchEvent<K>, UnreadableLine> {
    match encoding {
        Encoding::Json => decode_line(event, expected, interner),
        Encoding::Protobuf => decode_frame(event, expected, interner),
    }
}

/// `metav1.WatchEvent`.
#[derive(Default)]
struct WatchFrame<'a> {
    event_type: JsonStr<'a>,
    object: RawObject<'a>,
}

/// `runtime.RawExtension`.
#[derive(Default)]
struct RawObject<'a> {
    raw: Raw<'a>,
}

impl<'a> Merge<'a> for WatchFrame<'a> {
    fn merge(&mut self, value: Value<'a>) -> Option<()> {
        crate::merge_message!(value, self, 1 => event_type, 2 => object,)
    }
}

impl<'a> Merge<'a> for RawObject<'a> {
    fn merge(&mut self, value: Value<'a>) -> Option<()> {
        crate::merge_message!(value, self, 1 => raw,)
    }
}

fn decode_frame<K: Resource>(
    frame: &[u8],
    expected: &ObjectType,
    interner: &mut K::Interner,
) -> Result<WatchEvent<K>, UnreadableLine> {
    let unreadable = |what: &str| UnreadableLine(what.to_owned());
    let WatchFrame { event_type, object } = protobuf::from_slice(frame).ok_or_else(|| unreadable("it is no event"))?;
    let bytes = object.raw.0;
    let unknown = Unknown::read(bytes).ok_or_else(|| unreadable("it has no object"))?;
    let message = unknown.raw.0;
    let is_of_kind = expected.is_message(&unknown.type_meta.kind, &unknown.type_meta.api_version);
    let event = match &*event_type {
        "ADDED" | "MODIFIED" if is_of_kind => match K::decode_protobuf(message, interner) {
            Ok(object) => Some(WatchEvent::Apply(object)),
            Err(_) if !Encoding::Protobuf.is_sound(message) => return Err(unreadable("its object is no message")),
            Err(_) => Meta::decode_protobuf(message, interner).ok().map(WatchEvent::Malformed),
        },
        "DELETED" if is_of_kind => Meta::decode_protobuf(message, interner).ok().map(WatchEvent::Delete),
        "BOOKMARK" if is_of_kind => Bookmark::decode_protobuf(message).ok().map(WatchEvent::Bookmark),
        "ERROR" => parse_status(bytes).map(|status| WatchEvent::Error(Box::new(status))),
        _ => None,
    };
    Ok(event.unwrap_or(WatchEvent::Ignored))
}

fn decode_line<K: Resource>(
    line: &[u8],
    expected: &ObjectType,
    interner: &mut K::Interner,
) -> Result<WatchEvent<K>, UnreadableLine> {
    match decode_known(line, expected, interner) {
        Some(event) => Ok(event),
        // Doubt is the slow path: whole JSON is only a strange event, anything else breaks the stream.
        None => {
            json::check(line).map_err(UnreadableLine)?;
            let Shape { event_type, object } = json::from_slice(line).map_err(UnreadableLine)?;
            let (Some(event_type), Some(object)) = (event_type, object) else {
                return Err(UnreadableLine("it has no type or no object".into()));
            };
            Ok(decode_parts(&event_type, object, expected, interner).unwrap_or(WatchEvent::Ignored))
        }
    }
}

#[derive(Default)]
struct Shape<'a> {
    event_type: Option<JsonStr<'a>>,
    object: Option<&'a [u8]>,
}

impl<'a> Read<'a> for Shape<'a> {
    fn read(&mut self, reader: &mut Reader<'a>) -> Option<()> {
        reader.object(&["type", "object"], &mut |reader, key| match key {
            0 => self.event_type.read(reader),
            1 => reader.raw().map(|object| self.object = Some(object)),
            _ => reader.skip(),
        })
    }
}

/// Decodes the event that `lines` begin with, and says how long its line is, the end of it included: what [`decode`] says of
/// that line. `None` where it is not complete, and for all but the usual: the object of an `ADDED` or a `MODIFIED`, in the
/// form in which Go writes it.
pub(crate) fn decode_first<K: Resource>(
    lines: &[u8],
    expected: &ObjectType,
    interner: &mut K::Interner,
) -> Option<(WatchEvent<K>, usize)> {
    let (event_type, rest) = split_known(lines)?;
    if !matches!(event_type, "ADDED" | "MODIFIED") || !begins_with_kind(expected, rest) {
        return None;
    }
    let (object, length) = K::decode_first(rest, interner)?;
    let others = rest[length..].strip_prefix(b"}\n")?;
    Some((WatchEvent::Apply(object), lines.len() - others.len()))
}

/// The form in which Go writes an event, cut without a look at the object: its type, and what begins with its object.
fn split_known(line: &[u8]) -> Option<(&str, &[u8])> {
    let rest = line.strip_prefix(br#"{"type":""#)?;
    let end = memchr::memchr(b'"', rest.get(..16.min(rest.len()))?)?;
    let event_type = std::str::from_utf8(&rest[..end]).ok()?;
    Some((event_type, rest[end..].strip_prefix(br#"","object":"#)?))
}

fn decode_known<K: Resource>(line: &[u8], expected: &ObjectType, interner: &mut K::Interner) -> Option<WatchEvent<K>> {
    let (event_type, object) = split_known(line)?;
    decode_parts(
        event_type,
        object.trim_ascii_end().strip_suffix(b"}")?,
        expected,
        interner,
    )
}

/// `None` when something about it is not as expected.
fn decode_parts<K: Resource>(
    event_type: &str,
    object: &[u8],
    expected: &ObjectType,
    interner: &mut K::Interner,
) -> Option<WatchEvent<K>> {
    match event_type {
        "ADDED" | "MODIFIED" if is_of_kind(expected, object) => match K::decode(object, interner) {
            Ok(object) => Some(WatchEvent::Apply(object)),
            Err(_) => {
                // Whether the rest of it is JSON at all decides between a malformed object and a broken stream.
                json::check(object).ok()?;
                K::decode_meta(object, interner).ok().map(WatchEvent::Malformed)
            }
        },
        "DELETED" if is_of_kind(expected, object) => K::decode_meta(object, interner).ok().map(WatchEvent::Delete),
        "BOOKMARK" if is_of_kind(expected, object) => Bookmark::decode(object).ok().map(WatchEvent::Bookmark),
        "ERROR" => parse_status(object).map(|status| WatchEvent::Error(Box::new(status))),
        _ => None,
    }
}

/// Whether `kind` is the expected one, or absent; to Go an empty one is.
fn is_of_kind(expected: &ObjectType, object: &[u8]) -> bool {
    begins_with_kind(expected, object)
        || json::from_slice::<KindField<'_>>(object)
            .is_ok_and(|KindField(kind)| kind.is_none_or(|kind| kind.is_empty() || expected.is_object(&kind)))
}

/// Whether `kind` is the expected one and comes first, as Go writes it.
fn begins_with_kind(expected: &ObjectType, object: &[u8]) -> bool {
    let behind_kind = || {
        let rest = object.strip_prefix(br#"{"kind":""#)?;
        rest.strip_prefix(expected.kind()?.as_bytes())
    };
    behind_kind().is_some_and(|rest| rest.first() == Some(&b'"'))
}

/// Whether an element of a list says of itself that it is of the expected kind.
pub(crate) fn says_kind(expected: &ObjectType, element: &[u8]) -> bool {
    json::from_slice::<KindField<'_>>(element)
        .is_ok_and(|KindField(kind)| kind.is_some_and(|kind| expected.is_object(&kind)))
}

#[derive(Default)]
struct KindField<'a>(Option<JsonStr<'a>>);

impl<'a> Read<'a> for KindField<'a> {
    fn read(&mut self, reader: &mut Reader<'a>) -> Option<()> {
        reader.object(&["kind"], &mut |reader, key| match key {
            0 => self.0.read(reader),
            _ => reader.skip(),
        })
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;

    use super::*;
    use crate::{
        protobuf::tests::{body, message},
        sample::Sample,
        shared_str::Interner,
    };

    const META: &str = r#""metadata":{"name":"a","namespace":"b","uid":"c","resourceVersion":"7"}"#;

    fn told(event: Result<WatchEvent<Sample<Pod>>, UnreadableLine>) -> String {
        match event {
            Ok(WatchEvent::Apply(pod)) => format!("apply {}", pod.meta.key),
            Ok(WatchEvent::Delete(meta)) => format!("delete {}", meta.key),
            Ok(WatchEvent::Bookmark(bookmark)) => format!("bookmark {}", bookmark.resource_version),
            Ok(WatchEvent::Error(status)) => format!("error {:?}", status.code),
            Ok(WatchEvent::Malformed(meta)) => format!("malformed {}", meta.key),
            Ok(WatchEvent::Ignored) => "ignored".into(),
            Err(_) => "unreadable".into(),
        }
    }

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let event = decode::<Sample<Pod>>(
            Encoding::Json,
            line.as_bytes(),
            &ObjectType::of::<Pod>(),
            &mut Interner::default(),
        );
        assert_eq!(told(event), expected, "{line}");
    }

    #[test]
    fn lines_as_go_writes_them_and_as_others_do() {
        check(
            &format!(r#"{{"type":"ADDED","object":{{"kind":"Pod","apiVersion":"v1",{META}}}}}"#),
            "apply b/a",
        );
        check(&format!(r#"{{"type":"MODIFIED","object":{{{META}}}}}"#), "apply b/a");
        check(
            &format!(r#"{{"type":"MODIFIED","object":{{"kind":"",{META}}}}}"#),
            "apply b/a",
        );
        check(
            &format!("{{ \"object\" : {{{META},\"kind\":\"Pod\"}}, \"type\":\"DELETED\" }} \r"),
            "delete b/a",
        );
        check(&format!(r#"{{"type":"\u0041DDED","object":{{{META}}}}}"#), "apply b/a");
        check(
            r#"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"9"},"spec":{"containers":null}}}"#,
            "bookmark 9",
        );
        check(
            r#"{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","code":410}}"#,
            "error Some(410)",
        );
    }

    /// Whether an event that is followed by another is read in one pass, as after a search for its end.
    #[track_caller]
    fn is_read_first(line: &str) -> bool {
        let lines = format!("{line}\n{{\"type\":\"ADDED\"}}\n");
        let first = |length: usize| {
            let lines = &lines.as_bytes()[..length];
            decode_first::<Sample<Pod>>(lines, &ObjectType::of::<Pod>(), &mut Interner::default())
        };
        let with_end = line.len() + 1;
        for length in 0..with_end {
            assert_eq!(first(length), None, "{length} bytes of {line}");
        }
        let found = first(with_end);
        assert_eq!(first(lines.len()), found);
        let Some((event, length)) = found else { return false };
        assert_eq!(length, with_end);
        let expected = decode(
            Encoding::Json,
            line.as_bytes(),
            &ObjectType::of::<Pod>(),
            &mut Interner::default(),
        );
        assert_eq!(Some(event), expected.ok(), "{line}");
        true
    }

    #[test]
    fn most_events_are_read_in_one_pass() {
        let recorded = include_str!("../../tests/fixtures/watch-lifecycle.jsonl");
        let (mut first, mut others) = (0, 0);
        for line in recorded.lines() {
            match is_read_first(line) {
                true => first += 1,
                false => others += 1,
            }
        }
        let is_usual =
            |line: &&str| line.starts_with("{\"type\":\"ADDED\"") || line.starts_with("{\"type\":\"MODIFIED\"");
        assert_eq!(first, recorded.lines().filter(is_usual).count());
        assert!(first > others && others > 0, "{first} and {others}");
    }

    #[test]
    fn what_may_be_no_event_is_not_read_in_one_pass() {
        let object = format!(r#"{{"kind":"Pod",{META}}}"#);
        assert!(is_read_first(&format!(r#"{{"type":"ADDED","object":{object}}}"#)));
        for line in [
            format!(r#"{{"type":"DELETED","object":{object}}}"#),
            format!(r#"{{"type":"ADDED","object":{object}}} "#),
            format!(r#"{{"type":"ADDED","object":{object},"more":1}}"#),
            format!(r#"{{"type":"ADDED","object":{{"kind":"Pod",{META},"spec":[7]}}}}"#),
            format!(r#"{{"type":"ADDED","object":{{"kind":"Pod",{META},"x":{{]}}}}}}"#),
            format!(r#"{{"type":"ADDED","object":{{"kind":"Service",{META}}}}}"#),
            format!(
                r#"{{"type":"ADDED","object":{{"kind":"Pod","x":{}1{},{META}}}}}"#,
                "[".repeat(200),
                "]".repeat(200)
            ),
        ] {
            assert!(!is_read_first(&line), "{line}");
        }
        // These are two lines.
        for object in [
            format!("{{\"kind\":\"Pod\",\n{META}}}"),
            format!("{{\"kind\":\"Pod\",{META},\"x\":{{\n}}}}"),
            format!("{{\"kind\":\"Pod\",{META},\"x\":[{}\n]}}", "1,".repeat(100)),
        ] {
            let line = format!("{{\"type\":\"ADDED\",\"object\":{object}}}\n");
            let (expected, interner) = (ObjectType::of::<Pod>(), &mut Interner::default());
            assert_eq!(
                decode_first::<Sample<Pod>>(line.as_bytes(), &expected, interner),
                None,
                "{line}"
            );
        }
    }

    #[test]
    fn strange_events_are_ignored() {
        check(
            &format!(r#"{{"type":"RENAMED","object":{{"kind":"Pod",{META}}}}}"#),
            "ignored",
        );
        check(
            &format!(r#"{{"type":"ADDED","object":{{"kind":"Service",{META}}}}}"#),
            "ignored",
        );
        check(r#"{"type":"ADDED","object":{"kind":"Pod","metadata":{}}}"#, "ignored");
        check(r#"{"type":"ADDED","object":null}"#, "ignored");
    }

    #[test]
    fn a_malformed_object_keeps_its_identity() {
        check(
            &format!(r#"{{"type":"MODIFIED","object":{{"kind":"Pod",{META},"spec":[7]}}}}"#),
            "malformed b/a",
        );
        check(
            &format!(r#"{{"type":"DELETED","object":{{"kind":"Pod",{META},"spec":[7]}}}}"#),
            "delete b/a",
        );
    }

    #[test]
    fn broken_lines_are_unreadable() {
        check(r#"{"type":"ADDED","obj"#, "unreadable");
        check(
            &format!(r#"{{"type":"ADDED","object":{{"kind":"Pod",{META},"spec":{{]}}}}}}"#),
            "unreadable",
        );
        check("null", "unreadable");
        check(r#"{"type":"ADDED"}"#, "unreadable");
    }

    /// A frame with an object of this kind and these fields.
    fn frame(event_type: &str, kind: &str, object: &[u8]) -> Vec<u8> {
        let raw = message(&[(1, &body("v1", kind, object))]);
        message(&[(1, event_type.as_bytes()), (2, &raw)])
    }

    #[track_caller]
    fn check_frame(frame: &[u8], expected: &str) {
        assert_eq!(
            told(decode::<Sample<Pod>>(
                Encoding::Protobuf,
                frame,
                &ObjectType::of::<Pod>(),
                &mut Interner::default()
            )),
            expected
        );
    }

    #[test]
    fn frames_are_events() {
        let metadata = message(&[(1, b"a"), (3, b"b"), (5, b"c"), (6, b"7")]);
        let pod = message(&[(1, &metadata)]);
        check_frame(&frame("ADDED", "Pod", &pod), "apply b/a");
        check_frame(&frame("MODIFIED", "Pod", &pod), "apply b/a");
        check_frame(&frame("DELETED", "Pod", &pod), "delete b/a");
        check_frame(&frame("BOOKMARK", "Pod", &pod), "bookmark 7");
        // `code` is 410.
        check_frame(&frame("ERROR", "Status", b"\x30\x9a\x03"), "error Some(410)");
        check_frame(&frame("RENAMED", "Pod", &pod), "ignored");
        check_frame(&frame("ADDED", "Service", &pod), "ignored");
        check_frame(&frame("ADDED", "Pod", b""), "ignored");
        // A spec that is a number costs the object alone.
        check_frame(
            &frame("MODIFIED", "Pod", &[&pod[..], b"\x10\x07"].concat()),
            "malformed b/a",
        );
        // What is no message at all costs the stream.
        check_frame(&frame("MODIFIED", "Pod", &[&pod[..], b"\xff"].concat()), "unreadable");
        check_frame(b"\x07", "unreadable");
        check_frame(&message(&[(1, b"ADDED")]), "unreadable");
        check_frame(&message(&[(1, b"ADDED"), (2, b"{}")]), "unreadable");
    }
}
