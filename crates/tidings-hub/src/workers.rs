//! The workers as the rest of the engine sees them: who has which subscribers, and how orders and
//! news reach them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Notify, mpsc};

use crate::{fanout::MemberId, signal::Signal, subscription::Handed, topic::Topic};

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
        topics: Arc<[Topic]>,
        signal: Arc<Signal>,
    },
    Detach(MemberId),
    /// Write to this subscriber's socket from now on.
    TakeOver(Box<Handed>),
    /// End every stream within this time.
    Drain(Duration),
    /// Let go of those who are written to and have not ended.
    Cut,
    Close,
}

/// A worker's end of its [`Handle`].
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) orders: mpsc::UnboundedReceiver<Order>,
    pub(crate) news: Arc<Notify>,
    pub(crate) keeps_history: bool,
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
    pub(crate) fn attach(&self, id: MemberId, topics: Arc<[Topic]>, signal: Arc<Signal>) -> usize {
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

    pub(crate) fn take_over(&self, worker: usize, handed: Box<Handed>) {
        self.order(worker, Order::TakeOver(handed));
    }

    pub(crate) fn cut(&self) {
        for index in 0..self.handles.len() {
            self.order(index, Order::Cut);
        }
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
