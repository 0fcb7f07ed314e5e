//! What the end-to-end tests start browsers and `kubectl proxy` with.

#![expect(dead_code, reason = "the tests use more of it")]

#[path = "../../e2e/harness/browser.rs"]
pub(crate) mod browser;
#[path = "../../e2e/harness/kubectl.rs"]
pub(crate) mod kubectl;
#[path = "../../e2e/harness/prelude.rs"]
pub(crate) mod prelude;
#[path = "../../e2e/harness/process.rs"]
pub(crate) mod process;
#[path = "../../e2e/harness/suite.rs"]
pub(crate) mod suite;
#[path = "../../e2e/harness/tools.rs"]
pub(crate) mod tools;
#[path = "../../e2e/harness/wait.rs"]
pub(crate) mod wait;
