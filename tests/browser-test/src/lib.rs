//! The attributes of the end-to-end tests, which say in which browsers a test runs.
//!
//! ```ignore
//! #[browser_test::in_chromium]
//! async fn what_devtools_alone_can_do() {}
//!
//! #[browser_test::in_every_browser]
//! async fn what_every_browser_can_do() {}
//!
//! #[browser_test::in_every_browser(webkit = "MiniBrowser keeps no page")]
//! async fn what_one_browser_lacks() {}
//! ```
//!
//! The function stays as it is and is entered into the list of `harness::suite`, where it becomes `chromium::module::name`
//! and, for every browser, `firefox::…` and `webkit::…`. What a browser lacks is a skipped test, with its reason.

use proc_macro::{TokenStream, TokenTree};

/// A test that runs in Chromium alone, because it needs DevTools, or because one browser says it all.
#[proc_macro_attribute]
pub fn in_chromium(arguments: TokenStream, function: TokenStream) -> TokenStream {
    enter(arguments, function, false)
}

/// A test that runs in Chromium, Firefox and WebKit. `browser = "reason"` skips it in one of them.
#[proc_macro_attribute]
pub fn in_every_browser(arguments: TokenStream, function: TokenStream) -> TokenStream {
    enter(arguments, function, true)
}

fn enter(arguments: TokenStream, function: TokenStream, is_for_every: bool) -> TokenStream {
    let Some(name) = name_of(function.clone()) else {
        return error("this attribute is for an async fn without arguments");
    };
    let Some(lacks) = lacks(arguments) else {
        return error("the arguments are browsers and reasons: webkit = \"MiniBrowser keeps no page\"");
    };
    let entry = format!(
        "::inventory::submit! {{
            crate::harness::suite::BrowserTest {{
                name: ::core::concat!(::core::module_path!(), \"::{name}\"),
                is_for_every: {is_for_every},
                lacks: &[{lacks}],
                run: || ::std::boxed::Box::pin({name}()),
            }}
        }}"
    );
    let entry: TokenStream = entry.parse().expect("a macro call is Rust");
    function.into_iter().chain(entry).collect()
}

/// What stands behind `fn`.
fn name_of(function: TokenStream) -> Option<String> {
    let mut tokens = function.into_iter();
    tokens.find(|token| matches!(token, TokenTree::Ident(word) if word.to_string() == "fn"))?;
    match tokens.next()? {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    }
}

/// `("webkit", "reason"), ` of `webkit = "reason"`.
fn lacks(arguments: TokenStream) -> Option<String> {
    let mut entries = String::new();
    let mut tokens = arguments.into_iter();
    while let Some(token) = tokens.next() {
        let (TokenTree::Ident(browser), TokenTree::Punct(equals), TokenTree::Literal(reason)) =
            (token, tokens.next()?, tokens.next()?)
        else {
            return None;
        };
        if equals.as_char() != '=' {
            return None;
        }
        entries.push_str(&format!("(\"{browser}\", {reason}), "));
        // A comma, or the end.
        tokens.next();
    }
    Some(entries)
}

fn error(message: &str) -> TokenStream {
    format!("::core::compile_error!({message:?});")
        .parse()
        .expect("a macro call is Rust")
}
