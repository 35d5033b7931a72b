//! How far others have been told of a subscription: who of those that come, go and look decides what is still to be said.
//!
//! Three meet here, without a lock: the task that publishes, when the subscription's turn comes; the connection, when it
//! ends; and who reads the list. The rules:
//!
//! * Nobody hears of an end without its beginning, nor before it.
//! * Who has heard of a beginning, or has seen the subscription in a list, hears of the end.
//! * Of all others nothing is told: who comes and goes faster than that can be published leaves nothing to publish.
//!
//! What is queued is in the queue of beginnings, which is bounded; only [`Telling::end`] of a subscription that was
//! announced asks for an entry in the queue of ends.

use std::sync::atomic::{AtomicU8, Ordering};

/// See the module. It begins as one that is queued and that nobody knows of.
#[derive(Debug, Default)]
pub(crate) struct Telling(AtomicU8);

/// What is published when a subscription's turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Nothing,
    Beginning,
    BeginningAndEnd,
}

/// Its beginning is queued.
const QUEUED: u8 = 0;
/// The same, and a list has shown it.
const LISTED: u8 = 1;
/// It has ended since.
const LISTED_AND_ENDED: u8 = 2;
/// Its beginning is published, or will be before anything else is.
const ANNOUNCED: u8 = 3;
/// There is nothing more to tell.
const SILENT: u8 = 4;

impl Telling {
    /// A list shows it.
    pub(crate) fn list(&self) {
        self.change(|now| (now == QUEUED).then_some(LISTED));
    }

    /// Its turn has come.
    pub(crate) fn turn(&self) -> Turn {
        let before = self.change(|now| match now {
            QUEUED | LISTED => Some(ANNOUNCED),
            LISTED_AND_ENDED => Some(SILENT),
            _ => None,
        });
        match before {
            QUEUED | LISTED => Turn::Beginning,
            LISTED_AND_ENDED => Turn::BeginningAndEnd,
            _ => Turn::Nothing,
        }
    }

    /// It has ended. Whether its end is to be queued.
    pub(crate) fn end(&self) -> bool {
        let before = self.change(|now| match now {
            QUEUED => Some(SILENT),
            LISTED => Some(LISTED_AND_ENDED),
            _ => None,
        });
        before == ANNOUNCED
    }

    /// Its beginning could not be published, so its end is not to be either, also if that is queued already.
    pub(crate) fn silence(&self) {
        self.0.store(SILENT, Ordering::Release);
    }

    /// Whether an end that was queued is still to be published.
    pub(crate) fn is_announced(&self) -> bool {
        self.0.load(Ordering::Acquire) == ANNOUNCED
    }

    /// The state before.
    fn change(&self, to: impl FnMut(u8) -> Option<u8>) -> u8 {
        let changed = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, to);
        changed.unwrap_or_else(|unchanged| unchanged)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Barrier, thread};

    use super::*;

    /// What the task publishes, `true` for a beginning, in all: at the turn, then for a queued end.
    fn published(turn: Turn, queued_end: bool) -> Vec<bool> {
        let mut published = match turn {
            Turn::Nothing => vec![],
            Turn::Beginning => vec![true],
            Turn::BeginningAndEnd => vec![true, false],
        };
        published.extend(queued_end.then_some(false));
        published
    }

    #[test]
    fn whoever_is_first_decides_what_is_told() {
        // In the order of the letters: the turn comes, the end comes, a list shows it.
        for (order, expected) in [
            ("te", [true, false].as_slice()),
            ("et", &[]),
            ("tle", &[true, false]),
            ("lte", &[true, false]),
            ("let", &[true, false]),
            ("llet", &[true, false]),
            // What has ended is in no list; here it would not matter.
            ("elt", &[]),
            ("tel", &[true, false]),
            ("t", &[true]),
            ("lt", &[true]),
        ] {
            let telling = Telling::default();
            let (mut turn, mut queued) = (Turn::Nothing, false);
            for step in order.chars() {
                match step {
                    't' => turn = telling.turn(),
                    'e' => queued = telling.end(),
                    _ => telling.list(),
                }
            }
            assert!(!queued || telling.is_announced());
            assert_eq!(published(turn, queued), expected, "{order}");
        }
    }

    #[test]
    fn what_could_not_be_announced_does_not_end() {
        for ends_first in [true, false] {
            let telling = Telling::default();
            assert_eq!(telling.turn(), Turn::Beginning);
            let queued = ends_first && telling.end();
            assert_eq!(queued, ends_first);
            telling.silence();
            assert!(!telling.is_announced(), "the queued end is left out");
            assert!(!telling.end());
        }
    }

    /// The task and the connection at the same moment, with and without somebody who has seen it.
    #[test]
    fn n56_at_the_same_moment_both_are_told_or_neither() {
        const ROUNDS: usize = 20_000;
        for listed in [true, false] {
            let all: Vec<Telling> = (0..ROUNDS).map(|_| Telling::default()).collect();
            let start = Barrier::new(2);
            let (turns, ends) = thread::scope(|scope| {
                let turns = scope.spawn(|| {
                    start.wait();
                    all.iter().map(Telling::turn).collect::<Vec<_>>()
                });
                let ends = scope.spawn(|| {
                    start.wait();
                    let end = |one: &Telling| {
                        if listed {
                            one.list();
                        }
                        one.end()
                    };
                    all.iter().map(end).collect::<Vec<_>>()
                });
                (turns.join().unwrap(), ends.join().unwrap())
            });
            for (turn, end) in turns.into_iter().zip(ends) {
                let published = published(turn, end);
                let both = published == [true, false];
                assert!(both || (!listed && published.is_empty()), "{published:?}");
            }
        }
    }
}
