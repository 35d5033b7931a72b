//! Whom the hub believes: keys, and for each the issuer it belongs to, what its tokens may do, and in which dialect.
//!
//! A token can only choose among these. That a key without an issuer and without the old dialect, which nothing could
//! ever use, cannot be written down is the reason for the two ways to make a [`TrustedKey`].

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::algorithm::Algorithm;
use super::jwks::{Jwks, JwksRefresher};
use super::key::{Key, KeyError, VerificationKey, check_algorithms, is_pem, read_public_key};

/// What a token is presented for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Role {
    Publish,
    Subscribe,
}

/// What the tokens of a key may be used for. Separate keys for both roles are better: who has stolen one cannot do what
/// the other is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Roles {
    Publish,
    Subscribe,
    Both,
}

/// All keys that the hub believes. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct TrustedKeys {
    keys: Arc<[TrustedKey]>,
}

/// A key, or a set that changes, with what it is trusted for.
#[derive(Debug, Clone)]
pub struct TrustedKey {
    source: KeySource,
    roles: Roles,
    issuer: Option<String>,
    legacy: bool,
}

/// Where a key comes from.
#[derive(Debug, Clone)]
pub struct KeySource(Source);

#[derive(Debug, Clone)]
enum Source {
    Fixed(Arc<[VerificationKey]>),
    File(Jwks),
    Jwks(Jwks),
}

/// A secret that is shorter than its algorithm asks for: guessable, if it was made up by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Weakness {
    /// Bytes that the secret has.
    pub bytes: usize,
    /// Bytes that it should have (RFC 7518, section 3.2).
    pub wanted: usize,
    /// The algorithm that asks for them.
    pub algorithm: Algorithm,
}

impl Roles {
    /// Whether `role` is among them.
    pub fn include(self, role: Role) -> bool {
        match self {
            Self::Both => true,
            Self::Publish => role == Role::Publish,
            Self::Subscribe => role == Role::Subscribe,
        }
    }
}

impl KeySource {
    /// A shared secret, with HS256, HS384 or HS512. A short one is accepted, because old installs have them; ask for its
    /// [`weakness`](Self::weakness).
    ///
    /// # Errors
    ///
    /// When it is empty or a PEM block, or an algorithm is none of HMAC.
    pub fn secret(secret: &[u8], algorithms: &[Algorithm]) -> Result<Self, KeyError> {
        if secret.is_empty() {
            return Err(KeyError::EmptySecret);
        }
        if is_pem(secret) {
            return Err(KeyError::SecretIsPem);
        }
        Self::fixed(Key::Secret(secret.to_vec()), algorithms)
    }

    /// A public key in PEM: RSA with RS* and PS*, P-256 with ES256, P-384 with ES384, Ed25519 with EdDSA.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or an algorithm does not go with its type.
    pub fn pem(pem: &[u8], algorithms: &[Algorithm]) -> Result<Self, KeyError> {
        Self::fixed(read_public_key(pem)?, algorithms)
    }

    /// What a text holds that goes with `algorithm`: a secret, or a public key in PEM.
    ///
    /// # Errors
    ///
    /// As [`secret`](Self::secret) and [`pem`](Self::pem).
    pub fn text(text: &str, algorithm: Algorithm) -> Result<Self, KeyError> {
        if algorithm.is_hmac() {
            Self::secret(text.as_bytes(), &[algorithm])
        } else {
            Self::pem(text.as_bytes(), &[algorithm])
        }
    }

    /// The key that a file holds, and what keeps it fresh: `text` is what the file was read as a moment ago. Line ends at
    /// the end of the file are no part of the key.
    ///
    /// # Errors
    ///
    /// As [`text`](Self::text).
    pub fn file(
        path: PathBuf,
        algorithm: Algorithm,
        text: &str,
    ) -> Result<(Self, JwksRefresher), KeyError> {
        let known = Self::text(text, algorithm)?.current();
        let (key, refresher) = JwksRefresher::of_key(path, algorithm, known);
        Ok((Self(Source::File(key)), refresher))
    }

    /// A set of keys.
    pub fn jwks(jwks: Jwks) -> Self {
        Self(Source::Jwks(jwks))
    }

    /// Whether it is a secret too short for an algorithm that it is allowed with.
    pub fn weakness(&self) -> Option<Weakness> {
        weakness(&self.current())
    }

    fn fixed(key: Key, algorithms: &[Algorithm]) -> Result<Self, KeyError> {
        check_algorithms(key.key_type(), algorithms)?;
        let key = VerificationKey {
            kid: None,
            algorithms: algorithms.to_vec(),
            key,
        };
        Ok(Self(Source::Fixed(Arc::new([key]))))
    }

    /// The keys as they are now.
    pub(crate) fn current(&self) -> Arc<[VerificationKey]> {
        match &self.0 {
            Source::Fixed(keys) => keys.clone(),
            Source::File(keys) | Source::Jwks(keys) => keys.current(),
        }
    }

    /// The set that a token with an unknown key makes worth another look. A key alone has no id to be unknown by.
    pub(crate) fn as_jwks(&self) -> Option<&Jwks> {
        match &self.0 {
            Source::Fixed(_) | Source::File(_) => None,
            Source::Jwks(jwks) => Some(jwks),
        }
    }
}

impl TrustedKey {
    /// A key of this issuer, whose tokens of dialect 1.0 are believed: they name it in `iss`, byte for byte.
    pub fn of_issuer(issuer: impl Into<String>, roles: Roles, source: KeySource) -> Self {
        Self {
            source,
            roles,
            issuer: Some(issuer.into()),
            legacy: false,
        }
    }

    /// A key whose tokens of dialect 0.x are believed, whatever issuer they name, and of dialect 1.0 none.
    pub fn legacy(roles: Roles, source: KeySource) -> Self {
        Self {
            source,
            roles,
            issuer: None,
            legacy: true,
        }
    }

    /// Believes tokens of dialect 0.x as well. Of a key that has an issuer they must name that one, or none.
    #[must_use]
    pub fn with_legacy(mut self) -> Self {
        self.legacy = true;
        self
    }

    /// Where the key comes from.
    pub fn source(&self) -> &KeySource {
        &self.source
    }

    /// What its tokens may be used for.
    pub fn roles(&self) -> Roles {
        self.roles
    }

    /// The issuer that it belongs to.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Whether its tokens of dialect 0.x are believed.
    pub fn accepts_legacy(&self) -> bool {
        self.legacy
    }
}

impl TrustedKeys {
    /// These keys. With none every token is refused.
    pub fn new(keys: impl IntoIterator<Item = TrustedKey>) -> Self {
        Self {
            keys: keys.into_iter().collect(),
        }
    }

    /// The keys.
    pub fn iter(&self) -> impl Iterator<Item = &TrustedKey> {
        self.keys.iter()
    }

    /// The issuers that are trusted, each once: what the metadata of the hub can name.
    pub fn issuers(&self) -> Vec<&str> {
        let mut issuers: Vec<&str> = self.iter().filter_map(TrustedKey::issuer).collect();
        issuers.sort_unstable();
        issuers.dedup();
        issuers
    }
}

/// The first secret among the keys that is too short.
pub(super) fn weakness(keys: &[VerificationKey]) -> Option<Weakness> {
    keys.iter().find_map(|key| {
        let Key::Secret(secret) = &key.key else {
            return None;
        };
        let algorithm = key.algorithms.iter().max_by_key(|a| a.secret_bytes())?;
        (secret.len() < algorithm.secret_bytes()).then(|| Weakness {
            bytes: secret.len(),
            wanted: algorithm.secret_bytes(),
            algorithm: *algorithm,
        })
    })
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Publish => "publish",
            Self::Subscribe => "subscribe",
        })
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            bytes,
            wanted,
            algorithm,
        } = self;
        write!(
            f,
            "the secret has {bytes} bytes, {algorithm} asks for {wanted}; it could be guessed, so set a longer one"
        )
    }
}
