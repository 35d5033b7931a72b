//! How much is done at a time before someone else gets a turn.
//!
//! These bounds decide how well the engine works, not what it does, so they are no settings. They
//! are in one place, and not constants, because a test that is to reach their edges makes them
//! small.

use crate::window::Budget;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// What one look of a subscription into the window may take.
    pub(crate) batch: Budget,
    /// The most messages of one pass of a worker: bounds the memory that the pass holds on to.
    pub(crate) pass: usize,
    /// After this many marks of a pass, a wake-up counting for several, the runtime gets a turn, so
    /// that publishes are accepted, and batched, while it runs.
    pub(crate) turn: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            // Enough that a busy stream takes the window's lock rarely, little enough that a
            // stalled subscriber holds next to nothing back.
            batch: Budget {
                messages: 64,
                bytes: 64 << 10,
            },
            pass: 1024,
            // 64 wake-ups.
            turn: 1024,
        }
    }
}
