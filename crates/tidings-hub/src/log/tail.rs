//! Where a log hands its messages to the hub: into the window, then a word to the workers.

use std::{fmt, sync::Weak};

use tokio::time::Instant;

use crate::{
    hub::Core,
    message::Encoded,
    position::{Offset, Position},
};

/// The hub's end of a [`Log`](crate::Log). Once the hub is gone it takes messages and drops them.
#[derive(Clone)]
pub struct Tail {
    core: Weak<Core>,
}

impl Tail {
    pub(crate) fn new(core: Weak<Core>) -> Self {
        Self { core }
    }

    /// Takes the message at `offset`, which is to be the one after the last that was taken. One at
    /// or before that is ignored; beyond it, everything before counts as lost.
    pub fn accept(&self, offset: Offset, message: Encoded) {
        let Some(core) = self.core.upgrade() else {
            return;
        };
        let position = Position::at(core.epoch, offset);
        let entry = message.place(position);
        let now = Instant::now();
        core.write_window(|window| window.push(offset, entry, now));
        core.wake_workers();
    }
}

impl fmt::Debug for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tail").finish_non_exhaustive()
    }
}
