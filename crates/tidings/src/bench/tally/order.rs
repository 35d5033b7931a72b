//! The order of the messages of each topic.
//!
//! Where each publish waits for the answer to the one before, it is the order of sending. Where several are under way the
//! server chooses, and all that can be asked of it is to choose the same for all subscribers. So the order is learnt: the
//! first subscriber that has a message puts it behind the one that it had before.

/// Between the ranks of messages that come one after the other: room for those that turn up between them later.
const STEP: u64 = 1 << 32;

/// The place of each message in the order, as a rank that grows along it.
#[derive(Debug)]
pub(super) enum Order {
    /// The order of sending.
    Known,
    Learnt {
        /// By the number of the message; 0 is none yet.
        ranks: Vec<u64>,
        /// The greatest of each topic.
        heads: Vec<u64>,
    },
}

impl Order {
    pub(super) fn new(topics: u32, is_known: bool) -> Order {
        if is_known {
            return Order::Known;
        }
        Order::Learnt {
            ranks: Vec::new(),
            heads: vec![0; topics as usize],
        }
    }

    /// The rank of a message that comes to a subscriber behind one of the rank `last`.
    #[inline]
    pub(super) fn rank(&mut self, sequence: u32, topic: u32, last: u64) -> u64 {
        let (ranks, heads) = match self {
            Order::Known => return u64::from(sequence) + 1,
            Order::Learnt { ranks, heads } => (ranks, heads),
        };
        let (place, head) = (sequence as usize, &mut heads[topic as usize]);
        if place >= ranks.len() {
            ranks.resize(place + 1, 0);
        }
        if ranks[place] == 0 {
            ranks[place] = if last == *head {
                *head += STEP;
                *head
            } else {
                // Those ahead of this subscriber have gone past the message: they have lost it, or get it out of order.
                last + 1
            };
        }
        ranks[place]
    }
}
