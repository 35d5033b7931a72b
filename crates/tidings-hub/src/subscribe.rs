//! Subscribing: where a cursor is made and given to a worker.
//!
//! The order of the steps is what makes the start of a stream exact. The cursor's place is fixed
//! under the window's lock. Only then is the subscriber attached to a worker, and the worker marks
//! it as it attaches it, so that it looks for itself at what came in between.

use std::{
    any::Any,
    fmt,
    sync::{Arc, atomic::Ordering},
};

use tokio::time::Instant;

use crate::{
    cursor::Cursor,
    hub::{Core, Hub},
    interest::Interest,
    permit::Permit,
    resume::Start,
    selector::Selector,
    signal::Signal,
    stats,
    subscription::{Membership, Subscription},
    topic::Topic,
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

/// What a subscriber asks for.
#[derive(Debug, Default)]
pub struct Listen {
    selectors: Vec<Selector>,
    start: Start,
    permit: Permit,
    until: Option<Instant>,
    gap_event: Option<bool>,
    keep: Option<Keep>,
}

/// Something of the subscriber's that lives as long as its place in the hub.
pub(crate) struct Keep {
    // Twice boxed: there is room for one pointer in what every subscriber takes.
    _kept: Box<Box<dyn Any + Send + Sync>>,
}

impl Listen {
    /// To what is selected; to `broadcast` where nothing is.
    pub fn to(selectors: impl IntoIterator<Item = Selector>) -> Self {
        Self {
            selectors: selectors.into_iter().collect(),
            ..Self::default()
        }
    }

    /// From there on. Default: from now.
    #[must_use]
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// What it may see of what is private. Default: everything.
    #[must_use]
    pub fn permit(mut self, permit: Permit) -> Self {
        self.permit = permit;
        self
    }

    /// The stream ends then, at the latest: of several such moments the first counts. Default: it
    /// does not end by itself.
    #[must_use]
    pub fn until(mut self, until: Instant) -> Self {
        let sooner = self.until.map_or(until, |before| before.min(until));
        self.until = Some(sooner);
        self
    }

    /// Whether it is told by an event where history is lost, other than the hub's
    /// [`Settings::gap_event`](crate::Settings::gap_event) says. One that is not begins with what history
    /// holds (see [`Subscription::found_start`]); and if it loses something later, its stream ends.
    #[must_use]
    pub fn gap_event(mut self, gap_event: bool) -> Self {
        self.gap_event = Some(gap_event);
        self
    }

    /// Keeps `kept`, together with what it keeps already, for as long as the subscriber has its place
    /// in the hub, whichever lane it is on: it is dropped when the subscriber has left, and also where
    /// it is turned away.
    #[must_use]
    pub fn keep(mut self, kept: impl Any + Send + Sync) -> Self {
        let kept: Box<dyn Any + Send + Sync> = match self.keep.take() {
            Some(before) => Box::new((before, kept)),
            None => Box::new(kept),
        };
        let _kept = Box::new(kept);
        self.keep = Some(Keep { _kept });
        self
    }
}

impl fmt::Debug for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keep")
    }
}

impl Hub {
    /// Subscribes to `topics`, or to `broadcast` where there are none, from `start` on, with the
    /// right to see everything. The subscription counts from this moment: a message published
    /// afterwards is delivered.
    ///
    /// # Errors
    /// [`SubscribeError`].
    pub fn subscribe(
        &self,
        topics: impl IntoIterator<Item = Topic>,
        start: Start,
    ) -> Result<Subscription, SubscribeError> {
        let selectors = topics.into_iter().map(Selector::from);
        self.listen(Listen::to(selectors).start(start))
    }

    /// Subscribes. The subscription counts from this moment.
    ///
    /// # Errors
    /// [`SubscribeError`].
    pub fn listen(&self, listen: Listen) -> Result<Subscription, SubscribeError> {
        let core = &self.inner.core;
        let gap_event = listen.gap_event.unwrap_or(core.settings.gap_event);
        let interest = Arc::new(Interest::new(listen.selectors, listen.permit, gap_event));
        let limit = core.settings.max_topics;
        if interest.selectors().len() > limit {
            return Err(SubscribeError::TooManyTopics { limit });
        }
        let mut seat = Seat::take(core)?;
        seat.keep = listen.keep;
        let signal = Arc::new(Signal::new(Instant::now()));
        let cursor = core.read_window(|window| {
            let located = listen.start.locate(window, core.epoch);
            Cursor::new(Arc::clone(&interest), located, window)
        });
        let found_start = cursor.found_start();
        let at = core
            .workers
            .attach(interest, Arc::clone(&signal), listen.until);
        let membership = Membership::new(seat, at);
        let mut subscription = Subscription::new(membership, cursor, signal);
        subscription.found_start = found_start;
        Ok(subscription)
    }
}

/// One of the places that [`Settings::max_subscribers`](crate::Settings::max_subscribers) gives;
/// free again when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) core: Arc<Core>,
    keep: Option<Keep>,
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
            keep: None,
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
