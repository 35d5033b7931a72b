//! What a hub that is compatible with the Mercure protocol adds to tidings: who may publish and who may read what.
//!
//! Two dialects of the protocol are alive, and a hub serves both at one address: *1.0*, which is
//! draft-dunglas-mercure-08, and *0.x* (up to draft 07), which most installed clients speak.
//!
//! # Where the rules are
//!
//! | section of draft-dunglas-mercure-08 | module | tests |
//! |---|---|---|
//! | Terminology (characters) | [`text`] | n6, n21 |
//! | Subscription | [`endpoint::subscribe`], [`form::subscribe`] | n1–n12 |
//! | Matcher Types, Exact Matching | [`matcher`] | n13–n15 |
//! | URL Pattern | [`matcher::url_pattern`], [`matcher::expression`], [`hub_url`], [`topic`] | n16–n19 |
//! | Publication | [`endpoint::publish`], [`form::publish`], [`topic`] | n20–n31 |
//! | Authorization | [`endpoint::authorize`] | n31, n32 |
//! | Presenting the Access Token | [`token::carrier`] | n33–n35 |
//! | Token Validation | [`token::verify`], [`token::select`], [`token::compact`], [`token::date`], [`token::trust`], [`token::key`], [`token::jwks`] | n37–n41 |
//! | Authorization Details, Topic Matcher List | [`token::details`], [`token::limits`] | n42, n43 |
//! | Publishers, Subscribers | [`endpoint::authorize`], [`endpoint::select`] | n44–n46 |
//! | Error Responses | [`endpoint::answer`] | n47 |
//! | Payloads | [`endpoint::presence`], [`token::Claims::payload_for`] | n48 |
//! | Reconnection, Authorization on Event Replay | [`endpoint::subscribe`]; the replay is the engine's | n49–n55 |
//! | Active Subscriptions, Subscription Events | [`endpoint::presence`], [`endpoint::document`] | n56–n58 |
//! | Subscription API | [`endpoint::api`] | n59–n62 |
//! | Hub Discovery | an app's own `Link`s; [`endpoint::api`] has the hub's | n63 |
//! | Protected Resource Metadata | [`endpoint::metadata`] | n64 |
//! | Encryption | nothing: what is published is not looked into | n65 |
//! | Security Considerations | [`endpoint::origin`] (pages that publish), [`tidings_axum::cors`] | n36, n66 |
//! | SSE Field Injection | `tidings-sse`, which writes each line of `data` | n24 |
//! | Resource Limits | [`form::FormLimits`], [`token::limits`], [`Matcher::MAX_COST`] | n7, n30, n67 |
//!
//! The numbers are those of the rules in a section, which tests are named after: `n29_…` in `tidings/tests/mercure`,
//! which asks the program, or beside the code.
//!
//! | of 0.x | module | tests |
//! |---|---|---|
//! | the parameter `topic`, URI templates | [`form::subscribe`], [`matcher::uri_template`] | s2_1 |
//! | the claim `mercure` | [`token::legacy`] | s2_1, s2_3 |
//! | which dialect a token is of | [`token::verify`], [`token::trust`] | s2_2, s2_4_3 |
//! | where a token comes, the old cookie | [`token::carrier`] | s2_4_4 |
//! | names of the cursor | [`form::subscribe`], [`endpoint::subscribe`] | s2_4_2 |
//! | announcements and lists by `topic` | [`endpoint::document`], [`endpoint::api`] | s2_1, s2_4_6 |
//! | 401 for what is not granted | [`endpoint::answer`] | s2_4_7 |
//! | the variables of former images | the program's settings | s2_4_8 |
//!
//! [`endpoint::answer`]: mod@endpoint::answer
//! [`endpoint::api`]: mod@endpoint::api
//! [`endpoint::authorize`]: mod@endpoint::authorize
//! [`endpoint::document`]: mod@endpoint::document
//! [`endpoint::metadata`]: mod@endpoint::metadata
//! [`endpoint::origin`]: mod@endpoint::origin
//! [`endpoint::presence`]: mod@endpoint::presence
//! [`endpoint::publish`]: mod@endpoint::publish
//! [`endpoint::select`]: mod@endpoint::select
//! [`endpoint::subscribe`]: mod@endpoint::subscribe
//! [`form::publish`]: mod@form::publish
//! [`form::subscribe`]: mod@form::subscribe
//! [`matcher::expression`]: mod@matcher::expression
//! [`matcher::uri_template`]: mod@matcher::uri_template
//! [`matcher::url_pattern`]: mod@matcher::url_pattern
//! [`token::carrier`]: mod@token::carrier
//! [`token::compact`]: mod@token::compact
//! [`token::date`]: mod@token::date
//! [`token::details`]: mod@token::details
//! [`token::jwks`]: mod@token::jwks
//! [`token::key`]: mod@token::key
//! [`token::legacy`]: mod@token::legacy
//! [`token::limits`]: mod@token::limits
//! [`token::select`]: mod@token::select
//! [`token::trust`]: mod@token::trust
//! [`token::verify`]: mod@token::verify
//!
//! # Tokens
//!
//! [`token`] finds the token in a request, says whether it is to be believed, and what it permits:
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use tidings_mercure::token::{
//!     Algorithm, Draft, Expected, KeySource, Role, Roles, SigningKey, TopicMatcher, TrustedKey, TrustedKeys, mint, verify,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = b"a secret of at least thirty-two bytes";
//! let now = SystemTime::now();
//!
//! let draft = Draft::v1("https://app.example", "https://hub.example/.well-known/mercure", now + Duration::from_secs(600))
//!     .with_publish([TopicMatcher::exact("https://app.example/books/1")]);
//! let token = mint(&draft, &SigningKey::secret(secret, Algorithm::Hs256)?, now)?;
//!
//! let source = KeySource::secret(secret, &[Algorithm::Hs256])?;
//! let keys = TrustedKeys::new([TrustedKey::of_issuer("https://app.example", Roles::Both, source)]);
//! let expected = Expected::new(Role::Publish, "https://hub.example/.well-known/mercure", now);
//! let claims = verify(&token, &keys, &expected)?;
//! assert_eq!(claims.publish, Some(vec![TopicMatcher::exact("https://app.example/books/1")]));
//! # Ok(())
//! # }
//! ```

#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the tables are for those who change the crate, and rustdoc checks them"
)]

mod endpoint;
pub mod form;
pub mod matcher;
pub mod token;
pub mod topic;

mod hub_url;
mod text;

pub use endpoint::{Mercure, MercureSettings, PATH};
pub use hub_url::{HubUrl, InvalidHubUrl};
pub use matcher::{InvalidMatcher, Matcher, MatcherType};
pub use text::BadCharacter;
pub use topic::{InvalidTopic, PreparedTopic};
