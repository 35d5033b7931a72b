//! A worker with its desk, without the task: it takes a step when it is told to.

use std::{
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use tokio::time::Instant;

use crate::{hub::Core, position::Offset, worker::Worker, workers::Desk};

/// A worker with its desk.
pub(super) struct Bench {
    pub(super) desk: Desk,
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
        let worker = Worker::new(Arc::clone(core), &desk);
        Self {
            passed: worker.passed,
            desk,
            work: Work::Idle(Box::new(worker)),
        }
    }

    pub(super) fn is_passing(&self) -> bool {
        matches!(self.work, Work::Passing(_))
    }

    /// Goes on with a pass, or does the first of these that it can: orders (0), news (1), time (2).
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
            while self.desk.orders.try_recv().is_ok() {}
            return true;
        }
        let now = Instant::now();
        self.passed = worker.passed;
        for side in sides {
            match side {
                0 => {
                    if let Ok(order) = self.desk.orders.try_recv() {
                        finish(worker.carry_out(order, &mut self.desk.orders));
                        self.work = Work::Idle(worker);
                        return true;
                    }
                }
                1 if self.has_news() => {
                    let news = Arc::clone(&self.desk.news);
                    self.go_on(Box::pin(async move {
                        worker.hear().await;
                        if worker.pass().await.is_continue() {
                            news.notify_one();
                        }
                        worker
                    }));
                    return true;
                }
                2 if worker.deadline().is_some_and(|at| at <= now) => {
                    worker.keep_time(now);
                    self.work = Work::Idle(worker);
                    return true;
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
            Poll::Ready(worker) => Work::Idle(worker),
            Poll::Pending => Work::Passing(pass),
        };
    }
}

/// Polls a future to its end; the turns that it gives others are not taken.
fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            return done;
        }
    }
}
