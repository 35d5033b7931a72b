//! The list of active subscriptions, which is read page by page (draft-dunglas-mercure-08, section Subscription API).
//!
//! Whoever comes or goes waits for whoever reads: so a reader takes pointers, a few at a time, and lets others in between.
//! A page is therefore no picture of one moment; but what changes while it is read is told by events after the
//! `last-event-id` that goes with it, as long as that was asked for first.
//!
//! Subscriptions stand in the order of their [`Place`]s, which means nothing to anyone but stays the same: who goes on
//! after a place sees each subscription once that was there all the time, also if the one at that place has gone.
//!
//! What is read is marked as listed while the list is locked: so who has read it will hear of its end, also where that
//! comes before others have been told of its beginning.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard},
};

use ring::digest::{SHA256, digest};
use uuid::Uuid;

use super::super::document::{Matched, Subscription};
use crate::token::Dialect;

/// Where a subscription stands: those by one matcher together. A digest, because a matcher's text may be longer than an
/// address can be, and a place is part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    matcher: [u8; 16],
    subscriber: Uuid,
}

/// Some of a list.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) subscriptions: Vec<Arc<Subscription>>,
    /// The place of the last one here, if there are more behind it.
    pub(crate) next: Option<Place>,
}

/// How much a page has at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageSize {
    pub(crate) subscriptions: usize,
    /// It ends with the subscription that goes beyond.
    pub(crate) bytes: usize,
}

/// The subscriptions of each dialect by themselves, because they are asked for by themselves.
#[derive(Debug, Default)]
pub(super) struct List {
    v1: Mutex<Subscriptions>,
    legacy: Mutex<Subscriptions>,
}

type Subscriptions = BTreeMap<Place, Arc<Subscription>>;

/// So many are taken at a time: some microseconds.
const AT_ONCE: usize = 256;

impl Place {
    pub(crate) fn of(matched: &Matched, subscriber: Uuid) -> Self {
        Self {
            matcher: matcher(matched),
            subscriber,
        }
    }

    /// Whether one by this matcher can stand here.
    pub(crate) fn is_of(&self, matched: &Matched) -> bool {
        self.matcher == matcher(matched)
    }

    pub(crate) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&self.matcher);
        bytes[16..].copy_from_slice(self.subscriber.as_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let [matcher, subscriber] = [0, 16].map(|at| {
            let mut half = [0; 16];
            half.copy_from_slice(&bytes[at..at + 16]);
            half
        });
        Self {
            matcher,
            subscriber: Uuid::from_bytes(subscriber),
        }
    }
}

fn matcher(matched: &Matched) -> [u8; 16] {
    let kind = matched.kind.name().unwrap_or_default();
    let digest = digest(&SHA256, format!("{kind}\0{}", matched.text).as_bytes());
    let mut short = [0; 16];
    short.copy_from_slice(&digest.as_ref()[..16]);
    short
}

impl List {
    pub(super) fn insert(&self, place: Place, subscription: Arc<Subscription>) {
        let dialect = subscription.matched.dialect();
        self.of(dialect).insert(place, subscription);
    }

    pub(super) fn remove(&self, place: Place, dialect: Dialect) {
        self.of(dialect).remove(&place);
    }

    pub(super) fn find(&self, matched: &Matched, subscriber: Uuid) -> Option<Arc<Subscription>> {
        let place = Place::of(matched, subscriber);
        let list = self.of(matched.dialect());
        let found = list.get(&place)?;
        found.telling.list();
        Some(found.clone())
    }

    /// Those of a dialect, or those by one matcher of it, that stand behind a place.
    pub(super) fn page(
        &self,
        dialect: Dialect,
        matched: Option<&Matched>,
        after: Option<Place>,
        size: PageSize,
    ) -> Page {
        let first = matched.map(|matched| Place::of(matched, Uuid::nil()));
        let last = matched.map(|matched| Place::of(matched, Uuid::max()));
        let mut from = match (after, first) {
            (Some(after), _) => Bound::Excluded(after),
            (None, Some(first)) => Bound::Included(first),
            (None, None) => Bound::Unbounded,
        };
        let to = last.map_or(Bound::Unbounded, Bound::Included);
        let mut page = Page::default();
        let (mut last, mut bytes) = (None, 0);
        loop {
            let list = self.of(dialect);
            let mut taken = 0;
            for (place, subscription) in list.range((from, to)).take(AT_ONCE) {
                if page.subscriptions.len() >= size.subscriptions || bytes >= size.bytes {
                    page.next = last;
                    return page;
                }
                subscription.telling.list();
                bytes += subscription.bytes();
                page.subscriptions.push(subscription.clone());
                last = Some(*place);
                from = Bound::Excluded(*place);
                taken += 1;
            }
            if taken < AT_ONCE {
                return page;
            }
        }
    }

    fn of(&self, dialect: Dialect) -> MutexGuard<'_, Subscriptions> {
        let list = match dialect {
            Dialect::V1 => &self.v1,
            Dialect::Legacy => &self.legacy,
        };
        list.lock().expect("nothing panics under the lock")
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Telling, *};
    use crate::MatcherType;

    const ALL: PageSize = PageSize {
        subscriptions: 10_000,
        bytes: usize::MAX,
    };

    fn matched(text: &str) -> Matched {
        Matched {
            kind: MatcherType::Exact,
            text: text.to_owned(),
        }
    }

    fn list(of: &[(&str, usize)]) -> List {
        let list = List::default();
        for (text, count) in of {
            for _ in 0..*count {
                let subscription = Subscription {
                    matched: matched(text),
                    subscriber: Uuid::new_v4(),
                    payload: None,
                    telling: Telling::default(),
                };
                let place = Place::of(&subscription.matched, subscription.subscriber);
                list.insert(place, Arc::new(subscription));
            }
        }
        list
    }

    /// The lengths of all pages, in which each subscription stands once.
    fn pages(list: &List, matched: Option<&Matched>, size: PageSize) -> Vec<usize> {
        let mut lengths = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut after = None;
        loop {
            let page = list.page(Dialect::V1, matched, after, size);
            lengths.push(page.subscriptions.len());
            for one in &page.subscriptions {
                assert!(matched.is_none_or(|matched| one.matched == *matched));
                assert!(seen.insert(one.subscriber), "none twice");
            }
            after = page.next;
            if after.is_none() {
                return lengths;
            }
        }
    }

    #[test]
    fn n61_pages_have_each_subscription_once() {
        let list = list(&[("a", 1000), ("b", 300), ("c", 1)]);
        let of = |subscriptions| PageSize {
            subscriptions,
            ..ALL
        };
        assert_eq!(pages(&list, None, ALL), [1301]);
        assert_eq!(pages(&list, None, of(1301)), [1301]);
        assert_eq!(pages(&list, None, of(1300)), [1300, 1]);
        assert_eq!(pages(&list, None, of(256)), [256, 256, 256, 256, 256, 21]);
        assert_eq!(pages(&list, Some(&matched("a")), of(400)), [400, 400, 200]);
        assert_eq!(pages(&list, Some(&matched("c")), of(1)), [1]);
        assert_eq!(pages(&list, Some(&matched("d")), of(1)), [0]);
        // A page ends by its bytes, but has one at least.
        let small = PageSize { bytes: 1, ..ALL };
        assert_eq!(pages(&list, Some(&matched("b")), small), [1; 300]);
    }

    #[test]
    fn n61_a_place_stays_when_its_subscription_has_gone() {
        let list = list(&[("a", 100)]);
        let size = PageSize {
            subscriptions: 10,
            ..ALL
        };
        let page = list.page(Dialect::V1, None, None, size);
        let after = page.next.unwrap();
        assert_eq!(Place::from_bytes(&after.to_bytes()), after);
        let seen: Vec<Uuid> = page
            .subscriptions
            .iter()
            .map(|one| one.subscriber)
            .collect();
        for subscription in page.subscriptions {
            let place = Place::of(&subscription.matched, subscription.subscriber);
            list.remove(place, Dialect::V1);
        }
        let rest = list.page(Dialect::V1, None, Some(after), ALL);
        assert_eq!(rest.subscriptions.len(), 90);
        assert!(
            rest.subscriptions
                .iter()
                .all(|one| !seen.contains(&one.subscriber))
        );
    }
}
