//! Waiting for sockets, to the nanosecond, and the clocks of a run.
//!
//! A poll waits in whole milliseconds. A message that is sent a millisecond late is as good as one that arrives late:
//! so on Unix the poll itself is waited for, with a finer timer.

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Registry};

/// The most events taken at once.
const EVENTS: usize = 1024;

/// The longest wait: whatever has to be looked after in time is, ten times a second.
const LONGEST: u64 = 100_000_000;

/// Tells the time in nanoseconds since it was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock(Instant);

/// What is waited for.
#[derive(Debug)]
pub(super) struct Wait {
    poll: Poll,
}

impl Clock {
    pub(super) fn start() -> Clock {
        Clock(Instant::now())
    }

    #[inline]
    pub(super) fn now(self) -> u64 {
        // Five centuries fit.
        self.0.elapsed().as_nanos() as u64
    }
}

impl Wait {
    pub(super) fn new() -> io::Result<Wait> {
        Ok(Wait { poll: Poll::new()? })
    }

    pub(super) fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    pub(super) fn events() -> Events {
        Events::with_capacity(EVENTS)
    }

    /// Waits for events, for `longest` nanoseconds or a tenth of a second.
    pub(super) fn wait(&mut self, events: &mut Events, longest: u64) -> io::Result<()> {
        let in_poll = match longest {
            0 => Duration::ZERO,
            // Nothing is due: there is no need for the finer timer, which costs a system call more.
            LONGEST.. => Duration::from_nanos(LONGEST),
            _ => self.sleep(Duration::from_nanos(longest))?,
        };
        match self.poll.poll(events, Some(in_poll)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            waited => waited,
        }
    }

    /// Sleeps until there is an event. Returns how long is left to wait for one.
    #[cfg(unix)]
    fn sleep(&self, longest: Duration) -> io::Result<Duration> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let timeout = Timespec::try_from(longest).expect("a tenth of a second fits");
        let mut asked = [PollFd::new(self.poll.registry(), PollFlags::IN)];
        match poll(&mut asked, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(Duration::ZERO),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(unix))]
    fn sleep(&self, longest: Duration) -> io::Result<Duration> {
        Ok(longest)
    }
}

/// The CPU time of this program so far, in seconds.
pub(super) fn own_cpu_time() -> Option<f64> {
    #[cfg(unix)]
    {
        use rustix::time::{ClockId, clock_gettime};

        let time = clock_gettime(ClockId::ProcessCPUTime);
        Some(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
    }
    #[cfg(not(unix))]
    None
}
