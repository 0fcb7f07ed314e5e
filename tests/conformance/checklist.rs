//! The checklist itself: every row has a test, and the table in the documentation names tests that there are.
//!
//! Reads the sources of the tests, because half of the tests of rows are those of another program, with a browser. That
//! they pass is said by the run that wrote `docs/conformance.md`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
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
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        Some((cells[0].parse().ok()?, cells))
    })
}

/// The names of all tests `row_…` by their rows.
fn tests() -> BTreeMap<u32, BTreeSet<String>> {
    let mut tests: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for folder in ["tests/conformance", "tests/e2e"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
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
                    let (number, rest) = rest.split_once('_').expect("a row's number and words");
                    let name = rest.split('(').next().unwrap_or_default();
                    let row = number
                        .parse()
                        .unwrap_or_else(|_| panic!("row_{number}_{name} has no number"));
                    tests.entry(row).or_default().insert(name.replace('_', " "));
                }
                let is_attribute = ["#[test]", "#[browser_test::"].iter().any(|it| line.starts_with(it));
                is_test = is_attribute || is_test && !line.contains("fn ");
            }
        }
    }
    tests
}

#[test]
fn every_row_has_a_test_and_every_test_a_row() {
    let checklist = read("tests/conformance/checklist.md");
    let listed: Vec<u32> = cells(&checklist).map(|(row, _)| row).collect();
    assert_eq!(listed, ROWS.collect::<Vec<_>>(), "the rows of checklist.md");
    let tested: Vec<u32> = tests().into_keys().collect();
    assert_eq!(tested, listed, "the rows that have a test `row_…`");
}

#[test]
fn the_documented_table_has_every_row_and_names_no_test_that_is_gone() {
    let documented = read("docs/conformance.md");
    let tests = tests();
    let mut rows = BTreeSet::new();
    for (row, cells) in cells(&documented) {
        rows.insert(row);
        let [_, _, _, words, _, result] = cells[..] else {
            panic!(
                "row {row} of docs/conformance.md has {} cells; run `make conformance`",
                cells.len()
            )
        };
        assert!(
            tests.get(&row).is_some_and(|tests| tests.contains(words)),
            "docs/conformance.md names a test of row {row} that is gone: {words:?}; run `make conformance`"
        );
        assert_eq!(result, "ok", "row {row} of docs/conformance.md; run `make conformance`");
    }
    assert_eq!(
        rows,
        ROWS.collect(),
        "the rows of docs/conformance.md; run `make conformance`"
    );
}
