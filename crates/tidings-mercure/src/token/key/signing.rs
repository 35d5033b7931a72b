//! A key that signs: what [`mint`](crate::token::mint()) needs. The hub itself never signs.

use std::fmt;

use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};

use super::block::{is_pem, read_block};
use super::verification::hmac_hash;
use crate::token::algorithm::{Algorithm, KeyType};

/// A secret or a private key, and the algorithm that it signs with.
pub struct SigningKey {
    algorithm: Algorithm,
    pair: Pair,
}

/// Why a key cannot sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// A secret without a byte in it.
    #[error("the secret is empty; take one of 32 bytes or more")]
    EmptySecret,
    /// A PEM block was given as secret.
    #[error(
        "the secret is a PEM block; name an algorithm of private keys for it, such as ES256 or RS256"
    )]
    SecretIsPem,
    /// An algorithm that needs a private key was named with a secret.
    #[error("{0} needs a private key, not a secret; a secret works with HS256, HS384 and HS512")]
    NeedsPrivateKey(Algorithm),
    /// An algorithm that needs a secret was named with a private key.
    #[error("{0} needs a secret, not a private key")]
    NeedsSecret(Algorithm),
    /// Not PEM.
    #[error("the key is not valid PEM ({0}); it begins with -----BEGIN PRIVATE KEY-----")]
    NotPem(String),
    /// PEM of something else, or in a form that is not read.
    #[error(
        "the PEM block is a {0}, not a PRIVATE KEY; convert it with: openssl pkcs8 -topk8 -nocrypt -in key.pem"
    )]
    NotAPrivateKey(String),
    /// A private key of another type, or a damaged one.
    #[error("the private key does not work with {algorithm} ({reason})")]
    #[expect(missing_docs, reason = "the message names them")]
    Rejected {
        algorithm: Algorithm,
        reason: String,
    },
}

/// The system had no random bytes, or the key cannot be used to sign after all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("signing failed")]
pub(crate) struct SigningFailed;

enum Pair {
    Secret(ring::hmac::Key),
    Rsa(Box<RsaKeyPair>),
    Ecdsa(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl SigningKey {
    /// A shared secret.
    ///
    /// # Errors
    ///
    /// When it is empty, a PEM block, or `algorithm` needs a private key.
    pub fn secret(secret: &[u8], algorithm: Algorithm) -> Result<Self, SigningKeyError> {
        if secret.is_empty() {
            return Err(SigningKeyError::EmptySecret);
        }
        let hash = hmac_hash(algorithm).ok_or(SigningKeyError::NeedsPrivateKey(algorithm))?;
        if is_pem(secret) {
            return Err(SigningKeyError::SecretIsPem);
        }
        let pair = Pair::Secret(ring::hmac::Key::new(hash, secret));
        Ok(Self { algorithm, pair })
    }

    /// A private key in PEM: PKCS#8 (`PRIVATE KEY`), for RSA also PKCS#1 (`RSA PRIVATE KEY`).
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is not of the type that `algorithm` needs.
    pub fn pem(pem: &[u8], algorithm: Algorithm) -> Result<Self, SigningKeyError> {
        let (label, der) = read_block(pem).map_err(SigningKeyError::NotPem)?;
        let der = der.as_slice();
        let rejected = |error: ring::error::KeyRejected| SigningKeyError::Rejected {
            algorithm,
            reason: error.to_string(),
        };
        let random = SystemRandom::new();
        let pair = match (label, algorithm.key_type()) {
            (_, KeyType::Secret) => return Err(SigningKeyError::NeedsSecret(algorithm)),
            ("RSA PRIVATE KEY", KeyType::Rsa) => {
                Pair::Rsa(Box::new(RsaKeyPair::from_der(der).map_err(rejected)?))
            }
            ("PRIVATE KEY", KeyType::Rsa) => {
                Pair::Rsa(Box::new(RsaKeyPair::from_pkcs8(der).map_err(rejected)?))
            }
            ("PRIVATE KEY", KeyType::P256) => {
                let curve = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_pkcs8(curve, der, &random).map_err(rejected)?;
                Pair::Ecdsa(Box::new(pair))
            }
            ("PRIVATE KEY", KeyType::P384) => {
                let curve = &signature::ECDSA_P384_SHA384_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_pkcs8(curve, der, &random).map_err(rejected)?;
                Pair::Ecdsa(Box::new(pair))
            }
            // Unchecked, because OpenSSL leaves out the public key that ring would check it against.
            ("PRIVATE KEY", KeyType::Ed25519) => Pair::Ed25519(Box::new(
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(rejected)?,
            )),
            (other, _) => return Err(SigningKeyError::NotAPrivateKey(other.to_owned())),
        };
        Ok(Self { algorithm, pair })
    }

    /// The algorithm that it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Secret(key) => Ok(ring::hmac::sign(key, message).as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::Ecdsa(pair) => {
                let signature = pair.sign(&random, message).map_err(|_| SigningFailed)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Rsa(pair) => {
                let padding = rsa_padding(self.algorithm).ok_or(SigningFailed)?;
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(padding, &random, message, &mut signature)
                    .map_err(|_| SigningFailed)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    /// Nothing of the key itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.algorithm)
    }
}

fn rsa_padding(algorithm: Algorithm) -> Option<&'static dyn signature::RsaEncoding> {
    match algorithm {
        Algorithm::Rs256 => Some(&signature::RSA_PKCS1_SHA256),
        Algorithm::Rs384 => Some(&signature::RSA_PKCS1_SHA384),
        Algorithm::Rs512 => Some(&signature::RSA_PKCS1_SHA512),
        Algorithm::Ps256 => Some(&signature::RSA_PSS_SHA256),
        Algorithm::Ps384 => Some(&signature::RSA_PSS_SHA384),
        Algorithm::Ps512 => Some(&signature::RSA_PSS_SHA512),
        _ => None,
    }
}
