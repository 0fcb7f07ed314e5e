//! Every bound of the program in one place.
//!
//! Whatever can grow has its limit here, and reaching one is visible to the user (invariant 4 of the architecture).

use std::time::Duration;

/// Longest line of a watch stream, in bytes. etcd refuses objects over 1.5 MiB; client-go's reader stops at 16 MiB.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// Longest element of a list's `items`, in bytes. The same object can arrive as a line, so the same bound.
pub const MAX_ITEM_BYTES: usize = MAX_LINE_BYTES;

/// Most bytes of a list response outside of its items: `kind`, `metadata` with the continue token, white space.
pub const MAX_LIST_ENVELOPE_BYTES: usize = 1 << 20;

/// Most bytes of an error response that are read; a `Status` is a few hundred.
pub const MAX_ERROR_BODY_BYTES: usize = 64 << 10;

/// Most characters of a server's message that are kept and shown.
pub const MAX_MESSAGE_CHARS: usize = 1_024;

/// Deepest nesting of JSON that is scanned. Kubernetes itself stops at 10,000; no built-in kind comes near 100.
pub const MAX_JSON_DEPTH: usize = 512;

/// Shortest and longest `timeoutSeconds` of a watch. Below 240 s, because load balancers cut idle streams there.
pub const WATCH_TIMEOUT_SECONDS: std::ops::Range<u32> = 200..235;

/// How long after its own `timeoutSeconds` a watch may stay open before the client ends it.
pub const WATCH_DEADLINE_MARGIN: Duration = Duration::from_secs(10);

/// Most namespaces that `?namespace=a,b` may name: each is a watch of its own.
pub const MAX_NAMESPACES: usize = 16;
