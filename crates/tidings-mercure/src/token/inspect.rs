//! A token laid open for the operator: what is in it, believed or not, and why it is refused if it is.

use serde_json::{Map, Value};

use super::claims::{Claims, Dialect};
use super::compact::{Compact, decode_object};
use super::expected::Expected;
use super::limits::MAX_TOKEN_BYTES;
use super::refusal::{Part, Refusal};
use super::trust::{Role, TrustedKeys};
use super::verify::verify;

/// What a token holds and what becomes of it. Header and claims are those of anybody who can write: to be shown, escaped,
/// and not to be acted on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Inspection {
    /// The header, or why it cannot be read.
    pub header: Result<Map<String, Value>, Refusal>,
    /// The claims, or why they cannot be read.
    pub claims: Result<Map<String, Value>, Refusal>,
    /// The dialect whose rules it is held to, if it is read that far.
    pub dialect: Option<Dialect>,
    /// What it permits when it is presented to publish, or why it is refused then.
    pub publish: Result<Claims, Refusal>,
    /// The same when it is presented to subscribe.
    pub subscribe: Result<Claims, Refusal>,
}

/// Looks into a token and verifies it for both roles; `expected.role` does not count.
pub fn inspect(token: &str, keys: &TrustedKeys, expected: &Expected<'_>) -> Inspection {
    let verified = |role| verify(token, keys, &Expected { role, ..*expected });
    Inspection {
        header: part(token, 0, Part::Header),
        claims: part(token, 1, Part::Claims),
        dialect: Compact::parse(token).ok().map(|token| token.dialect()),
        publish: verified(Role::Publish),
        subscribe: verified(Role::Subscribe),
    }
}

fn part(token: &str, index: usize, part: Part) -> Result<Map<String, Value>, Refusal> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Refusal::TooLong { bytes: token.len() });
    }
    let mut parts = token.split('.');
    let found = parts.clone().count();
    let text = parts.nth(index).ok_or(Refusal::Parts { found })?;
    decode_object(text, part)
}
