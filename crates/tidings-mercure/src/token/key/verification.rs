//! A key that verifies, together with the algorithms that it may do it with.
//!
//! The one place where signatures are checked. ring compares in constant time, refuses RSA keys under 2048 bits, and
//! knows each algorithm only together with its kind of key, so an RSA key cannot serve as an HMAC secret even by mistake.

use std::fmt;

use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};

use crate::token::algorithm::{Algorithm, KeyType};

/// A key, its name in its set if it has one, and the algorithms that the operator allows with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VerificationKey {
    pub(crate) kid: Option<String>,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) key: Key,
}

/// Key material.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Key {
    Secret(Vec<u8>),
    /// Modulus and exponent, big-endian, without leading zeros.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// An uncompressed point of 65 bytes.
    P256(Vec<u8>),
    /// An uncompressed point of 97 bytes.
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl VerificationKey {
    /// Whether the signature over `message` is by this key. An algorithm that is not allowed with it verifies nothing.
    pub(crate) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.algorithms.contains(&algorithm) && self.key.verifies(algorithm, message, signature)
    }
}

impl Key {
    pub(crate) fn key_type(&self) -> KeyType {
        match self {
            Self::Secret(_) => KeyType::Secret,
            Self::Rsa { .. } => KeyType::Rsa,
            Self::P256(_) => KeyType::P256,
            Self::P384(_) => KeyType::P384,
            Self::Ed25519(_) => KeyType::Ed25519,
        }
    }

    fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if algorithm.key_type() != self.key_type() {
            return false;
        }
        let verified = match self {
            Self::Secret(secret) => {
                let Some(hash) = hmac_hash(algorithm) else {
                    return false;
                };
                let key = ring::hmac::Key::new(hash, secret);
                ring::hmac::verify(&key, message, signature)
            }
            Self::Rsa { n, e } => {
                let Some(parameters) = rsa_parameters(algorithm) else {
                    return false;
                };
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
            Self::P256(point) => UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
                .verify(message, signature),
            Self::P384(point) => UnparsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point)
                .verify(message, signature),
            Self::Ed25519(bytes) => {
                UnparsedPublicKey::new(&signature::ED25519, bytes).verify(message, signature)
            }
        };
        verified.is_ok()
    }
}

impl fmt::Debug for Key {
    /// Says what kind it is and nothing of what is in it, so that no secret gets into a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.key_type())
    }
}

pub(crate) fn hmac_hash(algorithm: Algorithm) -> Option<ring::hmac::Algorithm> {
    match algorithm {
        Algorithm::Hs256 => Some(ring::hmac::HMAC_SHA256),
        Algorithm::Hs384 => Some(ring::hmac::HMAC_SHA384),
        Algorithm::Hs512 => Some(ring::hmac::HMAC_SHA512),
        _ => None,
    }
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static signature::RsaParameters> {
    match algorithm {
        Algorithm::Rs256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}
