//! What has come, held against what was published: deliveries, lost, duplicated, out of order, and how long they took.
//!
//! The scanners report each delivery, the publishers each answer; [`super::report`] reads it in the end. It takes no
//! clock and does no input or output. Invariants: each delivery counts once, as new or as duplicated; a message counts
//! as expected if its publish was answered well; received + lost = expected. Memory per subscriber is
//! constant unless messages are missing, and 12 bytes per message for all of them together.

mod order;
mod seen;

use std::collections::HashSet;

use hdrhistogram::Histogram;

use super::message::Stamp;
use order::Order;
use seen::Seen;

/// The longest time that is told apart; a longer one counts as this.
const LONGEST: u64 = 3_600_000_000_000;

/// All counts of a run.
#[derive(Debug)]
pub(super) struct Tally {
    topics: u32,
    subscribers: Vec<Subscriber>,
    /// How many subscribers have each message that was sent, by its number.
    received: Vec<u32>,
    order: Order,
    /// Messages whose publish was not answered well: nobody need have them.
    failed: HashSet<u32>,
    /// Publishes that were answered, well or not, or given up.
    pub(super) settled: u32,
    /// Deliveries that the messages published so far call for.
    expected: u64,
    /// Deliveries of all messages, also of failed ones.
    deliveries: u64,
    duplicated: u64,
    out_of_order: u64,
    /// When the first message was sent, or what is measured began otherwise, in nanoseconds of the run's clock.
    first_sent: Option<u64>,
    /// Deliveries before that.
    earlier_deliveries: u64,
    /// When the last delivery came, in nanoseconds of the run's clock.
    last_delivery: u64,
    /// From the intended time of each message to each of its deliveries, in nanoseconds.
    pub(super) latency: Histogram<u64>,
    /// From the intended time of each message to the answer to its publish, in nanoseconds.
    pub(super) publish: Histogram<u64>,
}

#[derive(Debug)]
struct Subscriber {
    /// The topic it listens to.
    topic: u32,
    seen: Seen,
    /// The rank of the message that stands last in the order of those it has.
    last_rank: u64,
}

/// The counts of deliveries in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deliveries {
    pub(super) expected: u64,
    pub(super) received: u64,
    pub(super) lost: u64,
    pub(super) duplicated: u64,
    pub(super) out_of_order: u64,
}

impl Tally {
    /// For `subscribers`, of which each listens to one of the `topics` in turn. With one publish `in_flight` the order of
    /// the messages is known; with more it is what the server makes it, and must be the same for all.
    pub(super) fn new(subscribers: u32, topics: u32, in_flight: u32) -> Tally {
        let histogram =
            || Histogram::new_with_bounds(1, LONGEST, 3).expect("the bounds are in range");
        let subscriber = |number| Subscriber {
            topic: number % topics,
            seen: Seen::default(),
            last_rank: 0,
        };
        Tally {
            topics,
            subscribers: (0..subscribers).map(subscriber).collect(),
            received: Vec::new(),
            order: Order::new(topics, in_flight == 1),
            failed: HashSet::new(),
            settled: 0,
            expected: 0,
            deliveries: 0,
            duplicated: 0,
            out_of_order: 0,
            first_sent: None,
            earlier_deliveries: 0,
            last_delivery: 0,
            latency: histogram(),
            publish: histogram(),
        }
    }

    /// The next message is sent. Returns its number.
    pub(super) fn sent(&mut self, now: u64) -> u32 {
        let sequence = self.sent_so_far();
        self.received.push(0);
        self.first_sent.get_or_insert(now);
        sequence
    }

    /// How many messages were sent.
    pub(super) fn sent_so_far(&self) -> u32 {
        u32::try_from(self.received.len()).expect("the number of messages is a u32")
    }

    /// A publish was answered well.
    pub(super) fn published(&mut self, sequence: u32, intended: u64, now: u64) {
        self.settled += 1;
        self.expected += self.listeners(sequence);
        self.publish.saturating_record(now.saturating_sub(intended));
    }

    /// A publish was refused, or not answered: the message may have been published or not.
    pub(super) fn publish_failed(&mut self, sequence: u32) {
        self.settled += 1;
        self.failed.insert(sequence);
    }

    /// A message has come to a subscriber.
    #[inline]
    pub(super) fn delivered(&mut self, subscriber: usize, stamp: Stamp, now: u64) {
        self.last_delivery = now;
        let Some(subscriber) = self.subscribers.get_mut(subscriber) else {
            // A bystander, which nothing was published for.
            self.duplicated += 1;
            return;
        };
        let Some(received) = self.received.get_mut(stamp.sequence as usize) else {
            self.duplicated += 1;
            return;
        };
        // A message of another topic is one too many as well.
        let is_its_own = self.topics == 1 || stamp.sequence % self.topics == subscriber.topic;
        if !is_its_own || !subscriber.seen.insert(stamp.sequence / self.topics) {
            self.duplicated += 1;
            return;
        }
        *received += 1;
        self.deliveries += 1;
        let rank = self
            .order
            .rank(stamp.sequence, subscriber.topic, subscriber.last_rank);
        if rank < subscriber.last_rank {
            self.out_of_order += 1;
        } else {
            subscriber.last_rank = rank;
        }
        self.latency
            .saturating_record(now.saturating_sub(stamp.intended));
    }

    /// How many messages were published, and how many were not.
    pub(super) fn published_and_failed(&self) -> (u32, u32) {
        let failed = u32::try_from(self.failed.len()).expect("there are no more than messages");
        (self.settled - failed, failed)
    }

    /// Whether each message that was published has come to each subscriber of its topic.
    pub(super) fn is_complete(&self) -> bool {
        // Cheap first: with fewer deliveries than this, one is certainly missing.
        self.deliveries >= self.expected && self.deliveries().lost == 0
    }

    /// The counts, once every publish is settled.
    pub(super) fn deliveries(&self) -> Deliveries {
        let of_failed: u64 = self
            .failed
            .iter()
            .map(|&failed| u64::from(self.received[failed as usize]))
            .sum();
        let received = self.deliveries - of_failed;
        Deliveries {
            expected: self.expected,
            received,
            lost: self.expected - received,
            duplicated: self.duplicated,
            out_of_order: self.out_of_order,
        }
    }

    /// What comes from now on is measured: rates and times leave out what was before. The counts keep it.
    pub(super) fn measure_from(&mut self, now: u64) {
        self.first_sent = Some(now);
        self.earlier_deliveries = self.deliveries().received;
        self.forget_times();
    }

    /// Takes no account of the times so far.
    pub(super) fn forget_times(&mut self) {
        self.latency.reset();
        self.publish.reset();
    }

    /// How many deliveries were measured.
    pub(super) fn measured_deliveries(&self) -> u64 {
        self.deliveries().received - self.earlier_deliveries
    }

    /// When the last delivery came; if none has, when the first message was sent.
    pub(super) fn last_delivery(&self) -> u64 {
        self.last_delivery.max(self.first_sent.unwrap_or_default())
    }

    /// From the first publish, or from when on it is measured, to the last delivery, in nanoseconds.
    pub(super) fn span(&self) -> u64 {
        self.last_delivery() - self.first_sent.unwrap_or_default()
    }

    /// How many subscribers listen to the topic of a message.
    fn listeners(&self, sequence: u32) -> u64 {
        let (subscribers, topics) = (self.subscribers.len() as u64, u64::from(self.topics));
        subscribers / topics + u64::from(u64::from(sequence) % topics < subscribers % topics)
    }
}

#[cfg(test)]
mod tests;
