//! The projections of `metrics.k8s.io/v1beta1`: what nodes and pods use.
//!
//! These lists are asked for again and again, never watched, and have no versions. Only names and sums are kept.

use super::{Amounts, DecodeError, Interner, ObjectKey, Text, wire};
use crate::json;

/// What a node uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeMetrics {
    /// Its name.
    pub name: Text,
    /// What it uses, its own processes among it.
    pub usage: Amounts,
}

/// What a pod uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodMetrics {
    /// Which pod.
    pub key: ObjectKey,
    /// What its containers use together.
    pub usage: Amounts,
}

/// A list, and how many of its elements could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsList<M> {
    /// Those that could.
    pub items: Vec<M>,
    /// Elements that are no metrics, or have no name.
    pub malformed: u64,
}

/// A kind of `metrics.k8s.io`.
pub trait Metrics: Sized {
    /// Reads one element of a list.
    ///
    /// # Errors
    /// When it is no object of this shape.
    fn decode(json: &[u8], interner: &mut Interner) -> Result<Option<Self>, DecodeError>;
}

impl Metrics for NodeMetrics {
    fn decode(json: &[u8], interner: &mut Interner) -> Result<Option<Self>, DecodeError> {
        let metrics: wire::NodeMetrics<'_> = json::from_slice(json).map_err(DecodeError::Json)?;
        Ok(metrics.metadata.name.non_empty().map(|name| Self {
            name: interner.intern(name),
            usage: Amounts::of(&metrics.usage),
        }))
    }
}

impl Metrics for PodMetrics {
    fn decode(json: &[u8], interner: &mut Interner) -> Result<Option<Self>, DecodeError> {
        let metrics: wire::PodMetrics<'_> = json::from_slice(json).map_err(DecodeError::Json)?;
        let usages = metrics.containers.iter().map(|container| Amounts::of(&container.usage));
        let usage = usages.fold(Amounts::default(), Amounts::plus);
        Ok(metrics.metadata.name.non_empty().map(|name| Self {
            key: ObjectKey {
                namespace: interner.intern(&metrics.metadata.namespace),
                name: name.into(),
            },
            usage,
        }))
    }
}

impl<M: Metrics> MetricsList<M> {
    /// Reads a list. One bad element costs that element alone.
    ///
    /// # Errors
    /// When the bytes are no list.
    pub fn decode(json: &[u8], interner: &mut Interner) -> Result<Self, DecodeError> {
        if json.trim_ascii() == b"null" {
            return Err(DecodeError::Json("null instead of a list".to_owned()));
        }
        let wire::List { items: elements } = json::from_slice(json).map_err(DecodeError::Json)?;
        let mut list = Self {
            items: Vec::with_capacity(elements.len()),
            malformed: 0,
        };
        for element in elements {
            match M::decode(element.0, interner) {
                Ok(Some(item)) => list.items.push(item),
                Ok(None) | Err(_) => list.malformed += 1,
            }
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode<M: Metrics>(items: &str) -> MetricsList<M> {
        let json = format!(r#"{{"kind": "List", "metadata": {{}}, "items": {items}}}"#);
        MetricsList::decode(json.as_bytes(), &mut Interner::default()).expect("it is a list")
    }

    #[test]
    fn null_is_no_list() {
        let list = MetricsList::<NodeMetrics>::decode(b" null\n", &mut Interner::default());
        assert!(matches!(list, Err(DecodeError::Json(_))), "{list:?}");
    }

    fn amounts(cpu_millis: u64, kibibytes: u64) -> Amounts {
        Amounts {
            cpu_millis,
            memory_bytes: kibibytes << 10,
        }
    }

    #[test]
    fn a_node_uses_what_metrics_server_says() {
        let list = decode::<NodeMetrics>(
            r#"[{"metadata": {"name": "a", "labels": {"x": "y"}}, "timestamp": "2026-11-23T08:43:03Z", "window": "10.04s",
                 "usage": {"cpu": "341792418n", "memory": "3216544Ki"}}]"#,
        );
        let expected = NodeMetrics {
            name: "a".into(),
            usage: amounts(342, 3_216_544),
        };
        assert_eq!((list.items, list.malformed), (vec![expected], 0));
    }

    #[test]
    fn a_pod_uses_what_its_containers_use() {
        let list = decode::<PodMetrics>(
            r#"[{"metadata": {"name": "web-1", "namespace": "shop"}, "containers": [
                 {"name": "web", "usage": {"cpu": "12m", "memory": "64Mi"}}, {"name": "proxy", "usage": {"cpu": "3m"}}]}]"#,
        );
        let key = ObjectKey {
            namespace: "shop".into(),
            name: "web-1".into(),
        };
        assert_eq!(
            list.items,
            [PodMetrics {
                key,
                usage: amounts(15, 65_536)
            }]
        );
    }

    #[test]
    fn one_bad_element_costs_that_element_alone() {
        let list = decode::<NodeMetrics>(
            r#"[7, null, {"metadata": {"name": ""}}, {"metadata": {"name": "b"}, "usage": {"cpu": "many"}},
                {"metadata": {"name": "c"}, "usage": null}]"#,
        );
        let names: Vec<&str> = list.items.iter().map(|item| &*item.name).collect();
        assert_eq!((names, list.malformed), (vec!["c"], 4));
        assert_eq!(list.items[0].usage, Amounts::default());
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        let decode = |json: &str| MetricsList::<NodeMetrics>::decode(json.as_bytes(), &mut Interner::default());
        for json in ["", "[", "7", r#"{"items": 7}"#, r#"{"items": ["#, "<html>"] {
            assert!(decode(json).is_err(), "{json}");
        }
        for json in ["{}", r#"{"items": null}"#, r#"{"items": []}"#] {
            assert_eq!(decode(json).expect("empty").items, [], "{json}");
        }
    }
}
