//! What the page shows, and what it may ask of the API.

use std::rc::Rc;

use super::{api::ApiClient, clock, driver::Driver, login, metrics::MetricsDriver, token, write_switch::WriteSwitch};
use crate::{
    bearer_token::TokenState,
    clock::PictureClock,
    config::{Config, ConfigError},
    connection::{Connection, ConnectionProblem, ConnectionState, KindConnection},
    diagnostics::Diagnostics,
    resource::Timestamp,
    view::snapshot::ResourceVersions,
};

/// The cluster that the driver keeps up to date, its usage, and its API.
pub struct Model {
    /// Keeps the cluster up to date.
    pub(crate) driver: Rc<Driver>,
    /// Asks for usage.
    metrics: Rc<MetricsDriver>,
    /// Single requests to the API that the cluster comes from.
    pub(crate) api: ApiClient,
    /// The root of the API, if the address sets it: a link may have chosen it, so it is shown.
    pub(crate) shown_root: Option<String>,
    /// Whether the page can change things, too.
    pub(crate) writes: WriteSwitch,
    /// Why no request is made: the address has an invalid value.
    refused: Option<ConfigError>,
    /// The time of the picture.
    clock: PictureClock,
    /// Whether there is an outage, as of the last frame of the driver.
    is_stopped: bool,
}

impl Model {
    /// What the driver keeps up to date; nothing, where the address was refused.
    #[must_use]
    pub fn new(driver: Rc<Driver>, metrics: Rc<MetricsDriver>, config: &Config, refused: Option<ConfigError>) -> Self {
        Self {
            driver,
            metrics,
            api: ApiClient::new(config.root.clone()),
            shown_root: config.is_root_of_address.then(|| config.root.to_string()),
            writes: WriteSwitch::new(config.asks_to_write, config.root.to_string()),
            refused,
            clock: PictureClock::default(),
            is_stopped: false,
        }
    }

    /// Checks whether there is an outage.
    pub(crate) fn look(&mut self) {
        self.is_stopped = !self.driver.cache().is_heard(clock::now().monotonic);
    }

    /// The time of the picture: the present, or the beginning of an outage.
    pub(crate) fn now(&mut self) -> Timestamp {
        self.clock.follow(clock::now().wall, !self.is_stopped)
    }

    /// How the connection is now.
    pub(crate) fn connection(&self) -> Connection {
        let Some(error) = &self.refused else {
            return Connection {
                browser_clock_ahead: clock::browser_ahead(),
                wants_login: login::is_wanted(),
                ..self.driver.cache().connection(clock::now()).with_token(token::state())
            };
        };
        let problem = ConnectionProblem {
            sentence: "The address of this page has an invalid value.".to_owned(),
            advice: error.to_string(),
            detail: String::new(),
            remedy: None,
        };
        Connection {
            state: ConnectionState::Failed,
            kinds: vec![KindConnection::failed("address", problem)],
            events_per_second: 0,
            browser_clock_ahead: 0,
            wants_login: false,
            token: TokenState::Unused,
        }
    }

    /// What a bug report needs to know.
    pub(crate) fn diagnostics(&self) -> Diagnostics {
        let mut diagnostics = self.driver.diagnostics();
        diagnostics.metrics = self.metrics.diagnostics();
        diagnostics
    }

    /// A quiet sentence on usage: how much of it is known, or why none is.
    pub(crate) fn usage_note(&self) -> String {
        if self.refused.is_some() {
            return String::new();
        }
        self.metrics.note()
    }

    /// Up to which versions the kinds are known.
    pub(crate) fn resource_versions(&self) -> ResourceVersions {
        let cache = self.driver.cache();
        let (nodes, pods) = cache.resource_versions();
        ResourceVersions {
            nodes: nodes.cloned(),
            pods: pods.into_iter().map(Option::<&_>::cloned).collect(),
        }
    }

    /// Whether something has arrived that is still to be shown.
    pub(crate) fn is_pending(&self) -> bool {
        self.driver.is_pending()
    }
}
