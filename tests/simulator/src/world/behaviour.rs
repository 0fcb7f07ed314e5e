//! What a container does once it may run, read off its image and command; and whether its image can be pulled.
//!
//! There are no images. The names decide, so that anyone can bring about any state with kubectl:
//!
//! | image contains | what happens |
//! |---|---|
//! | `does-not-exist`, `no-such`, `missing`, `.invalid/` | ErrImagePull, then ImagePullBackOff |
//! | upper case, spaces, or an empty part | InvalidImageName |
//! | `crash` | exits with 1 after some seconds |
//! | `oom` | killed (137, OOMKilled) after some seconds |
//!
//! A command with `sleep N`, `exit N`, `true` or `false` does so. A shell image without a command ends at once.
//! Init containers and containers of pods that are not to be restarted end with 0 after some seconds.

use std::time::Duration;

use serde_json::Value;

/// Chance that depends on an object and a purpose alone, so that asking twice gives the same answer.
pub(super) fn chance(uid: &str, purpose: &str) -> fastrand::Rng {
    let hash = uid
        .bytes()
        .chain(purpose.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    fastrand::Rng::with_seed(hash)
}

/// A time between two, in milliseconds, that depends on an object and a purpose alone.
pub(super) fn between(uid: &str, purpose: &str, from_ms: u64, to_ms: u64) -> Duration {
    Duration::from_millis(chance(uid, purpose).u64(from_ms..=to_ms))
}

/// What comes of pulling an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pull {
    /// It is there.
    Done,
    /// The registry does not have it.
    Missing,
    /// The name is none.
    InvalidName,
}

pub(super) fn pull(image: &str) -> Pull {
    let bare = image.rsplit_once(':').map_or(image, |(name, _)| name);
    let invalid = image.is_empty()
        || image.contains(char::is_whitespace)
        || bare.chars().any(|c| c.is_ascii_uppercase())
        || bare.ends_with('/')
        || image.ends_with(':')
        || bare.contains("//");
    if invalid {
        return Pull::InvalidName;
    }
    let missing = ["does-not-exist", "no-such", "missing", ".invalid/"];
    match missing.iter().any(|part| image.contains(part)) {
        true => Pull::Missing,
        false => Pull::Done,
    }
}

/// How a container ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exit {
    /// Time from its start.
    pub(super) after: Duration,
    /// Exit code.
    pub(super) code: i32,
    /// `Completed`, `Error` or `OOMKilled`.
    pub(super) reason: &'static str,
}

impl Exit {
    fn with_code(after: Duration, code: i32) -> Self {
        let reason = match code {
            0 => "Completed",
            137 => "OOMKilled",
            _ => "Error",
        };
        Self { after, code, reason }
    }
}

/// How a container will end by itself; `None` if it serves for ever. `ends` is whether it is one that is
/// expected to end: an init container, or one of a pod that is not restarted always.
pub(super) fn exit(uid: &str, container: &Value, ends: bool) -> Option<Exit> {
    let image = container["image"].as_str().unwrap_or_default();
    let name = container["name"].as_str().unwrap_or_default();
    if image.contains("crash") {
        return Some(Exit::with_code(between(uid, name, 2_000, 8_000), 1));
    }
    if image.contains("oom") {
        return Some(Exit::with_code(between(uid, name, 5_000, 20_000), 137));
    }
    let command = command(container);
    if !command.is_empty() {
        let words: Vec<&str> = command
            .split(|c: char| c.is_whitespace() || ";&|\"'".contains(c))
            .filter(|word| !word.is_empty())
            .collect();
        let argument = |of: &str| {
            let index = words.iter().position(|word| *word == of)?;
            words.get(index + 1).copied()
        };
        let sleep = argument("sleep");
        let seconds = sleep.map(|text| text.trim_end_matches('s').parse::<u64>());
        let code = argument("exit").and_then(|code| code.parse().ok());
        return match (seconds, code) {
            (Some(Err(_)), _) => None,
            (Some(Ok(seconds)), code) => Some(Exit::with_code(
                Duration::from_secs(seconds.min(86_400)),
                code.unwrap_or(0),
            )),
            (None, Some(code)) => Some(Exit::with_code(Duration::from_millis(300), code)),
            (None, None) if words.ends_with(&["false"]) => Some(Exit::with_code(Duration::from_millis(300), 1)),
            (None, None) if words.ends_with(&["true"]) || ends => Some(Exit::with_code(Duration::from_millis(800), 0)),
            (None, None) => None,
        };
    }
    let shell = ["busybox", "alpine", "debian", "ubuntu"]
        .iter()
        .any(|shell| image.split([':', '/', '@']).any(|part| part == *shell));
    if shell {
        return Some(Exit::with_code(Duration::from_millis(300), 0));
    }
    ends.then(|| Exit::with_code(between(uid, name, 1_500, 4_000), 0))
}

fn command(container: &Value) -> String {
    ["command", "args"]
        .iter()
        .filter_map(|field| container[*field].as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn images() {
        for (image, expected) in [
            ("nginx", Pull::Done),
            ("registry.k8s.io/pause:3.10", Pull::Done),
            ("nginx:does-not-exist", Pull::Missing),
            ("registry.invalid/shop/cart:1", Pull::Missing),
            ("Nginx", Pull::InvalidName),
            ("nginx:", Pull::InvalidName),
            ("", Pull::InvalidName),
        ] {
            assert_eq!(pull(image), expected, "{image}");
        }
    }

    #[test]
    fn exits() {
        let code = |container: Value, ends: bool| exit("u", &container, ends).map(|exit| exit.code);
        assert_eq!(code(json!({"image": "nginx"}), false), None);
        assert_eq!(code(json!({"image": "nginx"}), true), Some(0));
        assert_eq!(code(json!({"image": "shop/crasher:1"}), false), Some(1));
        assert_eq!(code(json!({"image": "shop/oom:1"}), false), Some(137));
        assert_eq!(code(json!({"image": "busybox"}), false), Some(0));
        assert_eq!(
            code(json!({"image": "busybox", "command": ["sleep", "infinity"]}), false),
            None
        );
        let slept = exit(
            "u",
            &json!({"image": "b", "args": ["sh", "-c", "sleep 5; exit 3"]}),
            false,
        );
        assert_eq!(
            slept,
            Some(Exit {
                after: Duration::from_secs(5),
                code: 3,
                reason: "Error"
            })
        );
    }
}
