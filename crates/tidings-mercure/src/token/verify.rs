//! Whether a token is to be believed, and what it permits (draft-dunglas-mercure-08, "Token Validation").
//!
//! The signature comes first; before it, no more is read than what chooses the key. Then all claims, and a fault in any
//! of them refuses the token.

use serde_json::Value;

use super::claims::{Claims, Dialect};
use super::compact::Compact;
use super::date::check_dates;
use super::details::{Grants, read_details};
use super::expected::Expected;
use super::legacy::read_legacy;
use super::refusal::Refusal;
use super::select::{lacking, verify_signature};
use super::trust::{Role, TrustedKeys};

/// Verifies a token, with the keys as they are now.
///
/// # Errors
///
/// The first reason found to refuse it.
pub fn verify(token: &str, keys: &TrustedKeys, expected: &Expected<'_>) -> Result<Claims, Refusal> {
    verify_parsed(&Compact::parse(token)?, keys, expected)
}

/// Verifies a token; if it is refused and names a key that a set does not have, once more after the set had the chance to
/// be read again. That happens rarely enough however many such tokens come: see [`Jwks`](super::Jwks).
///
/// # Errors
///
/// As [`verify`].
pub async fn verify_refreshing(
    token: &str,
    keys: &TrustedKeys,
    expected: &Expected<'_>,
) -> Result<Claims, Refusal> {
    let token = Compact::parse(token)?;
    let verdict = verify_parsed(&token, keys, expected);
    if verdict.is_ok() {
        return verdict;
    }
    let mut refreshed = false;
    for set in lacking(&token, keys, expected.role) {
        refreshed |= set.refresh_for_unknown_key().await;
    }
    if !refreshed {
        return verdict;
    }
    verify_parsed(&token, keys, expected)
}

fn verify_parsed(
    token: &Compact<'_>,
    keys: &TrustedKeys,
    expected: &Expected<'_>,
) -> Result<Claims, Refusal> {
    let dialect = token.dialect();
    if dialect == Dialect::V1 && !token.header.is_access_token() {
        return Err(Refusal::Type {
            found: token.header.typ.clone(),
        });
    }
    let roles = verify_signature(token, keys, expected.role)?;
    if let Some(carrier) = expected.carrier
        && !carrier.admits(dialect)
    {
        return Err(Refusal::Carrier { carrier });
    }
    let expires = check_dates(&token.claims, expected.now)?;
    let (grants, payload) = match dialect {
        Dialect::V1 => {
            if expires.is_none() {
                return Err(Refusal::Missing { claim: "exp" });
            }
            check_audience(token, expected)?;
            (read_grants(token, expected)?, None)
        }
        Dialect::Legacy => read_legacy(&token.claims, expected.compiles)?,
    };
    // A key that is trusted for one role says nothing about the other, whatever its tokens hold.
    Ok(Claims {
        dialect,
        publish: grants.publish.filter(|_| roles.include(Role::Publish)),
        subscribe: grants.subscribe.filter(|_| roles.include(Role::Subscribe)),
        expires,
        issuer: token.text("iss")?.map(str::to_owned),
        subject: token.text("sub")?.map(str::to_owned),
        payload,
        payloads: grants.payloads,
    })
}

fn read_grants(token: &Compact<'_>, expected: &Expected<'_>) -> Result<Grants, Refusal> {
    match token.claims.get("authorization_details") {
        None => Ok(Grants::default()),
        Some(details) => read_details(details, expected.compiles),
    }
}

fn check_audience(token: &Compact<'_>, expected: &Expected<'_>) -> Result<(), Refusal> {
    let fault = |reason: &str| Refusal::Claim {
        claim: "aud",
        reason: reason.to_owned(),
    };
    let had = match token.claims.get("aud") {
        None => return Err(Refusal::Missing { claim: "aud" }),
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => several
            .iter()
            .map(|entry| entry.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| fault("an entry is not a string"))?,
        Some(_) => return Err(fault("it is neither a string nor an array")),
    };
    let is_this_hub = |audience: &String| {
        audience == expected.resource || Some(audience.as_str()) == expected.alias
    };
    if had.iter().any(is_this_hub) {
        return Ok(());
    }
    Err(Refusal::Audience {
        had,
        wanted: expected.resource.to_owned(),
    })
}
