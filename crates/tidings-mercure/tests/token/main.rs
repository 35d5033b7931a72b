//! Tokens over the public API of the crate.
//!
//! * `forge`: tokens of any header and claims, and what the hub of these tests trusts
//! * `algorithms`: every algorithm there and back; keys that fit and keys that do not
//! * `signature`: what attackers try before they have a key
//! * `access_token`: the rules of 1.0
//! * `details`: the grammar of `authorization_details`
//! * `legacy`: the rules of 0.x, and that nothing of 1.0 falls back to them
//! * `dates`: `exp`, `nbf`, `iat`
//! * `shape`: what is no token
//! * `mint`: what is made is accepted
//! * `inspect`: what the operator sees
//! * `carrier`: where in a request the token is
//! * `jwks`: sets of keys
//! * `key_file`: keys in files of their own, which change
//! * `rotation`: sets of keys that change, and servers of them that misbehave

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod access_token;
mod algorithms;
mod carrier;
mod dates;
mod details;
mod forge;
mod inspect;
mod jwks;
mod key_file;
mod legacy;
mod mint;
mod rotation;
mod shape;
mod signature;
