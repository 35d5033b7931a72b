//! A worker: the task that sees to it that subscribers get what is for them.
//!
//! The async shell around [`Fanout`]. Those on the direct lane it writes to itself, the others it
//! wakes. As many run as the runtime has threads (see [`workers`](crate::workers)); each owns its
//! subscribers and is reached by orders, so no lock is held during a pass. It works in passes: one
//! takes everything that has come into the window since the last, so under load the passes grow
//! and the writes and wake-ups per message fall (batch by being busy).
//!
//! A worker also keeps the time for its subscribers, with one timer: heartbeats, and at drain the
//! moment at which each is to end. One of them lets history expire while nothing is published.

use std::{
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering},
    task::Waker,
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{
    cursor::Cursor,
    direct::{Direct, Next, Ready},
    effort::Effort,
    fanout::{Fanout, MemberId},
    hub::Core,
    pace::Pace,
    position::Offset,
    share::Share,
    signal::{End, Signal},
    stats,
    subscription::Handed,
    timers::{FAR, Timers},
    topic::Topic,
    window::Window,
    workers::{Desk, Order},
};

/// The part of the drain window in which streams are ended. What remains is for the last bytes to
/// leave.
pub(crate) const DRAIN_SHARE: f64 = 0.8;

/// Timers that are due within this much of each other are handled together.
const TICK: Duration = Duration::from_millis(50);

/// Bytes read at a time from clients that say something after their request.
const HEARING: usize = 4 << 10;

/// How often history is looked at for what has become too old.
const EXPIRY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Worker {
    core: Arc<Core>,
    pub(crate) fanout: Fanout<Listener>,
    /// Whose sockets have something to say.
    ready: Arc<Ready>,
    /// Up to here the messages have been looked at.
    pub(crate) passed: Offset,
    /// Who may be due for a heartbeat.
    heartbeats: Timers,
    /// Who is to end, at drain.
    ends: Timers,
    /// Whose sockets are to be given up.
    stalls: Timers,
    /// When to let history expire, for the worker that does.
    expiry: Option<Instant>,
    /// How many are written to from here.
    directs: usize,
    closed: bool,
}

/// How a subscriber gets what is due to it.
#[derive(Debug)]
pub(crate) enum Listener {
    /// Its lane is told to look for itself.
    Signalled(Arc<Signal>),
    /// It is written to from here.
    Direct(Box<Direct>),
}

/// Runs until the hub has closed, and everyone who is written to from here has had the end.
pub(crate) async fn run(core: Arc<Core>, desk: Desk) {
    let mut worker = Worker::new(core, &desk);
    let Desk {
        mut orders, news, ..
    } = desk;
    while !worker.is_done() {
        let deadline = worker.deadline();
        tokio::select! {
            order = orders.recv() => {
                let first = order.unwrap_or(Order::Close);
                worker.carry_out(first, &mut orders).await;
            }
            () = news.notified() => {
                worker.hear().await;
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
    pub(crate) fn new(core: Arc<Core>, desk: &Desk) -> Self {
        Self {
            passed: core.read_window(Window::head),
            core,
            fanout: Fanout::default(),
            ready: Arc::new(Ready::new(Arc::clone(&desk.news))),
            heartbeats: Timers::default(),
            ends: Timers::default(),
            stalls: Timers::default(),
            expiry: desk.keeps_history.then(|| Instant::now() + EXPIRY),
            directs: 0,
            closed: false,
        }
    }

    /// Carries out `first` and what else has come, until there is no more.
    pub(crate) async fn carry_out(
        &mut self,
        first: Order,
        orders: &mut mpsc::UnboundedReceiver<Order>,
    ) {
        let mut effort = Effort::new(self.core.pace.turn);
        let mut next = Some(first);
        while let Some(order) = next {
            match order {
                Order::Attach { id, topics, signal } => self.attach(id, &topics, signal),
                Order::Detach(id) => self.detach(id),
                Order::TakeOver(handed) => self.take_over(*handed).await,
                Order::Drain(window) => self.schedule_ends(window),
                Order::Cut => self.cut(),
                Order::Close => self.close(),
            }
            effort.spend(true).await;
            next = orders.try_recv().ok();
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.closed && self.directs == 0
    }

    fn attach(&mut self, id: MemberId, topics: &Arc<[Topic]>, signal: Arc<Signal>) {
        if self.closed {
            signal.end(End::Closed);
        }
        let now = Instant::now();
        self.heartbeats.set(id, now + self.heartbeat());
        // Messages that came after the cursor was placed and before this moment, no pass will mark:
        // the subscriber looks for itself, once.
        signal.mark(Offset::START);
        self.fanout.attach(id, topics, Listener::Signalled(signal));
        if self.core.draining.load(Ordering::Acquire) {
            self.ends.set(id, now);
        }
    }

    fn detach(&mut self, id: MemberId) {
        if let Some(Listener::Direct(_)) = self.fanout.detach(id) {
            self.directs -= 1;
            self.core.counters.direct.fetch_sub(1, Ordering::Relaxed);
        }
        self.heartbeats.remove(id);
        self.ends.remove(id);
        self.stalls.remove(id);
    }

    /// From now on writes to a subscriber's socket itself.
    async fn take_over(&mut self, handed: Handed) {
        let Handed {
            socket,
            membership,
            mut cursor,
            unsent,
        } = handed;
        // It may have read further than this worker has come. A live one must not: it would be
        // given again what it has.
        while cursor.after() > self.passed && self.pass().await.is_continue() {}
        let id = membership.id;
        let Some(Listener::Signalled(signal)) = self.fanout.detach(id) else {
            return;
        };
        let news = signal.take(Waker::noop());
        if let Some(offset) = news.due {
            cursor.mark(offset);
        }
        let topics = Arc::clone(cursor.topics());
        if cursor.is_live() {
            // Nothing is marked, so nothing up to here is due.
            cursor = Cursor::behind(Arc::clone(&topics), cursor.after().max(self.passed));
        }
        let ready = Arc::clone(&self.ready);
        let mut direct = Direct::new(socket, membership, cursor, unsent, ready);
        if let Some(end) = news.end {
            direct.end(&topics, self.passed, end);
        }
        let listener = Listener::Direct(Box::new(direct));
        self.fanout.attach(id, &topics, listener);
        self.directs += 1;
        self.core.counters.direct.fetch_add(1, Ordering::Relaxed);
        self.listen_to(id, &mut [0; HEARING]);
    }

    /// Looks at what is new: marks those it is for, and writes it to those who are written to from
    /// here. Says whether there may be more: orders and timers get their turn between two passes,
    /// also where publishers never pause.
    pub(crate) async fn pass(&mut self) -> ControlFlow<()> {
        let Pace { pass, turn, .. } = self.core.pace;
        let passed = self.passed;
        let (floor, entries) = self
            .core
            .read_window(|window| (window.floor(), window.newer(passed, pass)));
        let mut effort = Effort::new(turn);
        let mut behind = Vec::new();
        if passed < floor {
            // Messages have left the window before this worker has seen them. Whom they were for,
            // nobody knows any more: every subscriber looks for itself, and those who might have
            // lost one are told.
            for audience in self.fanout.audiences_mut() {
                for member in &mut audience.members {
                    let woken = match &mut member.listener {
                        Listener::Signalled(signal) => signal.mark(passed.next()),
                        Listener::Direct(direct) => {
                            direct.miss(&audience.topics, passed);
                            behind.push(member.id);
                            true
                        }
                    };
                    effort.spend(woken).await;
                }
            }
        }
        let now = Instant::now();
        for due in self.fanout.due(&entries) {
            let messages = due.entries.iter().map(|index| &entries[*index]);
            let messages = messages.map(|(offset, entry)| (*offset, &entry.frame));
            let share = Share::of(messages);
            let first = entries[due.entries[0]].0;
            let audience = self.fanout.audience_mut(due.audience);
            let mut given = 0;
            for member in &mut audience.members {
                let woken = match &mut member.listener {
                    Listener::Signalled(signal) => signal.mark(first),
                    Listener::Direct(direct) if direct.is_live() => {
                        let next = direct.give(&share, &audience.topics, now);
                        if next != Next::Live {
                            behind.push(member.id);
                        }
                        given += share.messages() as u64;
                        true
                    }
                    Listener::Direct(_) => false,
                };
                effort.spend(woken).await;
            }
            stats::add(&self.core.counters.delivered, given);
        }
        self.passed = entries
            .last()
            .map_or(passed.max(floor), |(offset, _)| *offset);
        for id in behind {
            self.bring_forward(id, now);
        }
        match entries.len() == pass {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }

    /// Listens to the sockets that have something to say, and writes to those that are writable.
    pub(crate) async fn hear(&mut self) {
        let mut effort = Effort::new(self.core.pace.turn);
        let mut buffer = [0; HEARING];
        for id in self.ready.take() {
            self.listen_to(id, &mut buffer);
            effort.spend(true).await;
        }
    }

    fn listen_to(&mut self, id: MemberId, buffer: &mut [u8]) {
        if let Some((_, Listener::Direct(direct))) = self.fanout.get_mut(id) {
            match direct.hear(buffer) {
                Next::Gone => self.detach(id),
                Next::Live => {}
                Next::Writable { .. } => self.bring_forward(id, Instant::now()),
            }
        }
    }

    fn bring_forward(&mut self, id: MemberId, now: Instant) {
        let Some((_, Listener::Direct(direct))) = self.fanout.get_mut(id) else {
            return;
        };
        match direct.forward(&self.core, self.passed, now) {
            Next::Gone => self.detach(id),
            Next::Live => self.stalls.remove(id),
            Next::Writable { progress } => {
                if progress || !self.stalls.is_set(id) {
                    self.stalls.set(id, later(now, direct.stall_timeout()));
                }
            }
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        let timers = [&self.heartbeats, &self.ends, &self.stalls];
        let soonest = timers.into_iter().filter_map(Timers::next).min();
        // A little late, so that those who are due a moment later come along.
        let soonest = soonest.map(|at| at + TICK);
        soonest.into_iter().chain(self.expiry).min()
    }

    pub(crate) fn keep_time(&mut self, now: Instant) {
        while let Some(id) = self.heartbeats.pop(now) {
            self.beat(id, now);
        }
        while let Some(id) = self.ends.pop(now) {
            self.end(id, End::Return(self.core.settings.return_after()), now);
        }
        while let Some(id) = self.stalls.pop(now) {
            self.detach(id);
        }
        if self.expiry.is_some_and(|at| at <= now) {
            self.core.write_window(|window| window.expire(now));
            self.expiry = Some(now + EXPIRY);
        }
    }

    fn beat(&mut self, id: MemberId, now: Instant) {
        let (interval, passed) = (self.heartbeat(), self.passed);
        let (at, next) = match self.fanout.get_mut(id) {
            None => return,
            Some((_, Listener::Signalled(signal))) => (signal.beat(interval, now), Next::Live),
            Some((topics, Listener::Direct(direct))) => direct.beat(topics, passed, interval, now),
        };
        self.heartbeats.set(id, at);
        if next != Next::Live {
            self.bring_forward(id, now);
        }
    }

    fn schedule_ends(&mut self, window: Duration) {
        let now = Instant::now();
        for id in self.fanout.ids() {
            self.ends.set(id, now + window.mul_f64(fastrand::f64()));
        }
    }

    fn close(&mut self) {
        self.closed = true;
        let ids: Vec<MemberId> = self.fanout.ids().collect();
        for id in ids {
            self.end(id, End::Closed, Instant::now());
        }
    }

    /// Lets go of those whose sockets do not even take the end.
    fn cut(&mut self) {
        let ids: Vec<MemberId> = self.fanout.ids().collect();
        for id in ids {
            if let Some((_, Listener::Direct(_))) = self.fanout.get_mut(id) {
                self.detach(id);
            }
        }
    }

    /// Ends a stream, after what is due to it: what no pass has looked at yet, the subscriber
    /// looks for itself.
    fn end(&mut self, id: MemberId, end: End, now: Instant) {
        let passed = self.passed;
        match self.fanout.get_mut(id) {
            None => {}
            Some((_, Listener::Signalled(signal))) => {
                signal.mark(passed.next());
                signal.end(end);
            }
            Some((topics, Listener::Direct(direct))) => {
                let topics = Arc::clone(topics);
                direct.end(&topics, passed, end);
                self.bring_forward(id, now);
            }
        }
    }

    fn heartbeat(&self) -> Duration {
        self.core.settings.heartbeat.clamp(TICK, FAR)
    }
}

fn later(now: Instant, time: Duration) -> Instant {
    now + time.min(FAR)
}

#[cfg(test)]
mod tests;
