//! A worker: the task that sees to it that subscribers get what is for them.
//!
//! The async shell around [`Fanout`]. Those on the direct lane it writes to itself, the others it
//! wakes. As many run as the runtime has threads (see [`workers`](crate::workers)); each owns its
//! subscribers and is reached by orders, so no lock is held during a pass. It works in passes: one
//! takes everything that has come into the window since the last, so under load the passes grow
//! and the writes and wake-ups per message fall (batch by being busy).
//!
//! A worker also keeps the time for its subscribers, with one timer: it looks for those who are due
//! for a heartbeat, and at drain it has the moment at which each is to end. One of the workers lets
//! history expire while nothing is published.

use std::{
    sync::{Arc, atomic::Ordering},
    task::Waker,
    time::Duration,
};

use mio::Registry;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use crate::{
    clock::Clock,
    cursor::Cursor,
    direct::Direct,
    effort::Effort,
    fanout::{Fanout, MemberId},
    hub::Core,
    interest::Interest,
    position::Offset,
    signal::{End, Mark, Signal},
    sockets::Sockets,
    subscription::Handed,
    timers::Timers,
    window::Window,
    workers::{Desk, Order, Orders},
};

/// The part of the drain window in which streams are ended. What remains is for the last bytes to
/// leave.
pub(crate) const DRAIN_SHARE: f64 = 0.8;

/// Bytes read at a time from clients that say something after their request.
const HEARING: usize = 4 << 10;

/// How often history is looked at for what has become too old.
const EXPIRY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Worker {
    core: Arc<Core>,
    /// Which of the hub's workers this is.
    number: u32,
    pub(crate) fanout: Fanout<Listener>,
    /// Told to make it look at what is new.
    news: Arc<Notify>,
    /// Where sockets are watched.
    registry: Registry,
    /// Who has not been brought forward as far as its socket would take it.
    unfinished: Vec<MemberId>,
    /// Up to here the messages have been looked at.
    pub(crate) passed: Offset,
    clock: Clock,
    /// When to look who is due for a heartbeat.
    look: Instant,
    /// Who is to end, at drain.
    ends: Timers,
    /// Whose sockets are to be given up.
    stalls: Timers,
    /// When to let history expire, for the worker that does.
    expiry: Option<Instant>,
    /// How many are written to from here.
    directs: usize,
    draining: bool,
    closed: bool,
}

/// How a subscriber gets what is due to it.
#[derive(Debug)]
pub(crate) enum Listener {
    /// Its lane is told to look for itself.
    Signalled(Arc<Signal>),
    /// It is written to from here.
    Direct(Direct),
}

/// Runs until the hub has closed, and everyone who is written to from here has had the end.
pub(crate) async fn run(mut worker: Worker, desk: Desk, mut sockets: Sockets) {
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
            () = news.notified() => worker.catch_up().await,
            calls = sockets.ready() => match calls {
                Ok(calls) => worker.answer(calls).await,
                Err(error) => {
                    tracing::error!(%error, "a worker hears nothing of its sockets; it ends");
                    return;
                }
            },
            () = wait_until(deadline) => worker.keep_time(Instant::now()).await,
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
    pub(crate) fn new(core: Arc<Core>, desk: &Desk, registry: Registry) -> Self {
        let now = Instant::now();
        let passed = core.read_window(Window::head);
        core.workers.passed(desk.worker, passed);
        Self {
            passed,
            core,
            number: desk.worker,
            fanout: Fanout::default(),
            news: Arc::clone(&desk.news),
            registry,
            unfinished: Vec::new(),
            clock: Clock::start(now),
            look: now,
            ends: Timers::default(),
            stalls: Timers::default(),
            expiry: (desk.worker == 0).then_some(now + EXPIRY),
            directs: 0,
            draining: false,
            closed: false,
        }
    }

    /// Carries out `first` and what else has come, so many at most: where subscribers come and go
    /// without a pause, the others have their turn too.
    pub(crate) async fn carry_out(&mut self, first: Order, orders: &mut Orders) {
        let core = Arc::clone(&self.core);
        let mut effort = Effort::new(&core, self.passed);
        let mut left = core.pace.orders;
        let mut next = Some(first);
        while let Some(order) = next {
            self.follow(order).await;
            effort.lengthen(orders.len());
            effort.spend(true).await;
            left = left.saturating_sub(1);
            next = if left > 0 { orders.try_recv() } else { None };
        }
    }

    async fn follow(&mut self, order: Order) {
        match order {
            Order::Attach {
                id,
                interest,
                signal,
                until,
            } => self.attach(id, &interest, signal, until),
            Order::Detach(id, _seat) => {
                self.detach(id);
                self.core.workers.free(self.number, id);
            }
            Order::TakeOver(handed) => self.take_over(*handed).await,
            Order::AnnounceBelow(beginning) => self.fanout.announce_below(&beginning),
            Order::Drain(window) => self.schedule_ends(window),
            Order::Cut => self.cut(),
            Order::Close => self.close().await,
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.closed && self.directs == 0
    }

    fn attach(
        &mut self,
        id: MemberId,
        interest: &Arc<Interest>,
        signal: Arc<Signal>,
        until: Option<Instant>,
    ) {
        if self.closed {
            signal.end(End::Closed);
        }
        // Messages that came after the cursor was placed and before this moment, no pass will mark:
        // the subscriber looks for itself, once.
        signal.mark(Mark::at(Offset::START));
        self.fanout
            .attach(id, interest, Listener::Signalled(signal));
        // Before the order to drain has come, that will set the time.
        if let Some(at) = self
            .draining
            .then(Instant::now)
            .or(until.map(time::in_time))
        {
            self.ends.set(id, at);
        }
    }

    fn detach(&mut self, id: MemberId) {
        if let Some(Listener::Direct(_)) = self.fanout.detach(id) {
            self.directs -= 1;
            self.core.counters.direct.fetch_sub(1, Ordering::Relaxed);
        }
        self.ends.remove(id);
        self.stalls.remove(id);
    }

    /// From now on writes to a subscriber's socket itself.
    async fn take_over(&mut self, handed: Handed) {
        let Handed {
            mut socket,
            membership,
            mut cursor,
            unsent,
            quiet,
        } = handed;
        // It may have read further than this worker has come. A live one must not: it would be
        // given again what it has.
        while cursor.after() > self.passed && self.pass().await.is_continue() {}
        let id = membership.at.id;
        if let Err(error) = socket.register(&self.registry, id.token()) {
            tracing::error!(%error, "cannot watch a subscriber's socket; its connection is closed");
            return;
        }
        let now = self.clock.tick(Instant::now());
        let Some((interest, listener)) = self.fanout.get_mut(id) else {
            return;
        };
        let Listener::Signalled(signal) = listener else {
            return;
        };
        let news = signal.take(Waker::noop());
        if let Some(mark) = news.due {
            cursor.mark(mark.offset);
        }
        if cursor.is_live() {
            // Nothing is marked, so nothing up to here is due.
            cursor = Cursor::behind(Arc::clone(interest), cursor.after().max(self.passed));
        }
        let mut direct = Direct::new(socket, membership, cursor, unsent, now);
        direct.quiet = quiet;
        if let Some(end) = news.end {
            direct.end(interest, self.passed, end);
        }
        *listener = Listener::Direct(direct);
        self.directs += 1;
        self.core.counters.direct.fetch_add(1, Ordering::Relaxed);
        self.bring_forward(id);
    }

    async fn close(&mut self) {
        self.closed = true;
        let core = Arc::clone(&self.core);
        let mut effort = Effort::new(&core, self.passed);
        let ids: Vec<MemberId> = self.fanout.ids().collect();
        for id in ids {
            self.end(id, End::Closed);
            effort.spend(true).await;
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
    fn end(&mut self, id: MemberId, end: End) {
        let passed = self.passed;
        match self.fanout.get_mut(id) {
            None => {}
            Some((_, Listener::Signalled(signal))) => {
                signal.mark(Mark::at(passed.next()));
                signal.end(end);
            }
            Some((interest, Listener::Direct(direct))) => {
                let interest = Arc::clone(interest);
                direct.end(&interest, passed, end);
                self.bring_forward(id);
                // Whose time is over, is not waited for: it can come back for what it has not taken.
                if matches!(end, End::Expired(_)) {
                    self.detach(id);
                }
            }
        }
    }
}

/// Whatever becomes of a worker, nobody is left waiting: streams end, and clients come back to
/// another. (The sockets of those who are written to are closed with it.)
impl Drop for Worker {
    fn drop(&mut self) {
        for audience in self.fanout.audiences_mut() {
            for member in &audience.members {
                if let Listener::Signalled(signal) = &member.listener {
                    signal.end(End::Closed);
                }
            }
        }
        let directs = &self.core.counters.direct;
        directs.fetch_sub(self.directs, Ordering::Relaxed);
        // Publishers wait for it no longer.
        self.core.workers.passed(self.number, Offset::LAST);
    }
}

mod pass;
mod time;

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
