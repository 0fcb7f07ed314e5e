//! `k8bit-unpack unpack DIR` copies `/dist`, the page, to `DIR/dist`: what the init container of `deploy/` runs on clusters
//! without image volumes. It is the one program in the image.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Where the image has the page, unless `K8BIT_DIST` says otherwise.
const DIST: &str = "/dist";

const USAGE: &str = "usage: k8bit-unpack unpack DIR\n\nCopies the page to DIR/dist. DIR is a volume that the web server's container mounts, too.";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [command, target] = arguments.as_slice() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if command != "unpack" {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let dist = env::var_os("K8BIT_DIST").map_or_else(|| PathBuf::from(DIST), PathBuf::from);
    let target = Path::new(target).join("dist");
    match copy(&dist, &target) {
        Ok(files) => {
            println!("{files} files copied to {}", target.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!(
                "The page could not be copied from {} to {}: {error}. Check that the volume is mounted there and that \
                 this user may write to it.",
                dist.display(),
                target.display()
            );
            ExitCode::FAILURE
        }
    }
}

/// Copies a folder, and the folders in it. Returns the number of files.
///
/// The copies are readable by every user, because the web server runs as another one.
fn copy(from: &Path, to: &Path) -> io::Result<usize> {
    fs::create_dir_all(to)?;
    make_readable(to, 0o755)?;
    let mut files = 0;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            files += copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            make_readable(&target, 0o644)?;
            files += 1;
        }
    }
    Ok(files)
}

#[cfg(unix)]
fn make_readable(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn make_readable(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}
