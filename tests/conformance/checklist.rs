//! The checklist itself: every row has a test, and the table in the documentation names tests that there are.
//!
//! Some tests of rows are those of another program, with a browser; their sources are read. That all of them pass is said by
//! the run that wrote `docs/conformance.md`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

/// The rows of `checklist.md`.
const ROWS: std::ops::RangeInclusive<u32> = 1..=92;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cells of the rows of a table whose first cell is a number.
fn cells(markdown: &str) -> impl Iterator<Item = (u32, Vec<&str>)> {
    markdown.lines().filter_map(|line| {
        let line = line.strip_prefix("| ")?.strip_suffix('|')?;
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        Some((cells[0].parse().ok()?, cells))
    })
}

/// The kinds, in the order of the columns.
const KINDS: [&str; 4] = ["projections", "serde", "dynamic", "table"];

/// A test of a row, in words, for a kind.
type Test = (u32, String, String);

/// All tests `row_…` of the native program, as it lists them itself.
fn native_tests() -> BTreeSet<Test> {
    let program = std::env::current_exe().expect("the program of the tests");
    let output = Command::new(program).args(["--list", "row_"]).output();
    let listed = String::from_utf8(output.expect("it lists its tests").stdout).expect("text");
    let tests = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test")?.split_once("::row_"));
    tests.map(|(_, test)| test_of(test)).collect()
}

/// A test from `41_what_holds::serde`; without a kind it is one of projections.
fn test_of(test: &str) -> Test {
    let (name, kind) = test.split_once("::").unwrap_or((test, KINDS[0]));
    let (number, words) = name.split_once('_').expect("a row's number and words");
    let row = number.parse().unwrap_or_else(|_| panic!("row_{name} has no number"));
    (row, words.replace('_', " "), kind.to_owned())
}

/// All tests `row_…` with a browser, by the sources of the other program.
fn browser_tests() -> BTreeSet<Test> {
    let mut tests = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e");
    for entry in fs::read_dir(folder).expect("the folder of the tests") {
        let path = entry.expect("the folder of the tests").path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source");
        // From the attribute of a test, which may take several lines, to its function.
        let mut is_test = false;
        for line in source.lines().map(str::trim) {
            let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn row_");
            if let (true, Some(rest)) = (is_test, function) {
                tests.insert(test_of(rest.split('(').next().unwrap_or_default()));
            }
            is_test = line.starts_with("#[browser_test::") || is_test && !line.contains("fn ");
        }
    }
    tests
}

fn tests() -> BTreeSet<Test> {
    native_tests().into_iter().chain(browser_tests()).collect()
}

/// Why a row has no test for a kind.
fn reasons(checklist: &str) -> BTreeMap<(u32, String), String> {
    let mut reasons = BTreeMap::new();
    for line in checklist.lines().filter_map(|line| line.strip_prefix("- ")) {
        let (head, reason) = line.split_once(": ").expect("kinds, rows and a reason");
        let (kinds, rows) = head.split_once("; ").expect("kinds and rows");
        for kind in kinds.split(", ") {
            assert!(KINDS.contains(&kind), "{kind} is no kind");
            for row in rows.split(", ") {
                let row = row.parse().expect("a number");
                reasons.insert((row, kind.to_owned()), reason.to_owned());
            }
        }
    }
    reasons
}

#[test]
fn every_row_has_a_test_for_each_kind_or_a_reason_why_not() {
    let checklist = read("tests/conformance/checklist.md");
    let listed: Vec<u32> = cells(&checklist).map(|(row, _)| row).collect();
    assert_eq!(listed, ROWS.collect::<Vec<_>>(), "the rows of checklist.md");
    let (tests, reasons) = (tests(), reasons(&checklist));
    for row in &listed {
        for kind in KINDS {
            let is_tested = tests.iter().any(|(of, _, for_kind)| of == row && for_kind == kind);
            let is_excused = reasons.contains_key(&(*row, kind.to_owned()));
            assert!(
                is_tested || is_excused,
                "row {row} has neither a test for {kind} nor a reason why not"
            );
            assert!(
                !(is_tested && is_excused),
                "row {row} has a test for {kind}, and a reason why not"
            );
        }
    }
    let tested: BTreeSet<u32> = tests.into_iter().map(|(row, ..)| row).collect();
    assert!(
        tested.into_iter().eq(listed),
        "tests of rows that are not in checklist.md"
    );
}

#[test]
fn the_documented_table_is_that_of_the_tests_and_all_of_them_passed() {
    let documented = read("docs/conformance.md");
    let reasons = reasons(&read("tests/conformance/checklist.md"));
    let mut passed = BTreeSet::new();
    let mut excused = BTreeMap::new();
    for (row, cells) in cells(&documented) {
        let [_, _, _, words, _, results @ ..] = &cells[..] else {
            panic!("row {row} of docs/conformance.md is too short; run `make conformance`")
        };
        assert_eq!(
            results.len(),
            KINDS.len(),
            "row {row} of docs/conformance.md; run `make conformance`"
        );
        for (kind, result) in KINDS.into_iter().zip(results) {
            match *result {
                "ok" => drop(passed.insert((row, (*words).to_owned(), kind.to_owned()))),
                "" => {}
                other => {
                    let reason = other.strip_prefix("does not apply: ");
                    let reason = reason.unwrap_or_else(|| panic!("row {row} of docs/conformance.md, {kind}: {other}"));
                    excused.insert((row, kind.to_owned()), reason.to_owned());
                }
            }
        }
    }
    let tests = tests();
    let missing: Vec<_> = tests.difference(&passed).collect();
    assert!(
        missing.is_empty(),
        "not in docs/conformance.md; run `make conformance`: {missing:#?}"
    );
    let gone: Vec<_> = passed.difference(&tests).collect();
    assert!(
        gone.is_empty(),
        "docs/conformance.md names tests that are gone; run `make conformance`: {gone:#?}"
    );
    assert_eq!(excused, reasons, "what does not apply; run `make conformance`");
}
