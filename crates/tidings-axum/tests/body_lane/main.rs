//! The tests of `tests/http` once more, with streams on the body lane: what a client gets must be
//! the same, byte for byte.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../http/broadcast.rs"]
mod broadcast;
#[path = "../http/clients.rs"]
mod clients;
#[path = "../http/drain.rs"]
mod drain;
#[path = "../http/http2.rs"]
mod http2;
#[path = "../http/lifetime.rs"]
mod lifetime;
#[path = "../http/limits.rs"]
mod limits;
#[path = "../http/origins.rs"]
mod origins;
#[path = "../http/publish.rs"]
mod publish;
#[path = "../http/requests.rs"]
mod requests;
#[path = "../http/subscribe.rs"]
mod subscribe;
#[path = "../http/wire.rs"]
mod wire;

/// Which lane the servers of these tests use where they can.
const DIRECT_LANE: bool = false;
