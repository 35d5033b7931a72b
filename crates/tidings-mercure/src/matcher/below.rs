//! What no matcher may be wrong about: that it selects nothing of which only the beginning is known. Its subscriber would
//! not be asked about announcements that are for it, nor told that any are lost.

use proptest::{prelude::*, sample::select, strategy::ValueTree, test_runner::TestRunner};
use uuid::Uuid;

use super::{url_pattern::BELOW_HUB, *};
use crate::{
    PATH,
    endpoint::{
        SUBSCRIPTIONS,
        document::{Matched, Subscription},
        presence::Telling,
    },
};

/// Matchers whose subscriptions have addresses that a URL's parser could see something in.
const SUBSCRIBED: [&str; 14] = [
    "",
    ".",
    "..",
    "...",
    "%2e",
    "%2e%2E",
    "a",
    "a/../../../../b",
    "\\..\\..",
    "/../..",
    ".. ..",
    " ..",
    "https://u:p@other.example:1/x?y#z",
    "?#",
];

/// The topic of what is told of a subscription by this matcher.
fn topic(kind: MatcherType, text: &str) -> String {
    let subscription = Subscription {
        matched: Matched {
            kind,
            text: text.to_owned(),
        },
        subscriber: Uuid::from_u128(0xa1b2),
        payload: None,
        telling: Telling::default(),
    };
    subscription.id().to_string()
}

fn topics() -> Vec<String> {
    let kinds = [
        MatcherType::Exact,
        MatcherType::UrlPattern,
        MatcherType::Template,
    ];
    let of = |kind| SUBSCRIBED.iter().map(move |text| topic(kind, text));
    kinds.into_iter().flat_map(of).collect()
}

/// `Test::may_begin` is asked about the path only because of this.
#[test]
fn announcements_are_below_the_hub_also_when_their_dots_are_resolved() {
    assert_eq!(SUBSCRIPTIONS, format!("{PATH}/subscriptions/"));
    assert_eq!(BELOW_HUB, format!("{PATH}/"));
    for hub in ["https://hub.example", "http://hub.example:1/a/b/../c"] {
        let hub = HubUrl::parse(hub).unwrap();
        for topic in topics() {
            assert!(topic.starts_with(SUBSCRIPTIONS), "{topic}");
            let url = hub.resolve(&topic).unwrap();
            assert!(url.path().starts_with(BELOW_HUB), "{topic}: {url}");
            assert_eq!(url.origin(), hub.as_url().origin());
            assert_eq!((url.query(), url.fragment()), (None, None), "{topic}");
        }
    }
    // As near as they come to it.
    let url = hub(0).resolve(&topic(MatcherType::Template, "..")).unwrap();
    let rest = url.path().strip_prefix(BELOW_HUB).unwrap();
    assert!(rest.starts_with("urn%3Auuid%3A"), "{url}");
}

fn hub(number: usize) -> HubUrl {
    let urls = ["https://hub.example:8443", "http://hub.example/other"];
    HubUrl::parse(urls[number]).unwrap()
}

/// A pattern that matches a path, or one that is like it: some of its segments are cut, widened or gone.
fn pattern_like(path: &str) -> impl Strategy<Value = String> + use<> {
    let segments: Vec<String> = path.split('/').skip(1).map(str::to_owned).collect();
    let segment = |text: String| {
        let half = text[..text.len() / 2].to_owned();
        let rest = text[text.len() / 2..].to_owned();
        prop_oneof![
            24 => Just(format!("/{}", escaped(&text))),
            4 => Just("/:_".to_owned()),
            1 => Just("/*".to_owned()),
            1 => Just("/:_?".to_owned()),
            1 => Just("/:_+".to_owned()),
            1 => Just(format!("/{}*", escaped(&half))),
            1 => Just(format!("/*{}", escaped(&rest))),
            1 => Just(format!("/:_{{{}}}", escaped(&rest))),
            1 => Just(format!("/({}|x)", group(&text))),
            1 => Just(format!("/({}.*)", group(&half))),
            1 => Just(format!("{{/{}}}?", escaped(&text))),
            1 => Just("/([^x]*)".to_owned()),
            1 => Just("(.*)".to_owned()),
            1 => Just("/x".to_owned()),
            1 => Just(String::new()),
        ]
    };
    let segments: Vec<_> = segments.into_iter().map(segment).collect();
    let origin = select(vec![
        "",
        "",
        "",
        "*://*:*",
        "https://hub.example:8443",
        "http://*",
    ]);
    let end = select(vec!["", "", "", "", "", "", "*", "/*", "?*", "#*", "x"]);
    (origin, segments, end).prop_map(|(origin, segments, end)| {
        let mut names = 0;
        let named = |part: &str| {
            names += 1;
            part.replace(":_", &format!(":n{names}"))
        };
        let path: String = segments.iter().map(String::as_str).map(named).collect();
        format!("{origin}{path}{end}")
    })
}

/// As a pattern that stands for itself.
fn escaped(text: &str) -> String {
    let escape = |character: char| match "+*?:{}()\\".contains(character) {
        true => format!("\\{character}"),
        false => character.to_string(),
    };
    text.chars().map(escape).collect()
}

/// As an expression that stands for itself.
fn group(text: &str) -> String {
    text.replace('.', "\\.").replace('+', "\\+")
}

fn topic_and_pattern() -> impl Strategy<Value = (String, String, HubUrl)> {
    (select(topics()), 0_usize..2).prop_flat_map(|(topic, number)| {
        let path = hub(number).resolve(&topic).unwrap().path().to_owned();
        pattern_like(&path).prop_map(move |pattern| (topic.clone(), pattern, hub(number)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_a_pattern_matches_it_may_match_below_every_beginning(
        (topic, text, hub) in topic_and_pattern(),
        cut in 0_usize..200,
    ) {
        let Ok(matcher) = Matcher::parse(MatcherType::UrlPattern, &text, &hub) else {
            return Ok(());
        };
        if matcher.matches(&topic) {
            prop_assert!(matcher.may_match_below(SUBSCRIPTIONS), "{}", topic);
            prop_assert!(matcher.may_match_below(&topic[..cut.min(topic.len())]), "{}", topic);
        }
    }
}

/// The property says nothing where nothing matches.
#[test]
fn many_of_those_patterns_match() {
    let mut runner = TestRunner::deterministic();
    let matches = |_: &usize| {
        let made = topic_and_pattern().new_tree(&mut runner).unwrap();
        let (topic, text, hub) = made.current();
        let matcher = Matcher::parse(MatcherType::UrlPattern, &text, &hub);
        matcher.is_ok_and(|matcher| matcher.matches(&topic))
    };
    let count = (0..200).filter(matches).count();
    assert!((20..180).contains(&count), "{count}");
}

/// Else everyone with a pattern would be told of a gap wherever announcements of subscriptions have left history.
#[test]
fn what_cannot_match_below_a_beginning_is_known() {
    use MatcherType::{Exact, Template, UrlPattern};

    let hub = HubUrl::parse("https://hub.example:8443/.well-known/mercure").unwrap();
    let may = |kind, text| {
        let matcher = Matcher::parse(kind, text, &hub).unwrap();
        matcher.may_match_below(SUBSCRIPTIONS)
    };
    for (kind, text) in [
        (Exact, "*"),
        (Exact, "/.well-known/mercure/subscriptions/exact/a/b"),
        (UrlPattern, "/.well-known/mercure/subscriptions/*"),
        (UrlPattern, "https://hub.example:8443/*"),
        (UrlPattern, "*://*:*/*"),
        (UrlPattern, "mercure/:any+"),
        (UrlPattern, "/:a/mercure/subscriptions/exact/x/:subscriber"),
        (UrlPattern, "/:a/:b/(.*)/x"),
        // The group ends within the beginning, and the fixed end of the pattern goes on.
        (UrlPattern, "/:a/mercure/subscriptions/exact/x/y"),
        (UrlPattern, "/:a-:b/mercure/subscriptions/exact/x/y"),
        (UrlPattern, "/.well-known/(mercure|x)/*"),
        // Of a matcher `..`.
        (UrlPattern, "/.well-known/mercure/:subscriber"),
        (UrlPattern, "/:a/mercure/:subscriber(urn.*)"),
        (
            Template,
            "/.well-known/mercure/subscriptions{/topic,subscriber}",
        ),
        (Template, "/.well-known/{+rest}"),
        (Template, "{+all}"),
        (Template, "/.well-known{/a}/subscriptions/x"),
        // The template ends within the beginning, and its fixed end goes on.
        (Template, "/.well-known/{x}/subscriptions/exact/1"),
    ] {
        assert!(may(kind, text), "{text}");
    }
    for (kind, text) in [
        (Exact, "https://example.com/books/1"),
        (Exact, "/.well-known/mercure/subscriptions"),
        (UrlPattern, "https://example.com/books/:id"),
        (UrlPattern, "http://hub.example:8443/*"),
        (UrlPattern, "https://hub.example/*"),
        (UrlPattern, "/books/:id"),
        (UrlPattern, "/books/*"),
        (UrlPattern, "/"),
        (UrlPattern, "/:one"),
        // Relative to the directory that the hub is in.
        (UrlPattern, "subscriptions/*"),
        (UrlPattern, "/.well-known/other/*"),
        (UrlPattern, "/.well-known/:any"),
        (UrlPattern, "/:a/books/:id"),
        (UrlPattern, "/:a/books"),
        (UrlPattern, "/.well-known/mercure"),
        (UrlPattern, "/:a-:b/books"),
        (UrlPattern, "/.well-known:a/mercure/"),
        (UrlPattern, "/:x/1-2/*/:y(.*a.b)"),
        (UrlPattern, "/([0-9]+)/*"),
        (UrlPattern, "/.well-known/([a-l]+)/*"),
        (Template, "https://example.com/books/{id}"),
        (Template, "/books{/id}"),
        (Template, "/.well-known/{x}/subscribers/{y}"),
        (Template, "{x}"),
    ] {
        assert!(!may(kind, text), "{text}");
    }
    // Other topics than announcements may have more `..` in them.
    let pattern = Matcher::parse(UrlPattern, "/books/:id", &hub).unwrap();
    assert!(pattern.may_match_below("/.well-known/mercure/sub"));
    // Of a topic that may name another host, nothing is known.
    let pattern = Matcher::parse(UrlPattern, "https://example.com/books/:id", &hub).unwrap();
    for beginning in ["", "/", "//", "/\\", "h"] {
        assert!(pattern.may_match_below(beginning), "{beginning}");
    }
}
