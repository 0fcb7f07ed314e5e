//! What can be chosen of an informer. The defaults are those of client-go where it has any.

use std::{ops::Range, time::Duration};

use crate::limits::MAX_STORE_OBJECTS;

/// How the first objects are requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InitialList {
    /// One list without a limit, compressed, decoded while it arrives. The fastest by far.
    #[default]
    Unlimited,
    /// Lists in pages of this many objects.
    Pages(u32),
    /// The watch itself begins with every object (`sendInitialEvents`, KEP-3157): the lightest for the server. Before
    /// Kubernetes 1.37 it is never compressed; from then on it is, in several parts of which browsers read only the first, so
    /// it uses a WebSocket. A server without streaming lists is listed instead.
    Stream,
}

/// What can be chosen of an informer.
///
/// ```
/// use k8bit_informer::{InformerConfig, InitialList};
///
/// let config = InformerConfig {
///     initial: InitialList::Pages(500),
///     ..InformerConfig::default()
/// };
/// assert_eq!(config.watch_timeout_seconds, 200..235);
/// ```
///
/// A value that cannot work, such as an empty range, is replaced by the nearest one that does: see
/// [`InformerConfig::within_bounds`]. Bounds that protect the program from its server are constants, in
/// [`limits`](crate::limits).
#[derive(Clone, Debug, PartialEq)]
pub struct InformerConfig {
    /// How the first objects are requested.
    pub initial: InitialList,
    /// Page size once a list has to be paged: client-go's and kube-rs' default.
    pub page_limit: u32,
    /// Most objects that a store holds which is made for the informer: twice the pods that Kubernetes is made for.
    /// <https://kubernetes.io/docs/setup/best-practices/cluster-large/>
    pub max_objects: usize,
    /// Shortest and longest `timeoutSeconds` of a watch. Below 240 s, because load balancers cut idle streams there.
    pub watch_timeout_seconds: Range<u32>,
    /// How long after its own `timeoutSeconds` a watch may stay open before the client ends it.
    pub watch_deadline_margin: Duration,
    /// A watch that was open this long was healthy: its end is no failure, and backoff starts again.
    pub healthy_watch: Duration,
    /// A watch that ended by itself still counts as live for this long, while it is reopened.
    pub reopen_grace: Duration,
    /// Requests that may start without waiting, after a quiet time. Pages of one list count as one.
    pub request_burst: u32,
    /// Time between requests once the burst is used up: at most 70 in any minute by default.
    pub request_interval: Duration,
    /// How long a request may wait for its response headers. Longer than a bookmark period, because some proxies send
    /// no headers before the first event.
    pub header_deadline: Duration,
    /// The same, once this server was seen to send headers at once: a dead connection upstream is then found sooner.
    pub prompt_header_deadline: Duration,
    /// How long a list may pause between two pieces of its body.
    pub list_idle_deadline: Duration,
    /// How long a streaming list may be silent before its end bookmark; servers that ignore `sendInitialEvents` never
    /// send one.
    pub stream_list_deadline: Duration,
    /// Time between lists of a kind that cannot be watched.
    pub poll_interval: Duration,
    /// Time between lists of a kind that can be listed, but whose watches fail; at most the delay after a failure is added.
    pub unwatched_relist_interval: Duration,
    /// At the end of a watch, a list of one object compares versions and counts, unless one did so this recently; and
    /// always after nothing answered.
    pub consistency_check_interval: Duration,
    /// At the end of a watch, everything is listed again, unless it was this recently: the last resort against whatever
    /// loses events without a trace.
    pub relist_interval: Duration,
}

impl Default for InformerConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl InformerConfig {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        initial: InitialList::Unlimited,
        page_limit: 500,
        max_objects: MAX_STORE_OBJECTS,
        watch_timeout_seconds: 200..235,
        watch_deadline_margin: seconds(10),
        healthy_watch: seconds(60),
        reopen_grace: seconds(2),
        request_burst: 10,
        request_interval: seconds(1),
        header_deadline: seconds(75),
        prompt_header_deadline: seconds(20),
        list_idle_deadline: seconds(30),
        stream_list_deadline: seconds(15),
        poll_interval: seconds(15),
        unwatched_relist_interval: seconds(60),
        consistency_check_interval: seconds(180),
        relist_interval: seconds(1_800),
    };
}

/// The shortest time between requests: a client that asks without end is an attack on its server.
const MIN_REQUEST_INTERVAL: Duration = Duration::from_millis(10);

/// The shortest deadline. With a shorter one, no server could answer.
const MIN_DEADLINE: Duration = Duration::from_millis(100);

impl InformerConfig {
    /// The default, beginning with a list of this kind.
    #[must_use]
    pub fn listing(initial: InitialList) -> Self {
        Self {
            initial,
            ..Self::default()
        }
    }

    /// The same with each value that cannot work replaced by the nearest one that does. An informer does so itself.
    #[must_use]
    pub fn within_bounds(mut self) -> Self {
        self.page_limit = self.page_limit.max(1);
        if let InitialList::Pages(limit) = &mut self.initial {
            *limit = (*limit).max(1);
        }
        let Range { start, end } = self.watch_timeout_seconds;
        let start = start.max(1);
        self.watch_timeout_seconds = start..end.max(start.saturating_add(1));
        self.request_burst = self.request_burst.max(1);
        self.request_interval = self.request_interval.max(MIN_REQUEST_INTERVAL);
        for deadline in [
            &mut self.header_deadline,
            &mut self.prompt_header_deadline,
            &mut self.list_idle_deadline,
            &mut self.stream_list_deadline,
            &mut self.watch_deadline_margin,
        ] {
            *deadline = (*deadline).max(MIN_DEADLINE);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_within_bounds() {
        assert_eq!(InformerConfig::default().within_bounds(), InformerConfig::default());
    }

    #[test]
    fn what_cannot_work_is_replaced() {
        let zero = Duration::ZERO;
        #[expect(clippy::reversed_empty_ranges, reason = "it is one that cannot work")]
        let config = InformerConfig {
            initial: InitialList::Pages(0),
            page_limit: 0,
            watch_timeout_seconds: 9..3,
            watch_deadline_margin: zero,
            request_burst: 0,
            request_interval: zero,
            header_deadline: zero,
            prompt_header_deadline: zero,
            list_idle_deadline: zero,
            stream_list_deadline: zero,
            ..InformerConfig::default()
        }
        .within_bounds();
        assert_eq!(config.initial, InitialList::Pages(1));
        assert_eq!(config.page_limit, 1);
        assert_eq!(config.watch_timeout_seconds, 9..10);
        assert_eq!(config.request_burst, 1);
        assert_eq!(config.request_interval, MIN_REQUEST_INTERVAL);
        assert_eq!(config.header_deadline, MIN_DEADLINE);
        assert_eq!(config.list_idle_deadline, MIN_DEADLINE);
    }
}
