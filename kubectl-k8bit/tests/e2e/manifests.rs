//! The manifests for Krew and Homebrew, as `scripts/release-manifests` writes them from the checksums of a release.
//!
//! The rules are those of Krew's own `validate-krew-manifest`, but for the installation, which wants the archives to be
//! online.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use serde_norway::Value;

use crate::support::{Place, text};

const REPOSITORY: &str = "https://github.com/example/k8bit";
const SUMS: &str = "\
1111111111111111111111111111111111111111111111111111111111111111  THIRD-PARTY-LICENSES.txt
2222222222222222222222222222222222222222222222222222222222222222  k8bit-dist-1.2.3.tar.gz
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  kubectl-k8bit-1.2.3-darwin-amd64.tar.gz
bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb  kubectl-k8bit-1.2.3-darwin-arm64.tar.gz
cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc  kubectl-k8bit-1.2.3-linux-amd64.tar.gz
dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd  kubectl-k8bit-1.2.3-linux-arm64.tar.gz
eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee  kubectl-k8bit-1.2.3-windows-amd64.tar.gz
3333333333333333333333333333333333333333333333333333333333333333  kubectl-k8bit-1.2.3.cdx.json
";

/// The Krew manifest and the Homebrew formula of a release.
fn manifests(sums: &str) -> (Value, String) {
    let place = Place::new();
    let sums = place.file("SHA256SUMS", sums);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/release-manifests");
    let ran = Command::new(script)
        .args(["1.2.3", REPOSITORY, text(&sums), text(&place.path("bin"))])
        .status()
        .unwrap();
    assert!(ran.success());
    let read = |name: &str| fs::read_to_string(place.path("bin").join(name)).unwrap();
    (
        serde_norway::from_str(&read("k8bit.yaml")).unwrap(),
        read("kubectl-k8bit.rb"),
    )
}

#[track_caller]
fn string<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value:?}"))
}

/// What `validate-krew-manifest` complains of.
fn complaints(manifest: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut check = |holds: bool, what: &str| {
        if !holds {
            complaints.push(what.to_owned());
        }
    };
    check(
        string(manifest, "apiVersion") == "krew.googlecontainertools.github.com/v1alpha2",
        "apiVersion",
    );
    check(string(manifest, "kind") == "Plugin", "kind");
    check(
        string(&manifest["metadata"], "name") == "k8bit",
        "the name is that of the file",
    );
    let spec = &manifest["spec"];
    let short = string(spec, "shortDescription");
    check(
        !short.is_empty() && !short.contains(['\r', '\n']) && short.len() <= 70,
        "shortDescription",
    );
    for text in ["description", "caveats"] {
        check(string(spec, text).lines().all(|line| line.len() <= 80), text);
    }
    let version = string(spec, "version").strip_prefix('v').unwrap_or_default();
    let numbers: Vec<_> = version.split('.').map(str::parse::<u32>).collect();
    check(numbers.len() == 3 && numbers.iter().all(Result::is_ok), "version");
    check(string(spec, "homepage").starts_with("https://"), "homepage");

    let platforms = spec["platforms"].as_sequence().unwrap();
    check(!platforms.is_empty(), "platforms");
    let mut selected = BTreeSet::new();
    for platform in platforms {
        let sum = string(platform, "sha256");
        check(
            sum.len() == 64
                && sum
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)),
            "sha256",
        );
        let uri = string(platform, "uri");
        check(uri.starts_with("https://") && uri.ends_with(".tar.gz"), "uri");
        let bin = string(platform, "bin");
        check(!bin.is_empty() && !bin.starts_with('/') && !bin.contains(".."), "bin");
        let labels = platform["selector"]["matchLabels"].as_mapping().unwrap();
        check(labels.len() == 2, "matchLabels are os and arch");
        let selector = &platform["selector"]["matchLabels"];
        let (os, arch) = (string(selector, "os"), string(selector, "arch"));
        check(
            ["darwin", "linux", "windows"].contains(&os) && ["amd64", "arm64"].contains(&arch),
            "a platform of Krew",
        );
        check(selected.insert((os, arch)), "no two platforms for one system");
        check(
            bin.ends_with(".exe") == (os == "windows"),
            "programs of Windows have a suffix",
        );
        let files = platform["files"].as_sequence().unwrap();
        let from: Vec<_> = files.iter().map(|file| string(file, "from")).collect();
        check(files.iter().all(|file| !string(file, "to").is_empty()), "files: to");
        check(
            from.contains(&bin) && from.contains(&"LICENSE"),
            "the program and the licence are installed",
        );
    }
    complaints
}

#[test]
fn the_krew_manifest_keeps_krews_rules() {
    let (manifest, _) = manifests(SUMS);
    assert_eq!(complaints(&manifest), [""; 0]);
    let platforms = manifest["spec"]["platforms"].as_sequence().unwrap();
    assert_eq!(platforms.len(), 5);
    let windows = platforms
        .iter()
        .find(|platform| string(platform, "bin") == "kubectl-k8bit.exe")
        .unwrap();
    assert_eq!(string(windows, "sha256"), "e".repeat(64));
    let uri = format!("{REPOSITORY}/releases/download/v1.2.3/kubectl-k8bit-1.2.3-windows-amd64.tar.gz");
    assert_eq!(string(windows, "uri"), uri);
}

#[test]
fn what_was_not_built_is_not_offered() {
    let (only_linux, rest): (Vec<_>, Vec<_>) = SUMS.lines().partition(|line| line.contains("linux-amd64"));
    assert_eq!((only_linux.len(), rest.len()), (1, 7));
    let (manifest, formula) = manifests(&format!("{}\n", only_linux[0]));
    assert_eq!(complaints(&manifest), [""; 0]);
    assert_eq!(manifest["spec"]["platforms"].as_sequence().unwrap().len(), 1);
    assert!(
        formula.contains("on_linux do") && !formula.contains("on_macos do"),
        "{formula}"
    );
    let (manifest, _) = manifests("");
    assert_eq!(
        manifest["spec"]["platforms"],
        Value::Null,
        "and Krew refuses a manifest without platforms"
    );
}

#[test]
fn the_homebrew_formula_has_an_archive_for_each_system_and_processor() {
    let (_, formula) = manifests(SUMS);
    for (name, sum) in [
        ("darwin-arm64", "b"),
        ("darwin-amd64", "a"),
        ("linux-arm64", "d"),
        ("linux-amd64", "c"),
    ] {
        let url = format!("url \"{REPOSITORY}/releases/download/v1.2.3/kubectl-k8bit-1.2.3-{name}.tar.gz\"");
        let (_, after) = formula
            .split_once(&url)
            .unwrap_or_else(|| panic!("no {url} in {formula}"));
        assert!(
            after
                .trim_start()
                .starts_with(&format!("sha256 \"{}\"", sum.repeat(64))),
            "{formula}"
        );
    }
    let opened = formula
        .lines()
        .filter(|line| line.ends_with(" do") || line.trim_start().starts_with("class "))
        .count();
    let methods = formula
        .lines()
        .filter(|line| line.trim_start().starts_with("def "))
        .count();
    let closed = formula.lines().filter(|line| line.trim() == "end").count();
    assert_eq!(opened + methods, closed, "{formula}");
}

/// Hosted runners cannot be tried from here; what can be seen is that the workflow calls what there is, for every platform.
#[test]
fn the_workflow_builds_what_the_manifests_offer_with_scripts_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workflow = fs::read_to_string(root.join(".github/workflows/release.yml")).unwrap();
    let workflow: Value = serde_norway::from_str(&workflow).unwrap();
    let jobs = &workflow["jobs"];
    let targets = jobs["program"]["strategy"]["matrix"]["include"].as_sequence().unwrap();
    let targets: Vec<_> = targets.iter().map(|entry| string(entry, "target")).collect();
    let expected = [
        "x86_64-unknown-linux-musl",
        "aarch64-unknown-linux-musl",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
        "x86_64-pc-windows-msvc",
    ];
    assert_eq!(targets, expected);
    for (_, job) in jobs.as_mapping().unwrap() {
        let steps = job["steps"].as_sequence().unwrap();
        for run in steps.iter().filter_map(|step| step["run"].as_str()) {
            for script in run.split_whitespace().filter(|word| word.starts_with("scripts/")) {
                assert!(root.join(script).is_file(), "{script} of: {run}");
            }
        }
    }
    assert!(
        jobs["pack"]["permissions"]["attestations"] == "write",
        "it may sign what it has built"
    );
}
