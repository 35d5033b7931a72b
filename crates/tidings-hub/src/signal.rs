//! What a worker tells a subscription, and how it wakes it.
//!
//! Fifth step of a message's way. A worker and a lane run on different threads; this is all they
//! share. It holds one word of each kind and never grows, however slow the reader (invariant 3).
//!
//! A subscription that has everything and has only one message due is given that with the word, so
//! that it need not look it up.
//!
//! No wake-up is lost: both sides work under one lock. The subscription leaves its waker and takes
//! the news in one step; the worker leaves news and takes the waker in one step. Whichever comes
//! second sees what the first has left. The waker is called after the lock is released, so no lock
//! is held while anything is written.

use std::{
    sync::{Mutex, MutexGuard},
    task::Waker,
    time::Duration,
};

use tokio::time::Instant;

use crate::{frame::Frame, position::Offset};

#[derive(Debug)]
pub(crate) struct Signal {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    waker: Option<Waker>,
    news: News,
    /// When the subscription was last given something.
    served: Instant,
}

/// What has happened since the subscription last looked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// The first message that has become due.
    pub(crate) due: Option<Mark>,
    /// Nothing has been due for the time of a heartbeat.
    pub(crate) heartbeat: bool,
    /// The stream is to end. Stays once it is there.
    pub(crate) end: Option<End>,
}

/// A message is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) offset: Offset,
    /// Its bytes, where it is the only one.
    pub(crate) frame: Option<Frame>,
}

/// How a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The hub is gone.
    Closed,
    /// The client is asked to come back after this long.
    Return(Duration),
    /// Its time is over: what came after this offset is not for it any more.
    Expired(Offset),
}

impl Signal {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            state: Mutex::new(State {
                waker: None,
                news: News::default(),
                served: now,
            }),
        }
    }

    /// For the subscription: takes the news, and a message that comes with it counts as served; leaves `waker` to be called when there is more.
    pub(crate) fn take(&self, waker: &Waker) -> News {
        let mut state = self.lock();
        if !state.waker.as_ref().is_some_and(|old| old.will_wake(waker)) {
            state.waker = Some(waker.clone());
        }
        let end = state.news.end;
        let left = News {
            end,
            ..News::default()
        };
        let mut news = std::mem::replace(&mut state.news, left);
        if news.due.as_ref().is_some_and(|mark| mark.frame.is_some()) {
            state.served = Instant::now();
            news.heartbeat = false;
        }
        news
    }

    /// For the subscription: something is about to be written. A heartbeat that was asked for
    /// since it took its news is not needed any more.
    pub(crate) fn served(&self, now: Instant) {
        let mut state = self.lock();
        state.served = now;
        state.news.heartbeat = false;
    }

    /// For the worker: a message is due, and maybe more after it. Says whether that was news.
    pub(crate) fn mark(&self, mark: Mark) -> bool {
        let mut state = self.lock();
        if let Some(first) = &mut state.news.due {
            first.frame = None;
            return false;
        }
        state.news.due = Some(mark);
        wake(state);
        true
    }

    /// For the worker: asks for a heartbeat if nothing was served for `time`. Says whether it does.
    pub(crate) fn beat(&self, time: Duration, now: Instant) -> bool {
        let mut state = self.lock();
        if now.saturating_duration_since(state.served) < time {
            return false;
        }
        state.served = now;
        state.news.heartbeat = true;
        wake(state);
        true
    }

    /// For the worker: the stream is to end. The first word stands.
    pub(crate) fn end(&self, end: End) {
        let mut state = self.lock();
        state.news.end.get_or_insert(end);
        wake(state);
    }

    #[cfg(test)]
    pub(crate) fn is_marked(&self) -> bool {
        self.lock().news.due.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics under the lock")
    }
}

impl End {
    /// What is due before the end: everything up to here.
    pub(crate) fn upto(self) -> Offset {
        match self {
            Self::Closed | Self::Return(_) => Offset::LAST,
            Self::Expired(upto) => upto,
        }
    }
}

impl Mark {
    /// From `offset` on, there may be something to look for.
    pub(crate) fn at(offset: Offset) -> Self {
        let frame = None;
        Self { offset, frame }
    }
}

fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl std::task::Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn mark(offset: u64) -> Mark {
        Mark {
            offset: Offset(offset),
            frame: Some(Frame::of(b"data: x\n")),
        }
    }

    #[test]
    fn a_subscription_that_does_not_look_is_woken_once_and_keeps_the_first_mark() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let signal = Signal::new(Instant::now());
        assert_eq!(signal.take(&waker), News::default());
        for offset in 5..1000 {
            signal.mark(mark(offset));
        }
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert_eq!(signal.take(&waker).due, Some(Mark::at(Offset(5))));
        assert_eq!(signal.take(&waker).due, None);
    }

    #[test]
    fn the_bytes_come_with_the_word_only_where_nothing_follows() {
        let signal = Signal::new(Instant::now());
        signal.mark(mark(5));
        assert_eq!(signal.take(Waker::noop()).due, Some(mark(5)));
        signal.mark(mark(6));
        signal.mark(mark(7));
        assert_eq!(signal.take(Waker::noop()).due, Some(Mark::at(Offset(6))));
    }

    #[test]
    fn a_heartbeat_comes_only_after_silence() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let signal = Signal::new(start);
        assert!(!signal.beat(15 * second, start + 14 * second));
        signal.served(start + 10 * second);
        assert!(!signal.beat(15 * second, start + 24 * second));
        assert!(!signal.take(Waker::noop()).heartbeat);
        assert!(signal.beat(15 * second, start + 25 * second));
        assert!(!signal.beat(15 * second, start + 39 * second));
        assert!(signal.take(Waker::noop()).heartbeat);
        assert!(!signal.take(Waker::noop()).heartbeat);
    }

    #[test]
    fn the_end_stays() {
        let signal = Signal::new(Instant::now());
        signal.end(End::Closed);
        signal.end(End::Return(Duration::from_secs(1)));
        assert_eq!(signal.take(Waker::noop()).end, Some(End::Closed));
        assert_eq!(signal.take(Waker::noop()).end, Some(End::Closed));
    }
}
