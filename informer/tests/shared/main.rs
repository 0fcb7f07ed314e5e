//! The shared informer over HTTP, against the simulated API server: on virtual time where time matters, on a socket where
//! sockets do.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use k8bit_informer::{
    InformerConfig, InitialList, Resource as _,
    api_path::{ApiResource, Segment},
    failure::Cause,
    hyper::HyperTransport,
    kinds::{DynamicObject, PartialObjectMetadata, TableRow, Typed},
    request::Collection,
    selector::LabelSelector,
    shared::{InformerStatus, InformerStopped, SharedInformer, Subscription},
    store::Change,
};
use k8bit_simulator::{
    api::{DeleteOptions, Part, PatchKind, Resource},
    http::{Faults, InMemoryServer, Refusal, RequestFilter, Server, ServerOptions},
    sample,
};
use k8bit_test_support::in_memory::Connector;
use k8s_openapi::api::{apps::v1::Deployment, core::v1::ConfigMap};
use serde_json::{Value, json};

type Configs = SharedInformer<Typed<ConfigMap>>;

/// A server on the clock of the runtime.
fn server() -> Arc<InMemoryServer> {
    let epoch = "2026-11-23T09:00:00Z".parse().expect("a time");
    let server = Server::in_memory(&ServerOptions::default(), epoch);
    server
        .with_api(|api| {
            api.create(epoch, Resource::Namespaces, None, sample::namespace("shop"))
                .map(drop)
        })
        .expect("it can be created");
    Arc::new(server)
}

fn transport(server: &Arc<InMemoryServer>) -> HyperTransport<Connector> {
    HyperTransport::with_connector(Connector(Arc::clone(server)), "http://in-memory").expect("an address")
}

fn follow(server: &Arc<InMemoryServer>) -> Configs {
    SharedInformer::spawn(
        transport(server),
        Collection::of::<ConfigMap>(),
        InformerConfig::default(),
    )
}

fn create(server: &InMemoryServer, name: &str, value: &str) {
    let now = server.now();
    let config = json!({"metadata": {"name": name, "labels": {"app": name}}, "data": {"value": value}});
    server
        .with_api(|api| api.create(now, Resource::ConfigMaps, Some("shop"), config).map(drop))
        .expect("it can be created");
}

fn set(server: &InMemoryServer, name: &str, value: &str) {
    let now = server.now();
    let patch = json!({"data": {"value": value}});
    server
        .with_api(|api| {
            api.patch(
                now,
                Resource::ConfigMaps,
                "shop",
                name,
                Part::Main,
                PatchKind::Merge,
                &patch,
            )
            .map(drop)
        })
        .expect("it is there");
}

fn delete(server: &InMemoryServer, name: &str) {
    let now = server.now();
    server
        .with_api(|api| {
            api.delete(now, Resource::ConfigMaps, "shop", name, &DeleteOptions::now())
                .map(drop)
        })
        .expect("it is there");
}

fn value(config: &Typed<ConfigMap>) -> &str {
    config.data.as_ref().map_or("", |data| data["value"].as_str())
}

fn tell(change: &Change<Typed<ConfigMap>>) -> String {
    let name = &change.object().meta().key.name;
    match change {
        Change::Listed(new) => format!("listed {name} {}", value(new)),
        Change::Added(new) => format!("added {name} {}", value(new)),
        Change::Modified { old, new } => format!("modified {name} {} {}", value(old), value(new)),
        Change::Deleted(old) => format!("deleted {name} {}", value(old)),
    }
}

/// The next changes, which must come.
async fn told(changes: &mut Subscription<Typed<ConfigMap>>, count: usize) -> Vec<String> {
    let next = changes.take(count).map(|change| tell(&change)).collect();
    tokio::time::timeout(Duration::from_secs(600), next)
        .await
        .expect("they come")
}

async fn status_that(configs: &Configs, is_it: impl Fn(&InformerStatus) -> bool) -> InformerStatus {
    let mut statuses = configs.statuses();
    let wait = async {
        loop {
            let status = statuses.next().await.expect("the informer runs");
            if is_it(&status) {
                return status;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(600), wait)
        .await
        .expect("it comes to be so")
}

#[tokio::test(start_paused = true)]
async fn changes_are_told_exactly_and_in_order() {
    let server = server();
    create(&server, "a", "1");
    create(&server, "b", "1");
    let configs = follow(&server);
    configs.ready().await.expect("it runs");
    let mut changes = configs.subscribe();
    set(&server, "a", "2");
    delete(&server, "b");
    create(&server, "c", "1");
    delete(&server, "c");
    create(&server, "c", "2");
    assert_eq!(
        told(&mut changes, 7).await,
        [
            "listed a 1",
            "listed b 1",
            "modified a 1 2",
            "deleted b 1",
            "added c 1",
            "deleted c 1",
            "added c 2"
        ]
    );
    let store = configs.store();
    let held: Vec<_> = store
        .list()
        .iter()
        .map(|it| format!("{} {}", it.meta().key, value(it)))
        .collect();
    assert_eq!(held, ["shop/a 2", "shop/c 2"]);
    assert_eq!(store.len(), 2);
    assert!(store.find("shop", "b").is_none() && store.get(&store.list()[0].meta().key).is_some());
    assert_eq!(changes.try_next(), None);
}

#[tokio::test(start_paused = true)]
async fn many_readers_share_one_list_and_one_watch() {
    let server = server();
    create(&server, "a", "1");
    let configs = follow(&server);
    let mut readers: Vec<_> = (0..5).map(|_| configs.clone().subscribe()).collect();
    for reader in &mut readers {
        assert_eq!(told(reader, 1).await, ["listed a 1"]);
    }
    set(&server, "a", "2");
    for reader in &mut readers {
        assert_eq!(told(reader, 1).await, ["modified a 1 2"]);
    }
    let asked: Vec<String> = server
        .requests()
        .into_iter()
        .map(|request| request.path_and_query)
        .collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(server.open_watches(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_was_gone_costs_no_change() {
    let server = server();
    create(&server, "a", "1");
    create(&server, "b", "1");
    let configs = follow(&server);
    let live = status_that(&configs, |status| status.is_live).await;
    assert!(live.is_ready && live.last_failure.is_none() && live.lost_for.is_none());
    let mut changes = configs.subscribe();
    assert_eq!(told(&mut changes, 2).await, ["listed a 1", "listed b 1"]);

    server.set_reachable(false);
    let is_unreachable = |status: &InformerStatus| {
        let cause = status.last_failure.as_ref().map(|failure| failure.cause);
        cause == Some(Cause::Unreachable) && !status.is_live
    };
    let lost = status_that(&configs, is_unreachable).await;
    assert!(lost.is_ready, "what is known stays");
    set(&server, "a", "2");
    delete(&server, "b");
    create(&server, "c", "1");
    // A change is told when it is known.
    tokio::time::sleep(Duration::from_secs(90)).await;
    assert_eq!(changes.try_next(), None);
    assert_eq!(configs.store().len(), 2);

    server.set_reachable(true);
    assert_eq!(
        told(&mut changes, 3).await,
        ["modified a 1 2", "deleted b 1", "added c 1"]
    );
    let back = status_that(&configs, |status| status.is_live).await;
    assert_eq!((back.last_failure, back.failures), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn a_history_that_is_gone_is_listed_again_and_only_the_difference_is_told() {
    let server = server();
    create(&server, "a", "1");
    create(&server, "b", "1");
    let configs = follow(&server);
    let mut changes = configs.subscribe();
    assert_eq!(told(&mut changes, 2).await, ["listed a 1", "listed b 1"]);
    server.set_reachable(false);
    status_that(&configs, |status| !status.is_live).await;
    set(&server, "b", "2");
    server.with_api(|api| api.expire_watch_window());
    server.set_reachable(true);
    assert_eq!(told(&mut changes, 1).await, ["modified b 1 2"]);
    assert_eq!(configs.status().counters.lists, 2);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_holds_nobody_up_and_ends_with_the_truth() {
    let server = server();
    create(&server, "a", "0");
    let configs = follow(&server);
    let mut slow = configs.subscribe_with(4);
    let mut fast = configs.subscribe();
    assert_eq!(told(&mut fast, 1).await, ["listed a 0"]);
    for number in 1..=100 {
        set(&server, "a", &number.to_string());
        let expected = format!("modified a {} {number}", number - 1);
        assert_eq!(told(&mut fast, 1).await, [expected]);
    }
    assert!(slow.waiting() <= 5 && slow.merged() >= 95);
    let mut last = String::new();
    while let Some(change) = slow.try_next() {
        last = value(change.object()).to_owned();
    }
    assert_eq!(last, "100");
    assert_eq!(fast.merged(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_error_is_reported_with_its_reason() {
    let server = server();
    let refusal = Refusal::too_many_requests(3);
    server.set_faults(Faults {
        applies_to: RequestFilter::lists(),
        refuse: Some(refusal),
        ..Faults::default()
    });
    let configs = follow(&server);
    let refused = status_that(&configs, |status| status.last_failure.is_some()).await;
    assert_eq!(
        refused.last_failure.map(|failure| failure.cause),
        Some(Cause::TooManyRequests)
    );
    assert!(!refused.is_ready && refused.next_attempt_in >= Some(Duration::from_secs(3)));
    server.clear_faults();
    tokio::time::timeout(Duration::from_secs(60), configs.ready())
        .await
        .expect("it recovers")
        .expect("it runs");
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_the_watch_and_a_resume_makes_up_for_it() {
    let server = server();
    create(&server, "a", "1");
    let configs = follow(&server);
    let mut changes = configs.subscribe();
    status_that(&configs, |status| status.is_live).await;
    configs.pause();
    status_that(&configs, |status| !status.is_live).await;
    until(|| server.open_watches() == 0).await;
    set(&server, "a", "2");
    configs.resume();
    assert_eq!(told(&mut changes, 2).await, ["listed a 1", "modified a 1 2"]);
}

/// Half a minute is less than any deadline of an open watch, which is why nothing but the jump is noticed.
#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_connects_again_at_once() {
    const ASLEEP: Duration = Duration::from_secs(30);
    let server = server();
    create(&server, "a", "1");
    let configs = follow(&server);
    let mut changes = configs.subscribe();
    status_that(&configs, |status| status.is_live).await;
    let requests = || configs.status().counters.requests;
    let before = requests();
    // A machine that is awake looks at the clock once a second.
    tokio::time::sleep(ASLEEP).await;
    assert_eq!(requests(), before, "an open watch is left alone");
    // One that sleeps does not; its connections may be gone, which nobody tells it.
    set(&server, "a", "2");
    assert_eq!(told(&mut changes, 2).await, ["listed a 1", "modified a 1 2"]);
    server.silence_watches();
    set(&server, "a", "3");
    let awake = tokio::time::Instant::now() + ASLEEP;
    tokio::time::advance(ASLEEP).await;
    assert_eq!(told(&mut changes, 1).await, ["modified a 2 3"]);
    assert!(requests() > before);
    let noticed = tokio::time::Instant::now() - awake;
    assert!(noticed <= Duration::from_secs(2), "{noticed:?}");
}

/// Waits until something is so.
async fn until(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait)
        .await
        .expect("it comes to be so");
}

#[tokio::test(start_paused = true)]
async fn it_ends_with_its_last_handle() {
    let server = server();
    let configs = follow(&server);
    status_that(&configs, |status| status.is_live).await;
    let (store, changes) = (configs.store(), configs.subscribe());
    drop(configs);
    create(&server, "a", "1");
    until(|| store.len() == 1).await;
    drop(store);
    assert_eq!(server.open_watches(), 1);
    drop(changes);
    until(|| server.open_watches() == 0).await;
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_stopped_informer_is_told() {
    let server = server();
    server.set_reachable(false);
    let (configs, running) = Configs::new(
        transport(&server),
        Collection::of::<ConfigMap>(),
        InformerConfig::default(),
    );
    let task = tokio::spawn(running);
    let mut changes = configs.subscribe();
    let waiting = {
        let configs = configs.clone();
        tokio::spawn(async move { configs.ready().await })
    };
    status_that(&configs, |status| status.last_failure.is_some()).await;
    task.abort();
    assert_eq!(waiting.await.expect("it did not panic"), Err(InformerStopped));
    assert_eq!(changes.next().await, None);
    assert_eq!(configs.ready().await, Err(InformerStopped));
}

#[tokio::test(start_paused = true)]
async fn objects_beyond_the_limit_are_left_out_and_counted() {
    let server = server();
    for name in ["a", "b", "c"] {
        create(&server, name, "1");
    }
    let config = InformerConfig {
        max_objects: 2,
        initial: InitialList::Pages(2),
        ..InformerConfig::default()
    };
    let configs = Configs::spawn(transport(&server), Collection::of::<ConfigMap>(), config);
    configs.ready().await.expect("it runs");
    let status = configs.status();
    assert_eq!((status.objects, status.left_out), (2, 1));
}

/// Custom resources, metadata and tables over a real socket, with the work of a runtime of many threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_is_followed_over_a_socket() {
    let server = Server::start(ServerOptions::default()).expect("a port is free");
    let now = server.now();
    let rollout =
        |name: &str, app: &str| json!({"metadata": {"name": name, "labels": {"app": app}}, "spec": {"replicas": 3}});
    let create = |resource, object: Value| {
        let namespace = (resource != Resource::Namespaces).then_some("shop");
        server
            .with_api(|api| api.create(now, resource, namespace, object).map(drop))
            .expect("it can be created");
    };
    create(Resource::Namespaces, sample::namespace("shop"));
    create(Resource::Rollouts, rollout("web", "web"));
    create(Resource::Rollouts, rollout("api", "api"));
    create(Resource::Deployments, sample::deployment("shop", "db", "db:1", 3));
    let transport = HyperTransport::http(&server.url()).expect("an address");

    let rollouts = Collection::new(ApiResource::parse("argoproj.io/v1alpha1", "rollouts").expect("a resource"))
        .with_kind("Rollout")
        .with_namespace(Segment::namespace("shop").expect("a namespace"))
        .with_label_selector(LabelSelector::parse("app=web").expect("a selector"));
    let rollouts = SharedInformer::<DynamicObject>::spawn(transport.clone(), rollouts, InformerConfig::default());
    let all = Collection::of::<Deployment>();
    let typed = SharedInformer::<Typed<Deployment>>::spawn(transport.clone(), all.clone(), InformerConfig::default());
    let partial =
        SharedInformer::<PartialObjectMetadata>::spawn(transport.clone(), all.clone(), InformerConfig::default());
    let table = SharedInformer::<TableRow>::spawn(transport, all, InformerConfig::default());
    let ready = async {
        rollouts.ready().await?;
        typed.ready().await?;
        partial.ready().await?;
        table.ready().await
    };
    tokio::time::timeout(Duration::from_secs(60), ready)
        .await
        .expect("they are")
        .expect("they run");

    let names: Vec<String> = rollouts
        .store()
        .list()
        .iter()
        .map(|it| it.meta().key.to_string())
        .collect();
    assert_eq!(names, ["shop/web"], "the other one has other labels");
    let replicas = |it: &DynamicObject| it.pointer("/spec/replicas").cloned();
    assert_eq!(replicas(&rollouts.store().list()[0]), Some(json!(3)));
    let db = typed.store().find("shop", "db").expect("it is there");
    assert_eq!(db.spec.as_ref().and_then(|spec| spec.replicas), Some(3));
    let row = table.store().find("shop", "db").expect("it is there");
    assert_eq!(row.cell("Name"), Some(&json!("db")));
    assert_eq!(
        partial.store().find("shop", "db").map(|it| it.uid.clone()),
        Some(db.metadata.uid.clone())
    );

    let mut changes = rollouts.subscribe();
    let patch = json!({"spec": {"replicas": 5}});
    server
        .with_api(|api| {
            let (resource, part) = (Resource::Rollouts, Part::Main);
            api.patch(now, resource, "shop", "web", part, PatchKind::Merge, &patch)
                .map(drop)
        })
        .expect("it is there");
    let next = async { changes.by_ref().skip(1).next().await };
    let change = tokio::time::timeout(Duration::from_secs(60), next)
        .await
        .expect("it comes");
    let Some(Change::Modified { old, new }) = change else {
        panic!("{change:?}")
    };
    assert_eq!((replicas(&old), replicas(&new)), (Some(json!(3)), Some(json!(5))));
    drop(server.stop());
}

#[test]
fn addresses_are_checked() {
    for address in ["http://127.0.0.1:8001", "http://[::1]:8001/"] {
        assert!(HyperTransport::http(address).is_ok(), "{address}");
    }
    for address in [
        "",
        "127.0.0.1:8001",
        "/api",
        "http://host/k8s",
        "http://host?x",
        "http://",
    ] {
        let invalid = HyperTransport::http(address).expect_err(address);
        assert!(
            invalid.to_string().contains("is not the address of a server"),
            "{invalid}"
        );
    }
}

#[test]
fn a_token_is_never_printed() {
    let transport = HyperTransport::http("http://127.0.0.1:1")
        .expect("an address")
        .with_bearer_token("secret-7")
        .expect("a token");
    assert!(!format!("{transport:?}").contains("secret-7"));
    assert!(transport.with_bearer_token("a\nb").is_err());
}

#[test]
fn handles_can_be_sent_to_other_threads() {
    fn check<T: Send + Sync>() {}
    check::<Configs>();
    check::<Subscription<Typed<ConfigMap>>>();
    check::<HyperTransport>();
}
