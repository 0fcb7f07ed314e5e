//! What is done to both clients.

use std::time::Duration;

use k8bit_informer::InitialList;
use k8bit_simulator::{
    api::{ApiServer, DeleteOptions, Resource, Status, StreamingLists},
    http::{Faults, Refusal, RequestFilter, ServerOptions},
    sample,
};

use crate::stage::Stage;

/// A scenario; the rows are those of the informer's checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    Churn,
    ListCut,
    ListHangs,
    ListRefused429,
    ListOnCaptivePortal,
    PageExpires,
    WatchCut,
    WatchStartHangs,
    WatchRefused429,
    WatchRefused405,
    WatchClosedAtOnce,
    WatchClosedAfterBookmark,
    ProxyGone,
    ApiServerDown,
    ExpiredInStream,
    ExpiredAtStart,
    ErrorInStream,
    LineMalformed,
    LineTruncated,
    EventOfUnknownType,
    HalfOpen,
    OldDeleteReplayed,
    EventsLost,
    EtcdRestored,
    EtcdRestoredAndOutrun,
    StreamedList,
    StreamedListDies,
    StreamedListRefused,
    StreamedListNeverEnds,
}

impl Scenario {
    pub(crate) const ALL: [Self; 29] = [
        Self::Churn,
        Self::ListCut,
        Self::ListHangs,
        Self::ListRefused429,
        Self::ListOnCaptivePortal,
        Self::PageExpires,
        Self::WatchCut,
        Self::WatchStartHangs,
        Self::WatchRefused429,
        Self::WatchRefused405,
        Self::WatchClosedAtOnce,
        Self::WatchClosedAfterBookmark,
        Self::ProxyGone,
        Self::ApiServerDown,
        Self::ExpiredInStream,
        Self::ExpiredAtStart,
        Self::ErrorInStream,
        Self::LineMalformed,
        Self::LineTruncated,
        Self::EventOfUnknownType,
        Self::HalfOpen,
        Self::OldDeleteReplayed,
        Self::EventsLost,
        Self::EtcdRestored,
        Self::EtcdRestoredAndOutrun,
        Self::StreamedList,
        Self::StreamedListDies,
        Self::StreamedListRefused,
        Self::StreamedListNeverEnds,
    ];

    /// The rows of the checklist, and what happens.
    pub(crate) fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Churn => ("1, 28 to 30", "a minute of writes, no fault"),
            Self::ListCut => ("12", "the first two lists break off at half"),
            Self::ListHangs => ("11", "the first list stops at half, the connection open"),
            Self::ListRefused429 => ("10", "three lists are refused: 429, Retry-After: 7"),
            Self::ListOnCaptivePortal => ("13", "two lists are answered with HTML"),
            Self::PageExpires => ("6", "every second page is 410, for ever"),
            Self::WatchCut => ("44", "the watch is cut every 5 s, under writes"),
            Self::WatchStartHangs => ("63", "a watch is never answered"),
            Self::WatchRefused429 => ("47", "three watches are refused: 429, Retry-After: 3"),
            Self::WatchRefused405 => ("56", "watches are refused for ever: 405"),
            Self::WatchClosedAtOnce => ("42", "for a minute, watches are closed at once"),
            Self::WatchClosedAfterBookmark => ("43", "for a minute, watches are closed after a bookmark"),
            Self::ProxyGone => ("45, 57", "the proxy is gone for ten minutes"),
            Self::ApiServerDown => ("46", "a minute of 500 in plain text"),
            Self::ExpiredInStream => ("49", "410 in the stream, with the history gone"),
            Self::ExpiredAtStart => ("50", "the history is gone: HTTP status 410"),
            Self::ErrorInStream => ("53", "ERROR 500 in the stream, and the end of the stream"),
            Self::LineMalformed => ("24", "a line of the watch is damaged"),
            Self::LineTruncated => ("24", "a line of the watch lacks its second half"),
            Self::EventOfUnknownType => ("26", "an event of an unknown type"),
            Self::HalfOpen => ("59", "the connection of the watch dies, and nobody says so"),
            Self::OldDeleteReplayed => ("32", "DELETED of a former pod comes again, after its successor"),
            Self::EventsLost => ("66", "the server loses events without a trace"),
            Self::EtcdRestored => ("64, 65", "etcd is restored from a backup"),
            Self::EtcdRestoredAndOutrun => ("64, 65", "etcd is restored; soon its versions are beyond the old ones"),
            Self::StreamedList => ("67", "a streaming list, then a minute of writes"),
            Self::StreamedListDies => ("70", "a streaming list dies at half; a pod is deleted before the next"),
            Self::StreamedListRefused => ("68", "a streaming list is refused: 422"),
            Self::StreamedListNeverEnds => ("69", "the end of a streaming list never comes"),
        }
    }

    /// How both clients begin; without a limit is for ours alone, kube-rs' default are pages of 500.
    pub(crate) fn initial(self) -> InitialList {
        match self {
            Self::StreamedList | Self::StreamedListDies | Self::StreamedListRefused | Self::StreamedListNeverEnds => {
                InitialList::Stream
            }
            Self::PageExpires => InitialList::Pages(PAGE),
            _ => InitialList::Unlimited,
        }
    }

    pub(crate) fn options(self, options: &mut ServerOptions) {
        match self {
            Self::ExpiredAtStart => options.api.refuses_expired_watches = true,
            Self::StreamedListRefused => options.api.streaming_lists = StreamingLists::Refused,
            Self::StreamedListNeverEnds => options.api.streaming_lists = StreamingLists::Ignored,
            Self::WatchClosedAfterBookmark => options.api.bookmark_interval = Duration::from_millis(100),
            _ => {}
        }
    }

    /// Sets the faults that are there when the client begins.
    pub(crate) fn prepare(self, stage: &Stage) {
        let lists = RequestFilter::lists();
        let faults = match self {
            Self::ListCut => Faults {
                requests: Some(2),
                cut_after_bytes: Some(HALF_OF_THE_LIST),
                ..faults(lists)
            },
            Self::ListHangs => Faults {
                requests: Some(1),
                stall_after_bytes: Some(HALF_OF_THE_LIST),
                ..faults(lists)
            },
            Self::ListRefused429 => Faults {
                requests: Some(3),
                ..refuse(lists, Refusal::too_many_requests(7))
            },
            Self::ListOnCaptivePortal => Faults {
                requests: Some(2),
                ..refuse(lists, Refusal::captive_portal())
            },
            Self::PageExpires => refuse(
                lists.containing("continue="),
                Refusal::of_status(&Status::list_expired(1, 2)),
            ),
            Self::WatchRefused405 => refuse(
                RequestFilter::watches(),
                Refusal::of_status(&Status::method_not_allowed()),
            ),
            Self::StreamedListDies => Faults {
                requests: Some(1),
                cut_after_bytes: Some(HALF_OF_THE_LIST),
                ..faults(RequestFilter::watches())
            },
            _ => Faults::default(),
        };
        stage.server.set_faults(faults);
    }

    /// Everything that happens; afterwards nothing changes any more, and faults that have not ended stay.
    pub(crate) async fn play(self, stage: &mut Stage) {
        match self {
            Self::Churn | Self::StreamedList => {
                stage.until_watched().await;
                stage.churn(60).await;
            }
            Self::ListCut
            | Self::ListHangs
            | Self::ListRefused429
            | Self::ListOnCaptivePortal
            | Self::PageExpires
            | Self::StreamedListRefused
            | Self::StreamedListNeverEnds => {}
            Self::WatchRefused405 => {
                stage.pass(5).await;
                stage.change();
                stage.delete(&stage.names()[3]);
            }
            Self::StreamedListDies => {
                stage.until(|server| !server.requests().is_empty()).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
                stage.delete("pod-0000");
            }
            _ => {
                stage.until_watched().await;
                stage.churn(5).await;
                self.strike(stage).await;
            }
        }
    }

    /// What happens to a client that watches.
    async fn strike(self, stage: &mut Stage) {
        match self {
            Self::WatchCut => {
                for _ in 0..12 {
                    stage.churn(5).await;
                    stage.server.cut_watches();
                    stage.change();
                }
            }
            Self::WatchStartHangs => {
                stage.server.set_faults(Faults {
                    requests: Some(1),
                    latency: Duration::from_secs(86_400),
                    ..faults(RequestFilter::watches())
                });
                stage.server.cut_watches();
                stage.churn(5).await;
            }
            Self::WatchRefused429 => {
                stage.server.set_faults(Faults {
                    requests: Some(3),
                    ..refuse(RequestFilter::watches(), Refusal::too_many_requests(3))
                });
                stage.server.end_watches();
                stage.churn(5).await;
            }
            Self::WatchClosedAtOnce => {
                for _ in 0..600 {
                    stage.server.end_watches();
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                stage.change();
            }
            Self::WatchClosedAfterBookmark => self.close_after_bookmarks(stage).await,
            Self::ProxyGone => {
                stage.server.set_reachable(false);
                stage.churn(600).await;
                stage.server.set_reachable(true);
            }
            Self::ApiServerDown => {
                stage
                    .server
                    .set_faults(refuse(RequestFilter::default(), Refusal::api_server_down()));
                stage.server.cut_watches();
                stage.churn(60).await;
                stage.server.clear_faults();
            }
            Self::ExpiredInStream | Self::ExpiredAtStart => {
                stage.server.set_reachable(false);
                stage.churn(20).await;
                stage.server.with_api(ApiServer::expire_watch_window);
                stage.server.set_reachable(true);
            }
            Self::ErrorInStream => {
                let error = r#"{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"etcdserver: leader changed","code":500}}"#;
                stage.server.with_api(|api| api.inject_line(&format!("{error}\n")));
                stage.pass(1).await;
                stage.server.end_watches();
                stage.churn(5).await;
            }
            Self::LineMalformed | Self::LineTruncated => {
                let (corrupt, truncate) = match self {
                    Self::LineMalformed => (Some(1), None),
                    _ => (None, Some(1)),
                };
                stage.server.set_faults(Faults {
                    requests: Some(1),
                    corrupt_line: corrupt,
                    truncate_line: truncate,
                    ..faults(RequestFilter::watches())
                });
                stage.server.end_watches();
                stage.until_watched().await;
                for name in &stage.names()[..3] {
                    stage.invalidate(name);
                }
            }
            Self::EventOfUnknownType => {
                let event = r#"{"type":"RENAMED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x"}}}"#;
                stage.server.with_api(|api| api.inject_line(&format!("{event}\n")));
                stage.churn(5).await;
            }
            Self::HalfOpen => {
                stage.churn(200).await;
                stage.server.silence_watches();
                stage.change();
                stage.delete(&stage.names()[3]);
            }
            Self::OldDeleteReplayed => {
                let former = stage.create_named("reborn");
                stage.delete("reborn");
                stage.create_named("reborn");
                stage.pass(1).await;
                let line = format!(r#"{{"type":"DELETED","object":{}}}"#, former.full_value());
                stage.server.with_api(|api| api.inject_line(&format!("{line}\n")));
                stage.pass(1).await;
            }
            Self::EventsLost => {
                let now = stage.server.now();
                let pod = sample::running_pod("default", "unheard-of", "node-1");
                stage.server.with_api(|api| {
                    api.create(now, Resource::Pods, Some("default"), pod)
                        .expect("the name is free");
                    api.lose_events();
                });
                stage.pass(1).await;
                stage.invalidate(&stage.names()[3]);
            }
            Self::EtcdRestored | Self::EtcdRestoredAndOutrun => self.restore(stage).await,
            _ => unreachable!("{self:?} is played elsewhere"),
        }
    }

    async fn close_after_bookmarks(self, stage: &mut Stage) {
        for _ in 0..200 {
            // A bookmark needs a version that is new.
            let now = stage.server.now();
            stage.server.with_api(|api| {
                let created = api.create(now, Resource::Nodes, None, sample::node("bookmark"));
                if created.is_err() {
                    api.delete(now, Resource::Nodes, "", "bookmark", &DeleteOptions::now())
                        .expect("it is there already");
                }
            });
            tokio::time::sleep(Duration::from_millis(300)).await;
            stage.server.end_watches();
        }
        stage.change();
    }

    async fn restore(self, stage: &mut Stage) {
        let backup = stage.server.with_api(|api| api.snapshot());
        stage.churn(30).await;
        let outrun = self == Self::EtcdRestoredAndOutrun;
        stage.server.set_reachable(false);
        stage.pass(20).await;
        stage.server.with_api(|api| api.restore(&backup));
        stage.server.set_reachable(true);
        if outrun {
            stage.pass(5).await;
            for _ in 0..200 {
                stage.change();
            }
        }
    }
}

/// Pods on a page, where there are pages.
const PAGE: u32 = 5;
/// Bytes of half of the first list: of twenty pods, 1.4 KB each.
const HALF_OF_THE_LIST: u64 = 14_000;

fn faults(applies_to: RequestFilter) -> Faults {
    Faults {
        applies_to,
        ..Faults::default()
    }
}

fn refuse(applies_to: RequestFilter, refusal: Refusal) -> Faults {
    Faults {
        refuse: Some(refusal),
        ..faults(applies_to)
    }
}
