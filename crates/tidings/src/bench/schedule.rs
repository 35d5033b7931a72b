//! When each message is to be sent.
//!
//! With a rate the times are fixed before the first is sent (an open loop): a server that stalls does not slow the
//! clients down that a real load would consist of, and each message that it holds up is measured from when it was due.
//! Measured from when it was sent at last, the wait would be left out (coordinated omission). Without a rate, a message
//! is due when a request is free to carry it.

/// The times of a run, in nanoseconds of its clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    start: u64,
    messages: u32,
    /// Per second.
    rate: Option<f64>,
}

impl Schedule {
    pub(super) fn new(start: u64, messages: u32, rate: Option<f64>) -> Schedule {
        Schedule {
            start,
            messages,
            rate,
        }
    }

    /// When the message with this number is due, at the soonest `now` unless that is long past; none behind the last.
    pub(super) fn due(&self, sequence: u32, now: u64) -> Option<u64> {
        if sequence >= self.messages {
            return None;
        }
        // A time in nanoseconds is exact in an f64 for the first hundred days.
        let since_start = |rate| (f64::from(sequence) * 1e9 / rate) as u64;
        Some(self.rate.map_or(now, |rate| self.start + since_start(rate)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_fixes_the_times() {
        let schedule = Schedule::new(1000, 4, Some(60.0));
        let due: Vec<_> = (0..5).map(|sequence| schedule.due(sequence, 77)).collect();
        let expected = [
            Some(1000),
            Some(16_667_666),
            Some(33_334_333),
            Some(50_001_000),
            None,
        ];
        assert_eq!(due, expected);
    }

    #[test]
    fn without_a_rate_it_is_always_time() {
        let schedule = Schedule::new(1000, 2, None);
        assert_eq!(schedule.due(1, 77), Some(77));
        assert_eq!(schedule.due(2, 77), None);
    }
}
