//! The program of the image, run as the init container runs it.

use std::{fs, path::Path, process::Command};

fn unpack(dist: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_k8bit-unpack"));
    let output = command.env("K8BIT_DIST", dist).args(arguments).output();
    let output = output.expect("the program runs");
    let words = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&words).into_owned())
}

#[test]
fn the_page_is_copied_with_its_folders_and_can_be_read_by_all() {
    let (from, to) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    fs::create_dir(from.path().join("assets")).expect("a folder");
    fs::write(from.path().join("index.html"), "page").expect("a file");
    fs::write(from.path().join("assets/icon.svg"), "icon").expect("a file");
    let target = to.path().to_str().expect("UTF-8");
    // A second time, as after a restart of the node.
    for _ in 0..2 {
        let (code, words) = unpack(from.path(), &["unpack", target]);
        assert_eq!(code, Some(0), "{words}");
        assert_eq!(words, format!("2 files copied to {target}/dist\n"));
    }
    let read = |name: &str| fs::read_to_string(to.path().join("dist").join(name)).expect("a copy");
    assert_eq!(
        (read("index.html"), read("assets/icon.svg")),
        ("page".to_owned(), "icon".to_owned())
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name: &str| fs::metadata(to.path().join(name)).expect("a copy").permissions().mode() & 0o777;
        assert_eq!((mode("dist"), mode("dist/assets/icon.svg")), (0o755, 0o644));
    }
}

#[test]
fn what_is_missing_is_said_in_a_sentence() {
    let to = tempfile::tempdir().expect("a folder");
    let (code, words) = unpack(
        &to.path().join("nowhere"),
        &["unpack", to.path().to_str().expect("UTF-8")],
    );
    assert_eq!(code, Some(1));
    assert!(words.contains("The page could not be copied from"), "{words}");
    let (code, words) = unpack(to.path(), &["install"]);
    assert_eq!(code, Some(2));
    assert!(words.starts_with("usage: k8bit-unpack unpack DIR"), "{words}");
}
