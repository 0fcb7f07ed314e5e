//! Reading the few protobuf bodies that kubectl sends: `create deployment`, `drain`, and their like.
//!
//! Typed clients of Kubernetes write protobuf even where they read JSON. A body is `k8s\0` and a
//! `runtime.Unknown` message around the object (`apimachinery/pkg/runtime/generated.proto`). The tables below hold the
//! fields that simple objects use, with the numbers of the `generated.proto` files; fields that are not in them
//! are left out. Nothing is written in protobuf.

use serde_json::{Map, Value};

use super::status::Status;

/// The content type of such bodies.
pub(super) const CONTENT_TYPE: &str = "application/vnd.kubernetes.protobuf";

const MAGIC: &[u8] = b"k8s\0";

/// How the bytes of a field are read.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Int,
    Bool,
    /// A map of texts.
    Map,
    /// A map of quantities.
    Quantities,
    /// `intstr.IntOrString`.
    IntOrString,
    Message(&'static [Field]),
}

use Shape::{Bool, Int, IntOrString, Map as TextMap, Message, Quantities, Text};

/// Number, name, shape, and whether it is a list.
type Field = (u64, &'static str, Shape, bool);

const fn one(number: u64, name: &'static str, shape: Shape) -> Field {
    (number, name, shape, false)
}

const fn many(number: u64, name: &'static str, shape: Shape) -> Field {
    (number, name, shape, true)
}

const OWNER: &[Field] = &[
    one(5, "apiVersion", Text),
    one(1, "kind", Text),
    one(3, "name", Text),
    one(4, "uid", Text),
    one(6, "controller", Bool),
    one(7, "blockOwnerDeletion", Bool),
];
const METADATA: &[Field] = &[
    one(1, "name", Text),
    one(2, "generateName", Text),
    one(3, "namespace", Text),
    one(5, "uid", Text),
    one(6, "resourceVersion", Text),
    one(11, "labels", TextMap),
    one(12, "annotations", TextMap),
    many(13, "ownerReferences", Message(OWNER)),
    many(14, "finalizers", Text),
];
const REQUIREMENT: &[Field] = &[one(1, "key", Text), one(2, "operator", Text), many(3, "values", Text)];
const LABEL_SELECTOR: &[Field] = &[
    one(1, "matchLabels", TextMap),
    many(2, "matchExpressions", Message(REQUIREMENT)),
];
const PORT: &[Field] = &[
    one(1, "name", Text),
    one(2, "hostPort", Int),
    one(3, "containerPort", Int),
    one(4, "protocol", Text),
];
const ENV: &[Field] = &[one(1, "name", Text), one(2, "value", Text)];
const RESOURCES: &[Field] = &[one(1, "limits", Quantities), one(2, "requests", Quantities)];
const CONTAINER: &[Field] = &[
    one(1, "name", Text),
    one(2, "image", Text),
    many(3, "command", Text),
    many(4, "args", Text),
    one(5, "workingDir", Text),
    many(6, "ports", Message(PORT)),
    many(7, "env", Message(ENV)),
    one(8, "resources", Message(RESOURCES)),
    one(14, "imagePullPolicy", Text),
    one(24, "restartPolicy", Text),
];
const TOLERATION: &[Field] = &[
    one(1, "key", Text),
    one(2, "operator", Text),
    one(3, "value", Text),
    one(4, "effect", Text),
    one(5, "tolerationSeconds", Int),
];
const POD_SPEC: &[Field] = &[
    many(2, "containers", Message(CONTAINER)),
    one(3, "restartPolicy", Text),
    one(4, "terminationGracePeriodSeconds", Int),
    one(5, "activeDeadlineSeconds", Int),
    one(6, "dnsPolicy", Text),
    one(7, "nodeSelector", TextMap),
    one(8, "serviceAccountName", Text),
    one(10, "nodeName", Text),
    one(19, "schedulerName", Text),
    many(20, "initContainers", Message(CONTAINER)),
    many(22, "tolerations", Message(TOLERATION)),
];
const TEMPLATE: &[Field] = &[one(1, "metadata", Message(METADATA)), one(2, "spec", Message(POD_SPEC))];
const ROLLING_UPDATE: &[Field] = &[one(1, "maxUnavailable", IntOrString), one(2, "maxSurge", IntOrString)];
const STRATEGY: &[Field] = &[one(1, "type", Text), one(2, "rollingUpdate", Message(ROLLING_UPDATE))];
const DEPLOYMENT_SPEC: &[Field] = &[
    one(1, "replicas", Int),
    one(2, "selector", Message(LABEL_SELECTOR)),
    one(3, "template", Message(TEMPLATE)),
    one(4, "strategy", Message(STRATEGY)),
    one(5, "minReadySeconds", Int),
    one(6, "revisionHistoryLimit", Int),
    one(7, "paused", Bool),
    one(9, "progressDeadlineSeconds", Int),
];
const JOB_SPEC: &[Field] = &[
    one(1, "parallelism", Int),
    one(2, "completions", Int),
    one(3, "activeDeadlineSeconds", Int),
    one(6, "template", Message(TEMPLATE)),
    one(7, "backoffLimit", Int),
    one(8, "ttlSecondsAfterFinished", Int),
];
const SERVICE_PORT: &[Field] = &[
    one(1, "name", Text),
    one(2, "protocol", Text),
    one(3, "port", Int),
    one(4, "targetPort", IntOrString),
];
const SERVICE_SPEC: &[Field] = &[
    many(1, "ports", Message(SERVICE_PORT)),
    one(2, "selector", TextMap),
    one(3, "clusterIP", Text),
    one(4, "type", Text),
];
const PRECONDITIONS: &[Field] = &[one(1, "uid", Text), one(2, "resourceVersion", Text)];
const DELETE_OPTIONS: &[Field] = &[
    one(1, "gracePeriodSeconds", Int),
    one(2, "preconditions", Message(PRECONDITIONS)),
    one(4, "propagationPolicy", Text),
    many(5, "dryRun", Text),
];
const SCALE_SPEC: &[Field] = &[one(1, "replicas", Int)];
const OBJECT_REFERENCE: &[Field] = &[one(1, "kind", Text), one(3, "name", Text)];
const RESOURCE_ATTRIBUTES: &[Field] = &[
    one(1, "namespace", Text),
    one(2, "verb", Text),
    one(3, "group", Text),
    one(4, "version", Text),
    one(5, "resource", Text),
    one(6, "subresource", Text),
    one(7, "name", Text),
];
const ACCESS_REVIEW_SPEC: &[Field] = &[one(1, "resourceAttributes", Message(RESOURCE_ATTRIBUTES))];

/// The fields of an object that `metadata` and one more message make up.
macro_rules! object {
    ($number:literal, $name:literal, $shape:expr) => {
        const { &[one(1, "metadata", Message(METADATA)), one($number, $name, $shape)] }
    };
}

fn message(kind: &str) -> Option<&'static [Field]> {
    Some(match kind {
        "Deployment" => object!(2, "spec", Message(DEPLOYMENT_SPEC)),
        "Pod" => object!(2, "spec", Message(POD_SPEC)),
        "Job" => object!(2, "spec", Message(JOB_SPEC)),
        "Service" => object!(2, "spec", Message(SERVICE_SPEC)),
        "ConfigMap" => object!(2, "data", TextMap),
        "Eviction" => object!(2, "deleteOptions", Message(DELETE_OPTIONS)),
        "Binding" => object!(2, "target", Message(OBJECT_REFERENCE)),
        "Scale" => object!(2, "spec", Message(SCALE_SPEC)),
        "SelfSubjectAccessReview" => object!(2, "spec", Message(ACCESS_REVIEW_SPEC)),
        "Namespace" => const { &[one(1, "metadata", Message(METADATA))] },
        "DeleteOptions" => DELETE_OPTIONS,
        _ => return None,
    })
}

/// Reads a body.
///
/// # Errors
/// 400 for bytes that are no such message, 415 for a kind that is not in the tables.
pub(super) fn decode(body: &[u8]) -> Result<Value, Status> {
    const TYPE_META: &[Field] = &[one(1, "apiVersion", Text), one(2, "kind", Text)];
    let malformed = || Status::bad_request("the object provided is unrecognized: malformed protobuf");
    let mut wrapped = Reader(body.strip_prefix(MAGIC).ok_or_else(malformed)?);
    let (mut types, mut raw) = (Map::new(), &[][..]);
    while !wrapped.0.is_empty() {
        match wrapped.field().ok_or_else(malformed)? {
            (1, Wire::Bytes(bytes)) => types = read(TYPE_META, bytes).ok_or_else(malformed)?,
            (2, Wire::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let kind = types.get("kind").and_then(Value::as_str).unwrap_or_default();
    let fields = message(kind).ok_or_else(Status::unsupported_media_type)?;
    let mut object = read(fields, raw).ok_or_else(malformed)?;
    object.extend(types);
    Ok(Value::Object(object))
}

enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

/// What is left of a message.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The next field's number and contents; `None` if the bytes are malformed.
    fn field(&mut self) -> Option<(u64, Wire<'a>)> {
        let tag = self.varint()?;
        let wire = match tag & 7 {
            0 => Wire::Number(self.varint()?),
            1 => {
                self.take(8)?;
                Wire::Other
            }
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => {
                self.take(4)?;
                Wire::Other
            }
            _ => return None,
        };
        Some((tag >> 3, wire))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

fn read(fields: &[Field], bytes: &[u8]) -> Option<Map<String, Value>> {
    let mut reader = Reader(bytes);
    let mut object = Map::new();
    while !reader.0.is_empty() {
        let (number, wire) = reader.field()?;
        let Some((_, name, shape, list)) = fields.iter().find(|field| field.0 == number) else {
            continue;
        };
        let value = match (shape, wire) {
            (Text, Wire::Bytes(bytes)) => std::str::from_utf8(bytes).ok()?.into(),
            // Two's complement, as protobuf writes int32 and int64.
            (Int, Wire::Number(number)) => number.cast_signed().into(),
            (Bool, Wire::Number(number)) => (number != 0).into(),
            (Message(fields), Wire::Bytes(bytes)) => Value::Object(read(fields, bytes)?),
            (IntOrString, Wire::Bytes(bytes)) => {
                const FIELDS: &[Field] = &[one(1, "type", Int), one(2, "int", Int), one(3, "text", Text)];
                let mut parts = read(FIELDS, bytes)?;
                let is_text = parts.get("type").is_some_and(|kind| *kind == 1);
                parts.remove(if is_text { "text" } else { "int" }).unwrap_or(0.into())
            }
            (TextMap | Quantities, Wire::Bytes(bytes)) => {
                const QUANTITY: &[Field] = &[one(1, "string", Text)];
                const TEXTS: &[Field] = &[one(1, "key", Text), one(2, "value", Text)];
                const AMOUNTS: &[Field] = &[one(1, "key", Text), one(2, "value", Message(QUANTITY))];
                let quantities = matches!(shape, Quantities);
                let mut entry = read(if quantities { AMOUNTS } else { TEXTS }, bytes)?;
                let key = entry.remove("key")?.as_str()?.to_owned();
                let value = entry.remove("value").unwrap_or_else(|| "".into());
                let value = if quantities { value["string"].clone() } else { value };
                let map = object.entry((*name).to_owned()).or_insert_with(|| Map::new().into());
                map.as_object_mut()?.insert(key, value);
                continue;
            }
            _ => return None,
        };
        // Go writes empty texts as well; JSON leaves them out.
        if value == "" {
            continue;
        }
        if *list {
            let items = object.entry((*name).to_owned()).or_insert_with(|| Value::Array(vec![]));
            items.as_array_mut()?.push(value);
        } else {
            object.insert((*name).to_owned(), value);
        }
    }
    Some(object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2, u8::try_from(bytes.len()).expect("short")];
        out.extend_from_slice(bytes);
        out
    }

    #[test]
    fn reads_an_object_in_its_wrapping() {
        let types = [field(1, b"v1"), field(2, b"Namespace")].concat();
        let label = [field(1, b"team"), field(2, b"a")].concat();
        let metadata = [field(1, b"shop"), field(2, b""), field(11, &label)].concat();
        let raw = field(1, &metadata);
        let body = [MAGIC.to_vec(), field(1, &types), field(2, &raw)].concat();
        assert_eq!(
            decode(&body).expect("reads"),
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "a"}}})
        );
        for cut in MAGIC.len() + 1..body.len() {
            // Whatever is missing: an error or less of an object, never a panic.
            let _ = decode(&body[..cut]);
        }
        assert_eq!(decode(b"nonsense").expect_err("refused").code, 400);
    }
}
