//! Announcements, and who may want them.
//!
//! An announcement tells of what comes and goes: it is ephemeral and private, and each has a topic
//! that nobody has heard of before, below a beginning that is known. Looked up among all, each would
//! be tested by every pattern there is, though hardly anyone may see it. So the audiences that may
//! want one are listed a second time, by those selectors that may select one, and it is looked up
//! there only. Whom it reaches is the same: who is not listed here has no selector for it or no
//! permit, whatever its topics are after their beginning.

use std::sync::Arc;

use super::index::Index;
use crate::{interest::Interest, message::Entry, selector::Selector, topic::Topic};

#[derive(Debug, Default)]
pub(super) struct Announced {
    /// What the topics of announcements begin with; `None`: there are none.
    below: Option<Arc<str>>,
    index: Index,
}

/// For each selector of an audience, where in the selector's list it stands, if it does; empty for
/// one that wants no announcements.
pub(super) type Places = Box<[Option<usize>]>;

impl Announced {
    /// From now on announcements are what comes below `beginning`. Says whether that is new: then
    /// nobody is listed any more.
    pub(super) fn come_below(&mut self, beginning: &Arc<str>) -> bool {
        let new = self.below.as_ref() != Some(beginning);
        if new {
            self.below = Some(Arc::clone(beginning));
            self.index = Index::default();
        }
        new
    }

    pub(super) fn add(&mut self, interest: &Interest, audience: usize) -> Places {
        let below = self.below.as_deref();
        let Some(below) = below.filter(|below| interest.may_want(below, false)) else {
            return Places::default();
        };
        let place = |selector: &Selector| {
            let may = selector.may_select_below(below);
            may.then(|| self.index.add(selector, audience))
        };
        interest.selectors().iter().map(place).collect()
    }

    /// As [`Index::remove`].
    pub(super) fn remove(&mut self, selector: &Selector, place: usize) -> Option<usize> {
        self.index.remove(selector, place)
    }

    /// Whether it is to be looked up here, and not among all.
    pub(super) fn has(&self, entry: &Entry) -> bool {
        entry.ephemeral
            && entry.private
            && self.below.as_deref().is_some_and(|below| {
                let topics = &mut entry.topics.iter();
                topics.all(|topic| topic.as_str().starts_with(below))
            })
    }

    /// As [`Index::find`].
    pub(super) fn find(&self, topic: &Topic, found: impl FnMut(usize)) {
        self.index.find_once(topic, found);
    }
}

#[cfg(test)]
impl Announced {
    pub(super) fn index(&self) -> &Index {
        &self.index
    }
}
