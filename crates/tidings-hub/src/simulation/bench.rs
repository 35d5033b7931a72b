//! A worker with its desk, without the task: it takes a step when it is told to.

use std::{
    pin::{Pin, pin},
    sync::Arc,
    task::{self, Context, Waker},
};

use mio::Poll;
use tokio::time::Instant;

use super::pipe::Calls;
use crate::{hub::Core, position::Offset, worker::Worker, workers::Desk};

/// A worker with its desk.
pub(super) struct Bench {
    pub(super) desk: Desk,
    pub(super) calls: Calls,
    work: Work,
    /// Where the worker had come to when its pass began.
    pub(super) passed: Offset,
}

enum Work {
    Idle(Box<Worker>),
    Passing(Pin<Box<dyn Future<Output = Box<Worker>>>>),
    Gone,
}

impl Bench {
    pub(super) fn new(core: &Arc<Core>, desk: Desk) -> Self {
        // Nothing is registered there: the sockets are pipes.
        let registry = Poll::new().unwrap().registry().try_clone().unwrap();
        let worker = Worker::new(Arc::clone(core), &desk, registry);
        Self {
            calls: Calls::default(),
            passed: worker.passed,
            desk,
            work: Work::Idle(Box::new(worker)),
        }
    }

    pub(super) fn is_passing(&self) -> bool {
        matches!(self.work, Work::Passing(_))
    }

    /// Goes on with a pass, or does the first of these that it can: orders (0), news (1), time (2),
    /// what its sockets say (3).
    /// Says whether it could do any. What [`run`](crate::worker::run) would do, had its `select`
    /// chosen so.
    pub(super) fn step(&mut self, sides: &[u8]) -> bool {
        match std::mem::replace(&mut self.work, Work::Gone) {
            Work::Gone => false,
            Work::Passing(pass) => {
                self.go_on(pass);
                true
            }
            Work::Idle(worker) => self.begin(worker, sides),
        }
    }

    fn begin(&mut self, mut worker: Box<Worker>, sides: &[u8]) -> bool {
        if worker.is_done() {
            self.desk.orders.close();
            while self.desk.orders.try_recv().is_some() {}
            return true;
        }
        let now = Instant::now();
        self.passed = worker.passed;
        for side in sides {
            match side {
                0 => {
                    if let Some(order) = self.desk.orders.try_recv() {
                        finish(worker.carry_out(order, &mut self.desk.orders));
                        self.work = Work::Idle(worker);
                        return true;
                    }
                }
                1 if self.has_news() => {
                    self.go_on(Box::pin(async move {
                        worker.catch_up().await;
                        worker
                    }));
                    return true;
                }
                2 if worker.deadline().is_some_and(|at| at <= now) => {
                    self.go_on(Box::pin(async move {
                        worker.keep_time(now).await;
                        worker
                    }));
                    return true;
                }
                3 => {
                    let calls = self.calls.take();
                    if !calls.is_empty() {
                        self.go_on(Box::pin(async move {
                            worker.answer(calls).await;
                            worker
                        }));
                        return true;
                    }
                }
                _ => {}
            }
        }
        self.work = Work::Idle(worker);
        false
    }

    fn has_news(&self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        let news = pin!(self.desk.news.notified());
        news.poll(&mut context).is_ready()
    }

    /// To the next place where the pass gives others a turn.
    fn go_on(&mut self, mut pass: Pin<Box<dyn Future<Output = Box<Worker>>>>) {
        let mut context = Context::from_waker(Waker::noop());
        self.work = match pass.as_mut().poll(&mut context) {
            task::Poll::Ready(worker) => Work::Idle(worker),
            task::Poll::Pending => Work::Passing(pass),
        };
    }
}

/// Polls a future to its end; the turns that it gives others are not taken.
fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let task::Poll::Ready(done) = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            return done;
        }
    }
}
