//! The rules of 0.x, and that nothing of 1.0 falls back to them.

use serde_json::{Value, json};
use tidings_mercure::token::{
    Carrier, Dialect, Refusal, Role, Roles, TopicMatcher, TrustedKey, TrustedKeys, verify,
};

use crate::forge::{
    ISSUER, expected, keys, legacy, refused, secret_source, token, v1_claims, v1_with, verified,
};

#[test]
fn a_token_as_the_libraries_make_it_is_believed() {
    let claims = verified(&legacy(&json!({"mercure": {"publish": ["*"]}}))).unwrap();
    assert_eq!(claims.dialect, Dialect::Legacy);
    assert_eq!(claims.publish, Some(vec![TopicMatcher::template("*")]));
    assert_eq!(claims.subscribe, None);
    assert_eq!(claims.expires, None);
    for header in [
        json!({"alg": "HS256"}),
        json!({"alg": "HS256", "typ": "jwt", "kid": "x"}),
    ] {
        verified(&token(&header, &json!({"mercure": {}}))).unwrap();
    }
}

#[test]
fn absent_and_empty_lists_are_told_apart() {
    for (claim, publish) in [
        (json!({"mercure": {"publish": []}}), Some(vec![])),
        (json!({"mercure": {"publish": null}}), None),
        (json!({"mercure": {}}), None),
        (json!({"mercure": null}), None),
        (json!({}), None),
    ] {
        assert_eq!(
            verified(&legacy(&claim)).unwrap().publish,
            publish,
            "{claim}"
        );
    }
}

#[test]
fn the_claim_of_the_longer_name_wins() {
    let both =
        json!({"mercure": {"publish": ["a"]}, "https://mercure.rocks/": {"subscribe": ["b"]}});
    let claims = verified(&legacy(&both)).unwrap();
    assert_eq!(claims.publish, None);
    assert_eq!(claims.subscribe, Some(vec![TopicMatcher::template("b")]));
    let null = json!({"mercure": {"publish": ["a"]}, "https://mercure.rocks/": null});
    assert!(verified(&legacy(&null)).unwrap().publish.is_some());
}

#[test]
fn entries_are_selectors_or_objects() {
    let claims = verified(&legacy(&json!({"mercure": {
        "publish": ["/books/{id}", {"match": "a"}, {"match": "/b/:id", "match_type": "urlpattern"}],
        "subscribe": ["s", {"match": "t", "payload": [1]}, {"match": "u", "payload": null}],
        "payload": "for all",
    }})))
    .unwrap();
    let wanted = [
        TopicMatcher::template("/books/{id}"),
        TopicMatcher::exact("a"),
        TopicMatcher::url_pattern("/b/:id"),
    ];
    assert_eq!(claims.publish.as_deref(), Some(wanted.as_slice()));
    let payload_of = |own: &str| claims.payload_for(|m| m.text == own).cloned();
    assert_eq!(payload_of("s"), Some(json!("for all")));
    assert_eq!(payload_of("t"), Some(json!([1])));
    assert_eq!(payload_of("u"), Some(json!("for all")));
    assert_eq!(claims.payload, Some(json!("for all")));
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (claim, path) in [
        (json!([]), "its top"),
        (json!("*"), "its top"),
        (json!({"publish": "*"}), "publish"),
        (json!({"subscribe": {}}), "subscribe"),
        (json!({"publish": ["a", 1]}), "publish[1]"),
        (json!({"subscribe": [["a"]]}), "subscribe[0]"),
        (json!({"subscribe": [{}]}), "subscribe[0]"),
        (json!({"subscribe": [""]}), "subscribe[0]"),
        (json!({"subscribe": ["a\nb"]}), "subscribe[0]"),
        (json!({"subscribe": ["x".repeat(4097)]}), "subscribe[0]"),
        (json!({"subscribe": vec!["a"; 1001]}), "subscribe"),
    ] {
        let refusal = refused(&legacy(&json!({"mercure": claim})));
        assert!(
            matches!(&refusal, Refusal::LegacyClaim { claim: "mercure", path: p, .. } if p == path),
            "{refusal}"
        );
    }
    verified(&legacy(&json!({"mercure": {"subscribe": vec!["a"; 1000]}}))).unwrap();
}

#[test]
fn only_keys_for_it_verify_it() {
    let token = legacy(&json!({"mercure": {"publish": ["*"]}}));
    let modern = TrustedKeys::new([TrustedKey::of_issuer(ISSUER, Roles::Both, secret_source())]);
    let refusal = verify(&token, &modern, &expected(Role::Publish)).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::LegacyDisabled {
            role: Role::Publish
        }
    );
    let publisher = TrustedKeys::new([TrustedKey::legacy(Roles::Publish, secret_source())]);
    verify(&token, &publisher, &expected(Role::Publish)).unwrap();
    let refusal = verify(&token, &publisher, &expected(Role::Subscribe)).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::LegacyDisabled {
            role: Role::Subscribe
        }
    );
}

#[test]
fn an_issuer_counts_where_the_key_has_one() {
    let of = |issuer: &str| {
        legacy(&json!({"iss": issuer, "aud": "whatever", "mercure": {"publish": ["*"]}}))
    };
    verified(&of(ISSUER)).unwrap();
    let refusal = refused(&of("https://other.example"));
    assert_eq!(
        refusal,
        Refusal::LegacyIssuer {
            had: "https://other.example".to_owned()
        }
    );
    let without = TrustedKeys::new([TrustedKey::legacy(Roles::Both, secret_source())]);
    verify(
        &of("https://other.example"),
        &without,
        &expected(Role::Publish),
    )
    .unwrap();
}

#[test]
fn it_may_come_from_anywhere() {
    let token = legacy(&json!({"mercure": {"publish": ["*"]}}));
    for carrier in [
        Carrier::Header,
        Carrier::Query,
        Carrier::Cookie,
        Carrier::LegacyCookie,
    ] {
        verify(
            &token,
            &keys(),
            &expected(Role::Publish).with_carrier(carrier),
        )
        .unwrap();
    }
}

/// The stricter rules hold for whatever claims to be of 1.0 in any way, or they would be worth nothing.
#[test]
fn nothing_falls_back() {
    let with_mercure = |mut claims: Value| {
        claims["mercure"] = json!({"publish": ["*"]});
        claims["https://mercure.rocks/"] = json!({"publish": ["*"]});
        claims
    };
    let mut claims = with_mercure(v1_claims());
    claims["aud"] = json!("https://else.example");
    for typ in ["at+jwt", "application/at+jwt", "JWT"] {
        refused(&token(&json!({"alg": "HS256", "typ": typ}), &claims));
    }
    for details in [
        json!(null),
        json!([]),
        json!("x"),
        json!([{"type": "other"}]),
    ] {
        let mut claims = json!({"mercure": {"publish": ["*"]}});
        claims["authorization_details"] = details;
        assert!(matches!(refused(&legacy(&claims)), Refusal::Type { .. }));
    }
    // An access token that has the old claim only: without `iss` it is none, with everything it grants nothing.
    let header = json!({"alg": "HS256", "typ": "at+jwt"});
    let only_old = json!({"mercure": {"publish": ["*"]}});
    assert_eq!(
        refused(&token(&header, &only_old)),
        Refusal::Missing { claim: "iss" }
    );
    let mut claims = with_mercure(v1_claims());
    claims
        .as_object_mut()
        .unwrap()
        .remove("authorization_details");
    let claims = verified(&token(&header, &claims)).unwrap();
    assert_eq!((claims.publish, claims.subscribe), (None, None));
    // Nor does the old claim add to the new one.
    let claims = verified(&v1_with("mercure", json!({"publish": ["*"]}))).unwrap();
    assert_eq!(
        claims.publish,
        Some(vec![TopicMatcher::exact("https://app.example/1")])
    );
    assert_eq!(claims.payload, None);
}
