//! In a cluster: the nginx configurations of `deploy/` with a real nginx, and tokens of users with different rights.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use k8bit_simulator::{
    api::{Access, Grant},
    http::ServerOptions,
};
use reqwest::{
    StatusCode,
    header::{HeaderMap, HeaderName},
};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    drawer::{click, open_pod, until_there},
    harness::{
        browser::Browser,
        cluster::Cluster,
        kubectl::{self, KubectlProxy},
        nginx::Nginx,
        oauth2_proxy::Oauth2Proxy,
        page::{Page, Snapshot},
        stage::Turn,
        stand_in::{Reply, StandIn},
        suite, tools,
        wait::{SOON, eventually},
    },
};

/// Reads everything.
const ADA: &str = "ada";
const ADAS_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.YWRhYWRhYWRh";

/// The same subject, and so the same user.
const ADAS_NEXT_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.bmV4dG5leHRu";

/// Reads the pods of one namespace, and no logs.
const BOB: &str = "bob";
const BOBS_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJib2IifQ.Ym9iYm9iYm9i";

/// Beside the namespace of the test.
const SHOP: &str = "shop";

/// A cluster with two users behind nginx, and a browser.
struct Site {
    browser: Browser,
    nginx: Nginx,
    cluster: Cluster,
    _turn: Turn,
}

impl Site {
    /// With a pod in each of two namespaces.
    async fn build(test: &str, overlay: &str) -> Option<Self> {
        let turn = Turn::take().await;
        let cluster = cluster_with_users(test).await?;
        let nginx = Nginx::of_overlay(overlay, cluster.url()).await?;
        Some(Self {
            browser: Browser::start().await,
            nginx,
            cluster,
            _turn: turn,
        })
    }

    /// Opens the page below nginx; without a scope, because rights differ by namespace.
    async fn open(&self, query: &str) -> Page<'_> {
        Page::open(&self.browser, &format!("{}/{query}", self.nginx.url()), None).await
    }

    /// Opens it and enters a token.
    async fn open_with(&self, query: &str, token: &str) -> Page<'_> {
        let page = self.open(query).await;
        enter(&page, token).await;
        page
    }
}

async fn cluster_with_users(test: &str) -> Option<Cluster> {
    let cluster = Cluster::simulated(test, ServerOptions::default()).await?;
    let node = cluster.create_node("a").await;
    cluster.api.create_running_pod("web", &node).await;
    cluster.api.create_namespace(SHOP).await;
    cluster.api.in_namespace(SHOP).create_running_pod("till", &node).await;
    cluster.simulator().with_api(|api| {
        let read = "get list watch";
        let all = vec![
            Grant::new("", "nodes pods", read),
            Grant::new("", "pods/log", "get"),
            Grant::new("", "events", read),
        ];
        let some = vec![Grant::new("", "pods", read).within(SHOP)];
        api.set_identity(ADA, Access::granting(ADA, all));
        api.set_identity(BOB, Access::granting(BOB, some));
        api.set_token(ADAS_TOKEN, ADA);
        api.set_token(BOBS_TOKEN, BOB);
    });
    Some(cluster)
}

/// Waits for the dialog and enters a token as a reader does.
async fn enter(page: &Page<'_>, token: &str) {
    let is_open = "return document.querySelector('#token-dialog')?.open ?? document.body.innerText";
    page.until_true("a token is asked for", is_open, &[]).await;
    let script = "const field = document.querySelector('#token-field');
        field.focus();
        field.value = arguments[0];
        document.querySelector('#token-dialog [data-action=use-token]').click();
        return field.value";
    let left: String = page.eval(script, &[json!(token)]).await;
    assert_eq!(left, "", "the field is emptied");
}

async fn until_asked(page: &Page<'_>, part: &str) {
    page.until_text("#problems [data-action=enter-token]", "Enter a token", SOON)
        .await;
    page.until_text("#problems", part, SOON).await;
}

/// What `kubectl auth can-i --list` allows a user in a namespace: verbs by resource.
async fn can_i(server: &str, user: &str, namespace: &str) -> BTreeMap<String, BTreeSet<String>> {
    let list = kubectl::run(
        server,
        &["auth", "can-i", "--list", "--as", user, "--namespace", namespace],
    )
    .await;
    let rows = list.lines().skip(1).filter_map(|line| {
        let resource = line.split_whitespace().next()?.to_owned();
        let verbs = line.rsplit_once('[')?.1.trim_end_matches(']');
        Some((resource, verbs.split_whitespace().map(str::to_owned).collect()))
    });
    rows.collect()
}

fn pods_of(seen: &Snapshot) -> BTreeSet<String> {
    let pods = seen.pods.iter();
    pods.map(|pod| format!("{}/{}", pod.namespace, pod.name)).collect()
}

/// Somebody with a token.
struct User {
    /// As `--as` names it.
    name: String,
    token: String,
}

/// A cluster with two users: the simulator's, or, where `K8BIT_E2E_SERVER` names another cluster, ServiceAccounts with roles in
/// the namespace of the test, the second of which may not read logs.
async fn any_cluster_with_users() -> Option<(Cluster, Vec<String>, [User; 2])> {
    if tools::given_server().is_none() {
        let cluster = cluster_with_users("two users").await?;
        let namespaces = vec![cluster.namespace.clone(), SHOP.to_owned()];
        let users = [(ADA, ADAS_TOKEN), (BOB, BOBS_TOKEN)].map(|(name, token)| User {
            name: name.to_owned(),
            token: token.to_owned(),
        });
        return Some((cluster, namespaces, users));
    }
    let cluster = Cluster::start().await;
    let node = cluster.create_node("a").await;
    cluster.api.create_running_pod("web", &node).await;
    let namespace = cluster.namespace.as_str();
    let run = async |arguments: &str| {
        let mut arguments: Vec<&str> = arguments.split(' ').collect();
        arguments.extend(["--namespace", namespace]);
        kubectl::run(cluster.url(), &arguments).await
    };
    run("create role pods --resource=pods --verb=get,list,watch").await;
    run("create role logs --resource=pods/log --verb=get").await;
    let mut users = Vec::new();
    for (account, roles) in [(ADA, &["pods", "logs"][..]), (BOB, &["pods"])] {
        run(&format!("create serviceaccount {account}")).await;
        for role in roles {
            let binding = format!("create rolebinding {account}-{role} --role={role}");
            run(&format!("{binding} --serviceaccount={namespace}:{account}")).await;
        }
        users.push(User {
            name: format!("system:serviceaccount:{namespace}:{account}"),
            token: run(&format!("create token {account}")).await.trim().to_owned(),
        });
    }
    let users = <[User; 2]>::try_from(users).ok().expect("two users");
    // Some proxies have credentials of their own, which come before a token.
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let review = client
        .post(format!(
            "{}/apis/authentication.k8s.io/v1/selfsubjectreviews",
            cluster.url()
        ))
        .header("authorization", format!("Bearer {}", users[1].token))
        .header("content-type", "application/json")
        .body(r#"{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"#);
    let answer = review.send().await.expect("an answer").text().await.expect("a text");
    if !answer.contains(&users[1].name) {
        suite::skip(
            "the server of K8BIT_E2E_SERVER does not take a request for that of the user whose token it carries",
        );
        return None;
    }
    let namespaces = vec![namespace.to_owned()];
    Some((cluster, namespaces, users))
}

#[browser_test::in_every_browser]
async fn two_users_see_exactly_what_kubectl_auth_can_i_allows_each() {
    let turn = Turn::take().await;
    let Some((cluster, namespaces, users)) = any_cluster_with_users().await else {
        return;
    };
    let Some(nginx) = Nginx::of_overlay("token", cluster.url()).await else {
        return;
    };
    let browser = Browser::start().await;
    let mut pictures = Vec::new();
    for User { name: user, token } in &users {
        let mut allowed = BTreeMap::new();
        for namespace in &namespaces {
            allowed.insert(namespace.clone(), can_i(cluster.url(), user, namespace).await);
        }
        let may = |namespace: &str, resource: &str, verb: &str| {
            let verbs = allowed[namespace].get(resource);
            verbs.is_some_and(|verbs| verbs.contains(verb) || verbs.contains("*"))
        };
        let mut expected = BTreeSet::new();
        for namespace in namespaces.iter().filter(|namespace| may(namespace, "pods", "list")) {
            let pods = cluster.api.in_namespace(namespace).pods().await;
            let names = pods.iter().map(|pod| pod["metadata"]["name"].as_str().expect("a name"));
            expected.extend(names.map(|name| format!("{namespace}/{name}")));
        }

        let url = format!("{}/?namespace={}", nginx.url(), namespaces.join(","));
        let page = Page::open(&browser, &url, None).await;
        enter(&page, token).await;
        page.until("what is allowed is shown", |seen| pods_of(seen) == expected)
            .await;
        for namespace in &namespaces {
            let refusal = format!("You may not list pods in the namespace {namespace}.");
            let expected = (!may(namespace, "pods", "list")).then_some(refusal);
            page.until("what is not allowed is said", |seen| {
                let mut kinds = seen.connection.kinds.iter();
                let of_namespace = kinds.find(|kind| kind.what.ends_with(namespace.as_str()));
                of_namespace.is_some_and(|kind| kind.problem.as_ref().map(|it| it.sentence.clone()) == expected)
            })
            .await;
        }
        let may_see_nodes = may(&namespaces[0], "nodes", "list");
        page.until("nodes are there, or not", |seen| seen.nodes.is_empty() != may_see_nodes)
            .await;

        // The same of what is asked for later.
        let pod = expected.iter().next_back().expect("a pod");
        open_pod(&page, pod).await;
        click(&page, "#tab-logs").await;
        let (namespace, _) = pod.split_once('/').expect("a namespace and a name");
        let may_read_logs = may(namespace, "pods/log", "get");
        match may_read_logs {
            // Where no kubelet runs there is no log, and that is another sentence.
            true if tools::given_server().is_some() => {
                let said = "const said = document.querySelector('#log-state')?.innerText ?? '';
                    return said !== '' && !said.includes('You may not') || said";
                page.until_true("the log is not refused", said, &[]).await;
            }
            // Where the watches have all streams that tabs share, it is asked for again and again.
            true => until_there(&page, "#log-state:is([data-state=following], [data-state=polling])").await,
            false => page.until_text("#log-state", "You may not", SOON).await,
        }
        // A change is seen by whoever may watch.
        let api = cluster.api.in_namespace(namespace);
        api.create_running_pod("more", &cluster.node("a")).await;
        let more = format!("{namespace}/more");
        page.until("the change is seen", |seen| pods_of(seen).contains(&more))
            .await;
        api.delete_pod("more").await;
        page.assert_clean().await;
        pictures.push((expected, may_see_nodes, may_read_logs));
    }
    assert_ne!(pictures[0], pictures[1], "they have different rights");
    drop((browser, nginx, cluster, turn));
}

#[browser_test::in_every_browser]
async fn an_expired_token_keeps_the_picture_and_another_one_makes_it_live_again() {
    let Some(site) = Site::build("an expired token", "token").await else {
        return;
    };
    let page = site.open_with("", ADAS_TOKEN).await;
    page.until("all is shown", |seen| seen.is_live() && seen.pods.len() == 2)
        .await;
    assert_eq!(page.text("#problems").await, "");

    // The watches outlive it, and what is asked for later does not.
    let simulator = site.cluster.simulator();
    simulator.with_api(|api| api.expire_token(ADAS_TOKEN));
    let pod = format!("{SHOP}/till");
    open_pod(&page, &pod).await;
    until_asked(&page, "no longer accepts the previous one for new requests").await;
    assert_eq!(page.state().await, "live");
    let is_open = "return document.querySelector('#token-dialog').open";
    assert!(
        !page.eval::<bool>(is_open, &[]).await,
        "nothing comes over the picture by itself"
    );

    simulator.cut_watches();
    page.until_state(&["stale"], SOON).await;
    until_asked(&page, "the page keeps what it shows").await;
    assert_eq!(page.blocks().await.len(), 2);

    // One that is not accepted is asked for again.
    click(&page, "#problems [data-action=enter-token]").await;
    enter(&page, "wrong").await;
    page.until_text("#token-wrong", "The API server", SOON).await;
    page.until_true("it asks again", is_open, &[]).await;
    assert_eq!(page.blocks().await.len(), 2);
    enter(&page, "two words").await;
    page.until_text("#token-wrong", "This is not a token", SOON).await;

    simulator.with_api(|api| api.set_token(ADAS_NEXT_TOKEN, ADA));
    enter(&page, ADAS_NEXT_TOKEN).await;
    page.until_live().await;
    page.until_true(
        "nothing is said any more",
        "return document.querySelector('#problems').innerText === ''",
        &[],
    )
    .await;
    until_there(&page, "#drawer [data-container]").await;
    site.cluster
        .api
        .create_running_pod("more", &site.cluster.node("a"))
        .await;
    page.until("the change is seen", |seen| seen.is_pod("more", "Running"))
        .await;
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn another_users_token_shows_nothing_of_what_the_first_one_saw() {
    let Some(site) = Site::build("another user", "token").await else {
        return;
    };
    let page = site.open_with("", ADAS_TOKEN).await;
    page.until("all is shown", |seen| seen.is_live() && seen.pods.len() == 2)
        .await;
    open_pod(&page, &format!("{SHOP}/till")).await;
    until_there(&page, "#drawer [data-container]").await;

    let simulator = site.cluster.simulator();
    simulator.with_api(|api| api.expire_token(ADAS_TOKEN));
    simulator.cut_watches();
    until_asked(&page, "the page keeps what it shows").await;
    click(&page, "#problems [data-action=enter-token]").await;
    // Bob may list neither nodes nor the pods of all namespaces.
    enter(&page, BOBS_TOKEN).await;
    page.until_text("#problems", "may not", SOON).await;
    page.until("nothing is left", |seen| seen.pods.is_empty() && seen.nodes.is_empty())
        .await;
    let is_closed = "return !document.querySelector('#drawer') && !document.body.innerText.includes('till')";
    page.until_true("the drawer is closed", is_closed, &[]).await;
}

/// A name that the browser resolves to this machine. Its pages are no secure context, so that watches are WebSockets.
const HOST_NAME: &str = "k8bit.test";

#[browser_test::in_chromium]
async fn websockets_carry_the_token_as_a_subprotocol() {
    let turn = Turn::take().await;
    let Some(cluster) = cluster_with_users("tokens of WebSockets").await else {
        return;
    };
    let Some(nginx) = Nginx::of_overlay("token", cluster.url()).await else {
        return;
    };
    let resolver = format!("--host-resolver-rules=MAP {HOST_NAME} 127.0.0.1");
    let browser = Browser::start_with(&[&resolver]).await;
    let url = nginx.url().replace("127.0.0.1", HOST_NAME);
    let page = Page::open(&browser, &url, None).await;
    page.until_text("#token-dialog", "was not loaded over HTTPS", SOON)
        .await;
    enter(&page, ADAS_TOKEN).await;
    page.until("all is shown", |seen| seen.is_live() && seen.pods.len() == 2)
        .await;
    let script = "return k8bit.diagnostics().kinds.every((kind) => kind.transport === 'websocket')";
    page.until_true("it watches over WebSockets", script, &[]).await;
    let sockets: Vec<_> = cluster.simulator().requests();
    assert!(
        sockets.iter().any(|request| request.websocket && request.status == 101),
        "{sockets:#?}"
    );

    // A handshake that is refused for the token is no sign that there are no WebSockets.
    cluster.simulator().with_api(|api| api.expire_token(ADAS_TOKEN));
    cluster.simulator().cut_watches();
    until_asked(&page, "the page keeps what it shows").await;
    cluster.simulator().with_api(|api| api.set_token("another-one", ADA));
    click(&page, "#problems [data-action=enter-token]").await;
    enter(&page, "another-one").await;
    page.until_live().await;
    page.until_true("it watches over WebSockets again", script, &[]).await;
    drop((browser, nginx, cluster, turn));
}

/// Wherever something could be kept or shown.
const TRACES: &str = "const done = arguments[0];
    const storage = (it) => JSON.stringify(Object.entries(it));
    (async () => [
        storage(localStorage), storage(sessionStorage), JSON.stringify(await indexedDB.databases()), document.cookie,
        JSON.stringify(await caches?.keys()), location.href, JSON.stringify(history.state), window.name,
        document.documentElement.outerHTML, document.body.innerText,
        ...[...document.querySelectorAll('input')].map((input) => input.value),
        JSON.stringify(k8bit.diagnostics()), JSON.stringify(k8bit.snapshot()),
        ...performance.getEntries().map((entry) => entry.name),
        ...[...document.querySelectorAll('textarea')].map((area) => area.value),
    ])().then(done)";

async fn traces(page: &Page<'_>) -> Vec<String> {
    let found = page.driver().execute_async(TRACES, Vec::new()).await;
    found.expect("the script runs").convert().expect("a list of texts")
}

/// Neither form of a token is in there.
fn assert_no_token(what: &str, texts: &[String]) {
    for secret in [ADAS_TOKEN, "ZXlKaGJHY2lPaUpTVXpJMU5pSjku", "YWRhYWRhYWRh"] {
        let found = texts.iter().find(|text| text.contains(secret));
        assert!(found.is_none(), "{what}: {secret} in {found:?}");
    }
}

#[browser_test::in_chromium]
async fn the_token_stays_in_the_memory_of_the_page() {
    let Some(site) = Site::build("where the token is", "token").await else {
        return;
    };
    let page = site.open_with("?write=1", ADAS_TOKEN).await;
    page.until("all is shown", |seen| seen.is_live() && seen.pods.len() == 2)
        .await;
    open_pod(&page, &format!("{SHOP}/till")).await;
    for (tab, shows) in [
        ("events", "#events-state[data-listed]"),
        ("logs", "#log-state[data-state=following]"),
        ("yaml", "#yaml"),
    ] {
        click(&page, &format!("#tab-{tab}")).await;
        until_there(&page, shows).await;
    }
    click(&page, "#connection").await;
    // Also while it is refused.
    site.cluster.simulator().with_api(|api| api.expire_token(ADAS_TOKEN));
    site.cluster.simulator().cut_watches();
    until_asked(&page, "Enter a new token").await;
    assert_no_token("the page", &traces(&page).await);
    let console = page
        .driver()
        .get_log("browser")
        .await
        .expect("the browser keeps the log");
    let console: Vec<String> = console.into_iter().map(|entry| entry.message).collect();
    assert_no_token("the console", &console);
    assert_no_token("the log of nginx", &[site.nginx.log()]);
    assert!(site.nginx.log().contains("GET /api/v1/pods"), "{}", site.nginx.log());

    // Another tab asks for itself, and so does the same one after it was loaded again.
    page.driver().refresh().await.expect("the page can be loaded again");
    let is_open = "return document.querySelector('#token-dialog')?.open === true";
    page.until_true("a token is asked for", is_open, &[]).await;
    assert!(page.snapshot().await.pods.is_empty());
    let before = site.cluster.simulator().requests().len();
    let tab = page.driver().new_tab().await.expect("a tab");
    page.driver().switch_to_window(tab).await.expect("the tab");
    page.go_to(&site.nginx.url()).await;
    page.until_true("a token is asked for", is_open, &[]).await;
    page.until_text("#problems", "Until then it sends no requests to the API server", SOON)
        .await;
    assert_eq!(
        site.cluster.simulator().requests().len(),
        before,
        "nothing is asked for without a token"
    );
}

#[browser_test::in_chromium]
async fn no_other_origin_gets_the_token_and_no_error_repeats_it() {
    let turn = Turn::take().await;
    let elsewhere = StandIn::start(|_| Reply {
        status: 200,
        body: "{}".to_owned(),
        ..Reply::default()
    })
    .await;
    // Answers in place of the API server: redirects lists, and repeats the headers of everything else.
    let to = format!("{}/api/v1/pods", elsewhere.url());
    let api = StandIn::start(move |head| match head.contains("/nodes?") {
        true => Reply {
            status: 307,
            headers: vec![("location", to.clone())],
            ..Reply::default()
        },
        false => Reply {
            status: 500,
            headers: vec![("content-type", "text/plain".to_owned())],
            body: format!("cannot serve {head}"),
        },
    })
    .await;
    let Some(nginx) = Nginx::of_overlay("token", &api.url()).await else {
        return;
    };
    let browser = Browser::start().await;
    let page = Page::open(&browser, &nginx.url(), None).await;
    enter(&page, ADAS_TOKEN).await;
    page.until_text("#problems", "Sign in", SOON).await;
    page.until_said("cannot serve").await;
    let carried = api.requests();
    assert!(
        carried
            .iter()
            .any(|head| head.contains(&format!("authorization: Bearer {ADAS_TOKEN}"))),
        "{carried:#?}"
    );
    page.until_said("Bearer [token]").await;
    assert_no_token("the page", &traces(&page).await);
    assert_eq!(elsewhere.requests(), Vec::<String>::new());

    // An address that names another origin is refused, and nothing is asked for.
    for root in [
        format!("//{}/", elsewhere.url().replace("http://", "")),
        elsewhere.url(),
    ] {
        page.go_to(&format!("{}/?auth=token&api={root}", nginx.url())).await;
        page.until_text("#problems", "is not a path of this server", SOON).await;
        let asked = "return document.querySelector('#token-dialog') !== null";
        assert!(!page.eval::<bool>(asked, &[]).await, "{root}");
    }
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
    drop((browser, nginx, turn));
}

#[browser_test::in_chromium]
async fn a_gateway_may_serve_it_below_a_prefix() {
    let turn = Turn::take().await;
    let Some(cluster) = cluster_with_users("a prefix").await else {
        return;
    };
    let Some(nginx) = Nginx::of_overlay("token", cluster.url()).await else {
        return;
    };
    let Some(gateway) = Nginx::gateway("/tools/k8bit/", &nginx.url()).await else {
        return;
    };
    let browser = Browser::start().await;
    let root = "/tools/k8bit/";
    let url = format!("{}{root}?api={root}&namespace={SHOP}", gateway.url());
    let page = Page::open(&browser, &url, None).await;
    page.until_text("#token-target", &format!("{}{root}", gateway.url()), SOON)
        .await;
    enter(&page, BOBS_TOKEN).await;
    page.until("the pod is shown", |seen| {
        seen.is_live() && seen.is_pod("till", "Running")
    })
    .await;
    page.assert_clean().await;
    let address: String = page.eval("return location.pathname + location.search", &[]).await;
    assert_eq!(address, format!("{root}?auth=token&api={root}&namespace={SHOP}"));
    drop((browser, gateway, nginx, cluster, turn));
}

/// A request by no browser: what nginx answers, with the headers that a test gives.
async fn fetch(url: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let mut request = client.get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap_or_else(|error| panic!("{url}: {error}"));
    let (status, headers) = (answer.status(), answer.headers().clone());
    // The body of a WebSocket has no end.
    let body = match status {
        StatusCode::SWITCHING_PROTOCOLS => String::new(),
        _ => answer.text().await.expect("a text"),
    };
    (status, headers, body)
}

const UPGRADE: [(&str, &str); 4] = [
    ("connection", "Upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "AQIDBAUGBwgJCgsMDQ4PEC=="),
];

#[browser_test::in_chromium]
async fn nginx_refuses_other_origins_and_frames_and_adds_no_credentials() {
    let _turn = Turn::take().await;
    for overlay in ["token", "wall"] {
        let Some(cluster) = cluster_with_users("what nginx adds").await else {
            return;
        };
        let Some(nginx) = Nginx::of_overlay(overlay, cluster.url()).await else {
            return;
        };
        let bearer = format!("Bearer {BOBS_TOKEN}");
        let own = nginx.url();
        let pods = format!("{own}/api/v1/pods");
        let header = |headers: &HeaderMap, name: &'static str| {
            let value = headers.get(HeaderName::from_static(name));
            value.map_or("", |value| value.to_str().expect("ASCII")).to_owned()
        };

        // What every answer has, also those that are not its own.
        for path in ["/?auth=token", "/boot.js", "/nothing", "/api/v1/pods"] {
            let (_, headers, _) = fetch(&format!("{own}{path}"), &[]).await;
            let policy = header(&headers, "content-security-policy");
            assert!(policy.contains("frame-ancestors 'none'"), "{overlay} {path}: {policy}");
            assert_eq!(
                header(&headers, "x-content-type-options"),
                "nosniff",
                "{overlay} {path}"
            );
            assert_eq!(header(&headers, "referrer-policy"), "no-referrer", "{overlay} {path}");
        }
        // Another origin gets nothing, not even a WebSocket, of which browsers do not ask first.
        let watch = format!("{pods}?watch=1");
        for origin in [
            "http://evil.example",
            "null",
            "https://127.0.0.1",
            &format!("{own}.evil.example"),
        ] {
            let mut headers = UPGRADE.to_vec();
            headers.push(("origin", origin));
            assert_eq!(
                fetch(&watch, &headers).await.0,
                StatusCode::FORBIDDEN,
                "{overlay} {origin}"
            );
            assert_eq!(
                fetch(&pods, &[("origin", origin)]).await.0,
                StatusCode::FORBIDDEN,
                "{overlay} {origin}"
            );
        }
        let seen = cluster.simulator().requests();
        assert!(
            !seen.iter().any(|request| request.path_and_query.contains("watch=1")),
            "{overlay}: {seen:#?}"
        );
        let mut headers = UPGRADE.to_vec();
        headers.push(("origin", &own));
        assert_eq!(
            fetch(&watch, &headers).await.0,
            StatusCode::SWITCHING_PROTOCOLS,
            "{overlay}"
        );

        let (with_token, _, body) = fetch(&pods, &[("authorization", &bearer)]).await;
        match overlay {
            // The user's own rights, by the user's own token.
            "token" => {
                assert_eq!(with_token, StatusCode::FORBIDDEN, "{body}");
                assert!(body.contains("\\\"bob\\\""), "{body}");
                let (status, headers, _) = fetch(&format!("{own}/?namespace=shop"), &[]).await;
                assert_eq!(status, StatusCode::FOUND);
                assert_eq!(header(&headers, "location"), "?auth=token&namespace=shop");
            }
            // Whoever asks has no say in who asks, and nothing but reading goes through.
            _ => {
                assert_eq!(with_token, StatusCode::OK, "{body}");
                let client = reqwest::Client::builder().no_proxy().build().expect("a client");
                let pod = format!("{own}/api/v1/namespaces/{SHOP}/pods/till");
                for method in [
                    reqwest::Method::DELETE,
                    reqwest::Method::PATCH,
                    reqwest::Method::POST,
                    reqwest::Method::PUT,
                ] {
                    let answer = client.request(method.clone(), &pod).send().await.expect("an answer");
                    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{method}");
                }
            }
        }
    }
}

/// An event that comes alone is there at once, also long after the one before.
#[browser_test::in_chromium]
async fn nginx_holds_no_event_back() {
    let Some(site) = Site::build("streams through nginx", "token").await else {
        return;
    };
    let page = site.open_with("", ADAS_TOKEN).await;
    page.until("all is shown", |seen| seen.is_live() && seen.pods.len() == 2)
        .await;
    let open: usize = site.cluster.simulator().open_watches();
    for index in 0..5 {
        let name = format!("late-{index}");
        site.cluster
            .api
            .create_running_pod(&name, &site.cluster.node("a"))
            .await;
        page.until("it is there", |seen| seen.is_live() && seen.is_pod(&name, "Running"))
            .await;
    }
    let told: Value = page.eval("return k8bit.diagnostics().kinds", &[]).await;
    let kinds = told.as_array().expect("a list");
    for kind in kinds {
        assert_eq!(kind["transport"], "fetch", "no proxy holds bodies back: {told}");
    }
    // It is still the same watches that brought them.
    eventually("the watches are open", SOON, async || {
        match site.cluster.simulator().open_watches() {
            now if now == open => Ok(()),
            now => Err(format!("{now} of {open}")),
        }
    })
    .await;
}

/// A cluster with one pod behind the stand-in for oauth2-proxy, and a browser.
struct SingleSignOn {
    browser: Browser,
    proxy: Oauth2Proxy,
    cluster: Cluster,
    _turn: Turn,
}

impl SingleSignOn {
    async fn build(test: &str, issuer_host: &str, same_site: &'static str) -> Option<Self> {
        let turn = Turn::take().await;
        let cluster = Cluster::simulated(test, ServerOptions::default()).await?;
        let node = cluster.create_node("a").await;
        cluster.api.create_running_pod("web", &node).await;
        Some(Self {
            browser: Browser::start().await,
            proxy: Oauth2Proxy::start(cluster.simulator().address(), issuer_host, same_site).await,
            cluster,
            _turn: turn,
        })
    }

    /// Opens the page, which leads to the issuer.
    async fn open(&self, fragment: &str) -> Page<'_> {
        let url = format!("{}/{fragment}", self.proxy.url());
        let page = Page::open(&self.browser, &url, Some(&self.cluster.namespace)).await;
        page.until_text("h1", "Issuer", SOON).await;
        page
    }
}

async fn until_web(page: &Page<'_>) {
    page.until("the pod is shown", |seen| {
        seen.is_live() && seen.is_pod("web", "Running")
    })
    .await;
}

#[browser_test::in_every_browser]
async fn a_session_of_oauth2_proxy_is_refreshed_expires_and_is_signed_in_to_again() {
    let Some(site) = SingleSignOn::build("a session of oauth2-proxy", "127.0.0.1", "Strict").await else {
        return;
    };
    let fragment = "#q=web&color=owner";
    let page = site.open(fragment).await;
    click(&page, "#sign-in").await;
    until_web(&page).await;

    // A refreshed session is another cookie, of which the page knows nothing.
    let first = site.proxy.last_used();
    site.proxy.refresh();
    eventually("the new cookie is used", SOON, async || {
        // Requests that were on their way at once have all used the old one.
        site.cluster.simulator().end_watches();
        match site.proxy.last_used() {
            last if last != first => Ok(()),
            last => Err(last),
        }
    })
    .await;
    site.proxy.forget(&first);
    site.cluster.simulator().end_watches();
    until_web(&page).await;
    assert_eq!(page.text("#problems").await, "");

    // Once it has expired, the picture stays and is stale.
    let view = "return location.hash";
    page.eval::<()>("location.hash = arguments[0]; return null", &[json!(fragment)])
        .await;
    site.proxy.expire();
    site.cluster.simulator().cut_watches();
    page.until_state(&["stale"], SOON).await;
    page.until_text("#problems h2", "Sign in again: a login page answers", SOON)
        .await;
    assert_eq!(page.blocks().await.len(), 1);
    page.assert_clean().await;
    click(&page, "#problems [data-action=sign-in]").await;
    page.until_text("h1", "Issuer", SOON).await;
    click(&page, "#sign-in").await;
    until_web(&page).await;
    assert_eq!(page.eval::<String>(view, &[]).await, fragment);
    assert_eq!(page.text("#problems").await, "");
}

/// A strict cookie is left out of the way back from another site, so that the user would have to sign in again and again:
/// `deploy/README.md` says what to do with such an issuer.
#[browser_test::in_chromium]
async fn an_issuer_of_another_site_needs_a_lax_cookie() {
    for (same_site, is_signed_in) in [("Strict", false), ("Lax", true)] {
        let Some(site) = SingleSignOn::build("an issuer of another site", "localhost", same_site).await else {
            return;
        };
        let page = site.open("").await;
        let here: String = page.eval("return location.origin", &[]).await;
        assert!(here.starts_with("http://localhost:"), "{here}");
        click(&page, "#sign-in").await;
        match is_signed_in {
            true => until_web(&page).await,
            false => {
                eventually("a session was made", SOON, async || match site.proxy.sessions() {
                    0 => Err("none".to_owned()),
                    _ => Ok(()),
                })
                .await;
                page.until_text("h1", "Issuer", SOON).await;
            }
        }
    }
}

/// The rules of the wall's role, and the arguments of its proxy, as they stand in the manifests.
fn wall_manifest(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy/overlays/wall")
        .join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn wall_grants() -> Vec<Grant> {
    let manifest = wall_manifest("rbac.yaml");
    let lists = |key: &str| -> Vec<String> {
        let lines = manifest.lines().filter_map(|line| line.trim().strip_prefix(key));
        lines
            .map(|list| list.trim_matches(['[', ']']).replace(", ", " "))
            .collect()
    };
    let (resources, verbs) = (lists("resources: "), lists("verbs: "));
    assert!(!resources.is_empty() && resources.len() == verbs.len(), "{manifest}");
    resources
        .iter()
        .zip(&verbs)
        .map(|(resources, verbs)| Grant::new("", resources, verbs))
        .collect()
}

const WALL_USER: &str = "system:serviceaccount:k8bit:k8bit-wall";

#[browser_test::in_chromium]
async fn the_wall_is_live_with_the_rights_of_its_role_and_says_what_it_may_not_see() {
    let turn = Turn::take().await;
    let Some(cluster) = cluster_with_users("the wall").await else {
        return;
    };
    cluster
        .simulator()
        .with_api(|api| api.set_identity(WALL_USER, Access::granting(WALL_USER, wall_grants())));
    let manifest = wall_manifest("kubectl-proxy.yaml");
    let arguments = manifest
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- --reject"));
    let mut options: Vec<String> = arguments.map(|rest| format!("--reject{rest}")).collect();
    assert_eq!(options.len(), 2, "{manifest}");
    options.push(format!("--as={WALL_USER}"));
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let proxy = KubectlProxy::start(cluster.url(), &options).await;
    let Some(nginx) = Nginx::of_overlay("wall", &proxy.url()).await else {
        return;
    };
    let browser = Browser::start().await;
    let page = Page::open(&browser, &format!("{}/#kiosk=1", nginx.url()), None).await;
    page.until("all is shown", |seen| seen.is_live() && seen.pods.len() == 2)
        .await;
    page.until_text("#wall-badge", "LIVE", SOON).await;
    page.until_text("#wall-pods", "2", SOON).await;
    page.until_text("#wall-nodes", "1", SOON).await;
    page.until_text("#wall-problems", "0", SOON).await;
    cluster.api.create_running_pod("more", &cluster.node("a")).await;
    page.until("the change is seen", |seen| {
        seen.is_live() && seen.is_pod("more", "Running")
    })
    .await;
    assert_eq!(page.text("#problems").await, "");

    // It says what it may not read, and not that there is none.
    page.eval::<()>("location.hash = ''; return null", &[]).await;
    page.until_true(
        "the blocks can be pressed",
        "return document.querySelector('.bar')?.checkVisibility() === true",
        &[],
    )
    .await;
    open_pod(&page, &format!("{SHOP}/till")).await;
    page.until_text("#drawer", "You may not get pods.", SOON).await;
    click(&page, "#tab-events").await;
    until_there(&page, "#events-state[data-listed]").await;
    click(&page, "#tab-logs").await;
    page.until_text("#drawer", "You may not", SOON).await;
    assert!(
        !page.text("#drawer").await.contains("kubectl proxy"),
        "{}",
        page.text("#drawer").await
    );
    assert_eq!(page.state().await, "live");
    page.assert_clean().await;
    drop((browser, nginx, proxy, cluster, turn));
}

/// The files below a folder, by their paths.
fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).expect("it is below").display().to_string();
            files.insert(name, fs::read(&path).expect("a file"));
        }
    }
    files
}

async fn run(program: &mut Command) {
    let output = program
        .output()
        .await
        .unwrap_or_else(|error| panic!("{program:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program:?}: {said}");
}

/// Whether an ELF file of 64 bits asks for a loader (a program header of type PT_INTERP), as dynamic programs do.
fn has_loader(elf: &[u8]) -> bool {
    assert!(elf.starts_with(b"\x7fELF\x02\x01"), "an ELF file of 64 bits");
    let number = |at: usize, bytes: usize| {
        let bytes = elf[at..at + bytes].iter().rev();
        bytes.fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
    };
    let (offset, size, count) = (number(0x20, 8), number(0x36, 2), number(0x38, 2));
    assert!(count > 0, "it has program headers");
    (0..count).any(|index| number(offset + index * size, 4) == 3)
}

/// No browser is needed for it; it is here because it needs `dist/`, and is counted where it is skipped.
#[browser_test::in_chromium]
async fn the_image_holds_the_page_and_one_static_program() {
    if !Path::new("/usr/bin/umoci").is_file() {
        return suite::skip("there is no umoci, which `make image` needs (Debian, Fedora: umoci)");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder");
    let (image, layout, unpacked) = (
        folder.path().join("image"),
        folder.path().join("layout"),
        folder.path().join("unpacked"),
    );
    for folder in [&layout, &unpacked] {
        fs::create_dir(folder).expect("a folder");
    }
    run(Command::new(root.join("scripts/image")).env("K8BIT_IMAGE_FOLDER", &image)).await;
    let archive = image.join("k8bit-image.tar");
    run(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&layout)).await;

    let blob = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().expect("a digest").replace(':', "/");
        layout.join("blobs").join(digest)
    };
    let read = |path: &Path| -> Value {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let index = read(&layout.join("index.json"));
    assert_eq!(index["manifests"].as_array().map(Vec::len), Some(1), "{index}");
    let manifest = read(&blob(&index["manifests"][0]));
    for layer in manifest["layers"].as_array().expect("layers") {
        run(Command::new("tar")
            .arg("-xzf")
            .arg(blob(layer))
            .arg("-C")
            .arg(&unpacked))
        .await;
    }
    // Everything that is in it: the page, and one program. Nothing else, and so no secret.
    let mut files = files_below(&unpacked);
    let program = files.remove("bin/k8bit-unpack").expect("the program");
    let page: BTreeMap<String, Vec<u8>> = files_below(&tools::dist())
        .into_iter()
        .map(|(name, content)| (format!("dist/{name}"), content))
        .collect();
    assert!(page.contains_key("dist/index.html"));
    assert_eq!(files.keys().collect::<Vec<_>>(), page.keys().collect::<Vec<_>>());
    assert!(files == page, "the files are those of dist/");
    assert!(!has_loader(&program), "k8bit-unpack is linked statically");
    let config = read(&blob(&manifest["config"]));
    assert_eq!(config["config"]["User"], "65532:65532", "{config}");
    assert_eq!(config["config"]["Entrypoint"], json!(["/bin/k8bit-unpack"]), "{config}");
    assert_eq!(config["config"]["Env"], Value::Null, "{config}");
    assert_eq!(config["os"], "linux", "{config}");

    // It does what the init container asks of it.
    let target = folder.path().join("volume");
    let mut unpack = Command::new(unpacked.join("bin/k8bit-unpack"));
    run(unpack
        .arg("unpack")
        .arg(&target)
        .env("K8BIT_DIST", unpacked.join("dist")))
    .await;
    assert!(files_below(&target) == page, "the files are those of dist/");
}
