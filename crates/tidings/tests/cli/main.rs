//! The program as its users meet it: real processes, and a hub whose bytes the tests write by hand.

#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but does not take their helpers for such"
)]

/// `tidings bench`.
mod bench;
/// What is wrong with the command line and the settings is told, with exit code 2.
mod faults;
/// A server that does not do what a hub should.
mod faulty;
/// Help, version, completions and man pages.
mod generated;
/// `tidings health`.
mod health;
/// A hub that answers what a test tells it to.
mod hub;
/// The program, run with a deadline.
mod program;
/// `tidings publish`.
mod publish;
/// What the server says at its start.
#[cfg(unix)]
mod start;
/// `tidings subscribe`.
mod subscribe;
/// `tidings token`.
mod token;
