//! Which keys may verify a token: the trusted ones of its issuer, for the role, that its `kid` does not rule out.
//!
//! Keys of different issuers are never pooled, or each issuer could sign in the name of every other.

use std::sync::Arc;

use super::algorithm::Algorithm;
use super::claims::Dialect;
use super::compact::Compact;
use super::jwks::Jwks;
use super::key::VerificationKey;
use super::refusal::Refusal;
use super::trust::{Role, Roles, TrustedKey, TrustedKeys};

/// Verifies the signature, and says what the key that did is trusted with.
pub(crate) fn verify_signature(
    token: &Compact<'_>,
    keys: &TrustedKeys,
    role: Role,
) -> Result<Roles, Refusal> {
    let trusted = trusted(token, keys, role)?;
    let sets: Vec<(Roles, Arc<[VerificationKey]>)> = trusted
        .iter()
        .map(|key| (key.roles(), key.source().current()))
        .collect();
    let all: Vec<(Roles, &VerificationKey)> = sets
        .iter()
        .flat_map(|(roles, set)| set.iter().map(|key| (*roles, key)))
        .collect();
    if all.is_empty() {
        return Err(Refusal::NoKeysYet);
    }
    let named: Vec<_> = all
        .into_iter()
        .filter(|(_, key)| is_hinted(token, key))
        .collect();
    if named.is_empty() {
        let kid = token.header.kid.clone().unwrap_or_default();
        return Err(Refusal::UnknownKey { kid });
    }
    let algorithm = token.header.algorithm;
    let candidates: Vec<_> = named
        .iter()
        .filter(|(_, key)| key.algorithms.contains(&algorithm))
        .collect();
    if candidates.is_empty() {
        let allowed = allowed(named.iter().map(|(_, key)| *key));
        return Err(Refusal::Algorithm { algorithm, allowed });
    }
    candidates
        .iter()
        .find(|(_, key)| key.verifies(algorithm, token.signed, &token.signature))
        .map(|(roles, _)| *roles)
        .ok_or(Refusal::Signature {
            tried: candidates.len(),
        })
}

/// The sets that might have learned the token's key since they were read last.
pub(crate) fn lacking(token: &Compact<'_>, keys: &TrustedKeys, role: Role) -> Vec<Jwks> {
    let trusted = trusted(token, keys, role).unwrap_or_default();
    trusted
        .into_iter()
        .filter_map(|key| key.source().as_jwks())
        .filter(|set| {
            let current = set.current();
            let named = token.header.kid.is_some();
            current.is_empty() || (named && !current.iter().any(|key| key.kid == token.header.kid))
        })
        .cloned()
        .collect()
}

fn trusted<'k>(
    token: &Compact<'_>,
    keys: &'k TrustedKeys,
    role: Role,
) -> Result<Vec<&'k TrustedKey>, Refusal> {
    match token.dialect() {
        Dialect::V1 => of_issuer(token, keys, role),
        Dialect::Legacy => legacy(token, keys, role),
    }
}

fn of_issuer<'k>(
    token: &Compact<'_>,
    keys: &'k TrustedKeys,
    role: Role,
) -> Result<Vec<&'k TrustedKey>, Refusal> {
    let issuer = token
        .text("iss")?
        .ok_or(Refusal::Missing { claim: "iss" })?;
    if !keys.iter().any(|key| key.issuer() == Some(issuer)) {
        return Err(Refusal::UnknownIssuer {
            had: issuer.to_owned(),
            trusted: keys.issuers().into_iter().map(str::to_owned).collect(),
        });
    }
    let trusted: Vec<_> = keys
        .iter()
        .filter(|key| key.issuer() == Some(issuer) && key.roles().include(role))
        .collect();
    if trusted.is_empty() {
        return Err(Refusal::NoKeyForRole {
            issuer: issuer.to_owned(),
            role,
        });
    }
    Ok(trusted)
}

fn legacy<'k>(
    token: &Compact<'_>,
    keys: &'k TrustedKeys,
    role: Role,
) -> Result<Vec<&'k TrustedKey>, Refusal> {
    let mut accepting = keys
        .iter()
        .filter(|key| key.accepts_legacy() && key.roles().include(role))
        .peekable();
    if accepting.peek().is_none() {
        return Err(Refusal::LegacyDisabled { role });
    }
    let Some(issuer) = token.text("iss")? else {
        return Ok(accepting.collect());
    };
    let trusted: Vec<_> = accepting
        .filter(|key| key.issuer().is_none_or(|own| own == issuer))
        .collect();
    if trusted.is_empty() {
        return Err(Refusal::LegacyIssuer {
            had: issuer.to_owned(),
        });
    }
    Ok(trusted)
}

/// Whether the token's `kid`, if it has one, leaves this key in question. A key without an id always is.
fn is_hinted(token: &Compact<'_>, key: &VerificationKey) -> bool {
    match (&token.header.kid, &key.kid) {
        (Some(wanted), Some(kid)) => wanted == kid,
        _ => true,
    }
}

fn allowed<'k>(keys: impl Iterator<Item = &'k VerificationKey>) -> Vec<Algorithm> {
    let mut allowed = Vec::new();
    for algorithm in keys.flat_map(|key| &key.algorithms) {
        if !allowed.contains(algorithm) {
            allowed.push(*algorithm);
        }
    }
    allowed
}
