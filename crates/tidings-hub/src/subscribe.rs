//! Subscribing: where a cursor is made and given to a worker.
//!
//! The order of the steps is what makes the start of a stream exact. The cursor's place is fixed
//! under the window's lock. Only then is the subscriber attached to a worker, and the worker marks
//! it as it attaches it, so that it looks for itself at what came in between.

use std::sync::{Arc, atomic::Ordering};

use tokio::time::Instant;

use crate::{
    cursor::Cursor,
    hub::{Core, Hub},
    resume::Start,
    signal::Signal,
    stats,
    subscription::{Membership, Subscription},
    topic::{self, Topic},
};

/// Why a subscriber was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// More topics than [`Settings::max_topics`](crate::Settings::max_topics).
    #[error("a subscriber may listen to at most {limit} topics")]
    TooManyTopics {
        /// The most there may be.
        limit: usize,
    },
    /// As many subscribers as [`Settings::max_subscribers`](crate::Settings::max_subscribers)
    /// allows are connected.
    #[error("the hub has as many subscribers as it may have, {limit}")]
    TooManySubscribers {
        /// The most there may be.
        limit: usize,
    },
    /// The hub is draining.
    #[error("the hub is draining")]
    Draining,
}

impl Hub {
    /// Subscribes to `topics`, or to `broadcast` where there are none, from `start` on. The
    /// subscription counts from this moment: a message published afterwards is delivered.
    ///
    /// # Errors
    /// [`SubscribeError`].
    pub fn subscribe(
        &self,
        topics: impl IntoIterator<Item = Topic>,
        start: Start,
    ) -> Result<Subscription, SubscribeError> {
        let core = &self.inner.core;
        let mut topics = topic::distinct(topics);
        if topics.is_empty() {
            topics = Arc::new([Topic::broadcast()]);
        }
        let limit = core.settings.max_topics;
        if topics.len() > limit {
            return Err(SubscribeError::TooManyTopics { limit });
        }
        let seat = Seat::take(core)?;
        let signal = Arc::new(Signal::new(Instant::now()));
        let cursor = core.read_window(|window| {
            let located = start.locate(window, core.epoch);
            Cursor::new(topics.clone(), located, window)
        });
        let at = core.workers.attach(topics, Arc::clone(&signal));
        let membership = Membership { seat, at };
        Ok(Subscription::new(membership, cursor, signal))
    }
}

/// One of the places that [`Settings::max_subscribers`](crate::Settings::max_subscribers) gives;
/// free again when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) core: Arc<Core>,
}

impl Seat {
    pub(crate) fn take(core: &Arc<Core>) -> Result<Self, SubscribeError> {
        let limit = core.settings.max_subscribers;
        let one_more = |taken: usize| (taken < limit).then_some(taken + 1);
        let subscribers = &core.counters.subscribers;
        if subscribers
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more)
            .is_err()
        {
            stats::add(&core.counters.refused, 1);
            return Err(SubscribeError::TooManySubscribers { limit });
        }
        // The seat first, then the look: `drain` sets its flag first and then counts the seats. All
        // four are sequentially consistent, so one of the two sees the other.
        let seat = Self {
            core: Arc::clone(core),
        };
        if core.draining.load(Ordering::SeqCst) {
            return Err(SubscribeError::Draining);
        }
        Ok(seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self
            .core
            .counters
            .subscribers
            .fetch_sub(1, Ordering::AcqRel)
            == 1
        {
            self.core.empty.send_replace(());
        }
    }
}
