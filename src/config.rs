//! What the page's address asks for.
//!
//! Pure: reads a query string and the `<meta>` tag's content, and says in words what is wrong with them.

use crate::{informer::InitialList, limits::MAX_NAMESPACES, resource::Text};

/// What is watched, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The API root, as a path that begins and ends with a slash.
    pub root: String,
    /// The namespaces whose pods are watched; empty for all.
    pub namespaces: Vec<Text>,
    /// How the first objects are asked for.
    pub initial: InitialList,
    /// Whether the page offers to change things.
    pub may_write: bool,
}

/// A parameter that cannot be used, in a sentence that says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Default for Config {
    fn default() -> Self {
        Self {
            root: "/".into(),
            namespaces: Vec::new(),
            initial: InitialList::Unlimited,
            may_write: false,
        }
    }
}

impl Config {
    /// Reads `?api=/k8s/&namespace=a,b&list=500&write=1`; `meta_api` is the content of `<meta name="k8bit-api">`, which
    /// `api` overrides. Parameters that are not ours are passed over.
    ///
    /// # Errors
    /// The first parameter that cannot be used.
    pub fn parse(query: &str, meta_api: Option<&str>) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        if let Some(api) = meta_api.map(str::trim).filter(|api| !api.is_empty()) {
            config.root = parse_root(api)?;
        }
        for (name, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            match &*name {
                "api" => config.root = parse_root(value.trim())?,
                "namespace" | "ns" => config.namespaces = parse_namespaces(&value)?,
                "write" => config.may_write = value == "1",
                "list" => config.initial = parse_initial(&value)?,
                _ => {}
            }
        }
        Ok(config)
    }
}

fn parse_root(api: &str) -> Result<String, ConfigError> {
    let is_path = api
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte));
    // `//host/` and `http://host/` are other origins, which the browser keeps apart and a proxy would not answer.
    if !is_path || api.contains("//") || api.split('/').any(|part| part == "..") {
        return Err(ConfigError(format!(
            "The API prefix {api:?} is not a path of this server. Write ?api=/k8s/ for an API that \
             `kubectl proxy --api-prefix=/k8s/` serves."
        )));
    }
    let path = api.trim_matches('/');
    Ok(if path.is_empty() {
        "/".into()
    } else {
        format!("/{path}/")
    })
}

fn parse_namespaces(value: &str) -> Result<Vec<Text>, ConfigError> {
    let mut namespaces: Vec<Text> = Vec::new();
    for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let is_label = name.len() <= 63
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !name.starts_with('-')
            && !name.ends_with('-');
        if !is_label {
            return Err(ConfigError(format!(
                "{name:?} is not the name of a namespace. Write ?namespace=shop,payments: lower-case letters, digits \
                 and hyphens, separated by commas."
            )));
        }
        if !namespaces.iter().any(|known| known.as_str() == name) {
            namespaces.push(name.into());
        }
    }
    if namespaces.len() > MAX_NAMESPACES {
        return Err(ConfigError(format!(
            "{} namespaces are too many: each is a watch of its own. Name at most {MAX_NAMESPACES}, or none to watch \
             them all at once.",
            namespaces.len()
        )));
    }
    Ok(namespaces)
}

fn parse_initial(value: &str) -> Result<InitialList, ConfigError> {
    match (value.trim(), value.trim().parse()) {
        ("unlimited", _) => Ok(InitialList::Unlimited),
        ("stream", _) => Ok(InitialList::Stream),
        (_, Ok(limit @ 1..)) => Ok(InitialList::Pages(limit)),
        _ => Err(ConfigError(format!(
            "{value:?} is no way to list. Write ?list=unlimited, ?list=stream, or ?list=500 for pages of 500 objects."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, meta: Option<&str>, root: &str, namespaces: &[&str], initial: InitialList) {
        let expected = Config {
            root: root.into(),
            namespaces: namespaces.iter().map(|name| Text::new(name)).collect(),
            initial,
            may_write: false,
        };
        assert_eq!(Config::parse(query, meta), Ok(expected), "{query}");
    }

    #[test]
    fn nothing_is_changed_unless_asked_for() {
        let may_write = |query: &str| Config::parse(query, None).map(|config| config.may_write);
        for query in ["", "?write", "?write=0", "?write=yes", "?api=/k8s/"] {
            assert_eq!(may_write(query), Ok(false), "{query}");
        }
        assert_eq!(may_write("?ns=shop&write=1"), Ok(true));
    }

    #[test]
    fn the_address_decides() {
        check("", None, "/", &[], InitialList::Unlimited);
        check("?theme=dark", Some(" "), "/", &[], InitialList::Unlimited);
        check("", Some("/k8s"), "/k8s/", &[], InitialList::Unlimited);
        check("?api=/", Some("/k8s/"), "/", &[], InitialList::Unlimited);
        check(
            "?api=k8s/clusters/c-1&list=500",
            None,
            "/k8s/clusters/c-1/",
            &[],
            InitialList::Pages(500),
        );
        check(
            "?namespace=shop%2Cpayments, shop,&list=stream",
            None,
            "/",
            &["shop", "payments"],
            InitialList::Stream,
        );
    }

    #[track_caller]
    fn check_error(query: &str, part: &str) {
        let error = Config::parse(query, None).expect_err(query);
        assert!(error.to_string().contains(part), "{error}");
    }

    #[test]
    fn what_cannot_be_used_is_explained() {
        check_error("?api=//evil.example/", "not a path of this server");
        check_error("?api=http://evil.example/", "not a path of this server");
        check_error("?api=/a/../b", "not a path of this server");
        check_error("?api=/%252e%252e/", "not a path of this server");
        check_error("?namespace=Shop", "not the name of a namespace");
        check_error("?list=many", "no way to list");
        check_error("?list=0", "no way to list");
        let many: Vec<_> = (0..40).map(|n| format!("n{n}")).collect();
        check_error(&format!("?namespace={}", many.join(",")), "40 namespaces are too many");
    }
}
