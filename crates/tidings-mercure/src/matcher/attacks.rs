//! Patterns and topics made to be slow or big. What holds them is a bound that is asserted, not a clock: a pattern is
//! refused, or its automaton is small and a topic takes one step for each byte.

use std::time::{Duration, Instant};

use super::{
    expression::DETERMINISTIC_BYTES,
    tests::{hub, parse},
    *,
};

/// Far above what is needed: milliseconds to compile, microseconds to match, without optimisation and on a busy machine.
const GENEROUS: Duration = Duration::from_secs(1);

/// The costly, which must be refused.
fn refused() -> Vec<(MatcherType, String)> {
    let patterns = [
        "/((?:a{1000}){1000})".to_owned(),
        "/((?:(?:(?:a{100}){100}){100}){100})".to_owned(),
        "/(a{4294967295})".to_owned(),
        "/((?:a?){200}a{200})".to_owned(),
        "/(.*a.{20})".to_owned(),
        "/(.*a.{200})".to_owned(),
        "(.*a.{50})://x".to_owned(),
        "/(\\p{L}{100})".to_owned(),
        "/((?:.?){300}z)".to_owned(),
        format!("/({})", "a?".repeat(2000)),
        format!("/({}a{})", "(?:".repeat(1000), ")".repeat(1000)),
        format!("/({}a{})", "(?:".repeat(40), "){2}".repeat(40)),
        "/:a".repeat(1300),
        "*".repeat(4000),
        "{/a}?".repeat(800),
        "/**".repeat(60),
        // Each component within the bound, all together not.
        "(.*a.{5}):(.*a.{5})@(.*a.{5})/(.*a.{6})?(.*a.{6})#(.*a.{6})".to_owned(),
    ];
    let templates = [
        "{a}".repeat(1300),
        "{/a*}".repeat(60),
        format!("{{?{}}}", vec!["a"; 1000].join(",")),
    ];
    let patterns = patterns.map(|text| (MatcherType::UrlPattern, text));
    let templates = templates.map(|text| (MatcherType::Template, text));
    patterns.into_iter().chain(templates).collect()
}

/// What is costly for engines that track back, and harmless here.
fn accepted() -> Vec<(MatcherType, String)> {
    let patterns = [
        "/((?:a*)*b)".to_owned(),
        "/((?:a|aa)+b)".to_owned(),
        "/((?:a|a)*b)".to_owned(),
        "/((?:){4294967295})".to_owned(),
        "/((?:.?){90}z)".to_owned(),
        "*a".repeat(100),
        "/:a/:b/:c/:d/:e/:f/:g/:h".to_owned(),
        "/(.*)(.*)(.*)(.*)(.*)b".to_owned(),
        format!("/{}:id", "x".repeat(4000)),
        "x".repeat(4096),
    ];
    let templates = [
        "{+a}b".repeat(30),
        "{a}{b}{c}{d}".to_owned(),
        format!("{}{{x}}", "x".repeat(4000)),
    ];
    let patterns = patterns.map(|text| (MatcherType::UrlPattern, text));
    let templates = templates.map(|text| (MatcherType::Template, text));
    patterns.into_iter().chain(templates).collect()
}

fn topics() -> Vec<String> {
    ["a", "ab", "/", "%2F", "/a", "\u{e9}"]
        .iter()
        .flat_map(|unit| {
            let long = unit.repeat(8192 / unit.len());
            [
                format!("/{long}"),
                format!("{long}!"),
                format!("https://hub.example.com/{long}"),
            ]
        })
        .collect()
}

fn bytes(matcher: &Matcher) -> usize {
    match &matcher.0.rule {
        Rule::UrlPattern(pattern) => pattern.bytes(),
        Rule::Template(template) => template.bytes(),
        Rule::Every | Rule::Exact => 0,
    }
}

#[test]
fn n18_costly_patterns_are_refused() {
    for (kind, text) in refused() {
        let start = Instant::now();
        assert!(
            matches!(
                parse(kind, &text),
                Err(InvalidMatcher::TooCostly { .. } | InvalidMatcher::UrlPattern { .. })
            ),
            "{text}"
        );
        assert!(start.elapsed() < GENEROUS, "{text}");
    }
}

#[test]
fn n18_accepted_patterns_are_small_and_no_topic_makes_them_slow() {
    let topics = topics();
    for (kind, text) in accepted() {
        let start = Instant::now();
        let matcher = parse(kind, &text).unwrap();
        assert!(bytes(&matcher) <= DETERMINISTIC_BYTES, "{text}");
        for topic in &topics {
            let _ = matcher.matches_prepared(&PreparedTopic::new(topic, &hub()));
        }
        assert!(start.elapsed() < GENEROUS, "{text}");
    }
}

#[test]
fn all_matchers_of_a_request_have_a_bound_together() {
    let costly = "*a".repeat(100);
    let patterns = |text| std::iter::repeat_n((MatcherType::UrlPattern, text), 100);
    assert!(matches!(
        Matcher::parse_all(patterns(costly.as_str()), &hub()),
        Err(InvalidMatcher::TooCostlyTogether)
    ));
    let usual = "https://example.com/:lang(en|fr|de)/books/:id(\\d+){/reviews/:review}?";
    assert_eq!(
        Matcher::parse_all(patterns(usual), &hub()).unwrap().len(),
        100
    );
    let templates = (0..1000).map(|_| {
        (
            MatcherType::Template,
            "https://example.com/books/{id}/{page}",
        )
    });
    assert_eq!(Matcher::parse_all(templates, &hub()).unwrap().len(), 1000);
}
