//! What can be set about a hub. Every bound of the engine has its name here.

use std::time::Duration;

/// The settings of a [`Hub`](crate::Hub). Start from [`Settings::default`] and change what differs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// How much history is kept in memory for those who return.
    pub history: History,
    /// The most subscribers at a time; one more is refused. Default 40,000.
    pub max_subscribers: usize,
    /// The most topics a message may be for, and the most a subscriber may listen to. Default 100:
    /// a publish and a read each cost a look-up per topic.
    pub max_topics: usize,
    /// A subscriber that was given nothing for seven eighths of this is given a comment before all
    /// of it is over, so that proxies and clients see that the stream lives. Default 15 s, below
    /// the idle limits of the usual proxies (30 s and more).
    pub heartbeat: Duration,
    /// Whether a subscriber whose history is lost is told by an event named `gap`. Default true;
    /// off only for clients that must not see an event that nobody published: then a stream that
    /// loses something ends, and what was lost before it began is not told.
    pub gap_event: bool,
    /// A subscriber that is told to go is asked, by a `retry` of its own, to return after a random
    /// time up to this, so that not all return at once. Default 5 s.
    pub return_within: Duration,
    /// How many workers wake subscribers. Default `None`: as many as the runtime has threads.
    pub workers: Option<usize>,
}

/// How much history a hub keeps: whichever limit is reached first. Messages that are
/// [ephemeral](crate::Message::ephemeral) take an eighth of it at most.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct History {
    /// Messages. Default 100,000. At least one is kept.
    pub messages: usize,
    /// Bytes of memory: the encoded messages and what is needed to find them. Default 64 MiB. The
    /// newest message is kept whatever its size.
    pub bytes: usize,
    /// Age. Default one hour.
    pub age: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            history: History::default(),
            max_subscribers: 40_000,
            max_topics: 100,
            heartbeat: Duration::from_secs(15),
            gap_event: true,
            return_within: Duration::from_secs(5),
            workers: None,
        }
    }
}

impl Default for History {
    fn default() -> Self {
        Self {
            messages: 100_000,
            bytes: 64 << 20,
            age: Duration::from_secs(60 * 60),
        }
    }
}

impl Settings {
    /// When a client that is told to go shall return: a random time between a fifth of
    /// [`return_within`](Self::return_within) and the whole.
    #[must_use]
    pub fn return_after(&self) -> Duration {
        let most = u64::try_from(self.return_within.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(fastrand::u64(most / 5..=most))
    }
}
