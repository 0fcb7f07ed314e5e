//! `scripts/setup` on machines that have something else: each test puts together a machine of small programs that note
//! how they are called, and looks at what the script calls, says and leaves behind.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// What the script takes from any system.
const SYSTEM: [&str; 23] = [
    "awk",
    "bash",
    "cat",
    "chmod",
    "cksum",
    "cut",
    "dirname",
    "env",
    "find",
    "gzip",
    "head",
    "ln",
    "mkdir",
    "mktemp",
    "mv",
    "rm",
    "sed",
    "sha256sum",
    "sort",
    "tar",
    "touch",
    "tr",
    "gunzip",
];

/// The files of the project that it reads.
const PROJECT: [&str; 8] = [
    "scripts/setup",
    "scripts/common.sh",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
    "package.json",
    "package-lock.json",
    "rust-toolchain.toml",
];

/// The machine of a test: a copy of the project, and a folder of programs that is all of PATH.
struct Machine {
    root: TempDir,
}

/// What a run of the script did.
struct Outcome {
    is_ok: bool,
    /// All that it said.
    said: String,
    /// The noted calls, one a line.
    calls: String,
}

impl Machine {
    /// Linux on x86_64 with Rust, Node.js and npm, both browsers and a new kubectl, without a network.
    fn new() -> Self {
        let machine = Self {
            root: TempDir::new().expect("a folder"),
        };
        for folder in [
            "bin",
            "net",
            "project/scripts",
            "sysroot/lib/rustlib/wasm32-unknown-unknown/lib",
        ] {
            fs::create_dir_all(machine.path(folder)).expect("a folder");
        }
        for file in PROJECT {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            fs::copy(from, machine.path("project").join(file)).expect("a file of the project");
        }
        for name in SYSTEM {
            symlink(find(name), machine.path("bin").join(name)).expect("a link");
        }
        let sysroot = machine.path("sysroot");
        machine.has(
            "rustc",
            &format!(
                r#"case $1 in --print) echo "{}" ;; *) echo "rustc 1.95.0 (0 2026-04-14)" ;; esac"#,
                sysroot.display()
            ),
        );
        // `cargo install … --root TOOLS … NAME@VERSION` leaves a program that knows its version.
        machine.has(
            "cargo",
            r#"note "$@"
            for argument; do case $argument in
                *@*) name=${argument%@*} version=${argument#*@} ;;
            esac; done
            case $name in wasm-bindgen-cli) name="wasm-bindgen wasm-bindgen-test-runner" ;; esac
            for program in $name; do
                printf '#!/usr/bin/env bash\necho "%s %s"\n' "$program" "$version" >"target/tools/bin/$program"
                chmod +x "target/tools/bin/$program"
            done"#,
        );
        // `npm ci` leaves the packages, wasm-opt among them.
        machine.has(
            "npm",
            r#"note "$@"
            mkdir -p node_modules/.bin && touch node_modules/.package-lock.json
            printf '#!/usr/bin/env bash\necho "wasm-opt version 132"\n' >node_modules/.bin/wasm-opt
            chmod +x node_modules/.bin/wasm-opt"#,
        );
        machine.has("node", "echo v20.0.0");
        machine.has("uname", "case $1 in -m) echo x86_64 ;; *) echo Linux ;; esac");
        machine.has("id", "echo 0");
        for browser in [
            "chromium",
            "chromedriver",
            "firefox-esr",
            "WebKitWebDriver",
            "MiniBrowser",
            "Xvfb",
        ] {
            machine.has(browser, "");
        }
        machine.has_kubectl("kubectl", "v1.32.4-dispatcher");
        // The network is a folder of files by the last part of their addresses.
        let net = machine.path("net");
        machine.has(
            "curl",
            &format!(
                r#"while [ $# -gt 1 ]; do if [ "$1" = --output ]; then file=$2; fi; shift; done
                cat "{}/${{1##*/}}" 2>/dev/null >"$file" || exit 6
                note "$1""#,
                net.display()
            ),
        );
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Puts a program on PATH. `note` is how its script notes a call.
    fn has(&self, name: &str, script: &str) {
        let calls = self.path("calls");
        write_program(
            &self.path("bin").join(name),
            &format!("note() {{ echo \"{name} $*\" >>\"{}\"; }}\n{script}", calls.display()),
        );
    }

    fn has_kubectl(&self, name: &str, version: &str) {
        self.has(name, &kubectl(version));
    }

    fn has_not(&self, name: &str) {
        fs::remove_file(self.path("bin").join(name)).expect("it was there");
    }

    /// Publishes a file and its checksum, which ends in `ending`; `is_right` says whether it is that of the file.
    fn publish(&self, name: &str, ending: &str, content: &[u8], is_right: bool) {
        let file = self.path("net").join(name);
        fs::write(&file, content).expect("a file");
        let output = Command::new("sha256sum").arg(&file).output().expect("sha256sum runs");
        let mut sum = String::from_utf8(output.stdout).expect("a checksum is text");
        if !is_right {
            sum.replace_range(0..8, "00000000");
        }
        fs::write(self.path("net").join(format!("{name}{ending}")), sum).expect("a file");
    }

    /// Publishes an archive with a program in a folder.
    fn publish_program(&self, archive: &str, ending: &str, program: &str, version: &str, is_right: bool) {
        let folder = self.path("to-publish/folder");
        fs::create_dir_all(&folder).expect("a folder");
        write_program(&folder.join(program), &format!("echo '{version}'"));
        let packed = self.path("packed");
        let status = Command::new("tar")
            .args([
                "czf".as_ref(),
                packed.as_os_str(),
                "-C".as_ref(),
                self.path("to-publish").as_os_str(),
                "folder".as_ref(),
            ])
            .status();
        assert!(status.expect("tar runs").success());
        self.publish(archive, ending, &fs::read(&packed).expect("an archive"), is_right);
    }

    fn set_up(&self, mode: &str) -> Outcome {
        self.set_up_with(mode, &[])
    }

    fn set_up_with(&self, mode: &str, variables: &[(&str, &str)]) -> Outcome {
        let _ = fs::remove_file(self.path("calls"));
        let output = Command::new(find("bash"))
            .args(["scripts/setup", mode])
            .current_dir(self.path("project"))
            .stdin(Stdio::null())
            .env_clear()
            .env("PATH", self.path("bin"))
            .env("HOME", self.path("home"))
            .envs(variables.iter().copied())
            .output()
            .expect("bash runs");
        Outcome {
            is_ok: output.status.success(),
            said: [output.stdout, output.stderr]
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .concat(),
            calls: fs::read_to_string(self.path("calls")).unwrap_or_default(),
        }
    }

    fn tool(&self, name: &str) -> PathBuf {
        self.path("project/target/tools/bin").join(name)
    }
}

impl Outcome {
    /// Asserts that it ended well.
    fn ok(self) -> Self {
        assert!(self.is_ok, "{}\n{}", self.said, self.calls);
        self
    }

    /// Asserts that it ended with an error which says all of these.
    fn fails_with(self, parts: &[&str]) -> Self {
        assert!(!self.is_ok, "it ended well: {}", self.said);
        for part in parts {
            assert!(self.said.contains(part), "{part:?} is not in: {}", self.said);
        }
        self
    }

    fn calls(&self, part: &str) -> usize {
        self.calls.lines().filter(|line| line.contains(part)).count()
    }
}

/// What a kubectl of a version says.
fn kubectl(version: &str) -> String {
    format!(r#"echo '{{"clientVersion": {{"major": "1", "gitVersion": "{version}", "platform": "linux/amd64"}}}}'"#)
}

fn write_program(path: &Path, script: &str) {
    fs::write(path, format!("#!/usr/bin/env bash\n{script}\n")).expect("a program");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it can be made executable");
}

/// A program of the machine that runs the tests.
fn find(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("there is a PATH");
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is on no PATH"))
}

#[test]
fn what_is_missing_is_built_once() {
    let machine = Machine::new();
    let first = machine.set_up("browsers").ok();
    for (call, times) in [
        ("install", 3),
        ("trunk@0.21.14", 1),
        ("wasm-bindgen-cli@", 1),
        ("geckodriver@", 1),
        ("npm ci", 1),
    ] {
        assert_eq!(first.calls(call), times, "{call} in {}", first.calls);
    }
    let second = machine.set_up("browsers").ok();
    assert_eq!(
        (second.calls.as_str(), second.said.as_str()),
        ("", ""),
        "where everything is there, nothing is done"
    );
}

#[test]
fn tools_of_the_right_version_on_path_are_used() {
    let machine = Machine::new();
    let wasm_bindgen = wasm_bindgen_version();
    machine.has("trunk", "echo trunk 0.21.14");
    machine.has("wasm-bindgen", &format!("echo wasm-bindgen {wasm_bindgen}"));
    // An older one that was set up once is in the way of the one on PATH.
    fs::create_dir_all(machine.path("project/target/tools/bin")).expect("a folder");
    write_program(&machine.tool("trunk"), "echo trunk 0.20.0");
    assert_eq!(machine.set_up("build").ok().calls("cargo"), 0);
    assert!(!machine.tool("trunk").exists());
    machine.has("trunk", "echo trunk 0.21.13");
    assert_eq!(machine.set_up("build").ok().calls("trunk@0.21.14"), 1);
}

fn wasm_bindgen_version() -> String {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).expect("Cargo.lock");
    let (_, rest) = lock
        .split_once("name = \"wasm-bindgen\"\nversion = \"")
        .expect("wasm-bindgen is locked");
    rest.split('"').next().expect("a version").to_owned()
}

#[test]
fn a_release_is_taken_before_anything_is_compiled() {
    let machine = Machine::new();
    let version = wasm_bindgen_version();
    let archives = [
        (
            "trunk-x86_64-unknown-linux-musl.tar.gz".to_owned(),
            ".sha256",
            "trunk",
            "trunk 0.21.14".to_owned(),
        ),
        (
            format!("wasm-bindgen-{version}-x86_64-unknown-linux-musl.tar.gz"),
            ".sha256sum",
            "wasm-bindgen",
            format!("wasm-bindgen {version}"),
        ),
    ];
    for (archive, ending, program, says) in &archives {
        machine.publish_program(archive, ending, program, says, true);
    }
    let outcome = machine.set_up("build").ok();
    assert_eq!(outcome.calls("cargo"), 0, "{}", outcome.calls);
    assert!(machine.tool("trunk").exists() && machine.tool("wasm-bindgen").exists());
    assert!(
        !machine.tool("wasm-bindgen-test-runner").exists(),
        "a build tests nothing"
    );
}

#[test]
fn a_release_with_another_checksum_or_version_is_compiled_instead() {
    for (says, is_right, why) in [
        ("trunk 0.21.14", false, "SHA-256 is not the published one"),
        ("trunk 0.21.99", true, "another version"),
    ] {
        let machine = Machine::new();
        machine.publish_program(
            "trunk-x86_64-unknown-linux-musl.tar.gz",
            ".sha256",
            "trunk",
            says,
            is_right,
        );
        let outcome = machine.set_up("build").ok();
        assert!(outcome.said.contains(why), "{}", outcome.said);
        assert_eq!(outcome.calls("trunk@0.21.14"), 1, "{}", outcome.calls);
    }
}

#[test]
fn missing_npm_is_said_before_anything_is_installed_for_tests() {
    let machine = Machine::new();
    machine.has_not("npm");
    machine.has_not("chromium");
    machine.has("apt-get", "note \"$@\"");
    let outcome = machine
        .set_up("test")
        .fails_with(&["npm is missing", "apt-get install npm", "brew install node"]);
    assert_eq!(outcome.calls, "", "nothing was installed");
    // A build goes on without it.
    machine.set_up("build").ok();
}

#[test]
fn a_wasm_opt_that_does_not_run_is_tried_once() {
    let machine = Machine::new();
    machine.has(
        "npm",
        "note \"$@\"
        mkdir -p node_modules/.bin && touch node_modules/.package-lock.json
        printf '#!/usr/bin/env bash\\nexit 1\\n' >node_modules/.bin/wasm-opt
        chmod +x node_modules/.bin/wasm-opt",
    );
    let first = machine.set_up("build").ok();
    assert!(first.said.contains("does not run with this Node.js"), "{}", first.said);
    assert!(!machine.tool("wasm-opt").exists());
    let second = machine.set_up("build").ok();
    assert_eq!((second.calls.as_str(), second.said.as_str()), ("", ""));
    // Another Node.js may do better.
    machine.has("node", "echo v24.0.0");
    write_program(
        &machine.path("project/node_modules/.bin/wasm-opt"),
        "echo wasm-opt version 132",
    );
    let third = machine.set_up("build").ok();
    assert_eq!(third.calls("npm"), 0);
    assert!(machine.tool("wasm-opt").exists());
}

#[test]
fn an_old_kubectl_is_replaced_by_the_official_release() {
    let machine = Machine::new();
    machine.has_kubectl("kubectl", "v1.20.2");
    let content = format!("#!/usr/bin/env bash\n{}\n", kubectl("v1.36.0"));
    machine.publish("kubectl", ".sha256", content.as_bytes(), true);
    let outcome = machine.set_up("test").ok();
    assert!(
        outcome.said.contains("kubectl 1.20.2, and the tests need 1.26.0"),
        "{}",
        outcome.said
    );
    assert!(machine.tool("kubectl").exists());
    assert_eq!(machine.set_up("test").ok().calls("kubectl"), 0, "it is found again");
}

/// An apt of Debian 12, whose own kubectl is 1.20, and whose mirror has that of Debian 13 as well.
fn debian_12(machine: &Machine) {
    machine.has(
        "apt-cache",
        "printf 'kubernetes-client:\\n  Installed: (none)\\n  Candidate: 1.20.5+really1.20.2-1.1\\n'",
    );
    machine.has(
        "apt-get",
        "note \"$@\"
        case \"$*\" in
        indextargets*) echo 'Debian Debian-Security http://mirror/debian-security/'; echo 'Debian Debian http://mirror/debian/' ;;
        *download*) cat sources.list >&2; touch kubectl_1.32.3_amd64.deb ;;
        esac",
    );
    let unpacked = format!("#!/usr/bin/env bash\n{}\n", kubectl("v1.32.3"));
    fs::write(machine.path("unpacked-kubectl"), unpacked).expect("a file");
    machine.has(
        "dpkg-deb",
        &format!(
            "note \"$@\"\nmkdir -p \"$3/usr/bin\" && cat \"{}\" >\"$3/usr/bin/kubectl\"",
            machine.path("unpacked-kubectl").display()
        ),
    );
}

#[test]
fn a_debian_whose_kubectl_is_old_unpacks_that_of_a_newer_one() {
    let machine = Machine::new();
    machine.has_not("kubectl");
    debian_12(&machine);
    let outcome = machine.set_up("test").ok();
    assert_eq!(outcome.calls("dpkg-deb -x"), 1, "{}", outcome.calls);
    assert_eq!(
        outcome.calls(" install "),
        2,
        "trunk and wasm-bindgen, nothing of apt: {}",
        outcome.calls
    );
    assert!(machine.tool("kubectl").exists());
}

#[test]
fn where_no_kubectl_can_be_had_a_sentence_says_so() {
    let machine = Machine::new();
    machine.has_not("kubectl");
    machine.set_up("test").fails_with(&[
        "kubectl 1.26.0 or later",
        "K8BIT_KUBECTL",
        "kubernetes.io/docs/tasks/tools",
    ]);
}

#[test]
fn a_kubectl_that_is_named_is_used_or_refused() {
    let machine = Machine::new();
    machine.has_not("kubectl");
    machine.has_kubectl("mine", "v1.33.1");
    machine.set_up_with("test", &[("K8BIT_KUBECTL", "mine")]).ok();
    machine.has_kubectl("mine", "v1.20.2");
    machine
        .set_up_with("test", &[("K8BIT_KUBECTL", "mine")])
        .fails_with(&["K8BIT_KUBECTL names mine, which is kubectl 1.20.2", "1.26.0 or later"]);
    machine
        .set_up_with("test", &[("K8BIT_KUBECTL", "nothing")])
        .fails_with(&["K8BIT_KUBECTL names nothing, and there is no such program"]);
}

#[test]
fn systems_without_apt_get_the_names_of_their_packages() {
    let machine = Machine::new();
    machine.has_not("chromium");
    machine
        .set_up("test")
        .fails_with(&["There is no apt-get here", "K8BIT_CHROMIUM"]);
    machine.has("dnf", "");
    machine
        .set_up("test")
        .fails_with(&["sudo dnf install chromium chromedriver"]);
    machine.has("uname", "case $1 in -m) echo arm64 ;; *) echo Darwin ;; esac");
    machine
        .set_up("test")
        .fails_with(&["brew install --cask google-chrome chromedriver"]);
}

#[test]
fn a_mac_goes_on_without_webkit() {
    let machine = Machine::new();
    machine.has("uname", "case $1 in -m) echo arm64 ;; *) echo Darwin ;; esac");
    machine.has_not("WebKitWebDriver");
    let outcome = machine.set_up("browsers").ok();
    assert!(
        outcome.said.contains("There is no WebKitGTK for macOS"),
        "{}",
        outcome.said
    );
}

#[test]
fn the_toolchain_file_and_the_manifest_agree() {
    let read = |file: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a file");
    let value = |text: &str, key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{key} = \"")));
        line.expect("a line").trim_end_matches('"').to_owned()
    };
    let channel = value(&read("rust-toolchain.toml"), "channel");
    let oldest = value(&read("Cargo.toml"), "rust-version");
    assert!(channel.starts_with(&format!("{oldest}.")), "{channel} and {oldest}");
}
