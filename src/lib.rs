//! K8bit: a real-time Kubernetes dashboard that needs no server of its own.
//!
//! This text is the architecture. It changes in the same commit as what it describes.
//!
//! # Bird's eye
//!
//! ```text
//!  fetch ─► Informer ────────────────────────────► Store ─► Change ─► Cluster ─► dirty places
//!  browser  ListBody / WatchBody ─► Resource       by key   exact     joins,          │
//!           bytes ─► elements / events ─► objects                     totals          │ once per animation frame
//!                                                                                     ▼
//!        DOM ◄── components ◄── signals ◄── view values ◄── ui::frame, which advances the cluster
//!        browser ui             ui::signals  view                 with what the user has chosen
//! ```
//!
//! A [`cluster_cache::ClusterCache`] is all of it up to the cluster: an informer for the nodes, one for the pods (or one for each
//! namespace), their stores and the cluster. It does no I/O. `browser::driver` makes the requests that it asks for and
//! tells it the time; the simulation in the tests does the same over a faulty network on virtual time.
//!
//! # Code map
//!
//! The informer with its store and the formats of the API is a crate of its own, [`k8bit_informer`], which knows no kind
//! and no page; its documentation has its modules. This crate brings the kinds, what they mean to each other, and the page.
//!
//! | module | what it knows |
//! |---|---|
//! | [`resource`] | what is kept of a kind, how it is decoded, and what kubectl would print of it |
//! | [`cluster`] | nodes joined with pods, stable slots, totals, what changed lately |
//! | [`cluster_cache`] | which informers there are, and which store is whose |
//! | [`metrics`] | usage of nodes and pods: polling `metrics.k8s.io`, and the table of responses |
//! | [`sleep`] | whether the machine slept, by the time that the clocks lost |
//! | [`clock`] | the cluster's time, from the `Date` of its answers |
//! | [`connection`] | what the informers' states mean, in words |
//! | [`diagnostics`] | the numbers and the log of a bug report |
//! | [`view`] | cards, blocks, counters, sentences and the query language, as values; for one object: its explanation, log, YAML, changes. No DOM |
//! | [`view::visible`] | objects of the API as they may be shown: all of their texts by the rules of [`k8bit_informer::visible`] |
//! | `ui` | the page, a Leptos application: components, one file each. Who mounts it holds it, and dropping it ends all that it has started |
//! | `ui::frame` | the one place where the model meets the page: advances it, and writes the signals that have changed |
//! | `ui::state` | the user's choices, as a signal, two-way with the address |
//! | `ui::components`, `ui::query_bar` | header, panels, counters, legend, help, tooltip, kiosk mode; the query and its suggestions |
//! | `ui::cluster` | the node list with its cards, the tray, the blocks or chips of a card, the map |
//! | `ui::details` | the drawer of one pod or node; each tab opens its streams when it is shown, and closes them when it is left |
//! | `browser` | requests over `fetch` and WebSockets, whose bodies, sockets and shared streams are those of `k8bit_informer::fetch`; timers, animation frames, the address, the clipboard, storage, the lock that keeps the screen on |
//! | `browser::model` | the cluster that the driver keeps up to date, its time, its connection, and what may be asked of the API: what the frame advances |
//! | [`bearer_token`] | the token that the user enters, and the forms in which a request carries it |
//! | [`config`] | the parameters of the address |
//! | [`limits`] | every bound; those of the informer are in [`k8bit_informer::limits`] |
//!
//! # Invariants
//!
//! 1. The crate `k8bit-informer` without its features, and `resource`, `cluster`, `cluster_cache`, `metrics`, `clock`, `sleep`, `connection`, `diagnostics` and `view` do no I/O, read no
//!    clock, spawn nothing, and draw randomness only from a seed that they are given. They compile and are tested without a browser.
//! 2. Only `browser`, `ui` and `k8bit_informer::fetch` touch the browser, and only `ui` touches Leptos. `ui` never sees a watch event, the
//!    informer never sees a signal.
//!    Of `ui`, only its imperative leaves and what handles typed events name the document's own interfaces. `view` never
//!    takes a mutable reference of what is not its own. No module needs another beside it that needs it, too. No name
//!    stands for two types. The test `architecture` holds all of this, and lists the leaves.
//! 3. Nothing that a server sends can panic the program or blank the page. It yields a value or a reported failure, and
//!    one bad object costs that object alone. Bytes that are not JSON (or not protobuf, if that was announced) make
//!    what follows them doubtful, so they cost the stream or the list.
//! 4. Everything that can grow has its bound in [`limits`] or [`k8bit_informer::limits`], and reaching it is visible.
//! 5. Store and cluster live outside of the reactive graph, with one owner, and only `ui::frame` advances them. Events are committed at most once per
//!    animation frame, and once a second while the page is hidden; choices of the user, at once. A commit touches what
//!    is dirty.
//! 6. A resourceVersion is an opaque string. It is compared for order only by the rule of KEP-5504, which may not be able to
//!    tell, and never across kinds.
//! 7. An object is found by namespace and name and identified by uid: another uid under the same name is another object.
//! 8. Every request has a number, and responses to older ones are ignored.
//! 9. Published state stays until newer state replaces it. A list is published when it is complete; a failed list changes
//!    nothing. The first list is shown as it arrives, is never called live, and is replaced in one step by the complete list.
//! 10. Links are relative, because the page lives at `/static/` or at any other path. API paths begin at the configured
//!     root, which leads into no proxy of the API server. Every URL of a request is made by [`k8bit_informer::api_path`], from names that
//!     the API server would accept; a request for any other name is not made.
//! 11. All tabs of a server hold at most [`limits::SHARED_FETCH_STREAMS`] watches over `fetch`; further ones are
//!     WebSockets. A tab takes more only if WebSockets are not available.
//! 12. The page only reads unless the address says `write=1` and the user has allowed changes in this tab; a page in a frame
//!     does not offer that. A change is sent only after the server has permitted it and accepted a dry run and the user has
//!     confirmed it, to the object of that uid, never to a guessed owner. The watch confirms it. The outcome of a write
//!     without a response is unknown until the watch or a read shows it.
//! 13. A token that the user enters (`?auth=token`) is in memory only, in `browser::token`. It is sent only as the
//!     `Authorization` header or the subprotocol of a request to a path of this origin, and no redirect is followed with it.
//!     No signal, storage, address or text has it: [`bearer_token::BearerToken`] prints nothing, and errors of a server are
//!     shown without it. Before a token is entered, nothing is sent. What one user's token has shown is forgotten as soon as
//!     the API server accepts a token that may be another user's.
//!
//! # Reasons
//!
//! - **Sans-IO**, because reconnecting is the product, and only a deterministic simulation can show that it works. The
//!   simulation found bugs that no example would have: a damaged list that stopped the decoder for ever.
//! - **Projections, not full types.** A pod is eight kilobytes of JSON, and a tab has to hold 150,000. Decoding goes from
//!   bytes to the fields that are shown, with shared strings; the full types of `k8s_openapi` stand beside them in the
//!   tests and keep them honest. Other fields are skipped, 64 bytes at a time. An object that lies whole in a piece of a body
//!   is read in one pass; the end of any other is searched for first. serde_json decides whether bytes that cannot be read so
//!   are JSON at all.
//! - **Protobuf first, JSON always.** An informer asks for protobuf, which every API server has for its own kinds: a
//!   fifth fewer bytes, and most of them are skipped by their length. `resource::wire` names each field once, with its
//!   key and its number; so both encodings end in the same structs, and what differs between them ends at
//!   [`k8bit_informer::encoding`]. WebSockets carry JSON, because a handshake cannot ask for anything else.
//! - **A watch over `fetch` has to be proven.** It allows protobuf and shows HTTP errors. But the
//!   `fetch` of Firefox has no headers before the first byte of the body, and some proxies hold bodies back; on a quiet
//!   cluster both look like a watch without events. [`k8bit_informer::transport`] says how they are told apart, and when a
//!   WebSocket or watches of a few seconds take over.
//! - **One list without a limit** is the default. Measured in Chromium through `kubectl proxy` on 30,600 pods (260 MB), with
//!   a reader that only counts bytes: one list 2.3 to 2.7 s, pages of 500 4.8 to 5.4 s, a streaming list (not
//!   compressed before Kubernetes 1.37) 5.0 to 6.9 s. Pages are used when a server whose cache is still filling rejects the list, or
//!   when the list is cut off twice; streaming lists on request.
//! - **The page drives its informers itself**, and is no reader of `k8bit_informer::shared`. A shared informer is for many
//!   readers that each take changes in their own time: a store behind a lock, and a queue for each reader. The page is one
//!   reader, and needs the stores of nodes and pods, their common strings and the cluster to change together, between two
//!   slices of decoding; and it explains each state of its informers in words. What reconnects, backs off and judges a watch is
//!   the informer, in both cases; what carries requests is made of the parts of `k8bit_informer::fetch`.
//! - **Blocks are elements**, one for each pod, because mouse, keyboard, screen readers and tests must reach a block. A card is
//!   a component with signals of its own, and its grid is a leaf that brings the elements of its blocks to one of them. As
//!   components with a signal each, 3,000 blocks took 3.6 times as long to change and 3 KB each (`ONLY=blocks make bench`).
//!   In the close-up pods are few and have words, and each chip is a component with a signal.
//! - **One way for data.** The frame advances the model and computes view values with `PartialEq`; a signal is set where its
//!   value is another. So a component never changes the model, nothing in the document (a moved focus, a layout)
//!   can interrupt an advance, and the cost of a frame is decided in one place.
//! - **No block is a layer.** Opacity, a mask or a filter on thousands of blocks made a layer of each, and a keystroke at
//!   3,000 of them took 160 ms, most of it in the browser. So they are dimmed by color, their signs are gradients, and
//!   boxes far from the window are not rendered (`content-visibility`). Input of the user is drawn at once where it
//!   is visible, and slice by slice everywhere else.
//! - **Slices and rests.** Bodies are decoded in slices of some milliseconds over all streams, and a frame that was slow is
//!   followed by some that draw nothing, so that layout and painting take at most half of the time. 5,000 changes of 2,500
//!   blocks a second in Chromium without a GPU on two busy cores: 42 frames a second instead of 24, and the stream is at
//!   most some hundred events behind, instead of ten thousand.
//! - **No worker.** One that reads bodies and hands their buffers on made a list of 30,000 pods slower on two cores, 930 ms
//!   in place of 790 with the same decoder in a bare loop; and decoding in slices keeps the page responsive without one.
//! - **The filter runs in slices.** At 150,000 pods a keystroke of the query took a task of 140 ms, and a regular
//!   expression out of a link could take a thousand times as long. A slice lasts [`limits::FILTER_SLICE`]; [`cluster::Work`]
//!   counts steps, so that the clock is checked in time even within one box, and no object gets more steps than
//!   [`limits::MAX_OBJECT_STEPS`]. Visible boxes come first; the map, which shows all, is painted after the last one.
//!   Pods that change meanwhile are compared as they arrive, or in a slice if there are too many.
//! - **Consistency checks at the end of watches.** A watch ends by itself every few minutes. At that time a list of one object shows
//!   whether the server's history was rewound, and how many objects there should be; no second request runs beside the
//!   watch, and the state machine has one request at a time. The same happens after an outage, and after silence for as long
//!   as a restore from a backup takes: once the restored server's versions have overtaken ours, nothing shows what a watch
//!   leaves out. The simulation found a page that became empty in this way.

pub mod bearer_token;
pub mod clock;
pub mod cluster;
pub mod cluster_cache;
pub mod config;
pub mod connection;
pub mod diagnostics;
pub mod limits;
pub mod metrics;
pub mod resource;
pub mod sleep;
pub mod view;

#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
pub mod ui;
