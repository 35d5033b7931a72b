//! The HTTP face over real sockets, literal bytes in and out. Streams go over the direct lane here;
//! `tests/body_lane` runs the same tests over the other one.
//!
//! * `wire`: a server on a free port, and a client that shows every byte
//! * `publish`: `POST /`, what it takes and what it refuses
//! * `subscribe`: `GET /sse`, heads, resuming, versions of HTTP
//! * `requests`: what is not HTTP, or hostile, or slow
//! * `limits`: too many connections, too many subscribers, readers that stall
//! * `clients`: too many streams of one client
//! * `lifetime`: streams that end because they are old
//! * `drain`: the end, and what clients see of it
//! * `origins`: CORS
//! * `http2`: the same over HTTP/2 with prior knowledge
//! * `broadcast`: a thousand subscribers, a thousand messages

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod broadcast;
mod clients;
mod drain;
mod http2;
mod lifetime;
mod limits;
mod origins;
mod publish;
mod requests;
mod subscribe;
mod wire;

/// Which lane the servers of these tests use where they can.
const DIRECT_LANE: bool = true;
