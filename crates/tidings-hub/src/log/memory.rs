//! The log of one process, gone with it: order, and nothing else.
//!
//! What it holds is what the window holds. Appending takes one lock, so the order in which offsets
//! are given is the order in which the tail sees the messages.

use std::{
    future,
    sync::{Mutex, OnceLock},
};

use crate::{
    log::{Appending, Log, Tail},
    message::Encoded,
    position::{Epoch, Offset, Position},
};

/// A [`Log`] in memory, with a new random epoch.
#[derive(Debug)]
pub struct MemoryLog {
    epoch: Epoch,
    tail: OnceLock<Tail>,
    /// The offset given last. Held while the tail takes the message: that is what keeps the order.
    last: Mutex<Offset>,
}

impl MemoryLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self {
            epoch: Epoch::random(),
            tail: OnceLock::new(),
            last: Mutex::new(Offset::START),
        }
    }
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::new()
    }
}

impl Log for MemoryLog {
    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn follow(&self, tail: Tail) {
        // A second hub on the same log would split its order; the first one keeps it.
        let _ = self.tail.set(tail);
    }

    fn append(&self, message: Encoded) -> Appending<'_> {
        let mut last = self.last.lock().expect("nothing panics under the lock");
        let offset = last.next();
        if let Some(tail) = self.tail.get() {
            tail.accept(offset, message);
        }
        *last = offset;
        let position = Position::at(self.epoch, offset);
        Box::pin(future::ready(Ok(position)))
    }
}
