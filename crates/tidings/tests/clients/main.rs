//! The clients people use, unmodified, against the real program: directly, and through a stock nginx.

#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but does not take their helpers for such"
)]

/// A client that runs, and what it receives.
mod adapter;
/// The clients, and what each makes of an event stream.
mod client;
/// What is awkward arrives as it was sent, promptly; heartbeats are no events.
mod delivery;
/// The table for users says what is tested here.
mod docs;
/// The program under test.
mod hub;
/// Libraries that speak the Mercure protocol.
mod mercure;
/// Pages of other origins that subscribe and publish over the Mercure protocol, with cookies.
mod mercure_page;
/// Messages that a careless server or client would change.
mod messages;
/// nginx as it comes.
mod nginx;
/// Whether clients and nginx are installed.
mod prerequisites;
/// A network that can be cut.
mod proxy;
/// Where clients change what they receive.
mod quirks;
/// After a cut every message arrives once and in order.
mod resume;
/// A server of pages.
mod site;
/// Waiting with a deadline, and many clients at a time.
mod waiting;
