//! What the tests of the programs share.
//!
//! * [`Program`]: the real binary, started on a free port, stopped on drop;
//! * [`http`]: HTTP/1.1 over a socket by hand, so that a test sees what is on the wire;
//! * [`forge`]: tokens with any header and any claims;
//! * [`Browser`]: a real Chromium, driven through chromedriver.
//!
//! A test waits for a condition and never for a time. A condition that does not come about within
//! [`DEADLINE`] is a failure: everything here panics, with what it waited for.

mod browser;
pub mod forge;
pub mod http;
mod program;

use std::time::Duration;

pub use browser::{Browser, Page};
pub use program::Program;

/// How long a condition may take to come about. Long, because it costs nothing where all is well.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Awaits `future`, and panics with `what` if it takes longer than [`DEADLINE`].
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future)
        .await
        .unwrap_or_else(|_| panic!("waited for {DEADLINE:?} in vain: {what}"))
}
