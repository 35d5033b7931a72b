//! A worker: the task that wakes the subscribers which a message is for.
//!
//! The async shell around [`Fanout`]. As many run as the runtime has threads; each owns its
//! subscribers and is reached by orders, so no lock is held during a pass. It works in passes: one
//! takes everything that has come into the window since the last, so under load the passes grow
//! and what is woken per message falls (batch by being busy).
//!
//! A worker also keeps the time for its subscribers, with one timer: heartbeats, and at drain the
//! moment at which each is to end. One of them lets history expire while nothing is published.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc},
    task,
    time::{Instant, sleep_until},
};

use crate::{
    fanout::{Fanout, MemberId},
    hub::Core,
    pace::Pace,
    position::Offset,
    signal::{End, Signal},
    timers::{FAR, Timers},
    topic::Topic,
    window::Window,
};

/// The part of the drain window in which streams are ended. What remains is for the last bytes to
/// leave.
pub(crate) const DRAIN_SHARE: f64 = 0.8;

/// Timers that are due within this much of each other are handled together.
const TICK: Duration = Duration::from_millis(50);

/// How often history is looked at for what has become too old.
const EXPIRY: Duration = Duration::from_secs(1);

/// The handles of all workers.
#[derive(Debug)]
pub(crate) struct Workers {
    handles: Box<[Handle]>,
}

#[derive(Debug)]
struct Handle {
    /// Unbounded in type; in fact at most an attach and a detach for each subscriber there may be.
    orders: mpsc::UnboundedSender<Order>,
    news: Arc<Notify>,
    members: AtomicUsize,
}

#[derive(Debug)]
pub(crate) enum Order {
    Attach {
        id: MemberId,
        topics: Box<[Topic]>,
        signal: Arc<Signal>,
    },
    Detach(MemberId),
    /// End every stream within this time.
    Drain(Duration),
    Close,
}

/// A worker's end of its [`Handle`].
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) orders: mpsc::UnboundedReceiver<Order>,
    pub(crate) news: Arc<Notify>,
    pub(crate) keeps_history: bool,
}

#[derive(Debug)]
pub(crate) struct Worker {
    core: Arc<Core>,
    pub(crate) fanout: Fanout,
    /// Up to here the messages have been looked at.
    pub(crate) passed: Offset,
    /// Who may be due for a heartbeat.
    heartbeats: Timers,
    /// Who is to end, at drain.
    ends: Timers,
    /// When to let history expire, for the worker that does.
    expiry: Option<Instant>,
}

impl Workers {
    pub(crate) fn new(count: usize) -> (Self, Vec<Desk>) {
        let (handles, desks): (Vec<_>, Vec<_>) = (0..count)
            .map(|index| {
                let (sender, receiver) = mpsc::unbounded_channel();
                let news = Arc::new(Notify::new());
                let handle = Handle {
                    orders: sender,
                    news: Arc::clone(&news),
                    members: AtomicUsize::new(0),
                };
                let desk = Desk {
                    orders: receiver,
                    news,
                    keeps_history: index == 0,
                };
                (handle, desk)
            })
            .unzip();
        let handles = handles.into_boxed_slice();
        (Self { handles }, desks)
    }

    /// Gives a subscriber to the worker with the fewest; says which.
    pub(crate) fn attach(&self, id: MemberId, topics: Box<[Topic]>, signal: Arc<Signal>) -> usize {
        let members = |index: &usize| self.handles[*index].members.load(Ordering::Relaxed);
        let index = (0..self.handles.len()).min_by_key(members).unwrap_or(0);
        self.handles[index].members.fetch_add(1, Ordering::Relaxed);
        self.order(index, Order::Attach { id, topics, signal });
        index
    }

    pub(crate) fn detach(&self, worker: usize, id: MemberId) {
        self.handles[worker].members.fetch_sub(1, Ordering::Relaxed);
        self.order(worker, Order::Detach(id));
    }

    pub(crate) fn drain(&self, window: Duration) {
        for index in 0..self.handles.len() {
            self.order(index, Order::Drain(window));
        }
    }

    pub(crate) fn close(&self) {
        for index in 0..self.handles.len() {
            self.order(index, Order::Close);
        }
    }

    /// Tells the workers that the window has something new.
    pub(crate) fn wake(&self) {
        for handle in &self.handles {
            handle.news.notify_one();
        }
    }

    fn order(&self, worker: usize, order: Order) {
        // A worker that is gone has ended all its streams.
        let _ = self.handles[worker].orders.send(order);
    }
}

/// Runs until the hub closes.
pub(crate) async fn run(core: Arc<Core>, desk: Desk) {
    let Desk {
        mut orders,
        news,
        keeps_history,
    } = desk;
    let mut worker = Worker::new(core, keeps_history);
    loop {
        let deadline = worker.deadline();
        tokio::select! {
            order = orders.recv() => {
                let first = order.unwrap_or(Order::Close);
                if worker.carry_out(first, &mut orders).is_break() {
                    return;
                }
            }
            () = news.notified() => {
                if worker.pass().await.is_continue() {
                    news.notify_one();
                }
            }
            () = wait_until(deadline) => worker.keep_time(Instant::now()),
        }
    }
}

async fn wait_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

impl Worker {
    pub(crate) fn new(core: Arc<Core>, keeps_history: bool) -> Self {
        Self {
            passed: core.read_window(Window::head),
            core,
            fanout: Fanout::default(),
            heartbeats: Timers::default(),
            ends: Timers::default(),
            expiry: keeps_history.then(|| Instant::now() + EXPIRY),
        }
    }

    /// Carries out `first` and what else has come, until there is no more.
    pub(crate) fn carry_out(
        &mut self,
        first: Order,
        orders: &mut mpsc::UnboundedReceiver<Order>,
    ) -> ControlFlow<()> {
        let mut next = Some(first);
        while let Some(order) = next {
            match order {
                Order::Attach { id, topics, signal } => self.attach(id, &topics, signal),
                Order::Detach(id) => self.detach(id),
                Order::Drain(window) => self.schedule_ends(window),
                Order::Close => {
                    self.close();
                    return ControlFlow::Break(());
                }
            }
            next = orders.try_recv().ok();
        }
        ControlFlow::Continue(())
    }

    fn attach(&mut self, id: MemberId, topics: &[Topic], signal: Arc<Signal>) {
        let now = Instant::now();
        self.heartbeats.set(id, now + self.heartbeat());
        // Messages that came after the cursor was placed and before this moment, no pass will mark:
        // the subscriber looks for itself, once.
        signal.mark(Offset::START);
        self.fanout.attach(id, topics, signal);
        if self.core.draining.load(Ordering::Acquire) {
            self.ends.set(id, now);
        }
    }

    fn detach(&mut self, id: MemberId) {
        self.fanout.detach(id);
        self.heartbeats.remove(id);
        self.ends.remove(id);
    }

    /// Looks at what is new, and marks those it is for. Says whether there may be more: orders and
    /// timers get their turn between two passes, also where publishers never pause.
    pub(crate) async fn pass(&mut self) -> ControlFlow<()> {
        let Pace { pass, turn, .. } = self.core.pace;
        let passed = self.passed;
        let (floor, entries) = self
            .core
            .read_window(|window| (window.floor(), window.newer(passed, pass)));
        let mut effort = Effort::new(turn);
        if passed < floor {
            // Messages have left the window before this worker has seen them. Whom they were for,
            // nobody knows any more: every subscriber looks for itself, and those who might have
            // lost one are told.
            for signal in self.fanout.signals() {
                effort.spend(signal.mark(passed.next())).await;
            }
            self.passed = floor;
        }
        let cut = entries.len() == pass;
        for (offset, entry) in entries {
            for signal in self.fanout.listeners(&entry) {
                effort.spend(signal.mark(offset)).await;
            }
            self.passed = offset;
        }
        if cut {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        let timers = [self.heartbeats.next(), self.ends.next()];
        let soonest = timers.into_iter().flatten().min();
        // A little late, so that those who are due a moment later come along.
        let soonest = soonest.map(|at| at + TICK);
        soonest.into_iter().chain(self.expiry).min()
    }

    pub(crate) fn keep_time(&mut self, now: Instant) {
        while let Some(id) = self.heartbeats.pop(now) {
            if let Some(signal) = self.fanout.signal(id) {
                let next = signal.beat(self.heartbeat(), now);
                self.heartbeats.set(id, next);
            }
        }
        while let Some(id) = self.ends.pop(now) {
            if let Some(signal) = self.fanout.signal(id) {
                self.end(signal, End::Return(self.core.settings.return_after()));
            }
        }
        if self.expiry.is_some_and(|at| at <= now) {
            self.core.write_window(|window| window.expire(now));
            self.expiry = Some(now + EXPIRY);
        }
    }

    fn schedule_ends(&mut self, window: Duration) {
        let now = Instant::now();
        for id in self.fanout.members() {
            self.ends.set(id, now + window.mul_f64(fastrand::f64()));
        }
    }

    fn close(&self) {
        for signal in self.fanout.signals() {
            self.end(signal, End::Closed);
        }
    }

    /// Ends a stream, after what is due to it: what no pass has looked at yet, the subscriber
    /// looks for itself.
    fn end(&self, signal: &Signal, end: End) {
        signal.mark(self.passed.next());
        signal.end(end);
    }

    fn heartbeat(&self) -> Duration {
        self.core.settings.heartbeat.clamp(TICK, FAR)
    }
}

/// What a pass has done since others last had a turn, in marks.
struct Effort {
    spent: usize,
    turn: usize,
}

impl Effort {
    /// A mark that wakes someone costs as much as this many that do not: a task is scheduled, where
    /// else only a lock is taken.
    const WAKE: usize = 16;

    fn new(turn: usize) -> Self {
        Self { spent: 0, turn }
    }

    async fn spend(&mut self, woken: bool) {
        self.spent += if woken { Self::WAKE } else { 1 };
        if self.spent >= self.turn {
            self.spent = 0;
            task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests;
