//! A subscription: a cursor with what wakes it. What a lane drives.
//!
//! Last step of a message's way in the engine. A lane asks for the next frame whenever its socket
//! can take one; nothing is fetched ahead but one small batch, so a socket that takes nothing costs
//! its batch and its cursor (invariant 3).

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use tokio::time::Instant;

use crate::{
    cursor::Cursor,
    fanout::MemberId,
    frame::Frame,
    signal::{End, News, Signal},
    stats,
    subscribe::Seat,
};

/// A stream of [`Frame`]s: the messages of some topics, in log order, each exactly once, with an
/// explicit gap event where history was lost. It ends when the hub drains or closes.
///
/// Dropping it is how a subscriber leaves.
#[derive(Debug)]
pub struct Subscription {
    seat: Seat,
    id: MemberId,
    worker: usize,
    pub(crate) cursor: Cursor,
    signal: Arc<Signal>,
    /// Read from the window and not yet given to the lane.
    pub(crate) unsent: VecDeque<Frame>,
    pub(crate) ended: bool,
}

impl Subscription {
    pub(crate) fn new(
        seat: Seat,
        cursor: Cursor,
        signal: Arc<Signal>,
        id: MemberId,
        worker: usize,
    ) -> Self {
        Self {
            seat,
            id,
            worker,
            cursor,
            signal,
            unsent: VecDeque::new(),
            ended: false,
        }
    }

    /// Waits for the next frame; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Frame> {
        std::future::poll_fn(|cx| self.poll_frame(cx)).await
    }

    /// The same, for those who poll.
    pub fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        if let Some(frame) = self.unsent.pop_front() {
            return Poll::Ready(Some(frame));
        }
        if self.ended {
            return Poll::Ready(None);
        }
        let news = self.take_news(cx.waker());
        self.poll_news(news)
    }

    /// The first half of a look: what the worker says, and to be called when it says more. It
    /// comes before the second: what is marked after this, a later look sees.
    pub(crate) fn take_news(&mut self, waker: &Waker) -> News {
        let news = self.signal.take(waker);
        if let Some(offset) = news.due {
            self.cursor.mark(offset);
        }
        news
    }

    /// The second half: what the window holds.
    pub(crate) fn poll_news(&mut self, news: News) -> Poll<Option<Frame>> {
        let frame = ready!(self.due(news));
        self.signal.served(Instant::now());
        Poll::Ready(frame)
    }

    fn due(&mut self, news: News) -> Poll<Option<Frame>> {
        if !self.cursor.is_live() {
            self.read();
        }
        if let Some(frame) = self.unsent.pop_front() {
            return Poll::Ready(Some(frame));
        }
        match news.end {
            Some(End::Closed) => {
                self.ended = true;
                Poll::Ready(None)
            }
            Some(End::Return(after)) => {
                self.ended = true;
                Poll::Ready(Some(Frame::of(&tidings_sse::retry(after))))
            }
            None if news.heartbeat => Poll::Ready(Some(Frame::of(tidings_sse::HEARTBEAT))),
            None => Poll::Pending,
        }
    }

    fn read(&mut self) {
        let Self { cursor, unsent, .. } = self;
        let core = &self.seat.core;
        let gap = core.read_window(|window| {
            let gap = cursor.take_gap(window, core.epoch);
            let read = cursor.read(window, core.pace.batch, unsent);
            read.expect("a cursor that has taken its gap stands in the window");
            gap
        });
        stats::add(&core.counters.delivered, unsent.len() as u64);
        if let Some(gap) = gap {
            stats::add(&core.counters.gaps, 1);
            tracing::debug!(requested = gap.requested, from = %gap.from, "subscriber lost history");
            if core.settings.gap_event {
                unsent.push_front(gap.frame());
            }
        }
    }
}

impl futures_core::Stream for Subscription {
    type Item = Frame;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        self.poll_frame(cx)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.seat.core.workers.detach(self.worker, self.id);
    }
}
