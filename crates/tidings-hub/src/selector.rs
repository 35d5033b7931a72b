//! What a subscriber listens to: one topic, all of them, or those that a pattern matches.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use crate::topic::Topic;

/// Selects topics. Cloning is cheap.
#[derive(Clone)]
#[non_exhaustive]
pub enum Selector {
    /// Every topic.
    All,
    /// The topic of this name.
    Exact(Topic),
    /// The topics that a pattern matches.
    Pattern(Arc<dyn Pattern>),
}

/// A rule that topics match or do not. A hub asks it once for each topic and worker, however many
/// subscribers share it, and remembers the answer for a while: so the answer must not change.
pub trait Pattern: fmt::Debug + Send + Sync + 'static {
    /// What the rule is: two patterns of one name are the same.
    fn name(&self) -> &str;

    /// Whether `topic` matches. It is asked while subscribers wait: its time must be bounded, also
    /// where pattern and topic were made to take long.
    fn matches(&self, topic: &Topic) -> bool;

    /// `false`: no topic matches that begins so. Who is told so is not asked about such topics when
    /// they are [announced](crate::Hub::announce_below), nor told that one of them is lost: so
    /// `true` where it is hard to say.
    fn may_match_below(&self, beginning: &str) -> bool {
        let _ = beginning;
        true
    }
}

impl Selector {
    /// Whether it selects `topic`.
    #[must_use]
    pub fn selects(&self, topic: &Topic) -> bool {
        match self {
            Self::All => true,
            Self::Exact(exact) => exact == topic,
            Self::Pattern(pattern) => pattern.matches(topic),
        }
    }

    /// `false`: it selects no topic that begins so.
    pub(crate) fn may_select_below(&self, beginning: &str) -> bool {
        match self {
            Self::All => true,
            Self::Exact(exact) => exact.as_str().starts_with(beginning),
            Self::Pattern(pattern) => pattern.may_match_below(beginning),
        }
    }

    /// A selector is its kind and its text.
    fn key(&self) -> (u8, &str) {
        match self {
            Self::All => (0, ""),
            Self::Exact(topic) => (1, topic.as_str()),
            Self::Pattern(pattern) => (2, pattern.name()),
        }
    }
}

impl From<Topic> for Selector {
    fn from(topic: Topic) -> Self {
        Self::Exact(topic)
    }
}

impl PartialEq for Selector {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Selector {}

impl PartialOrd for Selector {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Selector {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for Selector {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Exact(topic) => fmt::Debug::fmt(topic, f),
            Self::Pattern(pattern) => fmt::Debug::fmt(pattern, f),
        }
    }
}

/// Sorts them and drops the repeated ones. An audience is those whose lists are equal.
pub(crate) fn distinct(selectors: impl IntoIterator<Item = Selector>) -> Box<[Selector]> {
    let mut selectors: Vec<Selector> = selectors.into_iter().collect();
    selectors.sort_unstable();
    selectors.dedup();
    selectors.into_boxed_slice()
}
