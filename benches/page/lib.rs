//! What the benchmark's page measures of the program itself: the cluster cache without a picture, and blocks without a
//! cluster. An example, because that is
//! how cargo builds a second WebAssembly module out of the library; `make bench` builds it as it builds the page's own.

#[cfg(target_arch = "wasm32")]
mod blocks;

#[cfg(target_arch = "wasm32")]
mod exports {
    use std::{rc::Rc, time::Duration};

    use js_sys::Function;
    use k8bit::{
        browser::driver::Driver,
        clock::Moment,
        cluster_cache::{Action, ClusterCache, CollectionId},
        config::Config,
        resource::{Pod, ResourceInterner, Timestamp},
    };
    use k8bit_informer::{
        Informer, InformerConfig, Output,
        encoding::Encoding,
        failure::ResponseHead,
        request::{Collection, RequestId},
        store::{Change, Scope, Store},
        transport::TransportState,
    };
    use k8s_openapi::api::core::v1 as core;
    use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

    /// List and watch, into a store that nobody draws.
    #[wasm_bindgen]
    pub struct Live(#[expect(dead_code, reason = "runs for as long as it is held")] Rc<Driver>);

    #[wasm_bindgen]
    impl Live {
        /// Begins. `on_frame` is told after each frame how many pods the store holds and whether their list is complete.
        #[wasm_bindgen(constructor)]
        pub fn new(query: &str, on_frame: Function) -> Result<Live, JsValue> {
            console_error_panic_hook::set_once();
            let config = Config::parse(query, None).map_err(|error| JsValue::from_str(&error.to_string()))?;
            let driver = Driver::new(ClusterCache::new(&config, 1));
            let for_frame = Rc::clone(&driver);
            driver.run(move || {
                let mut cache = for_frame.cache();
                cache.cluster_mut().take_dirty();
                let is_listed = cache.pod_informers().all(Informer::is_synced);
                let pods = u32::try_from(cache.pods().len()).unwrap_or(u32::MAX);
                drop(cache);
                // What it throws is the page's affair, which will wait in vain and say so.
                let _ = on_frame.call2(&JsValue::UNDEFINED, &pods.into(), &is_listed.into());
            });
            Ok(Live(driver))
        }
    }

    /// Recorded bytes of pods into a store: a list, then a watch.
    #[wasm_bindgen]
    pub struct Replay {
        encoding: Encoding,
        cache: ClusterCache,
        attempt: RequestId,
        millis: u64,
    }

    /// The informer of the pods.
    const PODS: CollectionId = CollectionId(1);

    #[wasm_bindgen]
    impl Replay {
        /// Asks for a list.
        #[wasm_bindgen(constructor)]
        pub fn new(is_protobuf: bool) -> Self {
            let mut cache = ClusterCache::new(&Config::default(), 1);
            cache.set_transport(TransportState::PROMPT);
            let mut replay = Self {
                encoding: if is_protobuf {
                    Encoding::Protobuf
                } else {
                    Encoding::Json
                },
                cache,
                attempt: RequestId(0),
                millis: 0,
            };
            let mut tasks = Vec::new();
            let clock = replay.clock();
            replay.cache.resume(clock, &mut tasks);
            replay.open(&tasks);
            replay
        }

        /// Takes a piece of the body.
        pub fn feed(&mut self, bytes: &[u8]) {
            let (clock, attempt) = (self.clock(), self.attempt);
            self.cache.handle_body(clock, PODS, attempt, bytes, &mut Vec::new());
            self.cache.cluster_mut().take_dirty();
        }

        /// The list is over; what follows is its watch.
        pub fn end_list(&mut self) {
            let (clock, attempt) = (self.clock(), self.attempt);
            let mut tasks = Vec::new();
            let end = k8bit_informer::failure::End::Clean;
            self.cache.handle_end(clock, PODS, attempt, end, &mut tasks);
            self.open(&tasks);
        }

        /// How many pods there are.
        pub fn pods(&self) -> usize {
            self.cache.pods().len()
        }

        /// How many events were applied.
        pub fn events(&self) -> f64 {
            self.cache
                .pod_informers()
                .map(|pods| pods.counters().events)
                .sum::<u64>() as f64
        }

        fn open(&mut self, tasks: &[Action]) {
            let asked = tasks.iter().find_map(|task| match task {
                Action::Send(PODS, request) => Some(request.attempt),
                _ => None,
            });
            self.attempt = asked.expect("the informer asks for what comes next");
            let head = ResponseHead {
                code: 200,
                encoding: self.encoding,
                ..ResponseHead::default()
            };
            let (clock, attempt) = (self.clock(), self.attempt);
            self.cache.handle_response(clock, PODS, attempt, head, &mut Vec::new());
        }

        fn clock(&mut self) -> Moment {
            self.millis += 1;
            Moment {
                monotonic: Duration::from_millis(self.millis),
                wall: Timestamp(1_795_423_383),
            }
        }
    }

    /// Recorded bytes of pods into a store alone, as into a Map: a list, then a watch.
    #[wasm_bindgen]
    pub struct StoreReplay {
        encoding: Encoding,
        informer: Informer<Pod>,
        store: Store<Pod>,
        interner: ResourceInterner,
        changes: Vec<Change<Pod>>,
        attempt: RequestId,
    }

    /// Nothing waits in a replay.
    const NOW: Duration = Duration::from_secs(1);

    #[wasm_bindgen]
    impl StoreReplay {
        /// Asks for a list.
        #[wasm_bindgen(constructor)]
        pub fn new(is_protobuf: bool) -> Self {
            let encoding = match is_protobuf {
                true => Encoding::Protobuf,
                false => Encoding::Json,
            };
            let mut informer = Informer::new(Collection::of::<core::Pod>(), InformerConfig::default(), 1);
            informer.set_transport(TransportState::PROMPT);
            informer.resume(NOW);
            let mut replay = Self {
                encoding,
                informer,
                store: Store::default(),
                interner: ResourceInterner::default(),
                changes: Vec::new(),
                attempt: RequestId(0),
            };
            replay.open();
            replay
        }

        /// Takes a piece of the body.
        pub fn feed(&mut self, bytes: &[u8]) {
            self.informer.handle_body(NOW, self.attempt, bytes, &mut self.interner);
            self.drain();
        }

        /// The list is over; what follows is its watch.
        pub fn end_list(&mut self) {
            let end = k8bit_informer::failure::End::Clean;
            self.informer.handle_end(NOW, self.attempt, end, &mut self.interner);
            self.open();
        }

        /// How many pods there are.
        pub fn pods(&self) -> usize {
            self.store.len()
        }

        fn open(&mut self) {
            self.attempt = self.drain().expect("the informer asks for what comes next");
            let head = ResponseHead {
                code: 200,
                encoding: self.encoding,
                ..ResponseHead::default()
            };
            self.informer.handle_response(NOW, self.attempt, head);
        }

        /// Brings events into the store, and answers which request was made, if one was.
        fn drain(&mut self) -> Option<RequestId> {
            let mut sent = None;
            while let Some(output) = self.informer.poll_output() {
                match output {
                    Output::Event(event) => self.store.handle(&Scope::Cluster, event, &mut self.changes),
                    Output::Send(request) => sent = Some(request.attempt),
                    Output::Abort(_) | Output::Count(_) => {}
                }
            }
            self.changes.clear();
            sent
        }
    }
}
