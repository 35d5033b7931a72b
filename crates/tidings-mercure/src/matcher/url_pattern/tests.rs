use serde_json::Value;

use super::UrlPattern;
use crate::{HubUrl, PreparedTopic};

/// Valid patterns that are refused here: what linear time does not allow, what regular expressions of the two kinds read
/// differently, and Unicode classes that are too big.
const REFUSED: [&str; 9] = [
    "/([])",
    "/([^])",
    "/([[:alpha:]])",
    "/(\\cA)",
    "/(\\p{L}+)",
    "/((?=a)a)",
    "/((?<n>a)\\k<n>)",
    "/(\\1)",
    // Valid, but no URL has such a host.
    "https://[a]]/x",
];

/// Invalid patterns that are accepted here, as they can only mean one thing.
const ACCEPTED: [&str; 1] = ["/([^/]+)/b"];

/// The answers of a browser, for the pairs in the file.
#[test]
fn browsers_give_the_same_answers() {
    let vectors: Value = serde_json::from_str(include_str!("vectors.json")).unwrap();
    let hub = HubUrl::parse(vectors["hub"].as_str().unwrap()).unwrap();
    let topics = vectors["topics"].as_array().unwrap();
    let topics: Vec<_> = topics
        .iter()
        .map(|topic| PreparedTopic::new(topic.as_str().unwrap(), &hub))
        .collect();
    let mut different = Vec::new();
    for vector in vectors["patterns"].as_array().unwrap() {
        let text = vector[0].as_str().unwrap();
        match (UrlPattern::compile(text, &hub), vector[1].as_array()) {
            (Err(_), None) => {}
            (Err(_), Some(_)) if REFUSED.contains(&text) => {}
            (Ok(pattern), Some(expected)) => {
                for (place, topic) in topics.iter().enumerate() {
                    let expected = expected.contains(&Value::from(place));
                    if pattern.matches(topic.url()) != expected {
                        different.push(format!("{text} {} {expected}", topic.as_str()));
                    }
                }
            }
            (Ok(_), None) if ACCEPTED.contains(&text) => {}
            (Ok(_), None) => different.push(format!("{text} is accepted")),
            (Err(error), Some(_)) => different.push(format!("{text} is refused: {error:?}")),
        }
    }
    assert!(different.is_empty(), "{different:#?}");
}
