//! The architecture of `src/lib.rs` holds: which module may name which.

mod sources;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path as FilePath,
};

use sources::{CRATES, Path, Program};

/// What only `ui` names.
const LEPTOS: [&str; 4] = [
    "leptos",
    "leptos_use",
    "leptos_use_event_listener",
    "leptos_use_resize_observer",
];

/// What only `browser`, `ui` and the program itself name, all over the page.
const BROWSER: [&str; 4] = ["console_error_panic_hook", "futures", "gloo_net", "gloo_timers"];

/// What of these only `browser` and the leaves name: the document and JavaScript itself. Leptos has them, too.
const DOCUMENT: [&str; 4] = ["js_sys", "wasm_bindgen", "wasm_bindgen_futures", "web_sys"];

/// The modules of `ui` that name the browser's own interfaces: imperative leaves, which touch elements by themselves, and
/// handlers that read what an event or an element says.
const LEAVES: &[&str] = &[
    // Leaves that draw by themselves, because they were measured so.
    "ui::cluster::cluster_map",
    "ui::cluster::pod_grid",
    "ui::details::log_rows",
    // What the document has no component for: focus, the size of what is shown.
    "ui::dom",
    "ui::focus",
    // Handlers of events that the browser types.
    "ui::cluster::cluster_view",
    "ui::components::tooltip",
    "ui::details::navigate",
    "ui::details::write::dialog",
    "ui::query_bar::draft",
];

fn files() -> BTreeMap<String, String> {
    fn read(folder: &FilePath, files: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                read(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source is text");
                let name = path
                    .strip_prefix(env!("CARGO_MANIFEST_DIR"))
                    .expect("it is below the root");
                files.insert(name.to_str().expect("a plain name").replace('\\', "/"), text);
            }
        }
    }
    let mut files = BTreeMap::new();
    for (folder, _) in CRATES {
        read(&FilePath::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    files
}

/// Modules beside each other that need each other, each cycle as its way around.
fn cycles(program: &Program) -> Vec<String> {
    // By the module above: from one below it to another, with an example.
    let mut levels: BTreeMap<Path, BTreeMap<String, BTreeMap<String, String>>> = BTreeMap::new();
    for (from, to) in program.dependencies() {
        let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        if let (true, Some(a), Some(b)) = (common > 0, from.get(common), to.get(common)) {
            let example = format!("{} names {}", from.join("::"), to.join("::"));
            let level = levels.entry(from[..common].to_vec()).or_default();
            level.entry(a.clone()).or_default().insert(b.clone(), example);
        }
    }
    let mut found = Vec::new();
    for (above, edges) in levels {
        let mut done = BTreeSet::new();
        for begin in edges.keys() {
            if !done.contains(begin)
                && let Some(cycle) = way(&edges, begin, begin)
            {
                let pairs = cycle.windows(2).map(|pair| edges[pair[0]][pair[1]].as_str());
                found.push(format!(
                    "in {}: {}",
                    above.join("::"),
                    pairs.collect::<Vec<_>>().join(", ")
                ));
                done.extend(cycle.into_iter().cloned());
            }
        }
    }
    found
}

/// The shortest way from `begin` to `end`, of one step at least.
fn way<'e>(
    edges: &'e BTreeMap<String, BTreeMap<String, String>>,
    begin: &'e String,
    end: &String,
) -> Option<Vec<&'e String>> {
    let mut ways = std::collections::VecDeque::from([vec![begin]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in edges
            .get(*way.last().expect("a way has a beginning"))
            .into_iter()
            .flat_map(BTreeMap::keys)
        {
            let longer = [&way[..], &[next]].concat();
            if next == end {
                return Some(longer);
            }
            if seen.insert(next) {
                ways.push_back(longer);
            }
        }
    }
    None
}

/// Whether a path is the document's or JavaScript's own, by itself or by way of Leptos.
fn is_of_document(path: &Path) -> bool {
    let name = if path[0] == "leptos" { path.get(1) } else { path.first() };
    name.is_some_and(|name| DOCUMENT.contains(&name.as_str()))
}

/// Modules that name what is not theirs to name.
fn layering(program: &Program) -> Vec<String> {
    let dependencies = program.dependencies().filter_map(|(from, to)| {
        let module = from[1..].join("::");
        let below = |name: &str| from.get(1).is_some_and(|it| it == name);
        let is_page = from[0] == "k8bit" && (below("ui") || below("main"));
        let is_browser = from[0] == "k8bit" && below("browser");
        let is_leaf = from[0] == "k8bit" && (below("main") || LEAVES.contains(&module.as_str()));
        let names = |crates: &[&str]| crates.contains(&to[0].as_str());
        let names_module = |name: &str| to[0] == "k8bit" && to.get(1).is_some_and(|it| it == name);
        // The informer's own transport in browsers.
        let is_fetch = from[0] == "k8bit_informer" && below("fetch");
        let is_wrong = names(&LEPTOS) && !is_page
            || names(&BROWSER) && !is_page && !is_browser && !is_fetch
            || is_of_document(&to) && !is_browser && !is_leaf && !is_fetch
            || names_module("ui") && !is_page
            || names_module("browser") && !is_page && !is_browser
            || to[0] == "k8bit" && from[0] == "k8bit_informer";
        is_wrong.then(|| format!("{} names {}", from.join("::"), to.join("::")))
    });
    let mutable = program.mutable().filter_map(|(module, function, of)| {
        let is_view = |path: &Path| path[0] == "k8bit" && path.get(1).is_some_and(|name| name == "view");
        let is_program = CRATES.iter().any(|(_, name)| of[0] == *name);
        let is_wrong = is_view(module) && is_program && !is_view(&of);
        is_wrong.then(|| format!("{}::{function} changes what is of {}", module.join("::"), of.join("::")))
    });
    dependencies
        .chain(mutable)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

#[test]
fn no_modules_beside_each_other_need_each_other() {
    let found = cycles(&Program::new(&files()));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Names that stand for more than one type.
fn ambiguous(program: &Program) -> Vec<String> {
    let mut declared: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, module) in program.types() {
        declared.entry(name).or_default().push(module.join("::"));
    }
    let often = declared.into_iter().filter(|(_, modules)| modules.len() > 1);
    often
        .map(|(name, modules)| format!("{name}: {}", modules.join(", ")))
        .collect()
}

#[test]
fn no_two_types_have_the_same_name() {
    let found = ambiguous(&Program::new(&files()));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_name_that_stands_twice_is_found() {
    let twice = [
        (
            "src/a.rs",
            "pub struct Kind; type Other = u8; #[cfg(test)] mod tests { struct Other; }",
        ),
        ("informer/src/b.rs", "fn f() { enum Kind {} }"),
    ];
    assert_eq!(ambiguous(&program(&twice)), ["Kind: k8bit::a, k8bit_informer::b"]);
}

#[test]
fn each_leaf_needs_to_be_one() {
    let program = Program::new(&files());
    let names_it = |leaf: &&str| {
        let mut named = program
            .dependencies()
            .filter(|(from, _)| from[1..].join("::") == **leaf);
        named.any(|(_, to)| is_of_document(&to))
    };
    let stale: Vec<&str> = LEAVES.iter().copied().filter(|leaf| !names_it(leaf)).collect();
    assert_eq!(stale, [""; 0], "no leaves any more: take them off the list");
}

#[test]
fn each_module_names_what_its_layer_may() {
    let found = layering(&Program::new(&files()));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A program of these files.
fn program(files: &[(&str, &str)]) -> Program {
    let files = files
        .iter()
        .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
    Program::new(&files.collect())
}

#[track_caller]
fn check_cycles(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(cycles(&program(files)), expected);
}

#[test]
fn a_cycle_is_found_however_it_is_written() {
    let a = ("src/a.rs", "use crate::b::B; pub struct A;");
    check_cycles(&[a, ("src/b.rs", "pub struct B;")], &[]);
    let expected = ["in k8bit: k8bit::a names k8bit::b, k8bit::b names k8bit::a"];
    for b in [
        "use crate::a::A; pub struct B(A);",
        "use crate::{a::{self}}; pub struct B;",
        "pub struct B(super::a::A);",
        "pub fn b() -> crate::a::A { todo!() }",
        "pub fn b() { println!(\"{:?}\", crate::a::A); }",
        "use crate::a::*; pub struct B;",
        "mod inner { use super::super::a::A; }",
    ] {
        check_cycles(&[a, ("src/b.rs", b)], &expected);
    }
    check_cycles(
        &[a, ("src/b.rs", "pub struct B;"), ("src/b/below.rs", "use crate::a::A;")],
        &["in k8bit: k8bit::a names k8bit::b, k8bit::b::below names k8bit::a"],
    );
}

#[test]
fn a_re_export_is_what_it_stands_for_and_tests_do_not_count() {
    check_cycles(
        &[
            ("src/a.rs", "mod x; mod y; pub use x::X; pub use k8bit_informer::Text;"),
            ("src/a/x.rs", "use super::Text; pub struct X;"),
            (
                "src/a/y.rs",
                "use super::X; #[cfg(test)] mod tests { use crate::b::B; }",
            ),
            ("src/b.rs", "use crate::a::X; pub struct B;"),
        ],
        &[],
    );
}

#[test]
fn what_a_layer_may_not_name_is_found() {
    for (file, text, expected) in [
        (
            "src/view/card.rs",
            "use leptos::prelude::*;",
            "k8bit::view::card names leptos::prelude",
        ),
        (
            "src/cluster.rs",
            "fn f(x: web_sys::Node) {}",
            "k8bit::cluster names web_sys::Node",
        ),
        (
            "src/browser/x.rs",
            "use leptos::prelude::Signal;",
            "k8bit::browser::x names leptos::prelude::Signal",
        ),
        (
            "src/ui/help.rs",
            "use web_sys::Element;",
            "k8bit::ui::help names web_sys::Element",
        ),
        ("src/view.rs", "use crate::ui::App;", "k8bit::view names k8bit::ui"),
        (
            "src/cluster_cache.rs",
            "use crate::browser::fetch;",
            "k8bit::cluster_cache names k8bit::browser",
        ),
        (
            "informer/src/store.rs",
            "use js_sys::Array;",
            "k8bit_informer::store names js_sys::Array",
        ),
        (
            "src/view/card.rs",
            "use crate::cluster::Cluster; fn f(a: &str, b: &mut Cluster) {}",
            "k8bit::view::card::f changes what is of k8bit::cluster",
        ),
        (
            "src/view/card.rs",
            "impl X { fn f(&self, b: &mut [crate::cluster::Entry]) {} }",
            "k8bit::view::card::f changes what is of k8bit::cluster",
        ),
    ] {
        let parts = [
            ("src/ui.rs", ""),
            ("src/browser.rs", ""),
            ("src/cluster.rs", ""),
            (file, text),
        ];
        assert_eq!(layering(&program(&parts)), [expected]);
    }
    let fine = [
        ("src/view.rs", "fn f(out: &mut String, own: &mut Own) {} struct Own;"),
        ("src/ui/help.rs", "use leptos::prelude::*;"),
        ("src/browser/x.rs", "use web_sys::Element;"),
        ("src/ui/dom.rs", "use web_sys::Element;"),
    ];
    assert!(layering(&program(&fine)).is_empty());
}
