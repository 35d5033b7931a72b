//! What the operator sees.

use serde_json::json;
use tidings_mercure::token::{Dialect, Refusal, Role, Roles, TrustedKey, TrustedKeys, inspect};

use crate::forge::{
    ISSUER, NOW, expected, keys, legacy, secret_source, token, v1_claims, v1_header, v1_with,
};

#[test]
fn it_is_said_for_each_role() {
    let keys = TrustedKeys::new([TrustedKey::of_issuer(
        ISSUER,
        Roles::Subscribe,
        secret_source(),
    )]);
    let inspection = inspect(
        &token(&v1_header(), &v1_claims()),
        &keys,
        &expected(Role::Publish),
    );
    assert_eq!(inspection.dialect, Some(Dialect::V1));
    assert_eq!(inspection.claims.unwrap()["iss"], json!(ISSUER));
    assert!(inspection.subscribe.is_ok());
    assert!(matches!(
        inspection.publish,
        Err(Refusal::NoKeyForRole { .. })
    ));
}

#[test]
fn what_is_refused_is_shown_all_the_same() {
    let inspection = inspect(
        &v1_with("exp", json!(NOW - 1)),
        &keys(),
        &expected(Role::Publish),
    );
    assert_eq!(inspection.claims.unwrap()["exp"], json!(NOW - 1));
    assert_eq!(
        inspection.publish.unwrap_err().to_string(),
        "it expired at 2024-09-03T12:10:59Z"
    );

    let inspection = inspect(
        &legacy(&json!({"mercure": {}})),
        &TrustedKeys::default(),
        &expected(Role::Publish),
    );
    assert_eq!(inspection.dialect, Some(Dialect::Legacy));
    assert_eq!(
        inspection.publish.unwrap_err().to_string(),
        "tokens of 0.x (with a \"mercure\" claim) are not enabled for any key trusted to publish"
    );
}

#[test]
fn what_cannot_be_read_is_said_for_each_part() {
    let inspection = inspect("e30.x.", &keys(), &expected(Role::Publish));
    assert!(inspection.header.unwrap().is_empty());
    assert!(matches!(inspection.claims, Err(Refusal::Encoding { .. })));
    let inspection = inspect("", &keys(), &expected(Role::Publish));
    assert!(
        inspection.header.is_err() && inspection.claims.is_err() && inspection.dialect.is_none()
    );
    let inspection = inspect(&"x".repeat(100_000), &keys(), &expected(Role::Publish));
    assert!(matches!(inspection.header, Err(Refusal::TooLong { .. })));
}
