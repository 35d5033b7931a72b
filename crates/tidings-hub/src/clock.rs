//! The time as a worker keeps it for its subscribers: coarse, and small enough to be kept for each
//! of very many.

use std::time::Duration;

use tokio::time::Instant;

/// Turns moments into [`Tick`]s.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    start: Instant,
}

/// A moment, in hundredths of a second since a clock was started. It begins again after 497 days,
/// so only the time between two of them means anything, and only if it is shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tick(u32);

const TICK: Duration = Duration::from_millis(10);

impl Clock {
    pub(crate) fn start(now: Instant) -> Self {
        Self { start: now }
    }

    pub(crate) fn tick(&self, now: Instant) -> Tick {
        let ticks = now.saturating_duration_since(self.start).as_millis() / TICK.as_millis();
        // Truncating is what makes it begin again.
        Tick(ticks as u32)
    }
}

impl Tick {
    /// The time from `earlier` to this moment.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        TICK * self.0.wrapping_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_between_two_ticks_is_right_also_where_they_begin_again() {
        let start = Instant::now();
        let clock = Clock::start(start);
        let at = |time| clock.tick(start + time);
        let day = Duration::from_secs(24 * 60 * 60);
        let (earlier, later) = (at(497 * day), at(498 * day));
        assert!(later.0 < earlier.0);
        assert_eq!(later.since(earlier), day);
        assert_eq!(at(TICK * 7 + TICK / 2).since(at(TICK)), TICK * 6);
    }
}
