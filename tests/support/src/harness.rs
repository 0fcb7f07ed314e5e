//! What starts browsers and `kubectl proxy`, and runs the tests that work with them.
//!
//! Everything listens on free ports of 127.0.0.1, belongs to one test, and ends with it, also when it panics. Waiting is
//! for a condition with a deadline, never for a time.

pub mod browser;
pub mod kubectl;
pub mod prelude;
pub mod process;
pub mod suite;
pub mod tools;
pub mod wait;
