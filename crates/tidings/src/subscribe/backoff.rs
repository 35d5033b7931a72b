//! How long to wait before connecting again.
//!
//! Pure: chance comes in as an argument. Starts with the reconnection time, doubles with each failure in a row, and
//! adds up to a half by chance, so that the clients of a hub that went away do not all come back in one moment.

use std::time::Duration;

/// The reconnection time until the server sets another one.
const FIRST_BASE: Duration = Duration::from_secs(1);

/// The shortest reconnection time: a server that asks for none must not be stormed by mistake.
const LEAST_BASE: Duration = Duration::from_millis(100);

/// The longest reconnection time; what a server may have meant by more, nobody wants to wait for.
pub(super) const GREATEST_BASE: Duration = Duration::from_secs(60 * 60);

/// Doubling ends here, unless the reconnection time itself is longer.
const GREATEST_DOUBLED: Duration = Duration::from_secs(30);

/// The waits between connections.
#[derive(Debug)]
pub(super) struct Backoff {
    base: Duration,
    failures: u32,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Backoff {
            base: FIRST_BASE,
            failures: 0,
        }
    }

    /// The server has set the reconnection time.
    pub(super) fn set_base(&mut self, base: Duration) {
        self.base = base.clamp(LEAST_BASE, GREATEST_BASE);
        self.failures = 0;
    }

    /// The connection works: what went wrong before no longer counts.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The wait after one more failure; `chance` is from 0 to 1.
    pub(super) fn next(&mut self, chance: f64) -> Duration {
        let factor = 2_u32.saturating_pow(self.failures);
        self.failures = self.failures.saturating_add(1);
        let doubled = self
            .base
            .saturating_mul(factor)
            .min(GREATEST_DOUBLED.max(self.base));
        doubled.mul_f64(1.0 + chance / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(backoff: &mut Backoff, chance: f64) -> Vec<f64> {
        (0..7).map(|_| backoff.next(chance).as_secs_f64()).collect()
    }

    #[test]
    fn doubles_from_one_second_to_thirty() {
        assert_eq!(
            waits(&mut Backoff::new(), 0.0),
            [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
        );
    }

    #[test]
    fn chance_adds_up_to_a_half() {
        assert_eq!(
            waits(&mut Backoff::new(), 1.0),
            [1.5, 3.0, 6.0, 12.0, 24.0, 45.0, 45.0]
        );
    }

    #[test]
    fn starts_anew_once_the_connection_works() {
        let mut backoff = Backoff::new();
        waits(&mut backoff, 0.0);
        backoff.reset();
        assert_eq!(backoff.next(0.0), Duration::from_secs(1));
    }

    #[test]
    fn the_server_sets_the_base() {
        let mut backoff = Backoff::new();
        backoff.set_base(Duration::from_secs(40));
        assert_eq!(waits(&mut backoff, 0.0)[..2], [40.0, 40.0]);
        backoff.set_base(Duration::ZERO);
        assert_eq!(waits(&mut backoff, 0.0)[..2], [0.1, 0.2]);
        backoff.set_base(Duration::MAX);
        assert_eq!(backoff.next(0.0), GREATEST_BASE);
    }

    #[test]
    fn never_overflows() {
        let mut backoff = Backoff {
            base: GREATEST_BASE,
            failures: u32::MAX,
        };
        assert_eq!(backoff.next(0.0), GREATEST_BASE);
    }
}
