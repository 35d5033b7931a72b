//! Up to where messages have left the window, and whom that concerns.

use std::sync::Arc;

use crate::{interest::Interest, message::Entry, position::Offset};

#[derive(Debug, Clone, Default)]
pub(crate) struct Floors {
    /// Up to here, all messages have left.
    pub(crate) all: Offset,
    /// Up to here, those that are ephemeral have left.
    pub(crate) ephemeral: Offset,
    /// Up to here, those of them that were not private.
    public: Offset,
    /// Their topics begin with this.
    below: Arc<str>,
}

impl Floors {
    /// The ephemeral message that was at `offset` has left before its time.
    pub(super) fn lose(&mut self, offset: Offset, entry: &Entry) {
        let first = self.ephemeral == Offset::START;
        for (index, topic) in entry.topics.iter().enumerate() {
            let topic = topic.as_str();
            if first && index == 0 {
                self.below = topic.into();
            } else if !topic.starts_with(&*self.below) {
                self.below = common(&self.below, topic).into();
            }
        }
        self.ephemeral = offset;
        if !entry.private {
            self.public = offset;
        }
    }

    /// Whether any message after `offset` has left.
    pub(crate) fn lies_above(&self, offset: Offset) -> bool {
        offset < self.all.max(self.ephemeral)
    }

    /// Whether one that has had, or was not concerned by, everything up to `after`, and knows that
    /// ephemeral messages up to `told` are lost, may have missed something else. Where it cannot be
    /// ruled out, it may.
    pub(crate) fn may_miss(&self, interest: &Interest, after: Offset, told: Offset) -> bool {
        let known = after.max(told);
        after < self.all
            || (known < self.ephemeral && interest.may_want(&self.below, known < self.public))
    }
}

/// What both begin with.
fn common<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b);
    let mut length = same.count();
    while !one.is_char_boundary(length) {
        length -= 1;
    }
    &one[..length]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_topics_begin_with() {
        assert_eq!(common("abc", "abd"), "ab");
        assert_eq!(common("abc", "abc"), "abc");
        assert_eq!(common("abc", "ab"), "ab");
        assert_eq!(common("x", "y"), "");
        // They share the first byte of a letter of two.
        assert_eq!(common("aé", "aè"), "a");
    }
}
