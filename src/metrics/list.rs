//! A list of metrics on its way in.

use std::ops::ControlFlow;

use k8bit_informer::list_decoder::{ListDecoder, ListError};

use crate::{
    limits::USAGE_OLD_AFTER_SECONDS,
    resource::{ResourceInterner, Timestamp, metrics::Metrics},
};

/// A complete list.
#[derive(Debug, PartialEq, Eq)]
pub struct Measured<M> {
    /// What may be shown.
    pub items: Vec<M>,
    /// Elements that could not be read.
    pub malformed: u64,
    /// Elements that were measured so long ago that they are not how it is.
    pub old: u64,
}

/// Takes in a list piece by piece, and keeps what its elements say. A list of 30,000 pods is twelve megabytes: at once it
/// would be a long task.
#[derive(Debug)]
pub struct MetricsList<M> {
    decoder: ListDecoder,
    /// The elements that could be read.
    items: Vec<M>,
    /// Elements that are no metrics, or have no name.
    malformed: u64,
}

impl<M> Default for MetricsList<M> {
    fn default() -> Self {
        Self {
            decoder: ListDecoder::default(),
            items: Vec::new(),
            malformed: 0,
        }
    }
}

impl<M: Metrics> MetricsList<M> {
    /// Takes in a piece, of any size. One bad element costs that element alone.
    ///
    /// # Errors
    /// When the bytes are no list.
    pub fn feed(&mut self, bytes: &[u8], interner: &mut ResourceInterner) -> Result<(), ListError> {
        let flow = self.decoder.feed(bytes, |element| {
            match M::decode(element, interner) {
                Ok(Some(item)) => self.items.push(item),
                Ok(None) | Err(_) => self.malformed += 1,
            }
            ControlFlow::<()>::Continue(())
        })?;
        debug_assert!(flow.is_continue());
        Ok(())
    }

    /// The complete list at the time `wall`.
    ///
    /// # Errors
    /// When bytes are missing, or it is no list.
    pub fn finish(self, wall: Timestamp) -> Result<Measured<M>, ListError> {
        self.decoder.finish()?;
        let oldest = wall.0.saturating_sub(USAGE_OLD_AFTER_SECONDS);
        let mut items = self.items;
        let all = items.len();
        items.retain(|item| item.measured().is_none_or(|measured| measured.0 >= oldest));
        Ok(Measured {
            malformed: self.malformed,
            old: (all - items.len()) as u64,
            items,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{
        Amounts, ObjectKey,
        metrics::{NodeMetrics, PodMetrics},
    };

    /// 2026-11-23T08:43:18Z.
    const NOW: Timestamp = Timestamp(1_795_423_398);

    fn read<M: Metrics>(json: &str) -> Result<Measured<M>, ListError> {
        let mut list = MetricsList::default();
        for piece in json.as_bytes().chunks(7) {
            list.feed(piece, &mut ResourceInterner::default())?;
        }
        list.finish(NOW)
    }

    fn decode<M: Metrics>(items: &str) -> (Vec<M>, u64) {
        let list = decode_measured(items);
        (list.items, list.malformed)
    }

    fn decode_measured<M: Metrics>(items: &str) -> Measured<M> {
        let json = format!(r#"{{"kind": "List", "metadata": {{}}, "items": {items}}}"#);
        read(&json).expect("it is a list")
    }

    #[test]
    fn what_was_measured_long_ago_is_left_out() {
        let node = |name: &str, time: &str| {
            format!(r#"{{"metadata": {{"name": "{name}"}}, {time} "usage": {{"cpu": "1", "memory": "1Gi"}}}}"#)
        };
        let list = decode_measured::<NodeMetrics>(&format!(
            "[{}, {}, {}, {}]",
            node("now", r#""timestamp": "2026-11-23T08:43:03Z","#),
            node("slow", r#""timestamp": "2026-11-23T08:40:18Z","#),
            node("old", r#""timestamp": "2026-11-23T08:40:17Z","#),
            node("unknown", ""),
        ));
        let names: Vec<&str> = list.items.iter().map(|item| &*item.name).collect();
        assert_eq!((names, list.old), (vec!["now", "slow", "unknown"], 1));
        let pods = decode_measured::<PodMetrics>(
            r#"[{"metadata": {"name": "web-1", "namespace": "shop"}, "timestamp": "2026-11-22T08:43:03Z", "containers": []}]"#,
        );
        assert_eq!((pods.items.len(), pods.old), (0, 1));
    }

    #[test]
    fn null_is_no_list() {
        let list = read::<NodeMetrics>(" null\n");
        assert!(matches!(list, Err(ListError::NotJson(_))), "{list:?}");
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
            measured: Some(Timestamp(1_795_423_383)),
        };
        assert_eq!(list, (vec![expected], 0));
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
            list.0,
            [PodMetrics {
                key,
                usage: amounts(15, 65_536),
                measured: None,
            }]
        );
    }

    #[test]
    fn one_bad_element_costs_that_element_alone() {
        let (items, malformed) = decode::<NodeMetrics>(
            r#"[7, null, {"metadata": {"name": ""}}, {"metadata": {"name": "b"}, "usage": {"cpu": "many"}},
                {"metadata": {"name": "c"}, "usage": null}]"#,
        );
        let names: Vec<&str> = items.iter().map(|item| &*item.name).collect();
        assert_eq!((names, malformed), (vec!["c"], 4));
        assert_eq!(items[0].usage, Amounts::default());
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        for json in ["", "[", "7", r#"{"items": 7}"#, r#"{"items": ["#, "<html>"] {
            assert!(read::<NodeMetrics>(json).is_err(), "{json}");
        }
        for json in ["{}", r#"{"items": null}"#, r#"{"items": []}"#] {
            assert_eq!(read::<NodeMetrics>(json).expect("empty").items, [], "{json}");
        }
    }
}
