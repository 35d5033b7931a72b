//! Which messages one subscriber has, in constant memory: the newest, and which of some before it.

/// How far before the newest message a missing one can be told from one that was there: more than publishes are ever
/// in flight, so that a server that takes them in any order is not blamed for it.
const REACH: u32 = 1024;

const WORD: u32 = u64::BITS;

/// The messages of a topic that a subscriber has, by their number within the topic.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// One more than the newest.
    next: u32,
    /// For each of the last `REACH` before `next` whether it is there, at its number modulo `REACH`.
    bits: [u64; (REACH / WORD) as usize],
}

impl Seen {
    /// Adds a message; false if it was there already. One too far back to know of is taken to have been.
    #[inline]
    pub(super) fn insert(&mut self, number: u32) -> bool {
        if number < self.next {
            if self.next - number > REACH || self.has(number) {
                return false;
            }
        } else {
            // What lies between is missing, unless it is still to come.
            for missing in self.next.max(number.saturating_sub(REACH - 1))..number {
                self.bits[word(missing)] &= !bit(missing);
            }
            self.next = number + 1;
        }
        self.bits[word(number)] |= bit(number);
        true
    }

    fn has(&self, number: u32) -> bool {
        self.bits[word(number)] & bit(number) != 0
    }
}

fn word(number: u32) -> usize {
    (number % REACH / WORD) as usize
}

fn bit(number: u32) -> u64 {
    1 << (number % WORD)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn within_reach_it_is_a_set() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..50 {
            let (mut seen, mut model, mut newest) = (Seen::default(), HashSet::new(), 0);
            for _ in 0..5000 {
                let number = match random.u32(0..100) {
                    0 => newest + random.u32(0..3 * REACH),
                    1..50 => newest + random.u32(0..4),
                    _ => newest.saturating_sub(random.u32(0..REACH)),
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
    fn beyond_reach_it_takes_a_message_for_known() {
        let mut seen = Seen::default();
        assert!(seen.insert(REACH));
        assert!(seen.insert(1));
        assert!(!seen.insert(0));
    }
}
