//! The shapes of work that every contender is given.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::{contender::Contender, scale::Scale};

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
    /// The same with so many messages that each is published while others are still being sent
    BusyCrowd,
    /// 10,000 subscribers that are cut off, miss 100 messages, and return at once
    Storm,
    /// One subscriber is published to; 9,999 others listen to 9 other topics
    FewTopics,
    /// The same; the others listen to 99,999 other topics
    ManyTopics,
    /// 15,000 subscribers that nothing is published for
    Idle,
    /// As `eager`, with two cores for the server
    EagerTwoCores,
    /// As `flood`, with two cores for the server
    FloodTwoCores,
}

/// What the load generator is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub(crate) subscribers: u64,
    pub(crate) stalled: u64,
    /// Who listens to topics that nothing is published to.
    pub(crate) bystanders: Option<Bystanders>,
    pub(crate) pace: Pace,
}

/// Subscribers that are passed over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bystanders {
    pub(crate) count: u64,
    /// Of all of them together.
    pub(crate) topics: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pace {
    /// So many messages a second, whether they are answered or not.
    Rate { per_second: u64, messages: u64 },
    /// As fast as answers come; how many messages depends on the contender.
    AsAnswered { in_flight: u64 },
    /// Nothing is published.
    Idle { seconds: f64 },
    /// All leave, so many messages are published, all return.
    Storm { missed: u64 },
}

/// Heartbeats would come to the thousands that are passed over, and cost more than what is measured.
const NO_HEARTBEATS: &[(&str, &str)] = &[("TIDINGS_HEARTBEAT", "1h")];

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
        use Contender::{Axum, Body, Direct, Floor};
        match self {
            Self::Stalled => matches!(contender, Direct | Body | Axum),
            Self::BusyCrowd => matches!(contender, Floor | Direct | Body | Axum),
            // Nobody else here can resume, or knows of topics.
            Self::Storm | Self::FewTopics | Self::ManyTopics => matches!(contender, Direct | Body),
            Self::EagerTwoCores | Self::FloodTwoCores => matches!(contender, Direct | Axum),
            Self::Steady | Self::Eager | Self::Flood | Self::Crowd | Self::Idle => true,
        }
    }

    /// Whether requests name their topics.
    pub(crate) fn has_topics(self) -> bool {
        matches!(self, Self::FewTopics | Self::ManyTopics)
    }

    /// Settings of tidings that are not its defaults, as variables.
    pub(crate) fn settings(self) -> &'static [(&'static str, &'static str)] {
        if self.has_topics() {
            NO_HEARTBEATS
        } else {
            &[]
        }
    }

    /// How often it is done in each round: the closest of the bars rests on the steady work, where what differs between two
    /// runs of the same server is more than what the bar allows.
    pub(crate) fn repeats(self) -> usize {
        match self {
            Self::Steady => 3,
            _ => 1,
        }
    }

    pub(crate) fn server_cores(self) -> usize {
        match self {
            Self::EagerTwoCores | Self::FloodTwoCores => 2,
            _ => 1,
        }
    }

    pub(crate) fn shape(self, scale: &Scale) -> Shape {
        let rate = |per_second, seconds| Pace::Rate {
            per_second,
            messages: per_second * seconds,
        };
        let (subscribers, pace) = match self {
            Self::Steady | Self::Stalled => (
                scale.subscribers,
                rate(scale.steady_rate, scale.steady_seconds),
            ),
            Self::Eager | Self::EagerTwoCores => {
                (scale.subscribers, Pace::AsAnswered { in_flight: 1 })
            }
            Self::Flood | Self::FloodTwoCores => {
                let in_flight = scale.in_flight;
                (scale.subscribers, Pace::AsAnswered { in_flight })
            }
            Self::Crowd => (scale.crowd, rate(scale.crowd_rate, scale.crowd_seconds)),
            Self::BusyCrowd => (
                scale.crowd,
                rate(scale.busy_crowd_rate, scale.busy_crowd_seconds),
            ),
            Self::Storm => {
                let missed = scale.storm_missed;
                (scale.crowd, Pace::Storm { missed })
            }
            Self::FewTopics | Self::ManyTopics => {
                (1, rate(scale.topics_rate, scale.topics_seconds))
            }
            Self::Idle => {
                let seconds = scale.idle_seconds;
                (scale.idle, Pace::Idle { seconds })
            }
        };
        // One connection and one topic are those of the subscriber that is published to.
        let passed_over = |topics: u64| Bystanders {
            count: scale.crowd - 1,
            topics: topics - 1,
        };
        Shape {
            subscribers,
            stalled: match self {
                Self::Stalled => subscribers / 10,
                _ => 0,
            },
            bystanders: match self {
                Self::FewTopics => Some(passed_over(scale.few_topics)),
                Self::ManyTopics => Some(passed_over(scale.many_topics)),
                _ => None,
            },
            pace,
        }
    }
}

impl Shape {
    /// Subscribers of all kinds.
    pub(crate) fn connections(&self) -> u64 {
        let bystanders = self.bystanders.map_or(0, |bystanders| bystanders.count);
        self.subscribers + self.stalled + bystanders
    }
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
    fn the_works_with_topics_differ_in_what_is_passed_over() {
        let few = Work::FewTopics.shape(&Scale::FULL);
        let many = Work::ManyTopics.shape(&Scale::FULL);
        assert_eq!((few.connections(), many.connections()), (10_000, 10_000));
        let topics = |shape: &Shape| shape.bystanders.map(|bystanders| bystanders.topics);
        assert_eq!((topics(&few), topics(&many)), (Some(9), Some(99_999)));
        assert_eq!((few.subscribers, &few.pace), (1, &many.pace));
    }

    #[test]
    fn the_name_is_that_of_the_results() {
        for work in Work::all() {
            let name = serde_json::to_string(work).unwrap();
            assert_eq!(name, format!("\"{}\"", work.name()));
        }
    }
}
