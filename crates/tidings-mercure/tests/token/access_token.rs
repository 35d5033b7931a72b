//! The rules of 1.0.

use serde_json::{Value, json};
use tidings_mercure::HubUrl;
use tidings_mercure::token::{
    Carrier, Dialect, Expected, Refusal, Role, Roles, TopicMatcher, TrustedKey, TrustedKeys, verify,
};

use crate::forge::{
    HUB, ISSUER, expected, keys, now, refused, secret_source, token, v1_claims, v1_header, v1_with,
    verified,
};

#[test]
fn what_a_hub_must_not_require_may_be_missing() {
    let claims = verified(&token(&v1_header(), &v1_claims())).unwrap();
    assert_eq!(claims.dialect, Dialect::V1);
    assert_eq!(
        claims.publish,
        Some(vec![TopicMatcher::exact("https://app.example/1")])
    );
    assert_eq!(claims.subscribe, claims.publish);
    assert_eq!(claims.issuer.as_deref(), Some(ISSUER));
    assert_eq!(claims.subject, None);
    assert_eq!(
        verified(&v1_with("sub", json!("me")))
            .unwrap()
            .subject
            .as_deref(),
        Some("me")
    );
}

#[test]
fn the_type_is_that_of_an_access_token() {
    for good in [
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/At+Jwt",
    ] {
        verified(&token(&json!({"alg": "HS256", "typ": good}), &v1_claims())).unwrap();
    }
    for bad in [
        "JWT",
        "at+jwt ",
        "jwt",
        "at+jwtx",
        "text/at+jwt",
        "application/application/at+jwt",
        "",
    ] {
        let refusal = refused(&token(&json!({"alg": "HS256", "typ": bad}), &v1_claims()));
        assert_eq!(
            refusal,
            Refusal::Type {
                found: Some(bad.to_owned())
            }
        );
    }
    let refusal = refused(&token(&json!({"alg": "HS256"}), &v1_claims()));
    assert_eq!(refusal, Refusal::Type { found: None });
    let refusal = refused(&token(&json!({"alg": "HS256", "typ": 1}), &v1_claims()));
    assert_eq!(refusal, Refusal::HeaderParameter { name: "typ" });
}

#[test]
fn the_issuer_is_there_and_trusted() {
    assert_eq!(
        refused(&v1_with("iss", Value::Null)),
        Refusal::Missing { claim: "iss" }
    );
    for bad in [
        "https://evil.example",
        "https://app.example/",
        "HTTPS://APP.EXAMPLE",
        "",
    ] {
        let refusal = refused(&v1_with("iss", json!(bad)));
        let wanted = Refusal::UnknownIssuer {
            had: bad.to_owned(),
            trusted: vec![ISSUER.to_owned()],
        };
        assert_eq!(refusal, wanted);
    }
    let refusal = refused(&v1_with("iss", json!([ISSUER])));
    assert!(matches!(refusal, Refusal::Claim { claim: "iss", .. }));
}

#[test]
fn a_legacy_key_has_no_issuer_and_verifies_nothing_of_this() {
    let keys = TrustedKeys::new([TrustedKey::legacy(Roles::Both, secret_source())]);
    let token = token(&v1_header(), &v1_claims());
    let refusal = verify(&token, &keys, &expected(Role::Publish)).unwrap_err();
    assert!(
        matches!(refusal, Refusal::UnknownIssuer { .. }),
        "{refusal}"
    );
}

#[test]
fn the_audience_is_this_hub() {
    for good in [
        json!(HUB),
        json!([HUB]),
        json!(["https://else.example", HUB]),
    ] {
        verified(&v1_with("aud", good)).unwrap();
    }
    assert_eq!(
        refused(&v1_with("aud", Value::Null)),
        Refusal::Missing { claim: "aud" }
    );
    for bad in [
        json!("https://else.example"),
        json!([]),
        json!([format!("{HUB}/")]),
        json!(""),
    ] {
        let refusal = refused(&v1_with("aud", bad));
        assert!(matches!(refusal, Refusal::Audience { .. }), "{refusal}");
    }
    for bad in [json!(1), json!([HUB, 1]), json!({HUB: true})] {
        let refusal = refused(&v1_with("aud", bad));
        assert!(
            matches!(refusal, Refusal::Claim { claim: "aud", .. }),
            "{refusal}"
        );
    }
    let refusal = refused(&v1_with("aud", json!(["https://else.example"])));
    assert_eq!(
        refusal.to_string(),
        r#"it is for "https://else.example" ("aud"), and this hub is "https://hub.example/.well-known/mercure""#
    );
}

#[test]
fn without_details_nothing_is_granted() {
    let claims = verified(&v1_with("authorization_details", Value::Null)).unwrap();
    assert_eq!((claims.publish, claims.subscribe), (None, None));
    let claims = verified(&v1_with("authorization_details", json!([]))).unwrap();
    assert_eq!((claims.publish, claims.subscribe), (None, None));
}

#[test]
fn it_never_comes_in_a_url_or_the_old_cookie() {
    let token = token(&v1_header(), &v1_claims());
    for (carrier, admitted) in [
        (Carrier::Header, true),
        (Carrier::Cookie, true),
        (Carrier::Query, false),
        (Carrier::LegacyCookie, false),
    ] {
        let expected = expected(Role::Publish).with_carrier(carrier);
        let verdict = verify(&token, &keys(), &expected);
        assert_eq!(verdict.is_ok(), admitted, "{carrier}");
        if let Err(refusal) = verdict {
            assert_eq!(refusal, Refusal::Carrier { carrier });
        }
    }
}

/// Anybody can send a token, and refusals are logged.
#[test]
fn a_refusal_quotes_escaped_and_little() {
    let text = refused(&v1_with("iss", json!("\u{1b}[31m\nforged line"))).to_string();
    assert!(!text.contains('\u{1b}') && !text.contains('\n'), "{text:?}");
    let text = refused(&v1_with("iss", json!("x".repeat(8000)))).to_string();
    assert!(text.len() < 400, "{}", text.len());
    let text = refused(&v1_with("aud", json!(vec!["x"; 1000]))).to_string();
    assert!(text.len() < 400, "{}", text.len());
}

/// A hub whose address is written as an origin alone is known to issuers by its URL, or by what was written.
#[test]
fn the_audience_may_be_the_origin_that_the_hub_was_written_as() {
    for (written, audience, believed) in [
        ("https://hub.example", HUB, true),
        ("https://hub.example", "https://hub.example", true),
        ("https://hub.example", "https://hub.example/", false),
        ("https://hub.example/", "https://hub.example/", true),
        ("https://hub.example/", "https://hub.example", false),
        ("https://hub.example", "https://other.example", false),
        (HUB, "https://hub.example", false),
        ("https://hub.example/hub", "https://hub.example", false),
        ("https://hub.example/hub", HUB, false),
    ] {
        let hub = HubUrl::parse(written).unwrap();
        let expected = Expected::at(Role::Publish, &hub, now());
        let verdict = verify(&v1_with("aud", json!(audience)), &keys(), &expected);
        assert_eq!(verdict.is_ok(), believed, "{written}, {audience}");
    }
}
