//! Any text as a matcher of any type, any topic: no panic, both ways to ask agree, and neither compiling nor matching takes
//! long (the fuzzer is ten times slower than the program, so the bound is generous).
#![no_main]

use std::time::{Duration, Instant};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tidings_mercure::{HubUrl, Matcher, MatcherType, PreparedTopic, topic};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    kind: u8,
    text: &'a str,
    topic: &'a str,
}

fuzz_target!(|input: Input| {
    let hub = HubUrl::parse("https://example.com/.well-known/mercure").unwrap();
    let kind = match input.kind % 4 {
        0 => MatcherType::Exact,
        1 => MatcherType::Template,
        _ => MatcherType::UrlPattern,
    };
    let start = Instant::now();
    if let Ok(matcher) = Matcher::parse(kind, input.text, &hub) {
        let prepared = PreparedTopic::new(input.topic, &hub);
        let matches = matcher.matches_prepared(&prepared);
        assert_eq!(matcher.matches(input.topic), matches);
        if let Some(exact) = matcher.as_exact() {
            assert_eq!(exact == input.topic, matches);
        }
        if matcher.is_wildcard() {
            assert!(matches);
        }
    }
    let _ = topic::check(input.topic, &hub);
    assert!(start.elapsed() < Duration::from_secs(1));
});
