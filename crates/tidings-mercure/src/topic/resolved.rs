//! The topic that was resolved last, kept for the next pattern that is asked about it.
//!
//! The engine asks one pattern after the other about one topic, and so does the reading of history for a subscriber; but
//! each pattern knows only itself. So what the topic stands for as a URL is kept by the thread that has resolved it: one
//! topic at a time, and no lock. To compare texts costs a tenth of reading a URL, so a topic that comes only once is hardly
//! dearer.

use std::cell::Cell;

use url::Url;

use crate::hub_url::HubUrl;

/// The longest topic that is kept, which is as long as the hub's topics are: with its URL, in which a byte may take three,
/// 64 KiB for each thread.
const KEPT_BYTES: usize = tidings_hub::Topic::MAX_BYTES;

struct Resolved {
    topic: String,
    hub: HubUrl,
    url: Option<Url>,
}

thread_local! {
    static LAST: Cell<Option<Box<Resolved>>> = const { Cell::new(None) };
}

/// Calls `ask` with what the topic stands for at this hub; `None` when it can't be read as a URL.
pub(crate) fn with_url<R>(topic: &str, hub: &HubUrl, ask: impl FnOnce(Option<&Url>) -> R) -> R {
    if topic.len() > KEPT_BYTES {
        return ask(hub.resolve(topic).as_ref());
    }
    // Taken out while it is in use: who asks again meanwhile resolves on his own.
    let resolved = match LAST.take() {
        Some(last) if last.topic == topic && last.hub == *hub => last,
        Some(mut last) => {
            last.topic.clear();
            last.topic.push_str(topic);
            last.hub = hub.clone();
            last.url = hub.resolve(topic);
            last
        }
        None => Box::new(Resolved {
            topic: topic.to_owned(),
            hub: hub.clone(),
            url: hub.resolve(topic),
        }),
    };
    let answer = ask(resolved.url.as_ref());
    LAST.set(Some(resolved));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(topic: &str, hub: &HubUrl) -> Option<String> {
        with_url(topic, hub, |url| url.map(Url::to_string))
    }

    #[test]
    fn n16_each_topic_is_resolved_against_the_hub_it_is_asked_at() {
        let one = HubUrl::parse("https://one.example/.well-known/mercure").unwrap();
        let two = HubUrl::parse("https://two.example/hub").unwrap();
        let long = format!("/{}", "é".repeat(KEPT_BYTES));
        for _ in 0..2 {
            for (topic, at_one, at_two) in [
                (
                    "a",
                    Some("https://one.example/.well-known/a"),
                    Some("https://two.example/a"),
                ),
                (
                    "a",
                    Some("https://one.example/.well-known/a"),
                    Some("https://two.example/a"),
                ),
                (
                    "/é",
                    Some("https://one.example/%C3%A9"),
                    Some("https://two.example/%C3%A9"),
                ),
                ("https://[", None, None),
                ("urn:x", Some("urn:x"), Some("urn:x")),
            ] {
                assert_eq!(resolved(topic, &one).as_deref(), at_one, "{topic}");
                assert_eq!(resolved(topic, &two).as_deref(), at_two, "{topic}");
            }
            let at_one = resolved(&long, &one).unwrap();
            assert!(at_one.starts_with("https://one.example/%C3%A9%C3%A9"));
        }
    }

    #[test]
    fn one_that_asks_while_it_is_asked_gets_its_own_answer() {
        let hub = HubUrl::parse("https://hub.example/.well-known/mercure").unwrap();
        with_url("/outer", &hub, |outer| {
            assert_eq!(
                resolved("/inner", &hub).as_deref(),
                Some("https://hub.example/inner")
            );
            assert_eq!(outer.map(Url::as_str), Some("https://hub.example/outer"));
        });
        assert_eq!(
            resolved("/outer", &hub).as_deref(),
            Some("https://hub.example/outer")
        );
    }
}
