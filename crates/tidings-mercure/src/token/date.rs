//! `exp`, `nbf` and `iat`: seconds since 1970, whole or not (RFC 7519, section 2, NumericDate).
//!
//! Fractions occur: the PHP library of Symfony and Laravel writes `1725365460.408731`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The end of the year 9999. Later ones are milliseconds by mistake, or an attempt to break the arithmetic.
const LATEST: f64 = 253_402_300_799.0;

/// How much the clock of an issuer may run ahead of ours, for `nbf` only. Issuers set it to the very moment at which they
/// sign, and the token is used at once, on another machine. It permits nothing that would not be permitted a minute later.
///
/// `exp` has no such leeway: a stream must be closed no later than then.
const NOT_BEFORE_LEEWAY: Duration = Duration::from_secs(60);

/// The moment in a claim, if the claim is there.
pub(crate) fn date(
    claims: &Map<String, Value>,
    claim: &'static str,
) -> Result<Option<SystemTime>, Refusal> {
    let fault = |reason: &str| Refusal::Claim {
        claim,
        reason: reason.to_owned(),
    };
    let Some(value) = claims.get(claim) else {
        return Ok(None);
    };
    let seconds = value
        .as_f64()
        .ok_or_else(|| fault("it is not a number of seconds"))?;
    if !(0.0..=LATEST).contains(&seconds) {
        return Err(fault(
            "it is not between the years 1970 and 9999; it counts seconds, not milliseconds",
        ));
    }
    Duration::try_from_secs_f64(seconds)
        .ok()
        .and_then(|since| UNIX_EPOCH.checked_add(since))
        .map(Some)
        .ok_or_else(|| fault("it is out of range"))
}

/// Checks all three, and gives `exp`.
pub(crate) fn check_dates(
    claims: &Map<String, Value>,
    now: SystemTime,
) -> Result<Option<SystemTime>, Refusal> {
    let expires = date(claims, "exp")?;
    let not_before = date(claims, "nbf")?;
    // When it was issued decides nothing here; it must be a date all the same.
    date(claims, "iat")?;
    if let Some(at) = expires
        && now >= at
    {
        return Err(Refusal::Expired { at });
    }
    if let Some(from) = not_before
        && from
            .duration_since(now)
            .is_ok_and(|ahead| ahead > NOT_BEFORE_LEEWAY)
    {
        return Err(Refusal::NotYetValid { from });
    }
    Ok(expires)
}

/// As a claim: whole seconds, rounded down, so that no token lives longer than was asked for.
pub(crate) fn to_claim(moment: SystemTime) -> Option<u64> {
    let seconds = moment.duration_since(UNIX_EPOCH).ok()?.as_secs();
    (seconds as f64 <= LATEST).then_some(seconds)
}
