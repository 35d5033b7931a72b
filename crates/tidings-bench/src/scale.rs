//! How much of everything a comparison does.

use serde::{Deserialize, Serialize};

/// The full measure, or little enough to be done in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scale {
    /// Subscribers of all work but that of the two that follow.
    pub(crate) subscribers: u64,
    /// Those of a crowd, of a storm, and of the works with topics.
    pub(crate) crowd: u64,
    pub(crate) idle: u64,
    /// Messages a second of the steady work.
    pub(crate) steady_rate: u64,
    pub(crate) steady_seconds: u64,
    pub(crate) crowd_rate: u64,
    pub(crate) crowd_seconds: u64,
    /// So many that one core cannot send each on its own: there is always something being sent.
    pub(crate) busy_crowd_rate: u64,
    pub(crate) busy_crowd_seconds: u64,
    /// Messages that everybody misses in a storm.
    pub(crate) storm_missed: u64,
    pub(crate) few_topics: u64,
    pub(crate) many_topics: u64,
    /// Messages a second to the one topic that is published to.
    pub(crate) topics_rate: u64,
    pub(crate) topics_seconds: u64,
    /// About how long the work without a rate is to take.
    pub(crate) eager_seconds: f64,
    pub(crate) in_flight: u64,
    /// How long idle subscribers are left alone before memory is read.
    pub(crate) idle_seconds: f64,
    /// Bytes of data of each message.
    pub(crate) message_bytes: u64,
    /// A load that takes longer than this has failed.
    pub(crate) deadline_seconds: u64,
}

impl Scale {
    pub(crate) const FULL: Self = Self {
        subscribers: 1_000,
        crowd: 10_000,
        idle: 15_000,
        steady_rate: 60,
        steady_seconds: 5,
        crowd_rate: 1,
        crowd_seconds: 6,
        busy_crowd_rate: 20,
        busy_crowd_seconds: 5,
        storm_missed: 100,
        few_topics: 10,
        many_topics: 100_000,
        topics_rate: 500,
        topics_seconds: 4,
        eager_seconds: 3.0,
        in_flight: 64,
        idle_seconds: 1.0,
        message_bytes: 64,
        deadline_seconds: 90,
    };

    pub(crate) const QUICK: Self = Self {
        subscribers: 20,
        crowd: 40,
        idle: 40,
        steady_rate: 50,
        steady_seconds: 1,
        crowd_rate: 10,
        crowd_seconds: 1,
        busy_crowd_rate: 50,
        busy_crowd_seconds: 1,
        storm_missed: 10,
        few_topics: 10,
        many_topics: 400,
        topics_rate: 100,
        topics_seconds: 1,
        eager_seconds: 0.2,
        in_flight: 8,
        idle_seconds: 0.1,
        message_bytes: 64,
        deadline_seconds: 30,
    };
}
