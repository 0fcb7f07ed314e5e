//! Copies the built page to where the program embeds it from.
//!
//! The page is in the folder that `K8BIT_DIST` names, in `dist/` of this crate where it was packed, and in `dist/` of the
//! project otherwise. A checkout in which it was not built yet compiles all the same, so that `cargo check` and
//! `cargo test` need no WebAssembly; the program then says that it has no page.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    let embedded = Path::new(&out).join("dist");
    if embedded.exists() {
        fs::remove_dir_all(&embedded)?;
    }
    fs::create_dir(&embedded)?;
    println!("cargo::rerun-if-env-changed=K8BIT_DIST");
    let given = env::var_os("K8BIT_DIST")
        .filter(|given| !given.is_empty())
        .map(PathBuf::from);
    let source = match given {
        Some(given) if !has_page(&given) => {
            let complaint = format!("K8BIT_DIST names {}, where there is no index.html", given.display());
            return Err(io::Error::other(complaint));
        }
        Some(given) => given,
        None => ["dist", "../dist"]
            .map(PathBuf::from)
            .into_iter()
            .find(|source| has_page(source))
            .unwrap_or_default(),
    };
    if source.as_os_str().is_empty() {
        // What is not there counts as changed, so this is looked at again.
        println!("cargo::rerun-if-changed=../dist/index.html");
        println!("cargo::warning=built without the page: there is no dist/index.html (`make build` makes it)");
        return Ok(());
    }
    println!("cargo::rerun-if-changed={}", source.display());
    copy(&source, &embedded)
}

fn has_page(folder: &Path) -> bool {
    folder.join("index.html").is_file()
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        // Trunk keeps a build that is under way in `.stage`.
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
