//! What a client is willing to be sent: the `Accept` header (RFC 9110, section 12.5.1).

use http::{HeaderMap, header};

/// What an `Accept` header says of `text/event-stream`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventStreams {
    /// It is asked for by its name: the client is an `EventSource` or speaks like one.
    ByName,
    /// It will do: a range covers it, or there is no usable header. `Accept` is optional for an
    /// `EventSource`, so its absence says nothing.
    Allowed,
    /// It is excluded.
    Excluded,
}

/// How closely a media range names a type; the closest one decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Closeness {
    Anything,
    AnyText,
    Exact,
}

impl EventStreams {
    pub(crate) fn accepted_by(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(header::ACCEPT).iter().peekable();
        if values.peek().is_none() {
            return Self::Allowed;
        }
        let ranges = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter(|range| !range.trim().is_empty());
        let mut closest = None;
        let mut any = false;
        for range in ranges {
            any = true;
            if let Some(found) = read_range(range) {
                closest = closest.max(Some(found));
            }
        }
        match closest {
            Some((Closeness::Exact, true)) => Self::ByName,
            Some((_, true)) => Self::Allowed,
            Some((_, false)) => Self::Excluded,
            None if any => Self::Excluded,
            None => Self::Allowed,
        }
    }
}

/// How closely `range` names `text/event-stream`, and whether its weight allows it.
fn read_range(range: &str) -> Option<(Closeness, bool)> {
    let mut parts = range.split(';').map(str::trim);
    let closeness = match parts.next()?.to_ascii_lowercase().as_str() {
        "text/event-stream" => Closeness::Exact,
        "text/*" => Closeness::AnyText,
        "*/*" => Closeness::Anything,
        _ => return None,
    };
    let weight = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    // A weight that cannot be read is no reason to refuse.
    let allowed = weight.is_none_or(|weight| weight.parse::<f32>().map_or(true, |q| q > 0.0));
    Some((closeness, allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(values: &[&str]) -> EventStreams {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ACCEPT, value.parse().unwrap());
        }
        EventStreams::accepted_by(&headers)
    }

    #[test]
    fn the_closest_range_decides() {
        use EventStreams::{Allowed, ByName, Excluded};
        for (values, expected) in [
            (&[][..], Allowed),
            (&[""], Allowed),
            (&["*/*"], Allowed),
            (&["text/*;q=0.1, application/json"], Allowed),
            (&["text/event-stream"], ByName),
            (&["application/json, Text/Event-Stream ; Q=0.5"], ByName),
            (&["application/json", "text/event-stream"], ByName),
            (&["text/html, text/event-stream;q=nonsense"], ByName),
            (&["application/json"], Excluded),
            (&["text/html, application/xml"], Excluded),
            (&["text/event-stream;q=0, */*"], Excluded),
            (&["*/*;q=0.000"], Excluded),
            (&["text/*;q=0, */*"], Excluded),
        ] {
            assert_eq!(accepted(values), expected, "{values:?}");
        }
    }
}
