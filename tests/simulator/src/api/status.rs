//! Errors as the API server words them: a [`Status`] with reason, code, message and details.
//!
//! Follows `apimachinery/pkg/api/errors/errors.go`. The shapes are compared with recorded ones in
//! `tests/it/shapes.rs`.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::resource::Kind;

/// A failed request. Serialised, it is a `Status` object of kind `v1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// HTTP status code.
    pub code: u16,
    /// Machine-readable reason, such as `NotFound`.
    pub reason: &'static str,
    /// Sentence for people.
    pub message: String,
    /// `details`, absent when `None`.
    pub details: Option<Value>,
    /// `metadata.continue`, set by an expired continue token alone.
    pub continue_token: Option<String>,
    /// Value of the `Retry-After` header in seconds.
    pub retry_after_seconds: Option<u32>,
}

impl Status {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details: None,
            continue_token: None,
            retry_after_seconds: None,
        }
    }

    fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// 404 for an object.
    #[must_use]
    pub fn not_found(kind: &Kind, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} \"{name}\" not found", kind.qualified()))
            .with_details(object_details(kind, name))
    }

    /// 404 for a path that nothing serves.
    #[must_use]
    pub fn no_such_resource() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource").with_details(json!({}))
    }

    /// 409 for a name that is taken.
    #[must_use]
    pub fn already_exists(kind: &Kind, name: &str) -> Self {
        Self::new(
            409,
            "AlreadyExists",
            format!("{} \"{name}\" already exists", kind.qualified()),
        )
        .with_details(object_details(kind, name))
    }

    /// 409 for an outdated resourceVersion or an unmet precondition.
    #[must_use]
    pub fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        Self::new(
            409,
            "Conflict",
            format!(
                "Operation cannot be fulfilled on {} \"{name}\": {why}",
                kind.qualified()
            ),
        )
        .with_details(object_details(kind, name))
    }

    /// 400.
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 401.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    /// 403 by access rules. `scope` ends the message: `at the cluster scope` or `in the namespace "x"`.
    #[must_use]
    pub fn forbidden(group: &str, resource: &str, name: Option<&str>, user: &str, verb: &str, scope: &str) -> Self {
        let qualified = if group.is_empty() {
            resource.to_owned()
        } else {
            format!("{resource}.{group}")
        };
        let subject = match name {
            Some(name) => format!("{qualified} \"{name}\""),
            None => qualified,
        };
        let message = format!(
            "{subject} is forbidden: User \"{user}\" cannot {verb} resource \"{resource}\" in API group \"{group}\" {scope}"
        );
        let mut details = Map::new();
        if let Some(name) = name {
            details.insert("name".into(), name.into());
        }
        if !group.is_empty() {
            details.insert("group".into(), group.into());
        }
        details.insert("kind".into(), resource.into());
        Self::new(403, "Forbidden", message).with_details(Value::Object(details))
    }

    /// 403 for a namespace that is being deleted.
    #[must_use]
    pub fn namespace_terminating(kind: &Kind, name: &str, namespace: &str) -> Self {
        Self::new(
            403,
            "Forbidden",
            format!(
                "{} \"{name}\" is forbidden: unable to create new content in namespace {namespace} because it is being terminated",
                kind.qualified()
            ),
        )
        .with_details(object_details(kind, name))
    }

    /// 405.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )
        .with_details(json!({}))
    }

    /// 406.
    #[must_use]
    pub fn not_acceptable() -> Self {
        Self::new(
            406,
            "NotAcceptable",
            "only the following media types are accepted: application/json, application/json;stream=watch",
        )
    }

    /// 410 for a watch that starts before the event window.
    #[must_use]
    pub fn watch_expired(asked: u64, oldest: u64) -> Self {
        Self::new(410, "Expired", format!("too old resource version: {asked} ({oldest})"))
    }

    /// 410 for a list at a resourceVersion that was compacted.
    #[must_use]
    pub fn list_expired(asked: u64, oldest: u64) -> Self {
        Self::new(
            410,
            "Expired",
            format!("The resourceVersion for the provided list is too old: {asked} ({oldest})"),
        )
    }

    /// 410 for a continue token whose snapshot was compacted, with a token for the inconsistent rest.
    #[must_use]
    pub fn continue_expired(fresh: String) -> Self {
        let mut status = Self::new(
            410,
            "Expired",
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
        );
        status.continue_token = Some(fresh);
        status
    }

    /// 415.
    #[must_use]
    pub fn unsupported_media_type() -> Self {
        Self::new(
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json, application/merge-patch+json, application/strategic-merge-patch+json, application/json-patch+json, application/apply-patch+yaml (as JSON)",
        )
    }

    /// 422 of an object, with one cause per wrong field.
    #[must_use]
    pub fn invalid(kind: &Kind, name: &str, causes: &[Cause]) -> Self {
        invalid(kind.group, kind.kind, name, causes)
    }

    /// 422 of list options.
    #[must_use]
    pub fn invalid_options(causes: &[Cause]) -> Self {
        invalid("meta.k8s.io", "ListOptions", "", causes)
    }

    /// 429.
    #[must_use]
    pub fn too_many_requests(message: &str, retry_after_seconds: u32) -> Self {
        let mut status =
            Self::new(429, "TooManyRequests", message).with_details(json!({"retryAfterSeconds": retry_after_seconds}));
        status.retry_after_seconds = Some(retry_after_seconds);
        status
    }

    /// 500.
    #[must_use]
    pub fn internal_error(message: &str) -> Self {
        Self::new(500, "InternalError", format!("Internal error occurred: {message}"))
            .with_details(json!({"causes": [{"message": message}]}))
    }

    /// 504 for a resourceVersion that this server has not seen yet.
    #[must_use]
    pub fn resource_version_too_large(asked: u64, current: u64) -> Self {
        let mut status = Self::new(
            504,
            "Timeout",
            format!("Timeout: Too large resource version: {asked}, current: {current}"),
        )
        .with_details(json!({
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1
        }));
        status.retry_after_seconds = Some(1);
        status
    }

    /// HTTP status line.
    #[must_use]
    pub fn http_status(&self) -> StatusCode {
        StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Compact JSON, without a newline, with the fields in the real server's order.
    #[must_use]
    pub fn to_json(&self) -> String {
        let metadata = match &self.continue_token {
            Some(token) => json!({"continue": token}),
            None => json!({}),
        };
        let details = match &self.details {
            Some(details) => format!(r#","details":{details}"#),
            None => String::new(),
        };
        format!(
            r#"{{"kind":"Status","apiVersion":"v1","metadata":{metadata},"status":"Failure","message":{},"reason":"{}"{details},"code":{}}}"#,
            Value::from(self.message.as_str()),
            self.reason,
            self.code
        )
    }
}

/// One wrong field of a 422.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueRequired`, `FieldValueForbidden` or `FieldValueInvalid`.
    pub reason: &'static str,
    /// Path of the field.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

impl Cause {
    /// A field that must be given.
    #[must_use]
    pub fn required(field: &str) -> Self {
        Self {
            reason: "FieldValueRequired",
            field: field.to_owned(),
            message: "Required value".to_owned(),
        }
    }

    /// A field that must not be given here.
    #[must_use]
    pub fn forbidden(field: &str, why: &str) -> Self {
        Self {
            reason: "FieldValueForbidden",
            field: field.to_owned(),
            message: format!("Forbidden: {why}"),
        }
    }

    /// A field with a value that does not do.
    #[must_use]
    pub fn invalid(field: &str, value: &str, why: &str) -> Self {
        Self {
            reason: "FieldValueInvalid",
            field: field.to_owned(),
            message: format!("Invalid value: {}: {why}", Value::from(value)),
        }
    }
}

fn invalid(group: &str, kind: &str, name: &str, causes: &[Cause]) -> Status {
    let sentences: Vec<String> = causes
        .iter()
        .map(|cause| format!("{}: {}", cause.field, cause.message))
        .collect();
    let sentence = match sentences.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    let qualified = if group.is_empty() {
        kind.to_owned()
    } else {
        format!("{kind}.{group}")
    };
    let mut details = Map::new();
    if !name.is_empty() {
        details.insert("name".into(), name.into());
    }
    if !group.is_empty() {
        details.insert("group".into(), group.into());
    }
    details.insert("kind".into(), kind.into());
    details.insert(
        "causes".into(),
        causes
            .iter()
            .map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field}))
            .collect(),
    );
    Status::new(422, "Invalid", format!("{qualified} \"{name}\" is invalid: {sentence}"))
        .with_details(Value::Object(details))
}

fn object_details(kind: &Kind, name: &str) -> Value {
    let mut details = Map::new();
    details.insert("name".into(), name.into());
    if !kind.group.is_empty() {
        details.insert("group".into(), kind.group.into());
    }
    details.insert("kind".into(), kind.plural.into());
    Value::Object(details)
}
