//! The menu of namespaces: what it offers, and what it makes of the query.

use hashbrown::HashSet;

use crate::{
    cluster::{Cluster, natural},
    limits::MAX_MENU_NAMESPACES,
    view::{
        problems::{replaced, tokens},
        visible::visible,
    },
};

/// The namespaces of a cluster's pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespaces {
    /// Their names in natural order, at most [`MAX_MENU_NAMESPACES`].
    pub names: Vec<String>,
    /// How many more there are.
    pub others: usize,
}

impl Namespaces {
    /// The namespaces that have pods.
    #[must_use]
    pub fn of(cluster: &Cluster) -> Self {
        let names: HashSet<&str> = cluster.pods().map(|pod| &*pod.meta.key.namespace).collect();
        let mut names: Vec<&str> = names.into_iter().collect();
        names.sort_unstable_by(|one, other| natural::compare(one, other));
        let others = names.len().saturating_sub(MAX_MENU_NAMESPACES);
        names.truncate(MAX_MENU_NAMESPACES);
        Self {
            names: names.into_iter().map(|name| visible(name).into_owned()).collect(),
            others,
        }
    }
}

/// The namespaces that a query asks for, as it names them: `shop`, or `shop,payments`; empty for all.
#[must_use]
pub fn chosen(query: &str) -> String {
    let values: Vec<&str> = tokens(query).into_iter().filter_map(value).collect();
    values.join(",")
}

/// The query with one namespace in place of any others; with none of them, if it is empty.
#[must_use]
pub fn choose(query: &str, namespace: &str) -> String {
    let term = if namespace.is_empty() {
        String::new()
    } else {
        format!("ns:{namespace}")
    };
    replaced(query, &term, |token| value(token).is_some())
}

fn value(token: &str) -> Option<&str> {
    ["ns:", "namespace:", "ns=", "namespace="]
        .iter()
        .find_map(|key| token.strip_prefix(key))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::resource::{Pod, Resource as _, ResourceInterner};

    #[test]
    fn the_menu_offers_what_has_pods() {
        let mut interner = ResourceInterner::default();
        let pods = ["team-10", "default", "team-9", "default"].iter().enumerate();
        let pods = pods.map(|(index, namespace)| {
            let json = format!(r#"{{"metadata":{{"name":"p{index}","namespace":"{namespace}"}}}}"#);
            Arc::new(Pod::decode(json.as_bytes(), &mut interner).expect("a pod"))
        });
        let cluster = Cluster::rebuild([], pods.collect::<Vec<_>>());
        let Namespaces { names, others } = Namespaces::of(&cluster);
        assert_eq!(
            (names, others),
            (["default", "team-9", "team-10"].map(str::to_owned).to_vec(), 0)
        );
    }

    #[test]
    fn a_choice_takes_the_place_of_another_and_leaves_the_rest_of_the_query() {
        for (query, namespace, expected) in [
            ("", "shop", "ns:shop"),
            ("ns:shop", "payments", "ns:payments"),
            ("ns:shop", "", ""),
            ("is:problem ns:shop,payments", "ops", "is:problem ns:ops"),
            ("namespace=shop web", "", "web"),
            ("web | api", "shop", "(web | api) ns:shop"),
            // What is left is no query.
            ("ns:shop | web", "", ""),
            ("!ns:shop", "ops", "!ns:shop ns:ops"),
        ] {
            assert_eq!(choose(query, namespace), expected, "{query:?} and {namespace:?}");
        }
        for (query, expected) in [
            ("", ""),
            ("web", ""),
            ("ns:shop", "shop"),
            ("is:problem namespace=shop", "shop"),
            ("ns:shop,payments", "shop,payments"),
        ] {
            assert_eq!(chosen(query), expected, "{query}");
        }
    }
}
