//! The names messages are published under and subscribers listen to.

use std::{borrow::Borrow, fmt, sync::Arc};

/// The name of a topic: 1 to [`Topic::MAX_BYTES`] bytes of UTF-8 without CR, LF or NUL.
///
/// Names are compared byte by byte. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(Arc<str>);

/// Why a text is not the name of a [`Topic`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTopic {
    /// The text is empty.
    #[error("a topic must not be empty")]
    Empty,
    /// The text is longer than [`Topic::MAX_BYTES`].
    #[error("a topic must be at most {} bytes long", Topic::MAX_BYTES)]
    TooLong,
    /// The text contains CR, LF or NUL.
    #[error("a topic must not contain CR, LF or NUL")]
    ControlCharacter,
}

impl Topic {
    /// The longest name: as long as a line of a request that servers take, and more than the longest
    /// name that a protocol on top of the hub makes of others.
    pub const MAX_BYTES: usize = 16 << 10;

    /// `broadcast`: where a message without a topic goes, and what a subscriber that names no
    /// topic listens to.
    #[must_use]
    pub fn broadcast() -> Self {
        Self("broadcast".into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for Topic {
    type Error = InvalidTopic;

    fn try_from(name: &str) -> Result<Self, InvalidTopic> {
        if name.is_empty() {
            return Err(InvalidTopic::Empty);
        }
        if name.len() > Self::MAX_BYTES {
            return Err(InvalidTopic::TooLong);
        }
        if name.contains(['\r', '\n', '\0']) {
            return Err(InvalidTopic::ControlCharacter);
        }
        Ok(Self(name.into()))
    }
}

impl std::str::FromStr for Topic {
    type Err = InvalidTopic;

    fn from_str(name: &str) -> Result<Self, InvalidTopic> {
        Self::try_from(name)
    }
}

impl Borrow<str> for Topic {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Sorts `topics` and drops the repeated ones, so that nothing is delivered twice.
pub(crate) fn distinct(topics: impl IntoIterator<Item = Topic>) -> Arc<[Topic]> {
    let mut topics: Vec<Topic> = topics.into_iter().collect();
    topics.sort_unstable();
    topics.dedup();
    topics.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_on_one_line() {
        assert_eq!(Topic::try_from(""), Err(InvalidTopic::Empty));
        assert_eq!(Topic::try_from("a\nb"), Err(InvalidTopic::ControlCharacter));
        assert_eq!(Topic::try_from("a\rb"), Err(InvalidTopic::ControlCharacter));
        assert_eq!(Topic::try_from("a\0b"), Err(InvalidTopic::ControlCharacter));
        let longest = "é".repeat(Topic::MAX_BYTES / 2);
        assert!(Topic::try_from(longest.as_str()).is_ok());
        assert_eq!(
            Topic::try_from(format!("{longest}x").as_str()),
            Err(InvalidTopic::TooLong)
        );
    }

    #[test]
    fn repeated_names_count_once() {
        let topic = |name| Topic::try_from(name).unwrap();
        let topics = distinct([topic("b"), topic("a"), topic("b")]);
        assert_eq!(*topics, [topic("a"), topic("b")]);
    }
}
