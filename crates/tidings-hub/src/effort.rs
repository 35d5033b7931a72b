//! How a worker's pass gives others their turn.

use tokio::task;

use crate::{hub::Core, position::Offset};

/// What a pass has done since others last had a turn, in marks.
pub(crate) struct Effort<'a> {
    core: &'a Core,
    /// What comes after this is for the next pass.
    upto: Offset,
    spent: usize,
    turn: usize,
}

impl<'a> Effort<'a> {
    /// A write, or a mark that wakes someone, costs as much as this many marks that do not: a
    /// system call is made or a task scheduled, where else only a lock is taken.
    pub(crate) const WAKE: usize = 16;

    pub(crate) fn new(core: &'a Core, upto: Offset) -> Self {
        Self {
            core,
            upto,
            spent: 0,
            turn: core.pace.turn(0),
        }
    }

    pub(crate) async fn spend(&mut self, woken: bool) {
        self.spent += if woken { Self::WAKE } else { 1 };
        if self.spent >= self.turn {
            self.spent = 0;
            task::yield_now().await;
            let head = self.core.read_window(|window| window.head());
            self.turn = self.core.pace.turn(head.since(self.upto));
        }
    }
}
