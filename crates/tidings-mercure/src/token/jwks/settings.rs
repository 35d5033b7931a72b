//! Where a set of keys is, what it is trusted with, and how often it is looked at.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::{SetError, VerificationKey, fetch, read_set};
use crate::token::algorithm::Algorithm;
use crate::token::key::KeyError;

/// Where a set is. It comes from the operator and from nobody else: no token has a say in where the hub connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwksLocation {
    /// A file, looked at every ten seconds.
    File(PathBuf),
    /// An http or https URL. Redirects are not followed.
    Url(Url),
}

/// How a set is read and kept.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct JwksSettings {
    /// What its keys may be used with, each as far as its type and its own `alg` go along. By default all algorithms of
    /// public keys; those of secrets only where they are named, and never from a URL.
    pub algorithms: Vec<Algorithm>,
    /// Time between two fetches of a URL: five minutes by default. After a failure it is tried again earlier.
    pub refresh: Duration,
    /// The least time between a refresh and one that a token with an unknown key asks for: ten seconds by default.
    pub cooldown: Duration,
}

/// Why a set cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JwksError {
    /// Secrets were to be taken from a URL.
    #[error("{0} works with a secret, and secrets are never taken from a URL; use a file")]
    SecretFromUrl(Algorithm),
    /// A URL of another scheme.
    #[error("the key set cannot be fetched by {0:?}; use an http or https URL")]
    Scheme(String),
    /// No client for the URL can be made.
    #[error("cannot prepare for https: {0}; install the CA certificates of the system")]
    Client(String),
    /// The file cannot be read.
    #[error("cannot read the file")]
    File(#[source] std::io::Error),
    /// The URL cannot be fetched.
    #[error("cannot fetch the key set: {0}")]
    Fetch(String),
    /// Another answer than 200.
    #[error("cannot fetch the key set: the answer has the status {0}, not 200")]
    Status(u16),
    /// More than a set, or a key, has.
    #[error("there are more than {limit} bytes", limit = fetch::MAX_BYTES)]
    TooLarge,
    /// Not a set, or one without a key that can be used.
    #[error("{0}")]
    Set(String),
    /// Not a key that can be used.
    #[error("{0}")]
    Key(KeyError),
    /// No key is written so.
    #[error("the file is not UTF-8; write a secret or a key in PEM into it")]
    NotText,
}

impl Default for JwksSettings {
    fn default() -> Self {
        Self {
            algorithms: Algorithm::PUBLIC_KEY.to_vec(),
            refresh: Duration::from_secs(5 * 60),
            cooldown: Duration::from_secs(10),
        }
    }
}

impl JwksSettings {
    /// What the keys may be used with.
    #[must_use]
    pub fn with_algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Time between two fetches of a URL.
    #[must_use]
    pub fn with_refresh(mut self, refresh: Duration) -> Self {
        self.refresh = refresh;
        self
    }

    /// The least time between a refresh and one that an unknown key asks for.
    #[must_use]
    pub fn with_cooldown(mut self, cooldown: Duration) -> Self {
        self.cooldown = cooldown;
        self
    }

    pub(super) fn read(
        &self,
        json: &[u8],
        secrets: bool,
    ) -> Result<Arc<[VerificationKey]>, JwksError> {
        let set = read_set(json, &self.algorithms, secrets)
            .map_err(|error: SetError| JwksError::Set(error.to_string()))?;
        for reason in &set.left_out {
            tracing::debug!(%reason, "a key of the key set is not used");
        }
        Ok(set.keys.into())
    }
}
