//! The shapes of work that every contender is given.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::contender::Contender;

/// A work, by the name it has on the command line and in the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Work {
    /// 1,000 subscribers, 60 messages a second
    Steady,
    /// The same with a tenth more subscribers that never read
    Stalled,
    /// 1,000 subscribers, one publisher that publishes as soon as it is answered
    Eager,
    /// The same with 64 publishes in flight
    Flood,
    /// 10,000 subscribers, one message a second
    Crowd,
    /// 15,000 subscribers that nothing is published for
    Idle,
    /// As `eager`, with two cores for the server
    EagerTwoCores,
    /// As `flood`, with two cores for the server
    FloodTwoCores,
}

/// How much of everything: the full measure, or little enough to be done in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scale {
    /// Subscribers of all work but the two that follow.
    pub(crate) subscribers: u64,
    pub(crate) crowd: u64,
    pub(crate) idle: u64,
    /// Messages a second of the steady work.
    pub(crate) steady_rate: u64,
    pub(crate) steady_seconds: u64,
    pub(crate) crowd_rate: u64,
    pub(crate) crowd_seconds: u64,
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

/// What the load generator is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub(crate) subscribers: u64,
    pub(crate) stalled: u64,
    pub(crate) pace: Pace,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pace {
    /// So many messages a second, whether they are answered or not.
    Rate { per_second: u64, messages: u64 },
    /// As fast as answers come; how many messages depends on the contender.
    AsAnswered { in_flight: u64 },
    /// Nothing is published.
    Idle { seconds: f64 },
}

impl Work {
    pub(crate) fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// Its name, as in the results.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value().expect("no work is hidden");
        value.get_name().to_owned()
    }

    /// Whether it says anything about a contender that is worth the time.
    pub(crate) fn is_for(self, contender: Contender) -> bool {
        use Contender::{Axum, Body, Direct};
        match self {
            Self::Stalled => matches!(contender, Direct | Body | Axum),
            Self::EagerTwoCores | Self::FloodTwoCores => matches!(contender, Direct | Axum),
            _ => true,
        }
    }

    pub(crate) fn server_cores(self) -> usize {
        match self {
            Self::EagerTwoCores | Self::FloodTwoCores => 2,
            _ => 1,
        }
    }

    pub(crate) fn shape(self, scale: &Scale) -> Shape {
        let steady = Pace::Rate {
            per_second: scale.steady_rate,
            messages: scale.steady_rate * scale.steady_seconds,
        };
        let (subscribers, pace) = match self {
            Self::Steady | Self::Stalled => (scale.subscribers, steady),
            Self::Eager | Self::EagerTwoCores => {
                (scale.subscribers, Pace::AsAnswered { in_flight: 1 })
            }
            Self::Flood | Self::FloodTwoCores => {
                let in_flight = scale.in_flight;
                (scale.subscribers, Pace::AsAnswered { in_flight })
            }
            Self::Crowd => {
                let per_second = scale.crowd_rate;
                let messages = scale.crowd_rate * scale.crowd_seconds;
                let pace = Pace::Rate {
                    per_second,
                    messages,
                };
                (scale.crowd, pace)
            }
            Self::Idle => {
                let seconds = scale.idle_seconds;
                (scale.idle, Pace::Idle { seconds })
            }
        };
        let stalled = match self {
            Self::Stalled => subscribers / 10,
            _ => 0,
        };
        Shape {
            subscribers,
            stalled,
            pace,
        }
    }
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
        eager_seconds: 0.2,
        in_flight: 8,
        idle_seconds: 0.1,
        message_bytes: 64,
        deadline_seconds: 30,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_more_subscribers_stall() {
        let shape = Work::Stalled.shape(&Scale::FULL);
        assert_eq!((shape.subscribers, shape.stalled), (1_000, 100));
        assert_eq!(Work::Steady.shape(&Scale::FULL).stalled, 0);
    }

    #[test]
    fn the_name_is_that_of_the_results() {
        for work in Work::all() {
            let name = serde_json::to_string(work).unwrap();
            assert_eq!(name, format!("\"{}\"", work.name()));
        }
    }
}
