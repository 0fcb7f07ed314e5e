//! The programs and files that the tests need, and what to do when they are missing.

use std::{
    env,
    ffi::OsStr,
    io::Write as _,
    iter,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::root;

/// The names under which Chromium is installed; any browser of its family will do.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The browser.
pub fn chromium() -> PathBuf {
    program("K8BIT_CHROMIUM", &CHROMIUM)
}

/// Its WebDriver server.
pub fn chromedriver() -> PathBuf {
    program("K8BIT_CHROMEDRIVER", &["chromedriver"])
}

/// Firefox.
pub fn firefox() -> PathBuf {
    program("K8BIT_FIREFOX", &["firefox-esr", "firefox"])
}

/// Its WebDriver server.
pub fn geckodriver() -> PathBuf {
    program("K8BIT_GECKODRIVER", &["geckodriver"])
}

/// The browser of WebKitGTK. It is on no PATH, so the script that runs the tests looks for it.
pub fn minibrowser() -> PathBuf {
    program("K8BIT_MINIBROWSER", &["MiniBrowser"])
}

/// Its WebDriver server.
pub fn webkitdriver() -> PathBuf {
    program("K8BIT_WEBKITDRIVER", &["WebKitWebDriver"])
}

/// A screen without a monitor.
pub fn xvfb() -> PathBuf {
    program("K8BIT_XVFB", &["Xvfb"])
}

/// kubectl.
pub fn kubectl() -> PathBuf {
    program("K8BIT_KUBECTL", &["kubectl"])
}

/// nginx, which is on no PATH of users; `None` where there is none.
pub fn nginx() -> Option<PathBuf> {
    let set_up = root().join("target/tools/nginx/usr/sbin/nginx");
    let given = env::var_os("K8BIT_NGINX")
        .filter(|given| !given.is_empty())
        .map(PathBuf::from);
    let candidates = [
        given,
        Some(set_up),
        Some("/usr/sbin/nginx".into()),
        Some("/opt/homebrew/bin/nginx".into()),
    ];
    candidates.into_iter().flatten().find(|candidate| candidate.is_file())
}

/// The built page.
pub fn dist() -> PathBuf {
    let dist = root().join("dist");
    assert!(
        dist.join("index.html").is_file(),
        "There is no dist/index.html. The end-to-end tests need the built page: run `make build`, or `make test`, which \
         builds it first."
    );
    dist
}

/// The built npm package.
pub fn npm_package() -> PathBuf {
    let package = root().join("target/npm");
    assert!(
        package.join("index.js").is_file(),
        "There is no target/npm/index.js. The end-to-end tests need the built package: run `make npm`, or `make test`, which \
         builds it first."
    );
    package
}

/// The informer's example in a browser, built.
pub fn informer_example() -> PathBuf {
    let example = root().join("target/informer-example");
    assert!(
        example.join("index.html").is_file(),
        "There is no target/informer-example/index.html: `make test` builds it."
    );
    example
}

/// The cluster that the tests are to run against instead of the simulator, as a URL that needs no credentials.
pub fn given_server() -> Option<String> {
    let url = env::var("K8BIT_E2E_SERVER").ok().filter(|url| !url.is_empty())?;
    Some(url.trim_end_matches('/').to_owned())
}

/// Says something that is to be read also where the test passes: the test harness captures `println!`, not this.
pub fn report(line: &str) {
    // Nobody reads what cannot be written.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Whether the machine does nothing else, so that what it takes can be demanded.
pub fn is_measuring() -> bool {
    env::var("K8BIT_MEASURE").is_ok_and(|value| value == "1")
}

/// Reports how long something took. A test asserts nothing of speed, because the machine may be busy with anything: only
/// where `K8BIT_MEASURE=1` says that it is not, as `make conformance` does, it may take no longer than `at_most`.
pub fn measured(what: &str, took: Duration, at_most: Duration) {
    report(&format!(
        "{what}: {} ms of {} ms",
        took.as_millis(),
        at_most.as_millis()
    ));
    assert!(
        !is_measuring() || took <= at_most,
        "{what}: {took:?}, and at most {at_most:?} is demanded"
    );
}

fn program(variable: &str, names: &[&str]) -> PathBuf {
    let given = env::var_os(variable).filter(|given| !given.is_empty());
    let found = match &given {
        Some(given) => find(given),
        None => names.iter().find_map(|name| find(OsStr::new(name))),
    };
    found.unwrap_or_else(|| {
        let wanted = given.map_or_else(|| names.join(" or "), |given| given.display().to_string());
        panic!(
            "{wanted} is missing. Run `make test` or `make test-browsers`, which install what the tests need (`make setup` \
             installs it alone), or name the program in {variable}."
        )
    })
}

/// A path, or a name that is looked up among what the set-up installed and on PATH.
fn find(program: &OsStr) -> Option<PathBuf> {
    let program = Path::new(program);
    if program.components().count() > 1 {
        return program.is_file().then(|| program.to_owned());
    }
    let set_up = root().join("target/tools/bin");
    let path = env::var_os("PATH")?;
    iter::once(set_up)
        .chain(env::split_paths(&path))
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}
