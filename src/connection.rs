//! What the connection to the API server is worth, in words: pure, from the informers' phases.

use std::time::Duration;

use k8bit_informer::{
    Informer, InitialList,
    failure::{Cause, Failure, Verb},
    limits::{SHORT_WATCH_SECONDS, STALE_AFTER},
    request::Collection,
    store::Store,
    transport::Delivery,
};

use crate::{
    bearer_token::TokenState,
    clock::Moment,
    resource::{Resource, Timestamp},
};

/// The closed set of states that the page shows; `data-state` of `#connection`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectionState {
    /// The watch is open and the picture is current.
    Live,
    /// The first request is under way, or the first list is complete and its watch is being opened.
    #[default]
    Connecting,
    /// The first list is arriving, or has broken off and will be asked for again: what is shown of it is a part.
    Listing,
    /// The history was lost (410); a new list is on its way while the old picture stays.
    Resyncing,
    /// The watch was lost a moment ago and is being reopened.
    Reconnecting,
    /// Not live for longer than a moment: what is shown is old.
    Stale,
    /// There is nothing to show, and trying again alone may not help.
    Failed,
}

/// The connection of one watched collection.
#[derive(Clone, Debug, PartialEq)]
pub struct KindConnection {
    /// `nodes`, `pods`, `pods in shop`.
    pub what: String,
    /// Its state.
    pub state: ConnectionState,
    /// Objects received so far while listing.
    pub listed: u64,
    /// How many objects the server expects beyond those, where it says so.
    pub remaining: Option<u64>,
    /// Attempts that failed since it was last live.
    pub attempt: u32,
    /// Time until the next attempt, while waiting for one.
    pub retry_in: Option<Duration>,
    /// When it was last live, while it is not.
    pub stale_since: Option<Timestamp>,
    /// It has not been live for longer than a moment, whatever is done about it.
    pub is_stale: bool,
    /// What is wrong.
    pub problem: Option<ConnectionProblem>,
    /// The picture can do without: it is forbidden, and something else stands in.
    pub is_dispensable: bool,
    /// Why it is watched in another way than usual; empty where it is not.
    pub detour: String,
}

/// A failure in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionProblem {
    /// What is wrong, a plain sentence.
    pub sentence: String,
    /// What to do about it, a plain sentence; may hold a command in backticks.
    pub advice: String,
    /// What the server or the browser said, verbatim and bounded; empty when it said nothing.
    pub detail: String,
    /// What a button beside it does.
    pub remedy: Option<Remedy>,
}

/// What the page can do about a problem, once the user asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Load the page again, so that whoever wants a login asks for it.
    SignIn,
    /// The same, because the API server itself has answered 401. Where the page carries the user's token, another token.
    Credentials,
    /// Ask the user for a token.
    EnterToken,
}

impl Remedy {
    /// Its button.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::SignIn | Self::Credentials => "Sign in again",
            Self::EnterToken => "Enter a token",
        }
    }
}

/// The connection as a whole: the worst of its kinds.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The worst state among the kinds that the picture needs.
    pub state: ConnectionState,
    /// Each watched collection, nodes first.
    pub kinds: Vec<KindConnection>,
    /// Events applied in the last second, of all kinds.
    pub events_per_second: u32,
    /// How many seconds the browser's clock is ahead of the cluster's, negative where it is behind. Only the driver knows it.
    pub browser_clock_ahead: i64,
    /// A login page answered the last request, whatever it was for. Only the driver knows it.
    pub wants_login: bool,
    /// What is known of the user's token. Only the driver knows it.
    pub token: TokenState,
}

impl ConnectionState {
    /// Whether what is shown is how it is, as far as is known.
    #[must_use]
    pub fn is_heard(self) -> bool {
        matches!(self, Self::Live | Self::Connecting | Self::Listing)
    }

    /// Whether the first list is still arriving, so that more than is shown may exist.
    #[must_use]
    pub fn is_listing(self) -> bool {
        matches!(self, Self::Connecting | Self::Listing)
    }

    /// The value of `data-state`.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Connecting => "connecting",
            Self::Listing => "listing",
            Self::Resyncing => "resyncing",
            Self::Reconnecting => "reconnecting",
            Self::Stale => "stale",
            Self::Failed => "failed",
        }
    }
}

impl KindConnection {
    /// A collection that cannot be watched at all.
    #[must_use]
    pub fn failed(what: &str, problem: ConnectionProblem) -> Self {
        Self {
            what: what.to_owned(),
            state: ConnectionState::Failed,
            listed: 0,
            remaining: None,
            attempt: 0,
            retry_in: None,
            stale_since: None,
            is_stale: false,
            problem: Some(problem),
            is_dispensable: false,
            detour: String::new(),
        }
    }
}

/// The state of the connection of one informer.
#[must_use]
pub fn state_of<K: Resource>(informer: &Informer<K>, now: Duration) -> ConnectionState {
    let progress = informer.listing();
    match (informer.lost_since(now), informer.is_synced()) {
        (None, _) => ConnectionState::Live,
        (Some(_), false) => match (informer.failure(), progress) {
            (_, Some(_)) => ConnectionState::Listing,
            // Nothing truer is known than the part that came before it broke off; it must not pass for the whole.
            (Some(_), None) if informer.is_partial() => ConnectionState::Listing,
            (Some(_), None) => ConnectionState::Failed,
            (None, None) => ConnectionState::Connecting,
        },
        (Some(since), true) => {
            let expired = informer
                .failure()
                .is_some_and(|failure| failure.cause == Cause::Expired);
            let is_stale = now.saturating_sub(since) > STALE_AFTER;
            match (progress, expired, is_stale) {
                (Some(_), ..) | (None, true, false) => ConnectionState::Resyncing,
                (None, false, false) if !informer.was_live() && informer.failure().is_none() => {
                    ConnectionState::Connecting
                }
                (None, false, false) => ConnectionState::Reconnecting,
                (None, _, true) => ConnectionState::Stale,
            }
        }
    }
}

/// Whether what is known of a collection is how it is, as far as is known: its watch is open, or about to be opened for
/// the first time.
#[must_use]
pub fn is_heard<K: Resource>(informer: &Informer<K>, now: Duration) -> bool {
    state_of(informer, now).is_heard()
}

/// Whether every change of a collection is received. A watch that is reopened within a moment goes on where it was.
#[must_use]
pub fn is_kept_up<K: Resource>(informer: &Informer<K>, now: Duration) -> bool {
    informer.was_live()
        && informer
            .lost_since(now)
            .is_none_or(|since| now.saturating_sub(since) <= STALE_AFTER)
}

/// What an informer watches: `nodes`, `pods`, `pods in shop`.
#[must_use]
pub fn name_of<K: Resource>(informer: &Informer<K>) -> String {
    name_in(informer.collection().resource().plural(), informer.collection())
}

fn name_in(kind: &str, collection: &Collection) -> String {
    match collection.namespace() {
        Some(namespace) => format!("{kind} in {namespace}"),
        None => kind.to_owned(),
    }
}

/// Why an informer watches in another way than usual, in a sentence; empty where it does not.
#[must_use]
pub fn detour<K: Resource>(informer: &Informer<K>) -> String {
    let transport = informer.transport();
    let compressed =
        "The API server compresses streaming lists in several parts, of which browsers read only the first.";
    let reason = match transport.fetch {
        Delivery::LateHeaders => {
            "Over fetch, this browser or a proxy delivers nothing of a watch before its first event."
        }
        Delivery::HeldBodies => "A proxy holds back what the API server sends.",
        Delivery::Unproven => "It could not be verified that events arrive at once over fetch.",
        Delivery::Prompt | Delivery::Unknown if informer.has_compressed_streams() => {
            return match informer.initial_list() {
                InitialList::Stream => format!("{compressed} They use WebSockets."),
                _ => format!("{compressed} Objects are listed instead."),
            };
        }
        Delivery::Prompt | Delivery::Unknown => return String::new(),
    };
    match transport.has_sockets() {
        true => format!("{reason} Watches use WebSockets."),
        false => format!(
            "{reason} WebSockets are refused. The API server is asked for changes every {SHORT_WATCH_SECONDS} s."
        ),
    }
}

/// What the connection of one informer is worth.
#[must_use]
pub fn of_informer<K: Resource>(informer: &Informer<K>, clock: Moment) -> KindConnection {
    let now = clock.monotonic;
    let progress = informer.listing();
    // A server that goes on refusing is heard, and says nothing of the picture.
    let lost_since = informer.lost_since(now);
    let stale_for = lost_since.map(|since| now.saturating_sub(since.min(informer.last_heard())));
    let state = state_of(informer, now);
    let problem = informer.failure().map(|failure| explain(failure, informer));
    KindConnection {
        what: name_of(informer),
        state,
        listed: progress.map_or(0, |progress| progress.received),
        remaining: progress.and_then(|progress| progress.remaining),
        attempt: informer.failures(),
        retry_in: informer
            .next_attempt()
            .map(|at| at.saturating_sub(now))
            .filter(|_| problem.is_some()),
        stale_since: stale_for
            .filter(|_| informer.is_synced() && state != ConnectionState::Connecting)
            .map(|time| Timestamp(clock.wall.0.saturating_sub_unsigned(time.as_secs()))),
        is_stale: informer.is_synced() && lost_since.is_some_and(|since| now.saturating_sub(since) > STALE_AFTER),
        is_dispensable: !informer.is_synced() && informer.failure().is_some_and(|it| it.cause == Cause::Forbidden),
        problem,
        detour: detour(informer),
    }
}

/// What is said of a collection of which the store holds a part, unless something worse is wrong with it.
pub fn note_left_out<K: Resource>(kind: &mut KindConnection, collection: &Collection, store: &Store<K>) {
    if store.left_out() > 0 && kind.problem.is_none() {
        let plural = collection.resource().plural();
        let advice = match plural {
            "pods" => "Name the namespaces that you want to see: add `?namespace=a,b` to the address.",
            _ => "",
        };
        kind.problem = Some(ConnectionProblem {
            sentence: format!(
                "There are more than {} {plural}. The others are not shown.",
                store.limit()
            ),
            advice: advice.to_owned(),
            detail: String::new(),
            remedy: None,
        });
    }
}

/// The connection as a whole: the worst state among the kinds that the picture needs. What is forbidden is dispensable
/// as long as some of the pods are not: nodes are then drawn from pods, and the other namespaces are shown.
#[must_use]
pub fn of_kinds(kinds: Vec<KindConnection>, events_per_second: u32) -> Connection {
    let pods = kinds.get(1..).unwrap_or_default();
    let some_pods = pods.iter().any(|kind| !kind.is_dispensable);
    let needed = kinds.iter().filter(|kind| !(kind.is_dispensable && some_pods));
    let state = needed
        .map(|kind| kind.state)
        .max()
        .unwrap_or(ConnectionState::Connecting);
    Connection {
        state,
        kinds,
        events_per_second,
        browser_clock_ahead: 0,
        wants_login: false,
        token: TokenState::Unused,
    }
}

impl Connection {
    /// The same where requests carry the user's token: whatever was answered 401 wants another one.
    #[must_use]
    pub fn with_token(mut self, token: TokenState) -> Self {
        self.token = token;
        if token == TokenState::Unused {
            return self;
        }
        let problems = self.kinds.iter_mut().filter_map(|kind| kind.problem.as_mut());
        for problem in problems.filter(|problem| problem.remedy == Some(Remedy::Credentials)) {
            *problem = token_problem(token, std::mem::take(&mut problem.detail));
        }
        self
    }
}

/// What is wrong with the user's token, as far as a collection was answered 401.
fn token_problem(token: TokenState, detail: String) -> ConnectionProblem {
    let (sentence, advice) = match token {
        TokenState::Missing => (
            "Enter a token: this page reads the cluster with your own rights.",
            "Until then it sends no requests to the API server.",
        ),
        TokenState::Refused => (
            "Enter another token: the API server does not accept this one.",
            "It may be mistyped, expired, or made for another cluster. `kubectl create token NAME` makes one for a service \
             account.",
        ),
        TokenState::Expired => (
            "Enter a new token: the API server no longer accepts the previous one.",
            "It has expired or was revoked. Until then the page keeps what it shows, and asks again every minute.",
        ),
        TokenState::Unused | TokenState::Unproven | TokenState::Accepted => (
            "The API server did not accept the previous token.",
            "The new token is being tried.",
        ),
    };
    ConnectionProblem {
        sentence: sentence.to_owned(),
        advice: advice.to_owned(),
        // That no token was entered is said already.
        detail: if token == TokenState::Missing {
            String::new()
        } else {
            detail
        },
        remedy: token.is_asked_for().then_some(Remedy::EnterToken),
    }
}

/// A failure in words: what is wrong, and what to do about it.
fn explain<K: Resource>(failure: &Failure, informer: &Informer<K>) -> ConnectionProblem {
    let collection = informer.collection();
    let kind = collection.resource().plural();
    let root = collection.root();
    let verb = failure.verb.name();
    let at = failure.code.map(|code| format!(" (HTTP {code})")).unwrap_or_default();
    let (sentence, advice) = match failure.cause {
        Cause::Unreachable => (
            "No answer: kubectl proxy is not running, or the network is down.".to_owned(),
            "Start `kubectl proxy --www=dist` again. The page reconnects automatically.".to_owned(),
        ),
        Cause::Cut => (
            format!("The connection was closed while {kind} were read."),
            "Nothing to do: the watch resumes where it ended.".to_owned(),
        ),
        Cause::TimedOut => (
            format!("The server does not answer the {verb} of {kind}."),
            "If this continues, restart kubectl proxy: its connection may be dead after sleep or a change of network."
                .to_owned(),
        ),
        Cause::ApiServerDown => (
            "kubectl proxy is running, but it cannot reach the API server.".to_owned(),
            "Check the cluster and the VPN. `kubectl get --raw /readyz` shows more.".to_owned(),
        ),
        Cause::HostRejected => (
            "kubectl proxy refuses requests under this host name, or to this path.".to_owned(),
            "Open the page as http://127.0.0.1 or localhost, or start `kubectl proxy` with `--accept-hosts` for this \
             name; paths are refused by `--reject-paths` and `--accept-paths`."
                .to_owned(),
        ),
        Cause::Unauthorized => (
            "Sign in again: the API server rejected your credentials. They may have expired.".to_owned(),
            "With kubectl proxy: log in until `kubectl get nodes` works, then restart it. Behind another proxy: press the \
             button."
                .to_owned(),
        ),
        Cause::SignIn if informer.is_synced() => (
            "Sign in again: a login page answers instead of the API server.".to_owned(),
            "Your login has expired. The button loads this page again and keeps its address. Until then the page keeps what \
             it shows, and asks again every minute."
                .to_owned(),
        ),
        Cause::SignIn => (
            format!("Sign in: a login page or a redirect answers instead of the API server under {root}."),
            "The button loads this page again, so that you can log in. If no login is in between, check the API prefix: \
             `?api=/k8s/` belongs to `kubectl proxy --api-prefix=/k8s/`."
                .to_owned(),
        ),
        Cause::Forbidden if failure.verb == Verb::Watch => (
            format!("You may not watch {}.", name_in(kind, collection)),
            format!("They are listed again about every minute. Ask for the verb `watch` on `{kind}`."),
        ),
        Cause::Forbidden => match (collection.namespace(), kind) {
            (None, "pods") => (
                format!("You may not {verb} pods in all namespaces."),
                "Name the namespaces that you may see: add `?namespace=a,b` to the address.".to_owned(),
            ),
            (None, _) => (
                format!("You may not {verb} {kind}."),
                format!(
                    "Boxes are made from the pods. Ask for the verbs `list` and `watch` on `{kind}`."
                ),
            ),
            (Some(namespace), _) => (
                format!("You may not {verb} {kind} in the namespace {namespace}."),
                format!("Ask for the verbs `list` and `watch` on `{kind}` there, or leave it out of `?namespace=`."),
            ),
        },
        Cause::NotFound => (
            format!("The API server has no {kind} under {root}."),
            "Check the API prefix: `?api=/k8s/` belongs to `kubectl proxy --api-prefix=/k8s/`.".to_owned(),
        ),
        Cause::NotKubernetes => (
            format!("The response under {root} is not from a Kubernetes API{at}."),
            "Check the API prefix: `?api=/k8s/` belongs to `kubectl proxy --api-prefix=/k8s/`.".to_owned(),
        ),
        Cause::WatchUnsupported => (
            format!("The API server cannot watch {kind}. They are listed about every minute."),
            "Nothing to do.".to_owned(),
        ),
        Cause::Expired => (
            format!("The server no longer has the history of {kind} since the last event."),
            "Nothing to do: they are listed again. Until then the page shows the last known state.".to_owned(),
        ),
        Cause::TooManyRequests => (
            "The API server is busy (too many requests).".to_owned(),
            "Nothing to do: the page tries again after the time that the server named.".to_owned(),
        ),
        Cause::TooLargeResourceVersion => (
            "This API server is behind the one that answered before.".to_owned(),
            "Nothing to do: the page tries again when it has had time to catch up.".to_owned(),
        ),
        Cause::Invalid => (
            format!("The API server does not understand the {verb} of {kind}{at}."),
            "If this continues, report it with the details below and the version of the server.".to_owned(),
        ),
        Cause::ServerError => (
            format!("The API server failed to {verb} {kind}{at}."),
            "The page tries again. `kubectl get --raw '/readyz?verbose'` shows the state of the server.".to_owned(),
        ),
        Cause::Unreadable => (
            format!("The response to the {verb} of {kind} could not be read."),
            "The page tries again. If this continues, a proxy on the way may change the bytes.".to_owned(),
        ),
    };
    ConnectionProblem {
        sentence,
        advice,
        detail: failure.detail.clone(),
        remedy: match failure.cause {
            Cause::Unauthorized => Some(Remedy::Credentials),
            Cause::SignIn => Some(Remedy::SignIn),
            _ => None,
        },
    }
}
