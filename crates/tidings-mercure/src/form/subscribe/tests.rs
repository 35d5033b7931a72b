use super::*;
use MatcherType::{Exact, Template, UrlPattern};

fn parse(query: &str, body: &str) -> Result<SubscribeForm, InvalidSubscribeForm> {
    SubscribeForm::parse(query.as_bytes(), body.as_bytes(), &FormLimits::default())
}

/// What is read as the cursor, beside a matcher.
fn cursor(query: &str, body: &str) -> Option<String> {
    parse(&format!("match=a&{query}"), body)
        .unwrap()
        .last_event_id
}

#[test]
fn n2_query_and_body_are_one_form() {
    let form = parse(
        "match=a&last_event_id=1",
        "match=b&match_urlpattern=c&last_event_id=2",
    )
    .unwrap();
    let matchers = [(Exact, "a"), (Exact, "b"), (UrlPattern, "c")];
    assert_eq!(
        form.matchers,
        matchers.map(|(kind, text)| (kind, text.to_owned()))
    );
    assert_eq!(form.last_event_id.as_deref(), Some("1"));
    assert_eq!(cursor("", "last_event_id=2").as_deref(), Some("2"));
    // Empty in the query is still given in the query.
    assert_eq!(
        cursor("last_event_id", "last_event_id=2").as_deref(),
        Some("")
    );
    assert_eq!(parse("", "match=a").unwrap().matchers.len(), 1);
}

#[test]
fn n3_names_and_values_are_decoded() {
    let form = parse("m%61tch=a+b%2B&match", "").unwrap();
    assert_eq!(
        form.matchers,
        [(Exact, "a b+".to_owned()), (Exact, String::new())]
    );
}

#[test]
fn n4_matchers_may_be_repeated_and_mixed() {
    let form = parse(
        "match=a&match_exact=b&match_urlpattern=c&match=a&topic=d",
        "",
    )
    .unwrap();
    let matchers = [
        (Exact, "a"),
        (Exact, "b"),
        (UrlPattern, "c"),
        (Exact, "a"),
        (Template, "d"),
    ];
    assert_eq!(
        form.matchers,
        matchers.map(|(kind, text)| (kind, text.to_owned()))
    );
}

#[test]
fn n5_all_other_names_with_match_are_refused() {
    for name in [
        "Match",
        "MATCH_EXACT",
        "matchFoo",
        "match_regexp",
        "match_",
        "match_URLPattern",
        "match_topic",
        "matches",
        "match[]",
        "mAtch%FF",
        "match%FF",
    ] {
        for (query, body) in [
            (format!("match=a&{name}=b"), String::new()),
            ("match=a".into(), format!("{name}=b")),
        ] {
            assert!(
                matches!(
                    parse(&query, &body),
                    Err(InvalidSubscribeForm::UnknownMatcher { .. })
                ),
                "{name}"
            );
        }
    }
    for name in ["mat", "xmatch", "Topic", "matc%C5%BF", "topics"] {
        assert!(parse(&format!("match=a&{name}=b"), "").is_ok(), "{name}");
    }
}

#[test]
fn n6_values_are_utf8() {
    for query in [
        "match=%ff",
        "topic=%C3",
        "match=a&last_event_id=%ff",
        "match=a&authorization=%ff",
    ] {
        assert!(
            matches!(parse(query, ""), Err(InvalidSubscribeForm::NotUtf8 { .. })),
            "{query}"
        );
    }
    assert!(parse("match=a&unknown=%ff&%ff", "").is_ok());
}

#[test]
fn n7_matchers_are_counted_by_dialect() {
    let limits = FormLimits::default();
    let (current, former) = (
        "match=a&".repeat(limits.matchers),
        "topic=a&".repeat(limits.legacy_topics),
    );
    let form = parse(&current, &former).unwrap();
    assert_eq!(form.matchers.len(), limits.matchers + limits.legacy_topics);
    assert_eq!(
        parse(&current, "match_exact=b"),
        Err(InvalidSubscribeForm::TooManyMatchers {
            name: "match…",
            limit: limits.matchers
        })
    );
    assert_eq!(
        parse(&former, "topic=b"),
        Err(InvalidSubscribeForm::TooManyMatchers {
            name: "topic",
            limit: limits.legacy_topics
        })
    );
    let name = "match".to_owned();
    assert_eq!(
        parse(&format!("match={}", "x".repeat(Matcher::MAX_BYTES + 1)), ""),
        Err(InvalidSubscribeForm::TooLong {
            name,
            limit: Matcher::MAX_BYTES
        })
    );
    let fields = "x&".repeat(limits.fields);
    assert_eq!(
        parse(&fields, "match=a"),
        Err(InvalidSubscribeForm::TooManyFields {
            limit: limits.fields
        })
    );
}

#[test]
fn n12_no_matcher_is_refused() {
    for query in ["", "last_event_id=1", "x"] {
        assert_eq!(
            parse(query, ""),
            Err(InvalidSubscribeForm::NoMatcher),
            "{query}"
        );
    }
}

#[test]
fn n50_the_cursor_has_several_names() {
    for name in [
        "last_event_id",
        "lastEventID",
        "Last-Event-ID",
        "lastEventId",
        "Last-Event-Id",
    ] {
        assert_eq!(
            cursor(&format!("{name}=1&{name}=2"), "").as_deref(),
            Some("1"),
            "{name}"
        );
    }
    assert_eq!(
        cursor("Last-Event-ID=3&lastEventID=2&last_event_id=1", "").as_deref(),
        Some("1")
    );
    assert_eq!(
        cursor("Last-Event-ID=3&lastEventID=2", "").as_deref(),
        Some("2")
    );
    assert_eq!(
        cursor("Last-Event-ID=3", "last_event_id=1").as_deref(),
        Some("3")
    );
    assert_eq!(cursor("lasteventid=1", ""), None);
}

#[test]
fn the_token_is_read_and_not_shown() {
    let form = parse("match=a&authorization=secret", "authorization=other").unwrap();
    assert_eq!(form.authorization.as_deref(), Some("secret"));
    assert!(!format!("{form:?}").contains("secret"));
}
