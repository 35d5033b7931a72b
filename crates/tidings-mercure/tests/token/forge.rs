//! Tokens as an attacker or a careless issuer makes them: any header, any claims, signed or not.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tidings_mercure::token::{
    Algorithm, Claims, Expected, KeySource, Refusal, Role, Roles, TrustedKey, TrustedKeys, verify,
};
pub(crate) use tidings_testing::forge::{base64url, signed_with};

pub(crate) const SECRET: &[u8] = b"a secret of more than thirty-two bytes";
pub(crate) const ISSUER: &str = "https://app.example";
pub(crate) const HUB: &str = "https://hub.example/.well-known/mercure";
pub(crate) const DETAIL: &str = "https://mercure.rocks/authorization-detail";

/// The present of these tests, in seconds.
pub(crate) const NOW: u64 = 1_725_365_460;

pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

/// A token with the right signature.
pub(crate) fn token(header: &Value, claims: &Value) -> String {
    signed_with(SECRET, &header.to_string(), &claims.to_string())
}

pub(crate) fn v1_header() -> Value {
    json!({"alg": "HS256", "typ": "at+jwt"})
}

/// The claims of a good token of 1.0, as small as the conformance suite has them.
pub(crate) fn v1_claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": HUB,
        "exp": NOW + 600,
        "authorization_details": [
            {"type": DETAIL, "actions": ["publish", "subscribe"], "topics": [{"match": "https://app.example/1"}]},
        ],
    })
}

/// A good token of 1.0 in which something is set, or with null removed.
pub(crate) fn v1_with(name: &str, value: Value) -> String {
    let mut claims = v1_claims();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    token(&v1_header(), &claims)
}

/// A token of 0.x.
pub(crate) fn legacy(claims: &Value) -> String {
    token(&json!({"alg": "HS256", "typ": "JWT"}), claims)
}

pub(crate) fn secret_source() -> KeySource {
    KeySource::secret(SECRET, &[Algorithm::Hs256]).unwrap()
}

/// The secret, for both roles and both dialects.
pub(crate) fn keys() -> TrustedKeys {
    TrustedKeys::new([TrustedKey::of_issuer(ISSUER, Roles::Both, secret_source()).with_legacy()])
}

pub(crate) fn expected(role: Role) -> Expected<'static> {
    Expected::new(role, HUB, now())
}

/// Verified for publishing with [`keys`].
pub(crate) fn verified(token: &str) -> Result<Claims, Refusal> {
    verify(token, &keys(), &expected(Role::Publish))
}

/// Why it is refused, and that it is for the other role, too.
pub(crate) fn refused(token: &str) -> Refusal {
    let refusal = verified(token).unwrap_err();
    verify(token, &keys(), &expected(Role::Subscribe)).unwrap_err();
    refusal
}
