//! The workers as the rest of the engine sees them: who has which subscribers, and how orders and
//! news reach them.

use std::{
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc},
    time::Instant,
};

use crate::{
    fanout::MemberId,
    interest::Interest,
    position::Offset,
    signal::{End, Signal},
    subscribe::Seat,
    subscription::Handed,
};

/// The handles of all workers.
#[derive(Debug)]
pub(crate) struct Workers {
    handles: Box<[Handle]>,
    /// Told whenever a worker has moved on.
    moved: Notify,
}

#[derive(Debug)]
struct Handle {
    /// Unbounded in type; in fact at most an attach, a handover and a detach for each subscriber there
    /// may be, because a seat is free again only when its detach has been carried out.
    orders: mpsc::UnboundedSender<Order>,
    news: Arc<Notify>,
    members: AtomicUsize,
    ids: Mutex<Ids>,
    /// Up to here the worker has looked at the messages.
    passed: AtomicU64,
}

/// Gives out ids that are as small as can be, so that a worker finds its members by index.
#[derive(Debug, Default)]
struct Ids {
    next: u32,
    free: Vec<MemberId>,
}

#[derive(Debug)]
pub(crate) enum Order {
    Attach {
        id: MemberId,
        interest: Arc<Interest>,
        signal: Arc<Signal>,
        /// The stream is to end then.
        until: Option<Instant>,
    },
    /// The last that is heard of this member: its id is free, and its seat when this is dropped.
    Detach(MemberId, Seat),
    /// Write to this subscriber's socket from now on.
    TakeOver(Box<Handed>),
    /// Announcements come below this beginning.
    AnnounceBelow(Arc<str>),
    /// End every stream within this time.
    Drain(Duration),
    /// Let go of those who are written to and have not ended.
    Cut,
    Close,
}

/// A worker's end of its [`Handle`].
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) worker: u32,
    pub(crate) orders: Orders,
    pub(crate) news: Arc<Notify>,
}

/// The orders of a worker that have not been carried out. When it is dropped, whoever was to be
/// attached is not left waiting.
#[derive(Debug)]
pub(crate) struct Orders(mpsc::UnboundedReceiver<Order>);

/// Where a subscriber is: with which worker, under which id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whereabouts {
    pub(crate) worker: u32,
    pub(crate) id: MemberId,
}

impl Workers {
    pub(crate) fn new(count: usize) -> (Self, Vec<Desk>) {
        let (handles, desks): (Vec<_>, Vec<_>) = (0..u32::try_from(count).unwrap_or(u32::MAX))
            .map(|worker| {
                let (sender, receiver) = mpsc::unbounded_channel();
                let news = Arc::new(Notify::new());
                let handle = Handle {
                    orders: sender,
                    news: Arc::clone(&news),
                    members: AtomicUsize::new(0),
                    ids: Mutex::default(),
                    passed: AtomicU64::new(0),
                };
                let desk = Desk {
                    worker,
                    orders: Orders(receiver),
                    news,
                };
                (handle, desk)
            })
            .unzip();
        let handles = handles.into_boxed_slice();
        let moved = Notify::new();
        (Self { handles, moved }, desks)
    }

    /// Gives a subscriber to the worker with the fewest; says where it is.
    pub(crate) fn attach(
        &self,
        interest: Arc<Interest>,
        signal: Arc<Signal>,
        until: Option<Instant>,
    ) -> Whereabouts {
        let load = |index: &usize| {
            let handle = &self.handles[*index];
            let members = handle.members.load(Ordering::Relaxed);
            (handle.orders.is_closed(), members)
        };
        let index = (0..self.handles.len()).min_by_key(load).unwrap_or(0);
        let handle = &self.handles[index];
        handle.members.fetch_add(1, Ordering::Relaxed);
        let id = handle.ids().take();
        let worker = index as u32;
        let order = Order::Attach {
            id,
            interest,
            signal: Arc::clone(&signal),
            until,
        };
        if handle.orders.send(order).is_err() {
            // No worker is left.
            signal.end(End::Closed);
        }
        Whereabouts { worker, id }
    }

    pub(crate) fn detach(&self, Whereabouts { worker, id }: Whereabouts, seat: Seat) {
        let members = &self.handles[worker as usize].members;
        members.fetch_sub(1, Ordering::Relaxed);
        self.order(worker, Order::Detach(id, seat));
    }

    #[cfg(test)]
    pub(crate) fn ids_given_out(&self) -> u32 {
        self.handles.iter().map(|handle| handle.ids().next).sum()
    }

    /// For the worker: it has forgotten this member.
    pub(crate) fn free(&self, worker: u32, id: MemberId) {
        self.handles[worker as usize].ids().free.push(id);
    }

    pub(crate) fn take_over(&self, worker: u32, handed: Box<Handed>) {
        self.order(worker, Order::TakeOver(handed));
    }

    pub(crate) fn announce_below(&self, beginning: &Arc<str>) {
        self.order_all(|| Order::AnnounceBelow(Arc::clone(beginning)));
    }

    pub(crate) fn cut(&self) {
        self.order_all(|| Order::Cut);
    }

    pub(crate) fn drain(&self, window: Duration) {
        self.order_all(|| Order::Drain(window));
    }

    pub(crate) fn close(&self) {
        self.order_all(|| Order::Close);
    }

    /// Tells the workers that the window has something new.
    pub(crate) fn wake(&self) {
        for handle in &self.handles {
            handle.news.notify_one();
        }
    }

    /// For the worker: it has looked at the messages up to `offset`.
    pub(crate) fn passed(&self, worker: u32, offset: Offset) {
        let passed = &self.handles[worker as usize].passed;
        passed.store(offset.0, Ordering::Release);
        self.moved.notify_waiters();
    }

    /// Waits until the place where the slowest worker has come is one that will do.
    pub(crate) async fn slowest(&self, will_do: impl Fn(Offset) -> bool) {
        loop {
            let moved = self.moved.notified();
            let passed = self.handles.iter().map(|handle| &handle.passed);
            let slowest = passed.map(|passed| passed.load(Ordering::Acquire)).min();
            if will_do(Offset(slowest.unwrap_or(u64::MAX))) {
                return;
            }
            moved.await;
        }
    }

    fn order_all(&self, order: impl Fn() -> Order) {
        for worker in 0..self.handles.len() {
            self.order(worker as u32, order());
        }
    }

    fn order(&self, worker: u32, order: Order) {
        // A worker that is gone has ended all its streams.
        let _ = self.handles[worker as usize].orders.send(order);
    }
}

impl Handle {
    fn ids(&self) -> MutexGuard<'_, Ids> {
        self.ids.lock().expect("nothing panics under the lock")
    }
}

impl Orders {
    pub(crate) async fn recv(&mut self) -> Option<Order> {
        self.0.recv().await
    }

    pub(crate) fn try_recv(&mut self) -> Option<Order> {
        self.0.try_recv().ok()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    #[cfg(test)]
    pub(crate) fn close(&mut self) {
        self.0.close();
    }
}

impl Drop for Orders {
    fn drop(&mut self) {
        self.0.close();
        while let Some(order) = self.try_recv() {
            if let Order::Attach { signal, .. } = order {
                signal.end(End::Closed);
            }
        }
    }
}

impl Ids {
    fn take(&mut self) -> MemberId {
        self.free.pop().unwrap_or_else(|| {
            let id = MemberId(self.next);
            self.next += 1;
            id
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Waker},
    };

    use super::*;

    #[test]
    fn ids_are_used_again_once_they_are_free() {
        let mut ids = Ids::default();
        assert_eq!([0, 1, 2].map(|_| ids.take()), [0, 1, 2].map(MemberId));
        ids.free.push(MemberId(1));
        assert_eq!([0, 1].map(|_| ids.take()), [1, 3].map(MemberId));
    }

    #[test]
    fn a_publisher_waits_for_the_slowest_worker_and_for_no_dead_one() {
        let (workers, _desks) = Workers::new(2);
        let mut context = Context::from_waker(Waker::noop());
        let will_do = |slowest| Offset(101).since(slowest) <= 100;
        let mut publisher = pin!(workers.slowest(will_do));
        assert!(publisher.as_mut().poll(&mut context).is_pending());
        workers.passed(0, Offset(50));
        assert!(publisher.as_mut().poll(&mut context).is_pending());
        workers.passed(1, Offset::LAST);
        assert!(publisher.as_mut().poll(&mut context).is_ready());
    }
}
