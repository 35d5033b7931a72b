//! What a subscriber may see of what is private.

use crate::{
    selector::{self, Selector},
    topic::Topic,
};

/// The topics whose private messages a subscriber may see. What is not private, everyone may.
///
/// A permit is a value that whoever checks a client's rights makes; the hub holds every message
/// against it, live and from history alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Permit {
    selectors: Box<[Selector]>,
}

impl Permit {
    /// Nothing that is private.
    #[must_use]
    pub fn public() -> Self {
        Self::to([])
    }

    /// Everything.
    #[must_use]
    pub fn everything() -> Self {
        Self::to([Selector::All])
    }

    /// What is private to any of these topics. One of a message's topics is enough.
    #[must_use]
    pub fn to(selectors: impl IntoIterator<Item = Selector>) -> Self {
        Self {
            selectors: selector::distinct(selectors),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.selectors.len()
    }

    /// `false`: no private message may be seen whose topics begin so.
    pub(crate) fn may_allow_below(&self, beginning: &str) -> bool {
        let may = |one: &Selector| one.may_select_below(beginning);
        self.selectors.iter().any(may)
    }

    /// Whether a private message for these topics may be seen.
    #[must_use]
    pub fn allows(&self, topics: &[Topic]) -> bool {
        let allowed = |topic| self.selectors.iter().any(|one| one.selects(topic));
        topics.iter().any(allowed)
    }
}

/// Where nobody's rights are checked, everyone may see everything.
impl Default for Permit {
    fn default() -> Self {
        Self::everything()
    }
}
