//! How long a text may take to compile, told from the text alone: so that what takes long is not done where others wait.
//!
//! A guess that is too high costs a hop to another thread. One that is too low holds up an async thread, by what the bounds
//! of an [`Expression`](super::expression) leave: 2 ms at the worst, in an optimised build on a slow core, where the
//! numbers here come from. Most of it is the time of making an automaton, which grows with what can be repeated or left
//! out, and by its square; and in groups with an expression of their own there is no telling.

use std::time::Duration;

use super::MatcherType;

/// What fills an automaton to its bounds.
const WORST: u64 = 2000;

/// The most bytes that the expressions of a pattern's groups may have together to be thought harmless: `\d+`, `en|de`.
const HARMLESS_GROUP_BYTES: usize = 8;

/// At most about so long it takes to compile this text.
pub(crate) fn effort(kind: MatcherType, text: &str) -> Duration {
    let microseconds = match kind {
        _ if text == "*" => 0,
        MatcherType::Exact => 0,
        MatcherType::UrlPattern => url_pattern(text),
        MatcherType::Template => template(text),
    };
    // To look at each character takes time as well.
    Duration::from_micros(microseconds + 1 + text.len() as u64 / 512)
}

fn url_pattern(text: &str) -> u64 {
    // A host in Unicode is the dearest text, but for one in Punycode, which is decoded.
    let read = match text.contains("xn--") {
        true => text.len() / 2,
        false => text.len() / 8,
    };
    let read = 20 + read as u64;
    let special = |byte: u8| b":{(*?+".contains(&byte);
    // The only colon that begins no name.
    let text = match text.split_once("://") {
        Some((scheme, behind)) if !scheme.bytes().any(special) => behind,
        _ => text,
    };
    let Some(first) = text.bytes().position(special) else {
        return read;
    };
    let behind = &text.as_bytes()[first..];
    match behind.iter().filter(|byte| special(**byte)).count() {
        // A name or an asterisk, which is compared without an automaton.
        1 if !b"{(".contains(&behind[0]) => read,
        // What is not ASCII is escaped, with three bytes for each.
        _ => {
            let states = behind
                .iter()
                .map(|byte| if byte.is_ascii() { 1 } else { 3 });
            read + automaton(states.sum()) + groups(behind)
        }
    }
}

/// The time to make an automaton from about so many states that are not determined yet.
fn automaton(states: u64) -> u64 {
    20 + states.pow(2)
}

/// What expressions in groups take, which may be as short as they like.
fn groups(text: &[u8]) -> u64 {
    let (mut depth, mut bytes) = (0_usize, 0);
    let mut escaped = false;
    for byte in text {
        match byte {
            b')' if !escaped => depth = depth.saturating_sub(1),
            // A number of repetitions, or a class of Unicode.
            b'{' if depth > 0 => return WORST,
            _ => {}
        }
        bytes += usize::from(depth > 0);
        if *byte == b'(' && !escaped {
            depth += 1;
        }
        escaped = *byte == b'\\' && !escaped;
    }
    match bytes {
        0 => 0,
        1..=HARMLESS_GROUP_BYTES => 200,
        _ => WORST,
    }
}

fn template(text: &str) -> u64 {
    let (Some(first), Some(last)) = (text.find('{'), text.rfind('}')) else {
        return 0;
    };
    // What is before the first expression and behind the last one is only compared.
    let middle = text.get(first..last).unwrap_or_default();
    let variables = middle.bytes().filter(|byte| b"{,".contains(byte)).count();
    automaton((middle.len() + 3 * variables) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes_a_millisecond(kind: MatcherType, text: &str) -> bool {
        effort(kind, text) > Duration::from_millis(1)
    }

    #[test]
    fn n7_what_clients_usually_ask_for_is_quickly_compiled() {
        for (kind, text) in [
            (MatcherType::Exact, "https://example.com/books/1"),
            (MatcherType::Exact, "x".repeat(4096).as_str()),
            (MatcherType::UrlPattern, "*"),
            (MatcherType::UrlPattern, "/books/:id"),
            (MatcherType::UrlPattern, "https://*.example.com/books/:id/*"),
            (
                MatcherType::UrlPattern,
                "https://example.com/:lang(en|de)/:id(\\d+)",
            ),
            (MatcherType::UrlPattern, "x".repeat(4096).as_str()),
            (
                MatcherType::Template,
                "https://example.com/books/{id}/{page}",
            ),
            (MatcherType::Template, "/books{?page,order}"),
            (
                MatcherType::Template,
                format!("{}{{x}}", "x".repeat(4000)).as_str(),
            ),
            (MatcherType::Template, "}{"),
        ] {
            assert!(!takes_a_millisecond(kind, text), "{text}");
        }
    }

    #[test]
    fn n7_what_may_take_long_is_told_from_its_text() {
        for (kind, text) in [
            (MatcherType::UrlPattern, "/(.*a.{20})"),
            (MatcherType::UrlPattern, "(.*a.{50})://x"),
            (MatcherType::UrlPattern, "/((?:.?){90}z)"),
            (MatcherType::UrlPattern, "/(.*a)(....)(....)(....)"),
            (MatcherType::UrlPattern, "/(\\)\\(.*a.........)"),
            (MatcherType::UrlPattern, "*a".repeat(100).as_str()),
            (MatcherType::UrlPattern, "{/a}?".repeat(200).as_str()),
            (
                MatcherType::UrlPattern,
                format!("https://xn--{}", "a".repeat(2000)).as_str(),
            ),
            (MatcherType::Template, "{+a}b".repeat(30).as_str()),
            (MatcherType::Template, "{?a,b}".repeat(16).as_str()),
            (
                MatcherType::Template,
                format!("{{x}}{}{{y}}", "x".repeat(400)).as_str(),
            ),
        ] {
            assert!(takes_a_millisecond(kind, text), "{text}");
        }
    }
}
