//! Whose tokens are trusted, and with which keys.
//!
//! 1. [`mod@issuers`]: the tables `[[issuers]]` of the file.
//! 2. [`gather`]: they, and what the settings of the same names say for one issuer, or for tokens of 0.x.
//!
//! Invariant: what comes out has been tried. Every key fits its algorithm, every file of a key set can be read, and each
//! [`Trust`] has a key and a dialect to use it for. What does not is a fault.

mod gather;
mod issuers;

use tidings_mercure::token::{Algorithm, Jwks, JwksLocation, JwksSettings, KeyError, KeySource};

pub(super) use gather::{KEYS, gather_trust};
pub(super) use issuers::{ISSUERS, read_issuers};

use super::value::Key;

/// Keys that stand together, and whose tokens they are for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Trust {
    /// `iss` of the tokens of 1.0 that the keys are for; without it they are for 0.x alone.
    pub(crate) issuer: Option<String>,
    /// Whether nobody has named the issuer: it is the one that goes without saying in images of Mercure hubs. The same
    /// keys stand in another [`Trust`], for tokens of 0.x.
    pub(crate) is_implied: bool,
    /// Whether the keys are for tokens of 0.x.
    pub(crate) legacy: bool,
    /// The key of tokens that may publish.
    pub(crate) publisher: Option<KeyWithAlgorithm>,
    /// The key of tokens that may subscribe.
    pub(crate) subscriber: Option<KeyWithAlgorithm>,
    /// A set of keys of tokens that may do both.
    pub(crate) jwks: Option<JwksLocation>,
    /// Where clients get tokens of this issuer: for the metadata of the hub.
    pub(crate) authorization_server: Option<String>,
}

/// A key, and the one algorithm that it is used with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyWithAlgorithm {
    pub(crate) key: Key,
    pub(crate) algorithm: Algorithm,
}

impl KeyWithAlgorithm {
    /// The key as one that verifies.
    pub(crate) fn verifying(&self) -> Result<KeySource, KeyError> {
        self.key.verifying(self.algorithm)
    }
}

impl Trust {
    fn has_keys(&self) -> bool {
        self.publisher.is_some() || self.subscriber.is_some() || self.jwks.is_some()
    }

    /// What is wrong with its keys, each with the name of its setting.
    fn faults(&self) -> Vec<(&'static str, String)> {
        let keys = [
            ("publisher_jwt_key", &self.publisher),
            ("subscriber_jwt_key", &self.subscriber),
        ];
        let mut faults = Vec::new();
        for (name, key) in keys {
            let Some(key) = key else { continue };
            if let Err(error) = key.verifying() {
                faults.push((name, format!("with {}: {error}", key.algorithm)));
            }
        }
        if let Some(JwksLocation::File(path)) = &self.jwks {
            let read = std::fs::read(path).map_err(|error| error.to_string());
            let parsed = read.and_then(|json| {
                Jwks::fixed(&json, &JwksSettings::default()).map_err(|error| error.to_string())
            });
            if let Err(reason) = parsed {
                let path = path.display();
                let advice = "name a file with a set of public keys";
                faults.push(("jwks", format!("cannot use {path}: {reason}; {advice}")));
            }
        }
        faults
    }
}
