//! One test for each rule of the checklist that is about matchers, named after its number; then what the checklist leaves
//! to the URL Pattern standard.

use std::collections::{BTreeSet, HashSet};

use super::*;

pub(super) fn hub() -> HubUrl {
    HubUrl::parse("https://hub.example.com/.well-known/mercure").unwrap()
}

pub(super) fn parse(kind: MatcherType, text: &str) -> Result<Matcher, InvalidMatcher> {
    Matcher::parse(kind, text, &hub())
}

/// Asks both ways, which must agree.
fn matches(kind: MatcherType, text: &str, topic: &str) -> bool {
    let matcher = parse(kind, text).unwrap();
    let prepared = matcher.matches_prepared(&PreparedTopic::new(topic, &hub()));
    assert_eq!(matcher.matches(topic), prepared, "{matcher:?} {topic:?}");
    prepared
}

fn pattern(text: &str, topic: &str) -> bool {
    matches(MatcherType::UrlPattern, text, topic)
}

fn is_invalid(text: &str) -> bool {
    parse(MatcherType::UrlPattern, text).is_err()
}

#[test]
fn n6_matchers_have_no_control_and_no_invisible_characters() {
    for kind in [
        MatcherType::Exact,
        MatcherType::UrlPattern,
        MatcherType::Template,
    ] {
        for text in ["a\n", "\u{7f}", "\u{9f}", "a\u{200b}b", "\u{e0001}"] {
            assert!(
                matches!(parse(kind, text), Err(InvalidMatcher::Character { .. })),
                "{kind:?} {text:?}"
            );
        }
        assert!(parse(kind, "caf\u{e9} \u{1f6b2}").is_ok(), "{kind:?}");
    }
}

#[test]
fn n7_matchers_have_a_longest_length() {
    for kind in [
        MatcherType::Exact,
        MatcherType::UrlPattern,
        MatcherType::Template,
    ] {
        assert!(parse(kind, &"x".repeat(Matcher::MAX_BYTES)).is_ok());
        let longer = "x".repeat(Matcher::MAX_BYTES + 1);
        assert_eq!(parse(kind, &longer), Err(InvalidMatcher::TooLong));
    }
}

#[test]
fn n13_types_have_the_names_of_the_wire() {
    for kind in [MatcherType::Exact, MatcherType::UrlPattern] {
        assert_eq!(MatcherType::from_name(kind.name().unwrap()), Some(kind));
    }
    assert_eq!(MatcherType::Template.name(), None);
    for name in ["", "Exact", "URLPattern", "urlPattern", "topic", "regexp"] {
        assert_eq!(MatcherType::from_name(name), None, "{name}");
    }
}

#[test]
fn n14_the_wildcard_matches_everything_whatever_the_type() {
    for kind in [
        MatcherType::Exact,
        MatcherType::UrlPattern,
        MatcherType::Template,
    ] {
        let matcher = parse(kind, "*").unwrap();
        assert!(matcher.is_wildcard());
        assert_eq!(matcher.as_exact(), None);
        for topic in ["", "*", "foo", "https://[", "a b"] {
            assert!(matches(kind, "*", topic), "{topic}");
        }
        assert!(!parse(kind, "/*").unwrap().is_wildcard());
    }
}

#[test]
fn n15_exact_matchers_compare_bytes() {
    let exact = |text, topic| matches(MatcherType::Exact, text, topic);
    assert!(exact(
        "https://example.com/books/1",
        "https://example.com/books/1"
    ));
    assert!(exact("", ""));
    for (text, topic) in [
        ("https://example.com/", "https://example.com"),
        ("https://example.com/", "HTTPS://example.com/"),
        ("foo", "https://hub.example.com/.well-known/foo"),
        ("\u{e9}", "e\u{301}"),
        ("%41", "A"),
        ("/:id", "/1"),
        ("{x}", "x"),
        ("**", "x"),
    ] {
        assert!(!exact(text, topic), "{text} {topic}");
    }
    assert_eq!(
        parse(MatcherType::Exact, "{x}").unwrap().as_exact(),
        Some("{x}")
    );
}

#[test]
fn n16_url_patterns_match_as_the_standard_says() {
    for (text, topic, expected) in [
        (
            "https://example.com/books/:id",
            "https://example.com/books/1",
            true,
        ),
        (
            "https://example.com/books/:id",
            "https://EXAMPLE.com:443/books/1",
            true,
        ),
        (
            "https://example.com/books/:id",
            "https://example.com/Books/1",
            false,
        ),
        (
            "https://example.com/books/:id",
            "https://example.com/books/",
            false,
        ),
        (
            "https://example.com/books/:id",
            "https://example.com/books/1/2",
            false,
        ),
        (
            "https://example.com/books/:id",
            "http://example.com/books/1",
            false,
        ),
        (
            "https://example.com/books/:id?",
            "https://example.com/books",
            true,
        ),
        (
            "https://example.com/books/*",
            "https://example.com/books/1/2",
            true,
        ),
        (
            "https://example.com/books/:id(\\d+)",
            "https://example.com/books/12",
            true,
        ),
        (
            "https://example.com/books/:id(\\d+)",
            "https://example.com/books/x",
            false,
        ),
        ("https://*.example.com/", "https://a.b.example.com/", true),
        (
            "https://:sub.example.com/",
            "https://a.b.example.com/",
            false,
        ),
        (
            "http{s}?://example.com/:a/:b",
            "http://example.com/1/2",
            true,
        ),
        (
            "https://example.com/caf\u{e9}/:id",
            "https://example.com/caf%C3%A9/1",
            true,
        ),
        (
            "https://example.com/(foo|bar)/x",
            "https://example.com/bar/x",
            true,
        ),
        (
            "https://example.com/x(\\bfoo)",
            "https://example.com/xfoo",
            false,
        ),
        // Here `:isbn` is the name of a group, and there is no scheme.
        ("urn:isbn::id", "urn:isbn:123", false),
        // The standard resolves a pathname without a slash against the base even when there is a scheme.
        ("urn\\:isbn\\::id", "urn:isbn:123", false),
    ] {
        assert_eq!(pattern(text, topic), expected, "{text} {topic}");
    }
}

#[test]
fn n16_patterns_and_topics_are_relative_to_the_hub() {
    for (text, topic, expected) in [
        ("/books/:id", "https://hub.example.com/books/1", true),
        ("/books/:id", "/books/1", true),
        ("/books/:id", "//hub.example.com/books/1", true),
        ("/books/:id", "https://example.com/books/1", false),
        ("books/:id", "books/1", true),
        ("books/:id", "/.well-known/books/1", true),
        ("books/:id", "/books/1", false),
        ("https://hub.example.com/.well-known/:x", "foo", true),
        (
            "/.well-known/mercure/subscriptions/exact/:topic/:subscriber",
            "/.well-known/mercure/subscriptions/exact/https%3A%2F%2Fexample.com%2F1/urn%3Auuid%3A1",
            true,
        ),
        // A pathname, though an empty one: unlike an empty topic it is not the hub itself.
        ("", ".", true),
        ("", "", false),
    ] {
        assert_eq!(pattern(text, topic), expected, "{text} {topic}");
    }
}

#[test]
fn n16_case_is_ignored_in_hosts_only() {
    assert!(pattern("https://EXAMPLE.com/a", "https://example.COM/a"));
    assert!(!pattern("https://example.com/A", "https://example.com/a"));
    assert!(!pattern("/a?Q=1", "/a?q=1"));
    assert!(is_invalid("/((?i)a)"));
}

#[test]
fn n17_a_topic_that_is_no_url_matches_no_pattern() {
    for topic in ["https://[", "http://a b/", "https://example.com:99999/"] {
        for text in ["/*", "*://*/*", "https://*"] {
            assert!(!pattern(text, topic), "{text} {topic}");
        }
    }
}

#[test]
fn n17_a_pattern_that_is_none_is_refused() {
    for text in [
        "/(",
        "/:a/:a",
        "/(a",
        "/{a",
        "/([)",
        "https://exa mple.com/",
        "/(?a)",
        "/()",
        "/((a))",
    ] {
        assert!(is_invalid(text), "{text}");
    }
}

#[test]
fn n18_what_linear_time_does_not_allow_is_refused() {
    for text in [
        "/((?=a)b)",
        "/((?!a)b)",
        "/((?<=a)b)",
        "/(a)(\\1)",
        "/((?<x>a)\\k<x>)",
    ] {
        assert!(is_invalid(text), "{text}");
    }
}

#[test]
fn n19_components_behind_the_last_one_named_are_wildcards() {
    assert!(pattern("/books/:id", "/books/1?q=1#x"));
    assert!(pattern("/books/:id\\?q=:q", "/books/1?q=1#x"));
    assert!(!pattern("/books/:id\\?q=:q", "/books/1"));
    // Not so for what comes before it.
    assert!(!pattern(
        "https://example.com/a",
        "https://example.com:8443/a"
    ));
    assert!(pattern("#:x", "#y"));
    assert!(!pattern("#:x", "?a#y"));
}

#[test]
fn templates_match_themselves_and_their_expansions() {
    let template = |text, topic| matches(MatcherType::Template, text, topic);
    assert!(template(
        "https://example.com/books/{id}",
        "https://example.com/books/1"
    ));
    assert!(template(
        "https://example.com/books/{id}",
        "https://example.com/books/{id}"
    ));
    assert!(!template(
        "https://example.com/books/{id}",
        "https://example.com/books/1/2"
    ));
    // No resolution against the hub.
    assert!(!template("/books/{id}", "https://hub.example.com/books/1"));
    assert!(template("{x", "{x"));
    for exact in ["foo", "{x", "{x:0}", "/:id"] {
        let matcher = parse(MatcherType::Template, exact).unwrap();
        assert_eq!(matcher.as_exact(), Some(exact));
    }
    assert_eq!(
        parse(MatcherType::Template, "{x}").unwrap().as_exact(),
        None
    );
}

#[test]
fn matchers_are_equal_when_type_and_text_are() {
    let same = [
        parse(MatcherType::Exact, "a").unwrap(),
        parse(MatcherType::Exact, "a").unwrap(),
    ];
    assert_eq!(same[0], same[1]);
    let all = [
        same[0].clone(),
        same[1].clone(),
        parse(MatcherType::Exact, "b").unwrap(),
        parse(MatcherType::UrlPattern, "a").unwrap(),
        parse(MatcherType::Template, "a").unwrap(),
    ];
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 4);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 4);
    assert_eq!(format!("{:?}", all[0]), "Matcher(Exact, \"a\")");
}

#[test]
fn refusals_say_what_to_do() {
    for (kind, text, message) in [
        (
            MatcherType::Exact,
            "a\n",
            "the matcher `a\\n` is not allowed: it has the control character U+000A at byte 1; remove it",
        ),
        (
            MatcherType::UrlPattern,
            "/((?i)a)",
            "the matcher `/((?i)a)` is not a URL Pattern that can be used here: the regular expression of a group is invalid, or needs what can't be matched in linear time; correct it",
        ),
        (
            MatcherType::UrlPattern,
            "/(a{9999})",
            "the matcher `/(a{9999})` is too costly; use fewer groups and repetitions",
        ),
    ] {
        assert_eq!(parse(kind, text).unwrap_err().to_string(), message);
    }
}
