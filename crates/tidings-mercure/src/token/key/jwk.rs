//! A JSON Web Key Set (RFC 7517), read for keys that verify signatures.
//!
//! A key in it that cannot be used is left out, with the reason, as section 5 of the RFC wants: sets hold keys for
//! encryption and for algorithms to come. A set without a single usable key is an error.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::pem::{KeyError, rsa_key};
use super::verification::{Key, VerificationKey};
use crate::token::algorithm::{Algorithm, KeyType};

/// Keys of a set that are tried at all; each can cost a signature check per token.
const MAX_KEYS: usize = 64;

/// Why a set gives no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SetError {
    #[error("not a JSON Web Key Set: {0}")]
    NotASet(String),
    #[error("{0} keys are in the set, more than {MAX_KEYS}")]
    TooMany(usize),
    #[error("no key of the set can be used{}", listed(.0))]
    NoUsableKey(Vec<String>),
}

/// The keys of a set that can be used, and why others cannot.
#[derive(Debug)]
pub(crate) struct KeySet {
    pub(crate) keys: Vec<VerificationKey>,
    pub(crate) left_out: Vec<String>,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    k: Option<String>,
    d: Option<serde::de::IgnoredAny>,
}

/// Reads a set. Each key may do what is in `allowed`, goes with its type, and agrees with its own `alg` if it has one.
/// Secrets (`kty` is `oct`) are used with `secrets` only.
pub(crate) fn read_set(
    json: &[u8],
    allowed: &[Algorithm],
    secrets: bool,
) -> Result<KeySet, SetError> {
    let set: Set =
        serde_json::from_slice(json).map_err(|error| SetError::NotASet(error.to_string()))?;
    if set.keys.len() > MAX_KEYS {
        return Err(SetError::TooMany(set.keys.len()));
    }
    let mut keys = Vec::new();
    let mut left_out = Vec::new();
    for (index, value) in set.keys.into_iter().enumerate() {
        match read_key(value, allowed, secrets) {
            Ok(key) => keys.push(key),
            Err(reason) => left_out.push(format!("key {}: {reason}", index + 1)),
        }
    }
    if keys.is_empty() {
        return Err(SetError::NoUsableKey(left_out));
    }
    Ok(KeySet { keys, left_out })
}

fn read_key(
    value: serde_json::Value,
    allowed: &[Algorithm],
    secrets: bool,
) -> Result<VerificationKey, String> {
    let jwk: Jwk = serde_json::from_value(value).map_err(|error| error.to_string())?;
    if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
        return Err("its use is not \"sig\"".to_owned());
    }
    if let Some(operations) = &jwk.key_ops
        && !operations.iter().any(|operation| operation == "verify")
    {
        return Err("its key_ops lack \"verify\"".to_owned());
    }
    if jwk.d.is_some() {
        return Err("it is a private key, which has no place here".to_owned());
    }
    let key = material(&jwk)?;
    if key.key_type() == KeyType::Secret && !secrets {
        return Err("a secret is never taken from a URL".to_owned());
    }
    let algorithms = algorithms(&jwk, key.key_type(), allowed)?;
    Ok(VerificationKey {
        kid: jwk.kid,
        algorithms,
        key,
    })
}

fn algorithms(
    jwk: &Jwk,
    key_type: KeyType,
    allowed: &[Algorithm],
) -> Result<Vec<Algorithm>, String> {
    let own: Option<Algorithm> = match &jwk.alg {
        None => None,
        Some(name) => Some(name.parse().map_err(|_| format!("its alg is {name:?}"))?),
    };
    let algorithms: Vec<Algorithm> = allowed
        .iter()
        .copied()
        .filter(|algorithm| algorithm.key_type() == key_type)
        .filter(|algorithm| own.is_none_or(|own| own == *algorithm))
        .collect();
    if algorithms.is_empty() {
        return Err("none of the allowed algorithms goes with it".to_owned());
    }
    Ok(algorithms)
}

fn material(jwk: &Jwk) -> Result<Key, String> {
    match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => {
            let (n, e) = (bytes("n", &jwk.n)?, bytes("e", &jwk.e)?);
            rsa_key(&n, &e).map_err(|error: KeyError| error.to_string())
        }
        ("EC", Some("P-256")) => point(jwk, 32).map(Key::P256),
        ("EC", Some("P-384")) => point(jwk, 48).map(Key::P384),
        ("OKP", Some("Ed25519")) => sized("x", &jwk.x, 32).map(Key::Ed25519),
        ("oct", _) => match bytes("k", &jwk.k)? {
            secret if secret.is_empty() => Err("its k is empty".to_owned()),
            secret => Ok(Key::Secret(secret)),
        },
        (kty, None) => Err(format!("keys of type {kty:?} are not supported")),
        (kty, Some(crv)) => Err(format!("{kty:?} keys on {crv:?} are not supported")),
    }
}

fn point(jwk: &Jwk, length: usize) -> Result<Vec<u8>, String> {
    let (x, y) = (sized("x", &jwk.x, length)?, sized("y", &jwk.y, length)?);
    Ok([&[4], x.as_slice(), y.as_slice()].concat())
}

fn sized(name: &str, value: &Option<String>, length: usize) -> Result<Vec<u8>, String> {
    let bytes = bytes(name, value)?;
    if bytes.len() != length {
        return Err(format!("its {name} has not {length} bytes"));
    }
    Ok(bytes)
}

fn bytes(name: &str, value: &Option<String>) -> Result<Vec<u8>, String> {
    let text = value.as_ref().ok_or_else(|| format!("it has no {name}"))?;
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| format!("its {name} is not base64url"))
}

fn listed(reasons: &[String]) -> String {
    if reasons.is_empty() {
        return String::new();
    }
    format!(" ({})", reasons.join("; "))
}
