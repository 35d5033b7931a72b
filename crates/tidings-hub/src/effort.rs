//! How a worker's pass gives others their turn.

use tokio::task;

/// What a pass has done since others last had a turn, in marks.
pub(crate) struct Effort {
    spent: usize,
    turn: usize,
}

impl Effort {
    /// A mark that wakes someone costs as much as this many that do not: a task is scheduled, where
    /// else only a lock is taken.
    const WAKE: usize = 16;

    pub(crate) fn new(turn: usize) -> Self {
        Self { spent: 0, turn }
    }

    pub(crate) async fn spend(&mut self, woken: bool) {
        self.spent += if woken { Self::WAKE } else { 1 };
        if self.spent >= self.turn {
            self.spent = 0;
            task::yield_now().await;
        }
    }
}
