//! Any bytes as forms: no panic, and what is let through keeps the rules of the protocol and the limits.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tidings_mercure::{
    HubUrl,
    form::{FormLimits, PublishForm, SubscribeForm},
    topic,
};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    query: &'a [u8],
    body: &'a [u8],
}

fuzz_target!(|input: Input| {
    let hub = HubUrl::parse("https://example.com/.well-known/mercure").unwrap();
    let limits = FormLimits::default();
    match PublishForm::parse(input.body, &hub, &limits) {
        Ok(form) => {
            assert!(!form.topics.is_empty() && form.topics.len() <= limits.topics);
            assert!(
                form.topics
                    .iter()
                    .all(|name| topic::check(name, &hub).is_ok())
            );
            for line in [&form.id, &form.event_type].into_iter().flatten() {
                assert!(!line.is_empty() && !line.contains(['\r', '\n', '\0']));
            }
            assert!(
                !form
                    .id
                    .is_some_and(|id| id.starts_with('#') || id == "earliest")
            );
            assert!(form.event_type.is_none_or(|name| name != "mercure"));
        }
        Err(error) => assert!(matches!(error.status(), 400 | 413)),
    }
    if let Ok(form) = SubscribeForm::parse(input.query, input.body, &limits) {
        assert!(!form.matchers.is_empty());
        assert!(form.matchers.len() <= limits.matchers + limits.legacy_topics);
    }
});
