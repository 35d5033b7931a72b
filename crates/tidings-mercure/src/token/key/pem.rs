//! A public key in PEM, as OpenSSL writes it: `PUBLIC KEY` (RFC 5280 SubjectPublicKeyInfo) or `RSA PUBLIC KEY` (PKCS#1).
//!
//! A private key or a certificate is refused rather than read for the public key in it: it stands there by mistake, and
//! a private key on a hub that only verifies is one place more from which it can be stolen.

use spki::der::asn1::{ObjectIdentifier, UintRef};
use spki::der::{Decode, Reader, SliceReader};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::block::read_block;
use super::verification::Key;
use crate::token::algorithm::{Algorithm, KeyType, Listed};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// RFC 7518, section 3.3, asks for 2048 at least; ring computes with 8192 at most.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Why a key cannot be trusted with what it was configured for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A secret without a byte in it.
    #[error("the secret is empty; set one of 32 bytes or more")]
    EmptySecret,
    /// A PEM block was given where a secret is expected: everybody who has that public key could sign with it.
    #[error(
        "the secret is a PEM block; name an algorithm of public keys for it, such as ES256 or RS256"
    )]
    SecretIsPem,
    /// No algorithm at all.
    #[error("no algorithm is allowed with the key; name at least one")]
    NoAlgorithm,
    /// An algorithm that does not go with the type of the key.
    #[error("{algorithm} does not work with a key of type {key_type}; choose from {choice}")]
    #[expect(missing_docs, reason = "the message names them")]
    AlgorithmDoesNotFit {
        algorithm: Algorithm,
        key_type: String,
        choice: String,
    },
    /// Not PEM.
    #[error("the key is not valid PEM ({0}); it begins with -----BEGIN PUBLIC KEY-----")]
    NotPem(String),
    /// PEM of something else.
    #[error(
        "the PEM block is a {0}, not a public key; make one with: openssl pkey -in key.pem -pubout"
    )]
    NotAPublicKey(String),
    /// A public key that cannot be read.
    #[error("the public key is damaged ({0})")]
    Damaged(String),
    /// A public key of a type or curve that none of our algorithms works with.
    #[error("keys of this type are not supported ({0}); use RSA, P-256, P-384 or Ed25519")]
    UnsupportedType(String),
    /// An RSA key that is too short to be safe, or too long.
    #[error("the RSA key has {0} bits; use 2048 to 8192")]
    RsaSize(usize),
}

/// Checks that each algorithm works with such a key.
pub(crate) fn check_algorithms(
    key_type: KeyType,
    algorithms: &[Algorithm],
) -> Result<(), KeyError> {
    if algorithms.is_empty() {
        return Err(KeyError::NoAlgorithm);
    }
    match algorithms.iter().find(|a| a.key_type() != key_type) {
        None => Ok(()),
        Some(&algorithm) => Err(KeyError::AlgorithmDoesNotFit {
            algorithm,
            key_type: key_type.to_string(),
            choice: Listed(&key_type.algorithms()).to_string(),
        }),
    }
}

/// Reads one public key.
pub(crate) fn read_public_key(pem: &[u8]) -> Result<Key, KeyError> {
    let (label, der) = read_block(pem).map_err(KeyError::NotPem)?;
    match label {
        "PUBLIC KEY" => read_subject_public_key_info(&der),
        "RSA PUBLIC KEY" => read_rsa(&der),
        other => Err(KeyError::NotAPublicKey(other.to_owned())),
    }
}

/// An RSA key of its two numbers, as long as it is safe to use.
pub(crate) fn rsa_key(n: &[u8], e: &[u8]) -> Result<Key, KeyError> {
    let n = without_leading_zeros(n);
    let bits = match n.first() {
        None => 0,
        Some(first) => n.len() * 8 - first.leading_zeros() as usize,
    };
    if !RSA_BITS.contains(&bits) {
        return Err(KeyError::RsaSize(bits));
    }
    Ok(Key::Rsa {
        n: n.to_vec(),
        e: without_leading_zeros(e).to_vec(),
    })
}

fn read_subject_public_key_info(der: &[u8]) -> Result<Key, KeyError> {
    let damaged = |error: spki::der::Error| KeyError::Damaged(error.to_string());
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(damaged)?;
    let bits = info
        .subject_public_key
        .as_bytes()
        .ok_or_else(|| KeyError::Damaged("it ends within a byte".to_owned()))?;
    match info.algorithm.oid {
        RSA => read_rsa(bits),
        EC => match curve(&info.algorithm)? {
            P256 => point(bits, 65).map(Key::P256),
            P384 => point(bits, 97).map(Key::P384),
            other => Err(KeyError::UnsupportedType(format!("curve {other}"))),
        },
        ED25519 if bits.len() == 32 => Ok(Key::Ed25519(bits.to_vec())),
        ED25519 => Err(KeyError::Damaged("it has not 32 bytes".to_owned())),
        other => Err(KeyError::UnsupportedType(other.to_string())),
    }
}

fn curve(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<ObjectIdentifier, KeyError> {
    algorithm
        .parameters_oid()
        .map_err(|_| KeyError::UnsupportedType("a curve without a name".to_owned()))
}

/// `RSAPublicKey` of PKCS#1 (RFC 8017, appendix A.1.1): modulus and exponent.
fn read_rsa(der: &[u8]) -> Result<Key, KeyError> {
    let numbers = || -> Result<_, spki::der::Error> {
        let mut reader = SliceReader::new(der)?;
        let numbers = reader.sequence(|inner| -> Result<_, spki::der::Error> {
            Ok((UintRef::decode(inner)?, UintRef::decode(inner)?))
        })?;
        reader.finish()?;
        Ok(numbers)
    };
    let (n, e) = numbers().map_err(|error| KeyError::Damaged(error.to_string()))?;
    rsa_key(n.as_bytes(), e.as_bytes())
}

fn point(bytes: &[u8], length: usize) -> Result<Vec<u8>, KeyError> {
    if bytes.len() != length || bytes[0] != 4 {
        return Err(KeyError::UnsupportedType("a compressed point".to_owned()));
    }
    Ok(bytes.to_vec())
}

fn without_leading_zeros(mut bytes: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}
