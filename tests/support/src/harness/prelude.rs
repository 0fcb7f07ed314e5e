//! A script before the page's own, in browsers that have no DevTools: `dist/` is served as a copy whose first script it is.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use tempfile::TempDir;

use super::tools;

/// The script, as it is named in the copy.
const SCRIPT: &str = "k8bit-prelude.js";

/// A copy of `dist/`, made when it is first asked for and removed with the test.
#[derive(Debug, Default)]
pub struct Prelude {
    copy: OnceLock<TempDir>,
}

impl Prelude {
    /// The folder to serve instead of `dist/`.
    pub fn folder(&self) -> PathBuf {
        self.copy().to_owned()
    }

    /// Adds to the script, for the pages opened from now on.
    pub fn add(&self, script: &str) {
        let path = self.copy().join(SCRIPT);
        let file = fs::OpenOptions::new().append(true).open(path);
        let added = file.and_then(|mut file| writeln!(file, "{script}"));
        added.expect("the copy can be written to");
    }

    fn copy(&self) -> &Path {
        let copy = self.copy.get_or_init(|| {
            let copy = tempfile::Builder::new()
                .prefix("k8bit-www-")
                .tempdir()
                .expect("a folder for the copy");
            for entry in fs::read_dir(tools::dist()).expect("dist/ can be read") {
                let path = entry.expect("dist/ can be read").path();
                let name = path.file_name().expect("an entry has a name");
                fs::copy(&path, copy.path().join(name)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            }
            let index = copy.path().join("index.html");
            let page = fs::read_to_string(&index).expect("there is an index.html");
            // Before the Content-Security-Policy, which does not bind what comes before it.
            let begins = format!("<head><script src=\"./{SCRIPT}\"></script>");
            let page = page.replacen("<head>", &begins, 1);
            assert!(page.contains(SCRIPT), "index.html has no <head>");
            fs::write(index, page).expect("the copy can be written to");
            fs::write(copy.path().join(SCRIPT), "").expect("the copy can be written to");
            copy
        });
        copy.path()
    }
}
