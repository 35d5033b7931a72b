//! From a topic to the audiences that listen to it.
//!
//! An exact name is looked up. A pattern is tested once for each topic, however many listen by it,
//! and the outcome is remembered within a bound; so a publish to a topic that is known costs what
//! its own subscribers cost.

use std::collections::{BTreeMap, HashMap};

use crate::{selector::Selector, topic::Topic};

/// For each selector the audiences that have it, in lists: an audience keeps its places in them.
#[derive(Debug, Default)]
pub(super) struct Index {
    all: Vec<usize>,
    exact: HashMap<Topic, Vec<usize>>,
    patterns: Patterns,
}

/// The patterns, numbered in the order they came in.
#[derive(Debug, Default)]
struct Patterns {
    next: u64,
    numbers: HashMap<Selector, u64>,
    held: BTreeMap<u64, Held>,
    known: HashMap<Topic, Known>,
    /// What all of `known` takes, in topics (see [`weight`]) and numbers.
    remembered: usize,
}

#[derive(Debug)]
struct Held {
    selector: Selector,
    audiences: Vec<usize>,
}

/// Which patterns a topic matches.
#[derive(Debug, Default)]
struct Known {
    /// Of those before this number.
    upto: u64,
    numbers: Vec<u64>,
}

/// So many topics, and numbers of patterns they match, are remembered; then all is forgotten.
const REMEMBERED: usize = 50_000;

/// A long name counts for several topics.
fn weight(topic: &Topic) -> usize {
    1 + topic.as_str().len() / 128
}

impl Index {
    /// Says where in the selector's list the audience stands.
    pub(super) fn add(&mut self, selector: &Selector, audience: usize) -> usize {
        let list = match selector {
            Selector::All => &mut self.all,
            Selector::Exact(topic) => self
                .exact
                .entry(topic.clone())
                .or_insert_with(|| Vec::with_capacity(1)),
            Selector::Pattern(_) => self.patterns.list(selector),
        };
        list.push(audience);
        list.len() - 1
    }

    /// Takes out the audience at this place. Says which one stands there now, if one does.
    pub(super) fn remove(&mut self, selector: &Selector, place: usize) -> Option<usize> {
        let list = match selector {
            Selector::All => Some(&mut self.all),
            Selector::Exact(topic) => self.exact.get_mut(topic.as_str()),
            Selector::Pattern(_) => self.patterns.list_of(selector),
        }?;
        list.swap_remove(place);
        let moved = list.get(place).copied();
        if list.is_empty() {
            match selector {
                Selector::All => {}
                Selector::Exact(topic) => drop(self.exact.remove(topic.as_str())),
                Selector::Pattern(_) => self.patterns.forget(selector),
            }
        }
        moved
    }

    /// Calls `found` with every audience that listens to `topic`; with one that does so by several
    /// selectors, several times.
    pub(super) fn find(&mut self, topic: &Topic, mut found: impl FnMut(usize)) {
        let exact = self.exact.get(topic.as_str()).into_iter().flatten();
        exact.chain(&self.all).copied().for_each(&mut found);
        self.patterns.find(topic, found);
    }

    /// The same for a topic that does not come again, or once: nothing is remembered of it.
    pub(super) fn find_once(&self, topic: &Topic, mut found: impl FnMut(usize)) {
        let exact = self.exact.get(topic.as_str()).into_iter().flatten();
        exact.chain(&self.all).copied().for_each(&mut found);
        let patterns = self.patterns.held.values();
        let matching = patterns.filter(|held| held.selector.selects(topic));
        let audiences = matching.flat_map(|held| &held.audiences);
        audiences.copied().for_each(found);
    }
}

impl Patterns {
    fn list(&mut self, selector: &Selector) -> &mut Vec<usize> {
        let number = *self.numbers.entry(selector.clone()).or_insert_with(|| {
            self.next += 1;
            self.next
        });
        let held = self.held.entry(number).or_insert_with(|| Held {
            selector: selector.clone(),
            audiences: Vec::with_capacity(1),
        });
        &mut held.audiences
    }

    fn list_of(&mut self, selector: &Selector) -> Option<&mut Vec<usize>> {
        let held = self.held.get_mut(self.numbers.get(selector)?)?;
        Some(&mut held.audiences)
    }

    fn forget(&mut self, selector: &Selector) {
        if let Some(number) = self.numbers.remove(selector) {
            self.held.remove(&number);
        }
    }

    fn find(&mut self, topic: &Topic, mut found: impl FnMut(usize)) {
        if self.held.is_empty() {
            return;
        }
        if self.remembered > REMEMBERED {
            self.known.clear();
            self.remembered = 0;
        }
        let known = self.known.entry(topic.clone()).or_insert_with(|| {
            self.remembered += weight(topic);
            Known::default()
        });
        for (number, held) in self.held.range(known.upto..) {
            if held.selector.selects(topic) {
                known.numbers.push(*number);
                self.remembered += 1;
            }
        }
        known.upto = self.next + 1;
        let before = known.numbers.len();
        known.numbers.retain(|number| match self.held.get(number) {
            Some(held) => {
                held.audiences.iter().copied().for_each(&mut found);
                true
            }
            // Nobody listens by it any more.
            None => false,
        });
        self.remembered -= before - known.numbers.len();
    }
}

#[cfg(test)]
impl Index {
    pub(super) fn is_empty(&self) -> bool {
        let patterns = &self.patterns;
        self.all.is_empty()
            && self.exact.is_empty()
            && patterns.held.is_empty()
            && patterns.numbers.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        let exact = self.exact.values().map(Vec::len);
        let held = self.patterns.held.values().map(|held| held.audiences.len());
        self.all.len() + exact.chain(held).sum::<usize>()
    }

    pub(super) fn at(&self, selector: &Selector, place: usize) -> usize {
        match selector {
            Selector::All => self.all[place],
            Selector::Exact(topic) => self.exact[topic][place],
            Selector::Pattern(_) => {
                let number = self.patterns.numbers[selector];
                self.patterns.held[&number].audiences[place]
            }
        }
    }
}
