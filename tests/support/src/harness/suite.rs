//! The suite: every test in every browser that it is for. What is skipped is counted and named, never passed.
//!
//! `K8BIT_E2E_BROWSERS` names the browsers, such as `firefox webkit`; without it there is Chromium alone. Otherwise this
//! is used as `cargo test` uses every other test program: a part of a name, `--skip`, `--exact`, `--test-threads`, `--list`.

use std::{
    cell::RefCell,
    env, fmt, fs, panic,
    pin::Pin,
    process::ExitCode,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use super::prelude::Prelude;
use crate::root;

/// A test, as its attribute enters it.
pub struct BrowserTest {
    /// With the path of its module.
    pub name: &'static str,
    /// Not for Chromium alone.
    pub is_for_every: bool,
    /// Browsers in which it cannot run, and why.
    pub lacks: &'static [(&'static str, &'static str)],
    /// The test itself.
    pub run: fn() -> Pin<Box<dyn Future<Output = ()>>>,
}

inventory::collect!(BrowserTest);

/// A browser that the tests run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium, with DevTools.
    Chromium,
    /// Firefox.
    Firefox,
    /// WebKitGTK's MiniBrowser.
    Webkit,
}

impl Engine {
    const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// As `K8BIT_E2E_BROWSERS` has it, and the names of tests.
    fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    /// Why there is no such browser on this system at all.
    fn is_nowhere(self) -> Option<&'static str> {
        (self == Self::Webkit && cfg!(target_os = "macos")).then_some("there is no WebKitGTK for macOS")
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One test in one browser.
#[derive(Debug)]
pub struct Run {
    /// The browser.
    pub engine: Engine,
    /// What stands before the page's own scripts, in browsers without DevTools.
    pub prelude: Prelude,
    /// Why the test is skipped, once it says so.
    skipped: OnceLock<String>,
}

tokio::task_local! {
    static RUN: Arc<Run>;
}

thread_local! {
    /// Where and why this thread panicked last.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What was skipped, and why.
static SKIPPED: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

impl Run {
    fn new(engine: Engine) -> Self {
        Self {
            engine,
            prelude: Prelude::default(),
            skipped: OnceLock::new(),
        }
    }

    /// The test that calls.
    ///
    /// # Panics
    /// In a task that the test spawned.
    pub fn current() -> Arc<Self> {
        RUN.with(Arc::clone)
    }
}

/// Runs in Chromium what is no test of the suite: a benchmark.
pub async fn in_chromium<T>(work: impl Future<Output = T>) -> T {
    RUN.scope(Arc::new(Run::new(Engine::Chromium)), work).await
}

/// The browser of the test that calls.
pub fn engine() -> Engine {
    Run::current().engine
}

/// Counts the test that calls as skipped. It has to return then.
pub fn skip(reason: &str) {
    // A second reason is no news.
    let _ = Run::current().skipped.set(reason.to_owned());
}

/// Runs the tests that the arguments name, in the browsers that `K8BIT_E2E_BROWSERS` names.
pub fn main() -> ExitCode {
    let engines = match chosen(&env::var("K8BIT_E2E_BROWSERS").unwrap_or_default()) {
        Ok(engines) => engines,
        Err(unknown) => {
            eprintln!("K8BIT_E2E_BROWSERS names {unknown:?}. There are chromium, firefox and webkit.");
            return ExitCode::FAILURE;
        }
    };
    assert_none_is_lost();
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        PANIC.with(|last| *last.borrow_mut() = Some(info.to_string()));
        print(info);
    }));
    let mut trials: Vec<Trial> = engines.iter().flat_map(|engine| trials(*engine)).collect();
    trials.sort_by(|a, b| a.name().cmp(b.name()));
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    let mut skipped = SKIPPED.lock().unwrap_or_else(PoisonError::into_inner);
    if !skipped.is_empty() {
        skipped.sort();
        println!("{} skipped:", skipped.len());
        for (name, reason) in skipped.iter() {
            println!("    {name}: {reason}");
        }
        println!();
    }
    conclusion.exit_code()
}

/// Refuses to run where a test has the attribute of another harness: here it would be no test at all, and nobody would
/// miss it.
fn assert_none_is_lost() {
    let folder = root().join("tests/e2e");
    for entry in fs::read_dir(folder).expect("the folder of the tests") {
        let path = entry.expect("the folder of the tests").path();
        let source = fs::read_to_string(&path).unwrap_or_default();
        for attribute in ["#[test]", "#[tokio::test"] {
            assert!(
                !source.contains(attribute),
                "{} has {attribute}, which never runs here: use #[browser_test::in_chromium] or \
                 #[browser_test::in_every_browser]",
                path.display()
            );
        }
    }
}

/// The browsers of a list; an error is a name that is none.
fn chosen(list: &str) -> Result<Vec<Engine>, String> {
    let names: Vec<&str> = list.split([' ', ',']).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Ok(vec![Engine::Chromium]);
    }
    let engine = |name: &&str| {
        let found = Engine::ALL.into_iter().find(|engine| engine.name() == *name);
        found.ok_or_else(|| (*name).to_owned())
    };
    names.iter().map(engine).collect()
}

fn trials(engine: Engine) -> impl Iterator<Item = Trial> {
    let tests = inventory::iter::<BrowserTest>().filter(move |test| engine == Engine::Chromium || test.is_for_every);
    tests.map(move |test| {
        // Without the name of the program.
        let path = test.name.split_once("::").map_or(test.name, |(_, path)| path);
        let name = format!("{engine}::{path}");
        Trial::ignorable_test(name.clone(), move || {
            let lacks = test.lacks.iter().find(|(browser, _)| *browser == engine.name());
            let reason = match lacks.map(|(_, reason)| *reason).or(engine.is_nowhere()) {
                Some(reason) => Some(reason.to_owned()),
                None => run(engine, test.run)?,
            };
            Ok(match reason {
                None => Completion::Completed,
                Some(reason) => {
                    let mut skipped = SKIPPED.lock().unwrap_or_else(PoisonError::into_inner);
                    skipped.push((name, reason.clone()));
                    Completion::ignored_with(reason)
                }
            })
        })
    })
}

/// Runs a test to its end; why it was skipped, if it was.
fn run(engine: Engine, test: fn() -> Pin<Box<dyn Future<Output = ()>>>) -> Result<Option<String>, Failed> {
    let run = Arc::new(Run::new(engine));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be built");
    let ended = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        runtime.block_on(RUN.scope(Arc::clone(&run), async { test().await }));
    }));
    match ended {
        Ok(()) => Ok(run.skipped.get().cloned()),
        Err(_) => {
            let said = PANIC.with(|last| last.borrow_mut().take());
            Err(said.unwrap_or_else(|| "it panicked".to_owned()).into())
        }
    }
}
