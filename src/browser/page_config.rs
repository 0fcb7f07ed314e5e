//! The configuration that the page's address and its `<meta>` tag ask for.

use crate::config::{Config, ConfigError};

/// Reads the address and `<meta name="k8bit-api">`.
///
/// # Errors
/// See [`Config::parse`].
pub fn read() -> Result<Config, ConfigError> {
    let window = web_sys::window();
    let query = window
        .as_ref()
        .and_then(|window| window.location().search().ok())
        .unwrap_or_default();
    let meta = window
        .and_then(|window| window.document())
        .and_then(|document| document.query_selector("meta[name=k8bit-api]").ok().flatten())
        .and_then(|meta| meta.get_attribute("content"));
    Config::parse(&query, meta.as_deref())
}
