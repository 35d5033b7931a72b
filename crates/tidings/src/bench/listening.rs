//! Who listens to what, and which message goes where.
//!
//! Messages go to the topics in turn, and the subscribers are spread over the topics in turn. Behind the subscribers come
//! the bystanders. Their topics are others, which nothing is published to: they are there to be passed over. Where they
//! have more topics than they are, each has several, so that every topic has somebody.

use super::options::Bench;

/// The topics of a run, by number: those of the subscribers, then those of the bystanders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listening {
    subscribers: u32,
    topics: u32,
    bystanders: u32,
    bystander_topics: u32,
}

impl Listening {
    pub(super) fn new(asked: &Bench) -> Listening {
        Listening {
            subscribers: asked.subscribers,
            topics: asked.topics,
            bystanders: asked.bystanders,
            bystander_topics: asked.bystander_topics,
        }
    }

    /// The topic of a message.
    pub(super) fn topic_of(&self, sequence: u32) -> u32 {
        sequence % self.topics
    }

    /// The topics of a connection that listens, one at least. Those that stall, behind all others, listen as subscribers.
    pub(super) fn topics_of(&self, number: u32) -> impl Iterator<Item = u32> + use<> {
        let Listening {
            topics,
            bystander_topics,
            ..
        } = *self;
        let bystander = number.checked_sub(self.subscribers);
        let bystander = bystander.filter(|bystander| *bystander < self.bystanders);
        let (first, end, step) = match bystander {
            None => (number % topics, topics, topics),
            Some(bystander) => (
                topics + bystander % bystander_topics,
                topics + bystander_topics,
                self.bystanders,
            ),
        };
        (first..end).step_by(step as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(bystanders: u32, bystander_topics: u32) -> Vec<Vec<u32>> {
        let listening = Listening {
            subscribers: 3,
            topics: 2,
            bystanders,
            bystander_topics,
        };
        (0..3 + bystanders + 1)
            .map(|number| listening.topics_of(number).collect())
            .collect()
    }

    #[test]
    fn bystanders_share_few_topics() {
        let expected = [[0], [1], [0], [2], [3], [2], [3], [2], [0]];
        assert_eq!(listening(5, 2), expected);
    }

    #[test]
    fn of_many_topics_each_has_one_bystander() {
        let expected: [&[u32]; 6] = [&[0], &[1], &[0], &[2, 4, 6], &[3, 5], &[1]];
        assert_eq!(listening(2, 5), expected);
    }
}
