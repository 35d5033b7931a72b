//! How much is done at a time before someone else gets a turn.
//!
//! These bounds decide how well the engine works, not what it does, so they are no settings. They
//! are in one place, and not constants, because a test that is to reach their edges makes them
//! small.

use std::ops::RangeInclusive;

use crate::{effort::Effort, window::Budget};

#[derive(Debug, Clone)]
pub(crate) struct Pace {
    /// What one look of a subscription into the window may take.
    pub(crate) batch: Budget,
    /// The most messages of one pass of a worker: bounds the memory that the pass holds on to.
    pub(crate) pass: usize,
    /// The most that one pass may find due, over all its audiences: bounds the same, where very many
    /// audiences are due the same messages. (One message may be due to more.)
    pub(crate) due: usize,
    /// The most orders that are carried out before messages and sockets have their turn.
    pub(crate) orders: usize,
    /// After so many writes or wake-ups of a pass, the runtime gets a turn, so that publishes are
    /// accepted, and batched, while the pass runs.
    pub(crate) turns: RangeInclusive<usize>,
}

impl Pace {
    /// The marks until the next turn, when so many messages wait for the next pass. The more they
    /// are, the longer: to take in still more is not urgent then, and publishers who do not wait
    /// for each other would otherwise get so many turns that the pass never ends.
    pub(crate) fn turn(&self, waiting: u64) -> usize {
        let waiting = usize::try_from(waiting).unwrap_or(usize::MAX);
        let wakes = waiting.clamp(*self.turns.start(), *self.turns.end());
        wakes.saturating_mul(Effort::WAKE)
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            // Enough that a busy stream takes the window's lock rarely, little enough that a
            // stalled subscriber holds next to nothing back.
            batch: Budget {
                messages: 64,
                bytes: 64 << 10,
                // Under the window's lock: some 0.1 ms, where patterns are simple.
                looks: 1024,
            },
            pass: 8192,
            // 4 MiB.
            due: 1 << 20,
            orders: 1024,
            // A write takes some 6 µs: between 0.1 and 3 ms.
            turns: 16..=512,
        }
    }
}
