//! Which messages one subscriber has: all before the newest, but for those that are missing.
//!
//! As long as nothing is missing it is a number. With several publishes in flight a message may come behind others that
//! were sent later, and by any number of them: a server may leave one request for last. So what is missing is kept, in
//! ranges, up to a limit that only a server reaches that loses a great deal.

use std::ops::Range;

/// The most ranges kept. Of what was missing before the first of them, a message that comes all the same is taken for one
/// that was there.
const RANGES_LIMIT: usize = 4096;

/// The messages of a topic that a subscriber has, by their number within the topic.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// One more than the newest.
    next: u32,
    /// What is missing before that, in ascending order.
    missing: Vec<Range<u32>>,
}

impl Seen {
    /// Adds a message; false if it was there already.
    #[inline]
    pub(super) fn insert(&mut self, number: u32) -> bool {
        if number < self.next {
            return self.fill(number);
        }
        if number > self.next {
            if self.missing.len() >= RANGES_LIMIT {
                self.missing.remove(0);
            }
            self.missing.push(self.next..number);
        }
        self.next = number + 1;
        true
    }

    /// Takes a number out of what is missing; false if it is not.
    fn fill(&mut self, number: u32) -> bool {
        let place = self.missing.partition_point(|range| range.end <= number);
        let Some(range) = self
            .missing
            .get_mut(place)
            .filter(|range| range.contains(&number))
        else {
            return false;
        };
        let (before, behind) = (range.start..number, number + 1..range.end);
        match (before.is_empty(), behind.is_empty()) {
            (true, true) => drop(self.missing.remove(place)),
            (true, false) => *range = behind,
            (false, true) => *range = before,
            (false, false) => {
                *range = behind;
                self.missing.insert(place, before);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn it_is_a_set() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..50 {
            let (mut seen, mut model, mut newest) = (Seen::default(), HashSet::new(), 0);
            for _ in 0..3000 {
                let number = match random.u32(0..100) {
                    0 => newest + random.u32(0..50),
                    1..50 => newest + random.u32(0..4),
                    _ => random.u32(0..=newest),
                };
                assert_eq!(
                    seen.insert(number),
                    model.insert(number),
                    "{number} after {newest}"
                );
                newest = newest.max(number);
            }
        }
    }

    #[test]
    fn one_that_comes_last_of_all_is_known_to_be_new() {
        let mut seen = Seen::default();
        assert!((1..1_000_000).all(|number| seen.insert(number)));
        assert!(seen.insert(0));
        assert!(!seen.insert(0));
    }

    #[test]
    fn what_is_kept_has_a_limit() {
        let mut seen = Seen::default();
        // Every second one is missing: 1, 3, 5 and so on.
        for number in 0..=RANGES_LIMIT as u32 + 1 {
            seen.insert(2 * number);
        }
        assert_eq!(seen.missing.len(), RANGES_LIMIT);
        assert!(!seen.insert(1));
        assert!(seen.insert(3));
    }
}
