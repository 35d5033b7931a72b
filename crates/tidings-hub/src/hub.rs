//! The hub: what holds the parts together.

use std::{
    collections::VecDeque,
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::watch, time::Instant};

use crate::{
    cursor::Cursor,
    frame::Frame,
    log::{Log, MemoryLog, Tail},
    pace::Pace,
    position::{Epoch, Offset, Position},
    settings::Settings,
    signal::End,
    sockets::Sockets,
    stats::{self, Counters, Stats},
    timers::FAR,
    window::Window,
    worker::{self, Worker},
    workers::{Desk, Workers},
};

/// A broadcast hub. Cloning gives another handle to the same hub.
///
/// When the last handle is gone the hub closes: its streams end.
#[derive(Debug, Clone)]
pub struct Hub {
    pub(crate) inner: Arc<Inner>,
}

/// What the handles share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) core: Arc<Core>,
    pub(crate) log: Box<dyn Log>,
}

/// What has become of a subscriber's look at what is due to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// It has been given what is due, or as much as it may be at a time.
    Read,
    /// Messages have left the window that its worker has not seen: after the worker's next pass, once
    /// more.
    Behind,
    /// It has lost something, and there is no event to tell it by: its stream must end.
    Lost,
}

/// What handles, subscriptions, workers and the log's tail share. No handle is among what it
/// holds, so it does not keep the hub open.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) epoch: Epoch,
    pub(crate) settings: Settings,
    pub(crate) pace: Pace,
    pub(crate) counters: Counters,
    pub(crate) draining: AtomicBool,
    pub(crate) workers: Workers,
    /// Readers are subscriptions and workers, for the time it takes to clone a few pointers.
    window: RwLock<Window>,
    /// Told when the last subscriber has gone.
    pub(crate) empty: watch::Sender<()>,
}

impl Hub {
    /// A hub in memory, with the default [`Settings`].
    ///
    /// # Panics
    /// Outside a tokio runtime with its I/O and time drivers: the hub's workers are tasks.
    #[must_use]
    pub fn new() -> Self {
        Self::with_settings(Settings::default())
    }

    /// A hub in memory.
    ///
    /// # Panics
    /// As [`new`](Self::new) does.
    #[must_use]
    pub fn with_settings(settings: Settings) -> Self {
        Self::with_log(MemoryLog::new(), settings)
    }

    /// A hub on `log`.
    ///
    /// # Panics
    /// As [`new`](Self::new) does, and where the system has no file descriptors left.
    #[must_use]
    pub fn with_log(log: impl Log, settings: Settings) -> Self {
        let runtime = tokio::runtime::Handle::current();
        let threads = runtime.metrics().num_workers();
        let workers = settings.workers.unwrap_or(threads).max(1);
        let (core, desks) = Core::new(log.epoch(), settings, Pace::default(), workers);
        core.write_window(|window| window.begin_after(log.head()));
        log.follow(Tail::new(Arc::downgrade(&core)));
        for desk in desks {
            let sockets = Sockets::new().expect("the system has file descriptors left");
            let (sockets, registry) = sockets;
            // Made here and not in the task: also where that never runs, nobody waits for it.
            let worker = Worker::new(Arc::clone(&core), &desk, registry);
            runtime.spawn(worker::run(worker, desk, sockets));
        }
        let log = Box::new(log);
        Self {
            inner: Arc::new(Inner { core, log }),
        }
    }

    /// What the hub was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.core.settings
    }

    /// A look at the hub.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let core = &self.inner.core;
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (history_messages, history_bytes, head) =
            core.read_window(|window| (window.messages(), window.bytes(), window.head()));
        Stats {
            subscribers: core.counters.subscribers.load(Ordering::Relaxed),
            direct: core.counters.direct.load(Ordering::Relaxed),
            history_messages,
            history_bytes,
            position: Position::at(core.epoch, head).to_string(),
            draining: self.is_draining(),
            published: count(&core.counters.published),
            delivered: count(&core.counters.delivered),
            gaps: count(&core.counters.gaps),
            refused: count(&core.counters.refused),
        }
    }

    /// The id that the newest message carries on the wire; `None` where history holds none.
    #[must_use]
    pub fn last_event_id(&self) -> Option<String> {
        let core = &self.inner.core;
        core.read_window(|window| {
            let (offset, entry) = window.newest()?;
            Some(match &entry.id {
                Some(id) => id.as_str().to_owned(),
                None => Position::at(core.epoch, offset).to_string(),
            })
        })
    }

    /// Says that announcements are published below this beginning of topics: messages that are
    /// [ephemeral](crate::Message::ephemeral) and [private](crate::Message::private), each to a topic
    /// that nobody has heard of before. From then on a message of which all that is true is looked up
    /// among those subscribers only that may want one, by their permit and
    /// [`Pattern::may_match_below`](crate::Pattern::may_match_below): it reaches the same ones, without
    /// asking every pattern there is. Of several beginnings the last counts.
    pub fn announce_below(&self, beginning: &str) {
        self.inner.core.workers.announce_below(&beginning.into());
    }

    /// Whether [`drain`](Self::drain) has begun.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.inner.core.draining.load(Ordering::Acquire)
    }

    /// Takes no more messages and no more subscribers, and ends every stream at a random moment
    /// within `window`: what is due is delivered, then a `retry` of the stream's own asks the
    /// client to come back at a random time. Returns when all subscribers are gone, and after
    /// `window` at the latest.
    pub async fn drain(&self, window: Duration) {
        let core = &self.inner.core;
        let window = window.min(FAR);
        let mut empty = core.empty.subscribe();
        let deadline = Instant::now() + window;
        core.draining.store(true, Ordering::SeqCst);
        core.workers.drain(window.mul_f64(worker::DRAIN_SHARE));
        while core.counters.subscribers.load(Ordering::SeqCst) > 0 {
            if tokio::time::timeout_at(deadline, empty.changed())
                .await
                .is_err()
            {
                core.workers.cut();
                return;
            }
        }
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.core.workers.close();
    }
}

impl Core {
    /// What is shared, and the desks of its workers: who makes it sees to it that they run.
    pub(crate) fn new(
        epoch: Epoch,
        settings: Settings,
        pace: Pace,
        workers: usize,
    ) -> (Arc<Self>, Vec<Desk>) {
        let (workers, desks) = Workers::new(workers);
        let core = Arc::new(Self {
            epoch,
            window: RwLock::new(Window::new(settings.history.clone())),
            settings,
            pace,
            counters: Counters::default(),
            draining: AtomicBool::new(false),
            workers,
            empty: watch::Sender::new(()),
        });
        (core, desks)
    }

    /// Waits until the message at `offset` is no further ahead of any worker than publishers may be:
    /// otherwise those who do not wait for each other could get so far ahead that messages leave the
    /// window before a worker has seen them, and every subscriber would be told of a gap.
    pub(crate) async fn keep_up(&self, offset: Offset) {
        let history = &self.settings.history;
        let messages = self.pace.pass.min(history.messages / 2) as u64;
        let near = |slowest: Offset| {
            slowest >= offset
                || (offset.since(slowest) <= messages
                    && self.read_window(|window| window.can_wait(slowest)))
        };
        self.workers.slowest(near).await;
    }

    /// Appends to `frames` what is due to `cursor`, and a word on what it has lost: up to `passed`,
    /// where its worker has come; or, where its stream is to end, up to there.
    pub(crate) fn read_on(
        &self,
        cursor: &mut Cursor,
        passed: Offset,
        end: Option<End>,
        frames: &mut VecDeque<Frame>,
    ) -> Look {
        let first = frames.len();
        let upto = end.map_or(passed, End::upto);
        let looked = self.read_window(|window| {
            let floors = window.floors();
            if end.is_none() && floors.may_miss(cursor.interest(), upto, Offset::START) {
                return Err(Look::Behind);
            }
            if cursor.must_end(window) {
                return Err(Look::Lost);
            }
            let gap = cursor.take_gap(window, self.epoch);
            let read = cursor.read(window, upto, self.pace.batch, frames);
            read.expect("a cursor that has taken its gap stands in the window");
            Ok(gap)
        });
        stats::add(&self.counters.delivered, (frames.len() - first) as u64);
        let gap = match looked {
            Ok(gap) => gap,
            Err(look) => {
                stats::add(&self.counters.gaps, u64::from(look == Look::Lost));
                return look;
            }
        };
        if let Some(gap) = gap {
            stats::add(&self.counters.gaps, 1);
            tracing::debug!(requested = gap.requested, from = %gap.from, "subscriber lost history");
            if cursor.interest().gap_event() {
                frames.insert(first, gap.frame());
            }
        }
        Look::Read
    }

    /// What a client is to come back with that has everything up to `offset`.
    pub(crate) fn bookmark(&self, offset: Offset) -> Bytes {
        tidings_sse::last_id(&self.write_window(|window| window.bookmark(offset)))
    }

    pub(crate) fn read_window<T>(&self, read: impl FnOnce(&Window) -> T) -> T {
        read(&self.window.read().expect("nothing panics under the lock"))
    }

    pub(crate) fn write_window<T>(&self, write: impl FnOnce(&mut Window) -> T) -> T {
        write(&mut self.window.write().expect("nothing panics under the lock"))
    }

    pub(crate) fn wake_workers(&self) {
        self.workers.wake();
    }
}
