//! Which messages a subscriber is to get: what it listens to, and what it may see of that.

use crate::{
    message::Entry,
    permit::Permit,
    selector::{self, Selector},
    topic::Topic,
};

/// Subscribers of equal interest form an audience.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Interest {
    selectors: Box<[Selector]>,
    permit: Permit,
    /// Whether it is to be told where history is lost.
    gap_event: bool,
}

impl Interest {
    pub(crate) fn new(
        selectors: impl IntoIterator<Item = Selector>,
        permit: Permit,
        gap_event: bool,
    ) -> Self {
        let mut selectors = selector::distinct(selectors);
        if selectors.is_empty() {
            selectors = Box::new([Topic::broadcast().into()]);
        }
        Self {
            selectors,
            permit,
            gap_event,
        }
    }

    pub(crate) fn gap_event(&self) -> bool {
        self.gap_event
    }

    /// Sorted, none twice, one at least.
    pub(crate) fn selectors(&self) -> &[Selector] {
        &self.selectors
    }

    /// Which of its selectors this is, that is one of them.
    pub(crate) fn place_of(&self, selector: &Selector) -> usize {
        let place = self.selectors.binary_search(selector);
        place.expect("an audience knows its selectors, sorted")
    }

    /// The topics it listens to, if it names them all.
    pub(crate) fn topics(&self) -> Option<impl Iterator<Item = &Topic>> {
        let exact = |selector| matches!(selector, &Selector::Exact(_));
        let topics = self.selectors.iter().filter_map(|selector| match selector {
            Selector::Exact(topic) => Some(topic),
            _ => None,
        });
        self.selectors.iter().all(exact).then_some(topics)
    }

    /// Whether it may see a message that is for a topic it listens to.
    pub(crate) fn may_see(&self, entry: &Entry) -> bool {
        !entry.private || self.permit.allows(&entry.topics)
    }

    /// Whether it might want a message, of which is known only what its topics begin with.
    pub(crate) fn may_want(&self, beginning: &str, public: bool) -> bool {
        let may = |one: &Selector| one.may_select_below(beginning);
        let allowed = public || self.permit.may_allow_below(beginning);
        allowed && self.selectors.iter().any(may)
    }

    /// How many tests it takes at most to find out: of all selectors, or of the permit alone; one at
    /// least.
    pub(crate) fn cost(&self, entry: &Entry, by_selectors: bool) -> usize {
        let hidden = entry.private && self.permit.len() == 0;
        let selectors = if by_selectors && !hidden {
            self.selectors.len()
        } else {
            0
        };
        let permit = if entry.private { self.permit.len() } else { 0 };
        ((selectors + permit) * entry.topics.len()).max(1)
    }

    /// Whether a message is for it. What it may not see, its selectors are not asked about: most of
    /// that is announcements, and there are many of them.
    pub(crate) fn wants(&self, entry: &Entry) -> bool {
        let selected = |topic| self.selectors.iter().any(|one| one.selects(topic));
        self.may_see(entry) && entry.topics.iter().any(selected)
    }
}

#[cfg(test)]
impl Interest {
    /// Whether all that the index finds for it is wanted.
    pub(crate) fn is_exact(&self) -> bool {
        self.topics().is_some() && self.permit == Permit::everything()
    }
}

/// Listens to `broadcast`, and may see everything.
#[cfg(test)]
impl Interest {
    pub(crate) fn in_broadcast() -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self::new([], Permit::everything(), true))
    }

    pub(crate) fn in_topics(topics: impl IntoIterator<Item = Topic>) -> std::sync::Arc<Self> {
        let selectors = topics.into_iter().map(Selector::from);
        std::sync::Arc::new(Self::new(selectors, Permit::everything(), true))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        message::Message,
        position::{Epoch, Offset, Position},
        selector::Pattern,
    };

    #[derive(Debug)]
    struct Unasked;

    impl Pattern for Unasked {
        fn name(&self) -> &'static str {
            "unasked"
        }

        fn matches(&self, topic: &Topic) -> bool {
            panic!("asked about {topic:?}")
        }
    }

    #[test]
    fn of_what_may_not_be_seen_selectors_are_not_asked() {
        let selectors = [Selector::Pattern(Arc::new(Unasked)), Selector::All];
        let entry = Message::new("x").private().encode();
        let entry = entry.place(Position::at(Epoch::random(), Offset(1)));
        let interest = Interest::new(selectors.clone(), Permit::public(), true);
        assert!(!interest.wants(&entry));
        assert_eq!(interest.cost(&entry, true), 1);
        let permit = Permit::to([Topic::try_from("other").expect("a topic").into()]);
        let interest = Interest::new(selectors, permit, true);
        assert!(!interest.wants(&entry));
    }
}
