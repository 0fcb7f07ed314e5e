//! What the page's address asks for.
//!
//! Pure: reads a query string and the `<meta>` tag's content, and says in words what is wrong with them.

use k8bit_informer::{
    InitialList,
    api_path::{ApiRoot, InvalidRoot, Segment},
};

use crate::limits::MAX_NAMESPACES;

/// What is watched, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Where the API begins.
    pub root: ApiRoot,
    /// Whether `api` of the address says so: a link can, and then the page shows the root.
    pub is_root_of_address: bool,
    /// The namespaces whose pods are watched; empty for all.
    pub namespaces: Vec<Segment>,
    /// How the first objects are requested.
    pub initial: InitialList,
    /// Whether the page asks the user for a bearer token, which every request then carries.
    pub asks_for_token: bool,
    /// Whether the address asks for a page that can change things. It then offers the user to allow it.
    pub asks_to_write: bool,
}

/// A parameter that cannot be used, in a sentence that says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// Reads `?api=/k8s/&namespace=a,b&list=500&write=1&auth=token`; `meta_api` is the content of `<meta name="k8bit-api">`, which
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
                "api" => {
                    config.root = parse_root(value.trim())?;
                    config.is_root_of_address = true;
                }
                "namespace" | "ns" => config.namespaces = parse_namespaces(&value)?,
                "auth" => config.asks_for_token = parse_auth(value.trim())?,
                "write" => config.asks_to_write = value == "1",
                "list" => config.initial = parse_initial(&value)?,
                _ => {}
            }
        }
        Ok(config)
    }
}

fn parse_root(api: &str) -> Result<ApiRoot, ConfigError> {
    ApiRoot::parse(api).map_err(|error| {
        ConfigError(match error {
            InvalidRoot::NotAPath => format!(
                "The API prefix {api:?} is not a path of this server. Write ?api=/k8s/ for an API that \
                 `kubectl proxy --api-prefix=/k8s/` serves."
            ),
            InvalidRoot::Proxy => format!(
                "The API prefix {api:?} leads through the API server to a service, a pod or a node. Whoever runs that could \
                 answer as the API, so this page does not follow it. Do not trust the link that led here."
            ),
        })
    })
}

fn parse_namespaces(value: &str) -> Result<Vec<Segment>, ConfigError> {
    let mut namespaces: Vec<Segment> = Vec::new();
    for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let namespace = Segment::namespace(name).map_err(|_| {
            ConfigError(format!(
                "{name:?} is not the name of a namespace. Write ?namespace=shop,payments: lower-case letters, digits \
                 and hyphens, separated by commas."
            ))
        })?;
        if !namespaces.contains(&namespace) {
            namespaces.push(namespace);
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
            "{value:?} is not a way to list. Write ?list=unlimited, ?list=stream, or ?list=500 for pages of 500 objects."
        ))),
    }
}

fn parse_auth(value: &str) -> Result<bool, ConfigError> {
    match value {
        "token" => Ok(true),
        "" => Ok(false),
        _ => Err(ConfigError(format!(
            "{value:?} is not a way to sign in. Write ?auth=token for a page that asks for a bearer token, or leave it out \
             where the server of this page signs in for you."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, meta: Option<&str>, root: &str, namespaces: &[&str], initial: InitialList) {
        let expected = Config {
            root: ApiRoot::parse(root).expect("a root"),
            is_root_of_address: query.contains("api="),
            namespaces: namespaces
                .iter()
                .map(|name| Segment::namespace(name).expect("a namespace"))
                .collect(),
            initial,
            asks_for_token: false,
            asks_to_write: false,
        };
        assert_eq!(Config::parse(query, meta), Ok(expected), "{query}");
    }

    #[test]
    fn nothing_is_changed_unless_asked_for() {
        let asks = |query: &str| Config::parse(query, None).map(|config| config.asks_to_write);
        for query in ["", "?write", "?write=0", "?write=yes", "?api=/k8s/"] {
            assert_eq!(asks(query), Ok(false), "{query}");
        }
        assert_eq!(asks("?ns=shop&write=1"), Ok(true));
    }

    #[test]
    fn a_token_is_asked_for_where_the_address_says_so() {
        let asks = |query: &str| Config::parse(query, None).map(|config| config.asks_for_token);
        for query in ["", "?auth=", "?token=abc", "?api=/token/"] {
            assert_eq!(asks(query), Ok(false), "{query}");
        }
        assert_eq!(asks("?auth=token&namespace=shop"), Ok(true));
        // A page that does not ask where it was told to would send requests as somebody else.
        check_error("?auth=Token", "not a way to sign in");
        check_error("?auth=basic", "Write ?auth=token");
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
        // The tag of index.html leads into no proxy either.
        assert!(Config::parse("", Some("/api/v1/nodes/a/proxy/")).is_err());
        check_error("?api=//evil.example/", "not a path of this server");
        check_error("?api=http://evil.example/", "not a path of this server");
        check_error("?api=/a/../b", "not a path of this server");
        check_error("?api=/%252e%252e/", "not a path of this server");
        check_error("?api=/a/./b", "not a path of this server");
        check_error(
            "?api=/api/v1/namespaces/evil/services/x:80/proxy/",
            "does not follow it",
        );
        check_error("?namespace=Shop", "not the name of a namespace");
        check_error("?list=many", "not a way to list");
        check_error("?list=0", "not a way to list");
        let many: Vec<_> = (0..40).map(|n| format!("n{n}")).collect();
        check_error(&format!("?namespace={}", many.join(",")), "40 namespaces are too many");
    }
}
