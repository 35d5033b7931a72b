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
        self.spend_marks(if woken { Self::WAKE } else { 1 }).await;
    }

    pub(crate) async fn spend_marks(&mut self, marks: usize) {
        self.spent += marks;
        if self.spent >= self.turn {
            self.spent = 0;
            task::yield_now().await;
            let head = self.core.read_window(|window| window.head());
            self.turn = self.core.pace.turn(head.since(self.upto));
        }
    }

    /// So many more wait for the same: the next turn comes later, or they would never be fewer.
    pub(crate) fn lengthen(&mut self, waiting: usize) {
        self.turn = self.turn.max(self.core.pace.turn(waiting as u64));
    }
}
