//! The page's program: WebAssembly in the browser. On any other target there is nothing to run.

#[cfg(target_arch = "wasm32")]
mod page {
    use std::{cell::OnceCell, rc::Rc};

    use gloo_timers::future::TimeoutFuture;
    use k8bit::{
        browser::{clock, driver::Driver, login, metrics::MetricsDriver, model::Model, page_config, token},
        cluster_cache::ClusterCache,
        config::{Config, ConfigError},
        ui::Page,
    };

    /// Each step is a task of its own: together with what the browser does to begin the program, they would be a long one.
    pub(super) async fn run() {
        console_error_panic_hook::set_once();
        login::restore_address();
        TimeoutFuture::new(0).await;
        match page_config::read() {
            Ok(config) => show(&config).await,
            Err(error) => refuse(error).await,
        }
    }

    /// Asks for the cluster, and puts the page there while the answer is on its way.
    async fn show(config: &Config) {
        if config.asks_for_token {
            token::require();
        }
        let driver = Driver::new(ClusterCache::new(config, clock::seed()));
        let page: Rc<OnceCell<Page>> = Rc::default();
        let for_driver = Rc::clone(&page);
        driver.run(move || {
            if let Some(page) = for_driver.get() {
                page.follow_driver();
            }
        });
        TimeoutFuture::new(0).await;
        let metrics = MetricsDriver::new(Rc::clone(&driver), config);
        let page = page.get_or_init(|| Page::mount(Model::new(driver, Rc::clone(&metrics), config, None)));
        TimeoutFuture::new(0).await;
        page.advance();
        metrics.run();
    }

    /// There is nothing to show, because the address asks for something that cannot be.
    async fn refuse(error: ConfigError) {
        let config = Config::default();
        let driver = Driver::new(ClusterCache::new(&config, clock::seed()));
        let metrics = MetricsDriver::new(Rc::clone(&driver), &config);
        let page = Page::mount(Model::new(driver, metrics, &config, Some(error)));
        page.advance();
        // It stays as it is.
        std::future::pending::<()>().await;
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
