//! `exp`, `nbf`, `iat`.

use std::time::Duration;

use serde_json::{Value, json};
use tidings_mercure::token::{Expected, Refusal, Role, verify};

use crate::forge::{
    HUB, NOW, SECRET, keys, legacy, now, refused, signed_with, v1_header, v1_with, verified,
};

#[test]
fn it_is_good_until_the_very_moment_it_expires() {
    let token = v1_with("exp", json!(NOW as f64 + 0.5));
    let at = |now| verify(&token, &keys(), &Expected::new(Role::Publish, HUB, now));
    let claims = at(now() + Duration::from_millis(499)).unwrap();
    assert_eq!(claims.expires, Some(now() + Duration::from_millis(500)));
    for late in [500, 501, 60_000] {
        let refusal = at(now() + Duration::from_millis(late)).unwrap_err();
        assert_eq!(
            refusal,
            Refusal::Expired {
                at: now() + Duration::from_millis(500)
            }
        );
        assert_eq!(refusal.to_string(), "it expired at 2024-09-03T12:11:00Z");
    }
}

#[test]
fn a_token_of_1_0_must_expire_and_one_of_0_x_may() {
    assert_eq!(
        refused(&v1_with("exp", Value::Null)),
        Refusal::Missing { claim: "exp" }
    );
    verified(&legacy(&json!({"mercure": {}}))).unwrap();
    assert!(matches!(
        refused(&legacy(&json!({"mercure": {}, "exp": NOW}))),
        Refusal::Expired { .. }
    ));
    let fraction = legacy(&json!({"mercure": {}, "exp": 1_725_365_460.408_731}));
    assert!(verified(&fraction).unwrap().expires.is_some());
}

#[test]
fn a_clock_that_runs_ahead_by_a_minute_is_forgiven() {
    for good in [
        json!(NOW - 5),
        json!(NOW),
        json!(NOW as f64 + 0.4),
        json!(NOW + 60),
    ] {
        verified(&v1_with("nbf", good)).unwrap();
    }
    let refusal = refused(&v1_with("nbf", json!(NOW + 61)));
    assert_eq!(
        refusal,
        Refusal::NotYetValid {
            from: now() + Duration::from_secs(61)
        }
    );
    let refusal = refused(&legacy(&json!({"mercure": {}, "nbf": NOW + 61})));
    assert!(matches!(refusal, Refusal::NotYetValid { .. }));
}

/// When a token was issued decides nothing.
#[test]
fn a_token_from_the_future_is_believed() {
    verified(&v1_with("iat", json!(NOW + 3600))).unwrap();
}

#[test]
fn what_is_no_date_is_refused() {
    let claims = |claim: &str, value: &str| {
        let exp = if claim == "exp" {
            String::new()
        } else {
            format!(r#""exp":{},"#, NOW + 600)
        };
        let text =
            format!(r#"{{"iss":"https://app.example","aud":"{HUB}",{exp}"{claim}":{value}}}"#);
        signed_with(SECRET, &v1_header().to_string(), &text)
    };
    for claim in ["exp", "nbf", "iat"] {
        for bad in [
            "-1",
            "-0.001",
            "253402300800",
            "1725365460408",
            "1e15",
            "1e300",
            "18446744073709551616",
            "-1e300",
            "\"1725369060\"",
            "null",
            "true",
            "[1725369060]",
            "{}",
        ] {
            let refusal = refused(&claims(claim, bad));
            assert!(
                matches!(refusal, Refusal::Claim { claim: c, .. } if c == claim),
                "{claim} {bad}: {refusal}"
            );
        }
        for bad in [
            "1e400",
            "-1e400",
            "NaN",
            "Infinity",
            "-Infinity",
            "0x10",
            "01",
            "1_0",
            "+1",
            ".5",
        ] {
            let refusal = refused(&claims(claim, bad));
            assert!(
                matches!(refusal, Refusal::Json { .. }),
                "{claim} {bad}: {refusal}"
            );
        }
    }
    verified(&claims("exp", "1725369060.5e0")).unwrap();
    verified(&claims("exp", "253402300799")).unwrap();
}
