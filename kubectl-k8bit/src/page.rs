//! The page: embedded in the program, and unpacked for as long as it is served.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use include_dir::{Dir, include_dir};
use tempfile::TempDir;

use crate::problem::StartProblem;

/// What `make build` made.
static DIST: Dir<'_> = include_dir!("$OUT_DIR/dist");

/// What `index.html` says of the API's prefix as it is built.
const BUILT_PREFIX: &str = r#"<meta name="k8bit-api" content="/">"#;

/// The page in a folder that only its owner can read. Dropping it removes the folder.
#[derive(Debug)]
pub(crate) struct PageFolder {
    folder: TempDir,
    /// `systemd-tmpfiles` removes old files from /tmp, but not from a locked folder: kiosk mode runs for months.
    _lock: Option<File>,
}

impl PageFolder {
    /// Unpacks it, and writes into it where the API is. So the address says nothing about it.
    pub(crate) fn unpack(api_prefix: &str) -> Result<Self, StartProblem> {
        let index = DIST.get_file("index.html").and_then(|file| file.contents_utf8());
        let index = with_prefix(index.ok_or(StartProblem::NoPage)?, api_prefix)?;
        Self::write(&index).map_err(StartProblem::Folder)
    }

    fn write(index: &str) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("k8bit-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o700));
        }
        let folder = builder.tempdir()?;
        DIST.extract(folder.path())?;
        fs::write(folder.path().join("index.html"), index)?;
        let lock =
            File::open(folder.path()).and_then(|lock| lock.try_lock_shared().map_err(io::Error::from).map(|()| lock));
        Ok(Self {
            folder,
            // Where a folder cannot be locked, nothing clears it away either.
            _lock: lock.ok(),
        })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn with_prefix(index: &str, api_prefix: &str) -> Result<String, StartProblem> {
    if !index.contains(BUILT_PREFIX) {
        return Err(StartProblem::NoPage);
    }
    let wanted = format!(r#"<meta name="k8bit-api" content="{api_prefix}">"#);
    Ok(index.replacen(BUILT_PREFIX, &wanted, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_written_where_the_page_reads_it() {
        // As it is in the source: what is built is looked at where it is served.
        let index = include_str!("../../index.html");
        let index = with_prefix(index, "/0123/").unwrap();
        assert!(index.contains(r#"<meta name="k8bit-api" content="/0123/">"#), "{index}");
        assert!(matches!(with_prefix("<html>", "/0123/"), Err(StartProblem::NoPage)));
    }
}
