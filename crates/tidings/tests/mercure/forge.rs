//! Tokens, as good issuers, careless ones and attackers make them: any header, any claims.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
pub(crate) use tidings_testing::forge::{base64url, signed_with};

pub(crate) const PUBLISHER: &[u8] = b"the secret of publishers, of thirty-two bytes or more";
pub(crate) const SUBSCRIBER: &[u8] = b"the secret of subscribers, of thirty-two bytes or more";
pub(crate) const ISSUER: &str = "https://app.example";
pub(crate) const HUB: &str = "https://hub.example/.well-known/mercure";
pub(crate) const DETAIL: &str = "https://mercure.rocks/authorization-detail";

/// Now, in seconds since 1970.
pub(crate) fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs_f64()
}

/// The claims of a good token of 1.0 with these details: no more than a hub may ask for.
pub(crate) fn claims(details: Value) -> Value {
    json!({"iss": ISSUER, "aud": HUB, "exp": now() + 600.0, "authorization_details": details})
}

/// A token of 1.0 with these claims.
pub(crate) fn v1(secret: &[u8], claims: &Value) -> String {
    let header = r#"{"alg":"HS256","typ":"at+jwt"}"#;
    signed_with(secret, header, &claims.to_string())
}

/// A token of 0.x with these claims.
pub(crate) fn legacy(secret: &[u8], claims: &Value) -> String {
    let header = r#"{"alg":"HS256","typ":"JWT"}"#;
    signed_with(secret, header, &claims.to_string())
}

/// One authorization detail for exact topics.
pub(crate) fn detail(action: &str, topics: &[&str]) -> Value {
    let topics: Vec<Value> = topics.iter().map(|topic| json!({"match": topic})).collect();
    json!({"type": DETAIL, "actions": [action], "topics": topics})
}

/// A token of 1.0 that may publish to these topics.
pub(crate) fn may_publish(topics: &[&str]) -> String {
    v1(PUBLISHER, &claims(json!([detail("publish", topics)])))
}

/// A token of 1.0 that may read what is private to these topics.
pub(crate) fn may_read(topics: &[&str]) -> String {
    v1(SUBSCRIBER, &claims(json!([detail("subscribe", topics)])))
}

/// A token of 0.x that may publish to what these select; without any date, as most are.
pub(crate) fn legacy_publisher(selectors: &[&str]) -> String {
    legacy(PUBLISHER, &json!({"mercure": {"publish": selectors}}))
}

/// A token of 0.x that may read what is private to what these select.
pub(crate) fn legacy_reader(selectors: &[&str]) -> String {
    legacy(SUBSCRIBER, &json!({"mercure": {"subscribe": selectors}}))
}
