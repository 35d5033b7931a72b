//! Texts with places for the topic and the data of a message: the paths and the body that the user gives.

use std::io::Write;

/// A text with places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Topic,
    Data,
}

impl Template {
    /// Reads `{topic}` and `{data}` as places, and everything else as it stands.
    pub(super) fn new(text: &str) -> Template {
        let mut pieces = Vec::new();
        let mut rest = text;
        let places = [("{topic}", Piece::Topic), ("{data}", Piece::Data)];
        let next = |rest: &str| {
            let found = places
                .iter()
                .filter_map(|place| Some((rest.find(place.0)?, place)));
            found.min_by_key(|(at, _)| *at)
        };
        while let Some((at, (name, piece))) = next(rest) {
            pieces.extend([Piece::Text(rest[..at].to_owned()), piece.clone()]);
            rest = &rest[at + name.len()..];
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Template(pieces)
    }

    pub(super) fn has_data(&self) -> bool {
        self.0.contains(&Piece::Data)
    }

    pub(super) fn has_topic(&self) -> bool {
        self.0.contains(&Piece::Topic)
    }

    /// Whether it can name several topics: in its query, one has a parameter that can be repeated.
    pub(super) fn takes_several_topics(&self) -> bool {
        self.topic_parameter().is_some()
    }

    /// The same text below the path of a URL, which has no slash at its end.
    pub(super) fn below(mut self, path: &str) -> Template {
        self.0.insert(0, Piece::Text(path.to_owned()));
        self
    }

    pub(super) fn write(&self, topic: u32, data: &[u8], to: &mut Vec<u8>) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => to.extend_from_slice(text.as_bytes()),
                Piece::Data => to.extend_from_slice(data),
                Piece::Topic => write_topic(topic, to),
            }
        }
    }

    /// Writes it for several topics: the parameter of the query in which the topic stands, for each of them.
    pub(super) fn write_for_all(&self, mut topics: impl Iterator<Item = u32>, to: &mut Vec<u8>) {
        self.write(topics.next().unwrap_or_default(), &[], to);
        let Some(name) = self.topic_parameter() else {
            return;
        };
        // At the end: the parameter stands in the query, behind which nothing comes.
        for topic in topics {
            to.push(b'&');
            to.extend_from_slice(name.as_bytes());
            write_topic(topic, to);
        }
    }

    /// The name of the parameter whose whole value is the topic, with what stands before it up to the sign of equality.
    fn topic_parameter(&self) -> Option<&str> {
        let place = self.0.iter().position(|piece| *piece == Piece::Topic)?;
        let (Some(Piece::Text(before)), behind) = (self.0.get(place.wrapping_sub(1)), place + 1)
        else {
            return None;
        };
        let ends = match self.0.get(behind) {
            Some(Piece::Text(text)) => text.is_empty() || text.starts_with('&'),
            _ => false,
        };
        let name = &before[before.rfind(['?', '&'])? + 1..];
        (ends && name.ends_with('=')).then_some(name)
    }
}

fn write_topic(topic: u32, to: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = write!(to, "bench-{topic}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn for_all(path: &str) -> String {
        let mut written = Vec::new();
        Template::new(path).write_for_all([7, 8, 9].into_iter(), &mut written);
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn a_parameter_is_repeated_for_several_topics() {
        assert_eq!(
            for_all("/sse?a=b&topic={topic}&c"),
            "/sse?a=b&topic=bench-7&c&topic=bench-8&topic=bench-9"
        );
        assert!(Template::new("/sse?t={topic}").takes_several_topics());
    }

    #[test]
    fn elsewhere_a_topic_stands_alone() {
        for path in [
            "/{topic}",
            "/sse",
            "/sse?topic=a,{topic}",
            "/sse?topic={topic}x",
        ] {
            assert!(!Template::new(path).takes_several_topics(), "{path}");
        }
        assert_eq!(for_all("/{topic}"), "/bench-7");
    }
}
