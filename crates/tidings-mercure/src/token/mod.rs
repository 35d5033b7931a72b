//! From a request to what its token permits.
//!
//! ```text
//! request ──carrier──▶ token ──compact──▶ header, claims ──verify──▶ Claims, or a Refusal that says why
//!                                                  ▲
//!                            TrustedKeys: secrets, PEM, JWKS (what can change is kept fresh by a JwksRefresher)
//! ```
//!
//! Everything takes `now` as an argument and does no input or output, but for [`JwksRefresher`].
//!
//! What holds here: a key is chosen from the trusted ones and by what the operator allowed, never by what the token
//! brings along; a token is of one dialect, which its content says, and is never tried as the other one; one fault
//! anywhere refuses the whole token.

mod algorithm;
pub(crate) mod carrier;
mod claims;
pub(crate) mod compact;
pub(crate) mod date;
pub(crate) mod details;
mod expected;
mod inspect;
mod json;
pub(crate) mod jwks;
pub(crate) mod key;
pub(crate) mod legacy;
pub(crate) mod limits;
mod mint;
mod refusal;
pub(crate) mod select;
pub(crate) mod trust;
pub(crate) mod verify;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use carrier::{Carrier, CarrierSettings, Malformed, Presented, carrier};
pub use claims::{Claims, Dialect, TopicMatcher};
pub use expected::{Compiles, Expected};
pub use inspect::{Inspection, inspect};
pub use jwks::{Jwks, JwksError, JwksLocation, JwksRefresher, JwksSettings};
pub use key::{KeyError, SigningKey, SigningKeyError};
pub use limits::{MAX_DETAILS, MAX_LEGACY_ENTRIES, MAX_PATTERN_BYTES, MAX_TOKEN_BYTES, MAX_TOPICS};
pub use mint::{Draft, MintError, mint};
pub use refusal::{Part, Refusal};
pub use trust::{KeySource, Role, Roles, TrustedKey, TrustedKeys, Weakness};
pub use verify::{verify, verify_refreshing};
