//! The grammar of `authorization_details`.

use serde_json::{Value, json};
use tidings_mercure::MatcherType;
use tidings_mercure::token::{MAX_PATTERN_BYTES, Refusal, Role, TopicMatcher, verify};

use crate::forge::{DETAIL, expected, keys, refused, v1_with, verified};

fn detail(actions: &[&str], topics: Value) -> Value {
    json!({"type": DETAIL, "actions": actions, "topics": topics})
}

fn with_details(details: impl Into<Value>) -> String {
    v1_with("authorization_details", details.into())
}

/// A token whose second detail is this one, and the first a good one.
fn with_second(detail: Value) -> String {
    with_details(vec![
        self::detail(&["publish"], json!([{"match": "a"}])),
        detail,
    ])
}

#[test]
fn matchers_are_exact_or_url_patterns() {
    let claims = verified(&with_details(vec![
        detail(
            &["publish"],
            json!([
                {"match": "a"},
                {"match": "b", "match_type": "exact"},
                {"match": "/c/:id", "match_type": "urlpattern", "else": 1},
                {"match": "*"},
            ]),
        ),
        detail(&["subscribe"], json!([{"match": "d"}])),
        detail(&["publish"], json!([{"match": "e"}])),
    ]))
    .unwrap();
    let publish = claims.publish.unwrap();
    let texts: Vec<_> = publish.iter().map(|m| m.text.as_str()).collect();
    assert_eq!(texts, ["a", "b", "/c/:id", "*", "e"]);
    assert_eq!(publish[1].kind, MatcherType::Exact);
    assert_eq!(publish[2].kind, MatcherType::UrlPattern);
    assert!(publish[3].is_wildcard());
    assert_eq!(claims.subscribe, Some(vec![TopicMatcher::exact("d")]));
}

#[test]
fn details_of_other_types_are_passed_over() {
    let claims = verified(&with_details(vec![
        json!({"type": "payment", "actions": 1}),
        json!({"type": format!("{DETAIL}s"), "topics": []}),
        json!({"type": DETAIL.to_uppercase(), "actions": ["publish"], "topics": [{"match": "*"}]}),
        json!({"type": 1}),
        json!({}),
        detail(&["publish"], json!([{"match": "a"}])),
    ]))
    .unwrap();
    assert_eq!(claims.publish, Some(vec![TopicMatcher::exact("a")]));
}

#[test]
fn actions_to_come_grant_nothing_and_harm_nothing() {
    let claims = verified(&with_second(detail(
        &["history", "Publish"],
        json!([{"match": "*"}]),
    )))
    .unwrap();
    assert_eq!(claims.publish, Some(vec![TopicMatcher::exact("a")]));
    assert_eq!(claims.subscribe, None);
}

#[test]
fn one_fault_in_one_detail_refuses_the_token() {
    let long = "x".repeat(MAX_PATTERN_BYTES + 1);
    for (bad, reason) in [
        (json!("publish"), "it is not an object"),
        (
            json!({"type": DETAIL, "topics": [{"match": "a"}]}),
            "it has no \"actions\"",
        ),
        (
            json!({"type": DETAIL, "actions": ["publish"]}),
            "it has no \"topics\"",
        ),
        (
            detail(&[], json!([{"match": "a"}])),
            "its \"actions\" are not an array of one or more",
        ),
        (
            json!({"type": DETAIL, "actions": "publish", "topics": [{"match": "a"}]}),
            "its \"actions\" are not",
        ),
        (
            json!({"type": DETAIL, "actions": ["publish", 1], "topics": [{"match": "a"}]}),
            "an action is not a string",
        ),
        (detail(&["publish"], json!([])), "its \"topics\" are not"),
        (detail(&["publish"], json!("a")), "its \"topics\" are not"),
        (
            detail(&["publish"], json!(["a"])),
            "topic 1 is not an object",
        ),
        (
            detail(
                &["publish"],
                json!([{"match": "a"}, {"match_type": "exact"}]),
            ),
            "topic 2: it has no \"match\"",
        ),
        (
            detail(&["publish"], json!([{"match": 1}])),
            "its \"match\" is not a string",
        ),
        (
            detail(
                &["publish"],
                json!([{"match": "a", "match_type": "regexp"}]),
            ),
            "there is no match_type \"regexp\"",
        ),
        (
            detail(
                &["publish"],
                json!([{"match": "*", "match_type": "regexp"}]),
            ),
            "there is no match_type \"regexp\"",
        ),
        (
            detail(&["publish"], json!([{"match": "a", "match_type": "Exact"}])),
            "there is no match_type \"Exact\"",
        ),
        (
            detail(&["publish"], json!([{"match": "a", "match_type": null}])),
            "its \"match_type\" is not a string",
        ),
        (
            detail(&["publish"], json!([{"match": ""}])),
            "the empty string",
        ),
        (detail(&["publish"], json!([{"match": long}])), "4097 bytes"),
        (detail(&["publish"], json!([{"match": "a\u{0}"}])), "U+0000"),
        (
            detail(&["publish"], json!([{"match": "a\u{202e}b"}])),
            "U+202E",
        ),
        (
            detail(&["history"], json!([{"match": ""}])),
            "the empty string",
        ),
        (
            json!({"type": DETAIL, "actions": ["publish"], "topics": [{"match": "a"}], "payload": [1]}),
            "payload",
        ),
        (
            json!({"type": DETAIL, "actions": ["publish"], "topics": [{"match": "a"}], "payload": null}),
            "payload",
        ),
    ] {
        let Refusal::Detail {
            number: 2,
            reason: found,
        } = refused(&with_second(bad.clone()))
        else {
            panic!("{bad}");
        };
        assert!(found.contains(reason), "{bad}: {found}");
    }
    let at_the_limit = "x".repeat(MAX_PATTERN_BYTES);
    verified(&with_second(detail(
        &["publish"],
        json!([{"match": at_the_limit}]),
    )))
    .unwrap();
    for bad in [json!({}), json!("a"), json!(1)] {
        let refusal = refused(&with_details(bad));
        assert!(matches!(
            refusal,
            Refusal::Claim {
                claim: "authorization_details",
                ..
            }
        ));
    }
}

#[test]
fn a_hundred_details_and_a_hundred_topics_are_the_most() {
    let one = detail(&["publish"], json!([{"match": "a"}]));
    let claims = verified(&with_details(vec![one.clone(); 100])).unwrap();
    assert_eq!(claims.publish.unwrap().len(), 100);
    let refusal = refused(&with_details(vec![one; 101]));
    assert_eq!(
        refusal,
        Refusal::TooMany {
            what: "Mercure authorization details",
            limit: 100
        }
    );

    let topics = |count| json!(vec![json!({"match": "a"}); count]);
    verified(&with_details(vec![
        detail(&["publish"], topics(60)),
        detail(&["subscribe"], topics(40)),
    ]))
    .unwrap();
    let refusal = refused(&with_details(vec![
        detail(&["publish"], topics(60)),
        detail(&["subscribe"], topics(41)),
    ]));
    assert_eq!(
        refusal,
        Refusal::TooMany {
            what: "topics",
            limit: 100
        }
    );
    verified(&with_details(vec![json!({"type": "other"}); 150])).unwrap();
}

#[test]
fn a_pattern_that_does_not_compile_refuses_the_token() {
    let compiles = |matcher: &TopicMatcher| match matcher.text.as_str() {
        "*" => panic!("the wildcard is no pattern"),
        "(" => Err("unclosed group".to_owned()),
        _ => Ok(()),
    };
    let verified = |topic: Value| {
        let token = with_second(detail(&["subscribe"], json!([topic])));
        let expected = expected(Role::Publish);
        verify(&token, &keys(), &expected.with_compiles(&compiles))
    };
    verified(json!({"match": "*", "match_type": "urlpattern"})).unwrap();
    let refusal = verified(json!({"match": "(", "match_type": "urlpattern"})).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        r#"authorization detail number 2 is wrong: topic 1: "(": unclosed group"#
    );
}

#[test]
fn a_payload_is_that_of_the_first_detail_that_matches() {
    let with_payload = |topic: &str, payload: Value| json!({"type": DETAIL, "actions": ["subscribe"], "topics": [{"match": "x"}, {"match": topic}], "payload": payload});
    let claims = verified(&with_details(vec![
        json!({"type": DETAIL, "actions": ["publish"], "topics": [{"match": "a"}], "payload": {"n": 0}}),
        with_payload("a", json!({"n": 1})),
        detail(&["subscribe"], json!([{"match": "b"}])),
        with_payload("c", json!({"n": 3})),
        with_payload("*", json!({"n": 4})),
    ]))
    .unwrap();
    let payload_of = |own: &str| {
        claims
            .payload_for(|m| m.is_wildcard() || m.text == own)
            .cloned()
    };
    assert_eq!(payload_of("a"), Some(json!({"n": 1})));
    assert_eq!(payload_of("b"), None);
    assert_eq!(payload_of("c"), Some(json!({"n": 3})));
    assert_eq!(payload_of("d"), Some(json!({"n": 4})));
    assert_eq!(payload_of("x"), Some(json!({"n": 1})));
}
