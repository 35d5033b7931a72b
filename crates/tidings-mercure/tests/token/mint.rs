//! What is made is accepted.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use tidings_mercure::token::{
    Algorithm, Draft, Inspection, MintError, Role, SigningKey, TopicMatcher, inspect, mint,
};

use crate::forge::{HUB, ISSUER, NOW, SECRET, expected, keys, now, verified};

fn key() -> SigningKey {
    SigningKey::secret(SECRET, Algorithm::Hs256).unwrap()
}

fn v1() -> Draft {
    Draft::v1(ISSUER, HUB, now() + Duration::from_millis(60_900))
}

fn inspected(draft: &Draft) -> Inspection {
    let token = mint(draft, &key(), now()).unwrap();
    inspect(&token, &keys(), &expected(Role::Publish))
}

#[test]
fn a_1_0_token_has_all_that_issuers_must_give() {
    let draft = v1()
        .with_publish([
            TopicMatcher::exact("a"),
            TopicMatcher::url_pattern("/b/:id"),
        ])
        .with_subscribe([TopicMatcher::exact("*")])
        .with_payload(json!({"name": "x"}))
        .with_kid("k1");
    let inspection = inspected(&draft);
    assert_eq!(
        serde_json::Value::Object(inspection.header.unwrap()),
        json!({"alg": "HS256", "typ": "at+jwt", "kid": "k1"})
    );
    let claims = inspection.claims.unwrap();
    for claim in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        assert!(claims.contains_key(claim), "{claim}");
    }
    assert_eq!(claims["exp"], json!(NOW + 60));
    let verified = inspection.subscribe.unwrap();
    assert_eq!(verified.publish.as_ref().map(Vec::len), Some(2));
    assert_eq!(verified.payload_for(|_| true), Some(&json!({"name": "x"})));
    assert_eq!(verified.subject.as_deref(), Some(ISSUER));
}

#[test]
fn a_0_x_token_has_what_was_asked_for_and_no_more() {
    let draft = Draft::legacy()
        .with_publish([
            TopicMatcher::template("*"),
            TopicMatcher::url_pattern("/b/:id"),
        ])
        .with_subscribe([])
        .with_payload(json!([1]));
    let inspection = inspected(&draft);
    assert_eq!(inspection.header.unwrap()["typ"], json!("JWT"));
    assert_eq!(
        serde_json::Value::Object(inspection.claims.unwrap()),
        json!({
            "iat": NOW,
            "mercure": {
                "publish": ["*", {"match": "/b/:id", "match_type": "urlpattern"}],
                "subscribe": [],
                "payload": [1],
            },
        })
    );
    let verified = inspection.publish.unwrap();
    assert_eq!(verified.subscribe, Some(vec![]));
    assert_eq!(verified.payload, Some(json!([1])));
}

#[test]
fn what_no_hub_would_accept_is_not_made() {
    let error = |draft: Draft| mint(&draft, &key(), now()).unwrap_err();
    let many = vec![TopicMatcher::exact("a"); 101];
    assert!(matches!(
        error(v1().with_publish(many)),
        MintError::Refused(_)
    ));
    assert!(matches!(
        error(v1().with_publish([TopicMatcher::exact("")])),
        MintError::Refused(_)
    ));
    assert!(matches!(
        error(Draft::legacy().with_publish([TopicMatcher::template("\n")])),
        MintError::Refused(_)
    ));
    let long = vec![TopicMatcher::template("x".repeat(4000)); 4];
    assert!(matches!(
        error(Draft::legacy().with_publish(long)),
        MintError::Refused(_)
    ));
    assert!(matches!(
        error(v1().with_publish([TopicMatcher::template("/{id}")])),
        MintError::Template(_)
    ));
    let payload = v1().with_payload(json!({}));
    assert_eq!(error(payload.clone()), MintError::PayloadAlone);
    let subscribe = payload.with_subscribe([TopicMatcher::exact("a")]);
    assert_eq!(
        error(subscribe.with_payload(json!(1))),
        MintError::PayloadNotAnObject
    );
    assert_eq!(
        error(v1().with_expires(UNIX_EPOCH - Duration::from_secs(1))),
        MintError::Time
    );
}

#[test]
fn ids_differ() {
    let ids = [1, 2].map(|_| inspected(&v1()).claims.unwrap()["jti"].clone());
    assert_ne!(ids[0], ids[1]);
    assert_eq!(
        inspected(&v1().with_id("x")).claims.unwrap()["jti"],
        json!("x")
    );
    verified(&mint(&v1(), &key(), now()).unwrap()).unwrap();
}
