//! The page's program: WebAssembly in the browser. On any other target there is nothing to run.

#[cfg(target_arch = "wasm32")]
mod page {
    use std::{
        cell::{Cell, OnceCell, RefCell},
        rc::Rc,
    };

    use gloo_timers::future::TimeoutFuture;
    use k8bit::{
        api_path::ApiRoot,
        browser::{
            api::ApiClient, clock, driver::Driver, login, metrics::MetricsDriver, page_config,
            write_switch::WriteSwitch,
        },
        clock::PictureClock,
        cluster::Cluster,
        config::{Config, ConfigError},
        connection::{Connection, ConnectionState, KindConnection, Problem},
        diagnostics::{Diagnostics, TransitionLog},
        mirror::Mirror,
        resource::{Meta, Timestamp},
        ui::{Page, Source},
        view::{snapshot::ResourceVersions, state::Subject, write::WriteAccess},
    };

    /// The cluster that the driver keeps up with, and its API.
    struct Live {
        driver: Rc<Driver>,
        metrics: Rc<MetricsDriver>,
        api: ApiClient,
        /// The root of the API, where the address says it.
        shown_root: Option<String>,
        writes: WriteSwitch,
        picture: Rc<PictureTime>,
    }

    /// The time of the picture.
    #[derive(Default)]
    struct PictureTime {
        clock: Cell<PictureClock>,
        /// Nothing is heard, as of the last commit.
        is_stopped: Cell<bool>,
    }

    impl PictureTime {
        fn look(&self, driver: &Driver) {
            self.is_stopped.set(!driver.mirror().is_heard(clock::now().monotonic));
        }

        fn now(&self) -> Timestamp {
            let mut clock = self.clock.get();
            let now = clock.follow(clock::now().wall, !self.is_stopped.get());
            self.clock.set(clock);
            now
        }
    }

    impl Source for Live {
        fn with_cluster(&self, visit: &mut dyn FnMut(&mut Cluster)) {
            visit(self.driver.mirror().cluster_mut());
        }

        fn connection(&self) -> Connection {
            Connection {
                browser_clock_ahead: clock::browser_ahead(),
                wants_login: login::is_wanted(),
                ..self.driver.mirror().connection(clock::now())
            }
        }

        fn diagnostics(&self) -> Diagnostics {
            let mut diagnostics = self.driver.diagnostics();
            diagnostics.metrics = self.metrics.diagnostics();
            diagnostics
        }

        fn usage_note(&self) -> String {
            self.metrics.note()
        }

        fn resource_versions(&self) -> ResourceVersions {
            let mirror = self.driver.mirror();
            let (nodes, pods) = mirror.resource_versions();
            ResourceVersions {
                nodes: nodes.cloned(),
                pods: pods.into_iter().map(Option::<&_>::cloned).collect(),
            }
        }

        fn meta(&self, subject: &Subject) -> Option<Meta> {
            let mirror = self.driver.mirror();
            match subject {
                Subject::Pod(key) => mirror.pods().get(key).map(|pod| pod.meta.clone()),
                Subject::Node(name) => mirror.nodes().find("", name).map(|node| node.meta.clone()),
            }
        }

        fn api(&self) -> ApiClient {
            self.api.clone()
        }

        fn shown_root(&self) -> Option<&str> {
            self.shown_root.as_deref()
        }

        fn write_access(&self) -> WriteAccess {
            self.writes.access()
        }

        fn allow_writes(&self, is_allowed: bool) {
            self.writes.allow(is_allowed);
        }

        fn is_pending(&self) -> bool {
            self.driver.is_pending()
        }

        fn now(&self) -> Timestamp {
            self.picture.now()
        }

        fn wall_clock(&self) -> Timestamp {
            clock::now().wall
        }
    }

    /// Nothing to show, because the address asks for something that cannot be.
    struct Refused {
        cluster: RefCell<Cluster>,
        error: ConfigError,
    }

    impl Source for Refused {
        fn with_cluster(&self, visit: &mut dyn FnMut(&mut Cluster)) {
            visit(&mut self.cluster.borrow_mut());
        }

        fn connection(&self) -> Connection {
            let problem = Problem {
                sentence: "The address of this page asks for something that cannot be.".to_owned(),
                advice: self.error.to_string(),
                detail: String::new(),
                remedy: None,
            };
            Connection {
                state: ConnectionState::Failed,
                kinds: vec![KindConnection::failed("address", problem)],
                events_per_second: 0,
                browser_clock_ahead: 0,
                wants_login: false,
            }
        }

        fn diagnostics(&self) -> Diagnostics {
            Diagnostics::new(self.now(), Vec::new(), Vec::new(), &TransitionLog::default())
        }

        fn resource_versions(&self) -> ResourceVersions {
            ResourceVersions {
                nodes: None,
                pods: Vec::new(),
            }
        }

        fn meta(&self, _: &Subject) -> Option<Meta> {
            None
        }

        fn api(&self) -> ApiClient {
            ApiClient::new(ApiRoot::default())
        }

        fn is_pending(&self) -> bool {
            false
        }

        fn now(&self) -> Timestamp {
            clock::now().wall
        }
    }

    /// Each step is a task of its own: together with what the browser does to begin the program, they would be a long one.
    pub(super) async fn run() {
        console_error_panic_hook::set_once();
        login::restore_address();
        TimeoutFuture::new(0).await;
        match page_config::read() {
            Ok(config) => show(&config).await,
            Err(error) => {
                let page = Page::mount(Rc::new(Refused {
                    cluster: RefCell::default(),
                    error,
                }));
                page.commit_now();
            }
        }
    }

    /// Asks for the cluster, and puts the page there while the answer is on its way.
    async fn show(config: &Config) {
        let driver = Driver::new(Mirror::new(config, clock::seed()));
        let page: Rc<OnceCell<Page>> = Rc::default();
        let picture = Rc::<PictureTime>::default();
        let for_frames = (Rc::clone(&page), Rc::clone(&picture), Rc::clone(&driver));
        driver.run(move || {
            let (page, picture, driver) = &for_frames;
            picture.look(driver);
            if let Some(page) = page.get() {
                page.commit_now();
            }
        });
        TimeoutFuture::new(0).await;
        let metrics = MetricsDriver::new(Rc::clone(&driver), config);
        let page = page.get_or_init(|| {
            Page::mount(Rc::new(Live {
                driver,
                metrics: Rc::clone(&metrics),
                api: ApiClient::new(config.root.clone()),
                shown_root: config.is_root_of_address.then(|| config.root.to_string()),
                writes: WriteSwitch::new(config.asks_to_write),
                picture,
            }))
        });
        TimeoutFuture::new(0).await;
        page.commit_now();
        metrics.run();
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {
    wasm_bindgen_futures::spawn_local(page::run());
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("K8bit runs in a browser. `make demo` builds it and serves it in front of an embedded cluster.");
    std::process::exit(2);
}
