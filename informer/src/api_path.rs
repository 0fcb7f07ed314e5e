//! Paths of the Kubernetes API, made in one place.
//!
//! Names come from servers, from the address of the page and from whoever writes an owner reference. A name is plain text
//! until [`Segment`] has checked it by the rules of the API server. An [`ApiPath`] is made of segments and of constants
//! alone, and its query is kept apart and percent-encoded. So a request goes to the object of that name, or it is not
//! made at all. This module makes no requests.

use std::fmt;

use crate::{shared_str::SharedStr, visible::visible};

/// Longest DNS label, in bytes (RFC 1123).
const MAX_LABEL_BYTES: usize = 63;

/// Longest DNS subdomain, in bytes (RFC 1123).
const MAX_SUBDOMAIN_BYTES: usize = 253;

/// Most characters of an invalid name that are repeated in a sentence.
const MAX_QUOTED_CHARS: usize = 80;

/// One segment of a path: a name that the API server would accept, and that a browser sends as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment(SharedStr);

/// A name that the API does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{name}” is not the name of {what}: {rule}.")]
pub struct InvalidName {
    /// The name, cut off where it is long, with control and format characters written out.
    name: String,
    /// What it was to name: `a namespace`.
    what: String,
    rule: &'static str,
}

impl Segment {
    /// The name of a namespace: a DNS label (`ValidateNamespaceName`).
    ///
    /// # Errors
    /// When the API server would refuse it.
    pub fn namespace(name: &str) -> Result<Self, InvalidName> {
        Self::label(name, "a namespace")
    }

    /// The name of a container, a resource or a version: a DNS label.
    ///
    /// # Errors
    /// When the API server would refuse it.
    pub fn label(name: &str, what: &str) -> Result<Self, InvalidName> {
        let rule =
            "it has at most 63 lower-case letters, digits and hyphens, and begins and ends with a letter or digit";
        Self::checked(name, what, rule, is_label(name))
    }

    /// The name of a pod, a node, a workload, a custom resource or an API group: a DNS subdomain (`NameIsDNSSubdomain`).
    /// It is a valid segment in the sense of `IsValidPathSegmentName` as well: neither `.` nor `..`, without `/` and `%`.
    ///
    /// # Errors
    /// When the API server would refuse it.
    pub fn subdomain(name: &str, what: &str) -> Result<Self, InvalidName> {
        let rule = "it has at most 253 lower-case letters, digits, hyphens and dots, and each part between dots begins and \
                    ends with a letter or digit";
        let is_subdomain = name.len() <= MAX_SUBDOMAIN_BYTES && name.split('.').all(is_dns);
        Self::checked(name, what, rule, is_subdomain)
    }

    fn checked(name: &str, what: &str, rule: &'static str, is_valid: bool) -> Result<Self, InvalidName> {
        if is_valid {
            return Ok(Self(SharedStr::new(name)));
        }
        Err(InvalidName {
            name: quoted(name),
            what: what.to_owned(),
            rule,
        })
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The same as shared text.
    #[must_use]
    pub fn text(&self) -> &SharedStr {
        &self.0
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A server's text for a sentence: as it may be shown, and cut off where it is long.
#[must_use]
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED_CHARS) {
        Some((end, _)) => format!("{}…", visible(&text[..end])),
        None => visible(text).into_owned(),
    }
}

fn is_label(name: &str) -> bool {
    name.len() <= MAX_LABEL_BYTES && is_dns(name)
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
fn is_dns(name: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    let has_ends = matches!(
        (bytes.first(), bytes.last()),
        (Some(&first), Some(&last)) if is_alphanumeric(first) && is_alphanumeric(last)
    );
    has_ends && bytes.iter().all(|&byte| is_alphanumeric(byte) || byte == b'-')
}

/// Where the API begins: a path of this server, `/` or `/k8s/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApiRoot(SharedStr);

/// Why a text cannot be an API root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidRoot {
    /// It is not a path of this server.
    NotAPath,
    /// It leads through the API server to a service, a pod or a kubelet. Whoever runs that could answer as the API.
    Proxy,
}

impl Default for ApiRoot {
    fn default() -> Self {
        Self(SharedStr::new("/"))
    }
}

impl ApiRoot {
    /// Reads a prefix such as `/k8s/`, `k8s` or `/`.
    ///
    /// # Errors
    /// When it is not a path of this server, or leads into a proxy of the API server.
    pub fn parse(prefix: &str) -> Result<Self, InvalidRoot> {
        let is_plain = prefix
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte));
        // `//host/` and `http://host/` are other origins, which the browser keeps apart and a proxy would not answer.
        if !is_plain || prefix.contains("//") {
            return Err(InvalidRoot::NotAPath);
        }
        let path = prefix.trim_matches('/');
        let segments: Vec<&str> = path.split('/').collect();
        if segments.iter().any(|segment| matches!(*segment, "." | "..")) {
            return Err(InvalidRoot::NotAPath);
        }
        if is_into_proxy(&segments) {
            return Err(InvalidRoot::Proxy);
        }
        Ok(if path.is_empty() {
            Self::default()
        } else {
            Self(SharedStr::new(&format!("/{path}/")))
        })
    }

    /// The path, which begins and ends with a slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for ApiRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `…/services/x:80/proxy/…`, the same of pods and nodes, and `…/api/v1/proxy/…` of old servers.
fn is_into_proxy(segments: &[&str]) -> bool {
    let is = |segment: &str, name: &str| segment.eq_ignore_ascii_case(name);
    segments.windows(3).any(|it| {
        is(it[2], "proxy")
            && (["services", "pods", "nodes"].iter().any(|plural| is(it[0], plural))
                || is(it[0], "api") && is(it[1], "v1"))
    })
}

/// A kind of object as paths name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiResource {
    /// Empty for the core group.
    group: SharedStr,
    version: SharedStr,
    plural: SharedStr,
}

impl ApiResource {
    /// A resource that this program knows.
    #[must_use]
    pub fn known(group: &'static str, version: &'static str, plural: &'static str) -> Self {
        Self {
            group: SharedStr::new(group),
            version: SharedStr::new(version),
            plural: SharedStr::new(plural),
        }
    }

    /// A resource that a server names. `api_version` is `v1` or `apps/v1`.
    ///
    /// # Errors
    /// When one of the names cannot be.
    pub fn parse(api_version: &str, plural: &str) -> Result<Self, InvalidName> {
        let (group, version) = parse_group_version(api_version)?;
        Ok(Self {
            group,
            version,
            plural: Segment::label(plural, "a resource")?.0,
        })
    }

    /// The API group; empty for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.group
    }

    /// Group and version as objects name them: `v1`, `apps/v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        match self.group() {
            "" => self.version.as_str().to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// The plural: `deployments`.
    #[must_use]
    pub fn plural(&self) -> &str {
        &self.plural
    }
}

fn parse_group_version(api_version: &str) -> Result<(SharedStr, SharedStr), InvalidName> {
    let what = "a version of an API group";
    match api_version.split_once('/') {
        None => Ok((SharedStr::new(""), Segment::label(api_version, what)?.0)),
        Some((group, version)) => Ok((
            Segment::subdomain(group, "an API group")?.0,
            Segment::label(version, what)?.0,
        )),
    }
}

/// Path and query of a request, below the API root. See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiPath {
    path: String,
    query: String,
}

impl ApiPath {
    /// What the server tells of a version of a group: its resources. `api_version` is `v1` or `apps/v1`.
    ///
    /// # Errors
    /// When the group or the version cannot be named so.
    pub fn discovery(api_version: &str) -> Result<Self, InvalidName> {
        let (group, version) = parse_group_version(api_version)?;
        Ok(Self::of_version(&group, &version))
    }

    /// What the server tells of all its groups but the core group.
    #[must_use]
    pub fn groups() -> Self {
        Self {
            path: String::from("apis"),
            query: String::new(),
        }
    }

    /// The objects of a kind: of a namespace, or of the whole cluster.
    #[must_use]
    pub fn collection(resource: &ApiResource, namespace: Option<&Segment>) -> Self {
        let mut path = Self::of_version(&resource.group, &resource.version);
        if let Some(namespace) = namespace {
            path.push("namespaces");
            path.push(namespace.as_str());
        }
        path.push(&resource.plural);
        path
    }

    /// One object.
    #[must_use]
    pub fn object(resource: &ApiResource, namespace: Option<&Segment>, name: &Segment) -> Self {
        let mut path = Self::collection(resource, namespace);
        path.push(name.as_str());
        path
    }

    fn of_version(group: &str, version: &str) -> Self {
        let mut path = Self {
            path: String::from(if group.is_empty() { "api" } else { "apis" }),
            query: String::new(),
        };
        if !group.is_empty() {
            path.push(group);
        }
        path.push(version);
        path
    }

    fn push(&mut self, segment: &str) {
        self.path.push('/');
        self.path.push_str(segment);
    }

    /// A subresource of it: `log`, `scale`.
    #[must_use]
    pub fn subresource(mut self, name: &'static str) -> Self {
        self.push(name);
        self
    }

    /// The same with one more parameter, whatever its value holds.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.push_str(name);
        self.query.push('=');
        push_encoded(&mut self.query, value);
        self
    }

    /// The whole of it, from the root of the server.
    #[must_use]
    pub fn below(&self, root: &ApiRoot) -> String {
        format!("{root}{self}")
    }
}

/// Without the API root: `api/v1/pods?watch=1`.
impl fmt::Display for ApiPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        Ok(())
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters, so that the text is one value.
fn push_encoded(query: &mut String, text: &str) {
    use fmt::Write as _;
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            query.push(char::from(byte));
        } else {
            // Writing into a string does not fail.
            let _ = write!(query, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_those_that_the_api_server_accepts() {
        let longest = "a".repeat(63);
        for name in ["shop", "a", "0", "kube-system", "a--b", &longest] {
            assert_eq!(Segment::namespace(name).expect(name).as_str(), name);
            assert!(Segment::subdomain(name, "a pod").is_ok(), "{name}");
        }
        let long = [longest.as_str(); 3].join(".");
        for name in ["worker-1.example", "web.v2", &long] {
            assert!(Segment::namespace(name).is_err(), "{name}");
            assert!(Segment::subdomain(name, "a node").is_ok(), "{name}");
        }
        let too_long = "a".repeat(254);
        for name in [
            "",
            ".",
            "..",
            "...",
            "-",
            "-a",
            "a-",
            "a.",
            ".a",
            "a..b",
            "a.-b",
            "A",
            "Shop",
            "a/b",
            "a%2Fb",
            "a?b",
            "a#b",
            "a b",
            "a\nb",
            "ä",
            "--all",
            "a_b",
            "a:b",
            "a\u{202e}b",
            "../../kube-system/deployments/coredns/scale?x=",
            &too_long,
        ] {
            assert!(Segment::namespace(name).is_err(), "{name}");
            assert!(Segment::subdomain(name, "a pod").is_err(), "{name}");
        }
        assert!(Segment::namespace(&"a".repeat(64)).is_err());
    }

    #[test]
    fn a_name_that_cannot_be_is_refused_with_a_sentence() {
        let error = Segment::subdomain("../../x?a=\u{202e}\u{1b}", "a Deployment").expect_err("no name");
        assert_eq!(
            error.to_string(),
            "“../../x?a=<U+202E><U+001B>” is not the name of a Deployment: it has at most 253 lower-case letters, digits, \
             hyphens and dots, and each part between dots begins and ends with a letter or digit."
        );
        let error = Segment::namespace(&"X".repeat(500)).expect_err("no name");
        assert!(
            error.to_string().starts_with(&format!("“{}…” is not", "X".repeat(80))),
            "{error}"
        );
    }

    #[test]
    fn paths_are_those_of_the_api() {
        let pods = ApiResource::known("", "v1", "pods");
        let deployments = ApiResource::parse("apps/v1", "deployments").expect("a resource");
        let shop = Segment::namespace("shop").expect("a namespace");
        let web = Segment::subdomain("web", "a pod").expect("a name");
        let root = ApiRoot::parse("k8s").expect("a root");
        assert_eq!(
            ApiPath::collection(&pods, None).below(&ApiRoot::default()),
            "/api/v1/pods"
        );
        assert_eq!(
            ApiPath::object(&deployments, Some(&shop), &web)
                .subresource("scale")
                .below(&root),
            "/k8s/apis/apps/v1/namespaces/shop/deployments/web/scale"
        );
        assert_eq!(
            ApiPath::discovery("argoproj.io/v1alpha1")
                .expect("a version")
                .to_string(),
            "apis/argoproj.io/v1alpha1"
        );
        assert_eq!(ApiPath::discovery("v1").expect("a version").to_string(), "api/v1");
        let query = ApiPath::object(&pods, Some(&shop), &web)
            .with("container", "a&b=../?#")
            .with("follow", "true");
        assert_eq!(
            query.to_string(),
            "api/v1/namespaces/shop/pods/web?container=a%26b%3D..%2F%3F%23&follow=true"
        );
        for (api_version, plural) in [
            ("apps/v1/x", "y"),
            ("../v1", "pods"),
            ("v1", "pods/x"),
            ("", "pods"),
            ("/v1", "x"),
        ] {
            assert!(
                ApiResource::parse(api_version, plural).is_err(),
                "{api_version} {plural}"
            );
        }
    }

    #[test]
    fn a_root_is_a_path_of_this_server_and_leads_into_no_proxy() {
        for (prefix, root) in [
            ("/", "/"),
            ("", "/"),
            ("k8s", "/k8s/"),
            ("/k8s/clusters/c-1", "/k8s/clusters/c-1/"),
            ("/proxy/", "/proxy/"),
            ("/services/proxy/", "/services/proxy/"),
        ] {
            assert_eq!(ApiRoot::parse(prefix).expect(prefix).as_str(), root);
        }
        for prefix in [
            "//evil.example/",
            "http://evil.example/",
            "/a/../b",
            "/a/./b",
            "/%2e%2e/",
            "/a?b",
            "/a#b",
            "/a\\b",
        ] {
            assert_eq!(ApiRoot::parse(prefix), Err(InvalidRoot::NotAPath), "{prefix}");
        }
        for prefix in [
            "/api/v1/namespaces/evil/services/x:80/proxy/",
            "api/v1/namespaces/evil/services/http:x:80/proxy/a/b",
            "/k8s/api/v1/namespaces/evil/services/x/proxy",
            "/api/v1/namespaces/evil/pods/x:8080/proxy/",
            "/api/v1/nodes/worker-1:10250/proxy/",
            "/api/v1/namespaces/evil/Services/x/Proxy/",
            "/api/v1/proxy/namespaces/evil/services/x/",
        ] {
            assert_eq!(ApiRoot::parse(prefix), Err(InvalidRoot::Proxy), "{prefix}");
        }
    }

    proptest! {
        /// Whatever a name holds, the request goes to an object of that name, or there is none.
        #[test]
        fn a_path_has_as_many_segments_as_it_was_given(
            namespace in "(\\PC|[./%?#a-z0-9-]){0,12}", name in "(\\PC|[./%?#a-z0-9-]){0,12}", value in ".*",
        ) {
            let (Ok(namespace), Ok(name)) = (Segment::namespace(&namespace), Segment::subdomain(&name, "a pod")) else {
                return Ok(());
            };
            let pods = ApiResource::known("", "v1", "pods");
            let path = ApiPath::object(&pods, Some(&namespace), &name).with("container", &value).below(&ApiRoot::default());
            let (path, query) = path.split_once('?').expect("a query");
            let segments: Vec<&str> = path.split('/').collect();
            prop_assert_eq!(segments, ["", "api", "v1", "namespaces", namespace.as_str(), "pods", name.as_str()]);
            prop_assert!(query.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~=%".contains(&byte)), "{}", query);
        }
    }

    #[test]
    fn what_shows_nothing_is_written_out_in_a_sentence() {
        // Fillers of Hangul are letters to Unicode, and blank on every screen.
        assert_eq!(quoted("web\u{3164}\u{115f}\u{ffa0}"), "web<U+3164><U+115F><U+FFA0>");
        assert_eq!(quoted("cafe\u{301} 👩\u{200d}🚀"), "cafe\u{301} 👩\u{200d}🚀");
        assert_eq!(quoted(&"x".repeat(81)), format!("{}…", "x".repeat(80)));
    }
}
