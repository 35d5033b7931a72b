//! The program as a hub of the Mercure protocol: its rules one by one, over real sockets, literal bytes in and out.
//!
//! A test named `n29_…` is about number 29 of the checklist made from draft-dunglas-mercure-08; one named `s2_4_3_…`
//! about its section 2, on the dialect 0.x: 2.1 on the wire, 2.2 where it is off, 2.3 what frameworks send, 2.4.1 to 2.4.8
//! what a hub does that serves both. The head of the crate `tidings-mercure` says in which module each rule is.
//!
//! * `setup`: what is set about the program
//! * `server`: the program on a free port, and what a client does with it
//! * `forge`: tokens, as good issuers, careless ones and attackers make them
//! * `subscription`: opening a stream (1–12)
//! * `matchers`: what a stream gets (13–19)
//! * `publication`: `POST` (20–31, 65)
//! * `carriers`: where a token comes (33–36)
//! * `validation`: which tokens are believed (37–41)
//! * `details`: what a token says that it grants (42, 43)
//! * `rights`: what it permits, and until when (32, 44–46)
//! * `lifetime`: streams that end because they are old (46)
//! * `errors`: refusals that have to do with tokens (47)
//! * `reconnection`: what a client that returns gets (49–55), and one that comes from elsewhere (63)
//! * `active_subscriptions`: events of active subscriptions (48, 55–58)
//! * `subscription_api`: the lists of active subscriptions (59–62)
//! * `metadata`: what the hub says of itself (64)
//! * `cors`: pages of other origins (66)
//! * `limits`: how much of everything (7, 30, 67)
//! * `legacy`: the dialect 0.x (s2)
//! * `legacy_tokens`: its tokens
//! * `legacy_subscriptions`: its active subscriptions
//! * `attacks`: tokens and requests that are meant to deceive

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod active_subscriptions;
mod attacks;
mod carriers;
mod cors;
mod details;
mod errors;
mod forge;
mod legacy;
mod legacy_subscriptions;
mod legacy_tokens;
mod lifetime;
mod limits;
mod matchers;
mod metadata;
mod publication;
mod reconnection;
mod rights;
mod server;
mod setup;
mod subscription;
mod subscription_api;
mod validation;

/// A map that is kept by hand drifts, unless something looks.
#[test]
fn every_rule_has_a_test_of_its_name() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mercure");
    let files = std::fs::read_dir(folder).unwrap();
    let sources: String = files
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let numbers = (1..=67).map(|number| format!("n{number}"));
    let former = ["s2_1", "s2_2", "s2_3"].map(str::to_owned);
    let rules = (1..=8).map(|rule| format!("s2_4_{rule}"));
    for name in numbers.chain(former).chain(rules) {
        assert!(sources.contains(&format!("fn {name}_")), "{name}");
    }
}
