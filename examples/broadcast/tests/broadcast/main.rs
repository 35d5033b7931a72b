//! The tests of the tutorial and its app.
//!
//! * [`events`]: what an event is on the wire;
//! * [`http`]: the app over HTTP, as the program that it is;
//! * [`browser`]: the app in a real browser;
//! * [`timeouts`]: which time limits end a stream and which do not;
//! * [`tutorial`]: the code in docs/tutorial.md is the code in the files.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod browser;
mod events;
mod http;
mod timeouts;
mod tutorial;

use tidings_testing::Program;

/// The app on a free port.
async fn start() -> Program {
    start_at("127.0.0.1:0").await
}

async fn start_at(address: &str) -> Program {
    Program::start(env!("CARGO_BIN_EXE_broadcast"), [address]).await
}
