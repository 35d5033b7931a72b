//! The program as a hub of the Mercure protocol: its rules one by one, over real sockets, literal bytes in and out.
//!
//! A test named `n29_…` is about number 29 of the checklist made from draft-dunglas-mercure-08.
//!
//! * `server`: the program on a free port, and what a client does with it
//! * `forge`: tokens, as good issuers, careless ones and attackers make them
//! * `subscription`: opening a stream (1–12)
//! * `matchers`: what a stream gets (13–19)
//! * `publication`: `POST` (20–31, 65)
//! * `authorization`: tokens, where they come and what they permit (32–46)
//! * `errors`: refusals that have to do with tokens (47)
//! * `reconnection`: what a client that returns gets (49–55)
//! * `active_subscriptions`: events of active subscriptions (48, 55–58)
//! * `subscription_api`: the lists of active subscriptions (59–62)
//! * `metadata`: what the hub says of itself (64)
//! * `cors`: pages of other origins (66)
//! * `limits`: how much of everything (7, 30, 67)
//! * `legacy`: the dialect 0.x
//! * `attacks`: tokens and requests that are meant to deceive

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod active_subscriptions;
mod attacks;
mod authorization;
mod cors;
mod errors;
mod forge;
mod legacy;
mod limits;
mod matchers;
mod metadata;
mod publication;
mod reconnection;
mod server;
mod subscription;
mod subscription_api;
