//! Whatever the address says, the API root is a path of this server and the namespaces are names.
#![no_main]

use k8bit::{config::Config, limits::MAX_NAMESPACES};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (query, meta_api) = match input.split_once('\n') {
        Some((query, meta_api)) => (query, Some(meta_api)),
        None => (input, None),
    };
    let config = match Config::parse(query, meta_api) {
        Ok(config) => config,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let root = config.root.as_str();
    assert!(
        root.starts_with('/') && root.ends_with('/') && !root.contains("//"),
        "{root:?}"
    );
    assert!(
        !root.split('/').any(|segment| matches!(segment, "." | "..")),
        "{root:?}"
    );
    assert!(!root.contains(['?', '#', '\\', '"', '<', ' ']), "{root:?}");

    assert!(config.namespaces.len() <= MAX_NAMESPACES);
    for (index, namespace) in config.namespaces.iter().enumerate() {
        assert!((1..=63).contains(&namespace.as_str().len()));
        assert!(!config.namespaces[..index].contains(namespace));
    }

    // What was understood can be written down and is understood the same.
    let again = Config::parse("", Some(root)).expect("a root of ours is a root");
    assert_eq!(again.root, config.root);
});
