//! What a hub that is compatible with the Mercure protocol adds to tidings: who may publish and who may read what.
//!
//! Two dialects of the protocol are alive, and a hub serves both at one address: *1.0*, which is
//! draft-dunglas-mercure-08, and *0.x* (up to draft 07), which most installed clients speak.
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
//!

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
