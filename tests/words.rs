//! `scripts/words` on a project with planted turns: what it finds, and what it leaves alone.
#![cfg(unix)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

/// A repository with the script and one file.
struct Project(TempDir);

impl Project {
    fn new(file: &str, content: &str) -> Self {
        let project = Self(TempDir::new().expect("a folder"));
        let root = project.0.path();
        fs::create_dir(root.join("scripts")).expect("a folder");
        for script in ["words", "common.sh"] {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(script);
            fs::copy(from, root.join("scripts").join(script)).expect("a script of the project");
        }
        fs::write(root.join(file), content).expect("a file");
        project.git(&["init", "--quiet"]);
        project.commit("project: begin");
        project
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .expect("git runs");
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn commit(&self, subject: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", subject]);
    }

    /// The first commit of this repository is the base from which on subjects are checked.
    fn set_base(&self) {
        let script = self.0.path().join("scripts/words");
        let source = fs::read_to_string(&script).expect("the script");
        let first = self.git(&["rev-parse", "HEAD"]);
        let lines = source.lines().map(|line| match line.starts_with("base=") {
            true => format!("base={first}\n"),
            false => format!("{line}\n"),
        });
        fs::write(&script, lines.collect::<String>()).expect("the script can be written");
    }

    /// Whether the script is content, and what it says.
    fn check(&self) -> (bool, String) {
        let output = Command::new("bash")
            .arg("scripts/words")
            .current_dir(self.0.path())
            .output()
            .expect("the script runs");
        (output.status.success(), text(&output))
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_planted_turn_is_found_with_its_line() {
    for (file, content, found) in [
        (
            "a.rs",
            "fn a() {}\n/// Whether it runs, which nobody knows.\n",
            "a.rs:2: \"nobody knows\"",
        ),
        (
            "a.rs",
            "// It is read, where that is not to\n// be had from a cache.\n",
            "a.rs:1: \"to be had\"",
        ),
        (
            "a.rs",
            "let text = \"What you may not see, they say.\";\n",
            "a.rs:1: \"what you may not see\"",
        ),
        ("a.rs", "/// At most so many bytes.\n", "a.rs:1: \"so many bytes\""),
        (
            "a.md",
            "# Title\n\nIt is no other than\nthe first.\n",
            "a.md:3: \"no other than\"",
        ),
        (
            "a.md",
            "Text.\n\nOf ours, the pictures were looked at.\n",
            "a.md:3: \"of ours,\"",
        ),
        ("a.js", "// Of those, one is left.\n", "a.js:1: \"of those,\""),
        (
            "a.html",
            "<p>this page goes on by itself</p>\n",
            "a.html:1: \"goes on by itself\"",
        ),
    ] {
        let (is_content, said) = Project::new(file, content).check();
        assert!(!is_content, "{content}");
        assert!(said.contains(found), "{content}: {said}");
    }
}

#[test]
fn plain_words_are_left_alone() {
    let plain = "//! The first of those that are ready.\n//! So many that a list is shorter. Of course it ends.\n\
        fn so_many_bytes() -> bool { nobody.knows() }\n";
    let (is_content, said) = Project::new("a.rs", plain).check();
    assert!(is_content, "{said}");
}

#[test]
fn long_subjects_of_new_commits_are_found() {
    let project = Project::new("a.rs", "fn a() {}\n");
    let long = format!("area: {}", "x".repeat(67));
    project.commit(&long);
    project.set_base();
    project.commit(&format!("area: {}", "y".repeat(66)));
    let (is_content, said) = project.check();
    assert!(is_content, "the base itself and 72 characters are right: {said}");
    project.commit(&long);
    let (is_content, said) = project.check();
    assert!(!is_content && said.contains("73 characters"), "{said}");
}

#[test]
fn a_clone_without_the_base_says_that_subjects_are_not_checked() {
    let project = Project::new("a.rs", "fn a() {}\n");
    project.commit(&format!("area: {}", "x".repeat(80)));
    let (is_content, said) = project.check();
    assert!(
        is_content && said.contains("subjects of commits are not checked"),
        "{said}"
    );
}
