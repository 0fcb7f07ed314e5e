//! Waiting for a condition.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long a test waits for what should happen within a moment, on a machine that is busy with other tests.
pub const SOON: Duration = Duration::from_secs(30);

/// How long a test waits for what takes some retries.
pub const LATER: Duration = Duration::from_secs(90);

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(25);

/// Looks again and again until `look` finds something. What it says of a miss ends up in the panic.
///
/// # Panics
/// When it is not found in time.
pub async fn eventually<T>(what: &str, patience: Duration, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + patience;
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) if Instant::now() >= deadline => {
                panic!("not within {} s: {what}\nlast seen: {seen}", patience.as_secs())
            }
            Err(_) => sleep(INTERVAL).await,
        }
    }
}
