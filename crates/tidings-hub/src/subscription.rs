//! A subscription: a cursor with what wakes it. What a lane drives.
//!
//! Last step of a message's way in the engine. A lane asks for the next frame whenever its socket
//! can take one; nothing is fetched ahead but one small batch, so a socket that takes nothing costs
//! its batch and its cursor (invariant 3).

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    cursor::Cursor,
    direct::Socket,
    frame::Frame,
    hub::{Core, Look},
    position::Offset,
    signal::{End, Mark, News, Signal},
    stats,
    subscribe::Seat,
    workers::Whereabouts,
};

/// A stream of [`Frame`]s: the messages of some topics, in log order, each exactly once, with an
/// explicit gap event where history was lost. It ends when the hub drains or closes.
///
/// Dropping it is how a subscriber leaves.
#[derive(Debug)]
pub struct Subscription {
    membership: Membership,
    pub(crate) cursor: Cursor,
    signal: Arc<Signal>,
    /// Read from the window and not yet given to the lane.
    pub(crate) unsent: VecDeque<Frame>,
    pub(crate) ended: bool,
    pub(crate) found_start: bool,
    /// It has been given no event, and so no id, for the time of a heartbeat at least.
    pub(crate) quiet: bool,
}

/// A subscriber's place among those of the hub and of its worker; dropping it leaves both.
#[derive(Debug)]
pub(crate) struct Membership {
    /// There until it is dropped.
    seat: Option<Seat>,
    pub(crate) at: Whereabouts,
}

/// A subscription on its way to the direct lane.
#[derive(Debug)]
pub(crate) struct Handed {
    pub(crate) socket: Box<dyn Socket>,
    pub(crate) membership: Membership,
    pub(crate) cursor: Cursor,
    pub(crate) unsent: VecDeque<Frame>,
    pub(crate) quiet: bool,
}

impl Subscription {
    pub(crate) fn new(membership: Membership, cursor: Cursor, signal: Arc<Signal>) -> Self {
        Self {
            membership,
            cursor,
            signal,
            unsent: VecDeque::new(),
            ended: false,
            found_start: true,
            quiet: true,
        }
    }

    /// Whether the stream begins just where it was asked to: with what follows the id that was
    /// named, and not with all that history holds because what followed it is unknown or gone.
    #[must_use]
    pub fn found_start(&self) -> bool {
        self.found_start
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
        let mut news = self.signal.take(waker);
        if let Some(Mark { offset, frame }) = news.due.take() {
            let over = news.end.is_some_and(|end| end.upto() < offset);
            match frame.filter(|_| !over && self.cursor.step(offset)) {
                Some(frame) => {
                    self.quiet = false;
                    self.unsent.push_back(frame);
                    stats::add(&self.membership.core().counters.delivered, 1);
                }
                None => self.cursor.mark(offset),
            }
        }
        news
    }

    /// The second half: what the window holds.
    pub(crate) fn poll_news(&mut self, news: News) -> Poll<Option<Frame>> {
        if !self.cursor.is_live() {
            let after = self.cursor.after();
            let core = self.membership.core();
            let look = core.read_on(&mut self.cursor, Offset::LAST, news.end, &mut self.unsent);
            if look == Look::Lost {
                return match news.end {
                    Some(End::Return(after)) => self.poll_return(after),
                    _ => self.poll_end(after),
                };
            }
            match self.unsent.is_empty() {
                false => {
                    self.quiet = false;
                    self.signal.served(Instant::now());
                }
                // It has looked at as much as it may at a time, and there is more: once more.
                true if !self.cursor.is_live() => {
                    self.signal.mark(Mark::at(Offset::START));
                    return Poll::Pending;
                }
                true => {}
            }
        }
        if let Some(frame) = self.unsent.pop_front() {
            return Poll::Ready(Some(frame));
        }
        match news.end {
            Some(End::Expired(upto)) => self.poll_end(upto),
            Some(End::Closed) => {
                self.ended = true;
                Poll::Ready(None)
            }
            Some(End::Return(after)) => self.poll_return(after),
            None if news.heartbeat => {
                self.quiet = true;
                self.signal.served(Instant::now());
                Poll::Ready(Some(Frame::of(tidings_sse::HEARTBEAT)))
            }
            None => Poll::Pending,
        }
    }

    /// It ends; its client is asked to come back after this long.
    fn poll_return(&mut self, after: Duration) -> Poll<Option<Frame>> {
        self.ended = true;
        Poll::Ready(Some(Frame::of(&tidings_sse::retry(after))))
    }

    /// It ends, with everything up to `upto`; its client is to come back.
    fn poll_end(&mut self, upto: Offset) -> Poll<Option<Frame>> {
        self.ended = true;
        let bookmark = self.quiet.then(|| self.membership.core().bookmark(upto));
        Poll::Ready(bookmark.map(|bookmark| Frame::of(&bookmark)))
    }

    /// Whether it knows, or has been told, of anything that may be due.
    #[cfg(test)]
    pub(crate) fn is_due(&self) -> bool {
        !self.cursor.is_live() || self.signal.is_marked()
    }

    /// Hands the rest of the stream to the hub, to be written to `socket` by the subscriber's
    /// worker itself, as chunks of HTTP/1.1 up to the last chunk at the end. Nothing is left to be
    /// done for it: the hub also finds out when the client leaves.
    ///
    /// What was taken from the subscription before must have been written before.
    #[cfg(unix)]
    pub fn hand_over(self, socket: impl Socket) {
        if !self.ended {
            let handed = Handed {
                socket: Box::new(socket),
                membership: self.membership,
                cursor: self.cursor,
                unsent: self.unsent,
                quiet: self.quiet,
            };
            handed.order();
        }
    }
}

#[cfg(unix)]
impl Handed {
    fn order(self) {
        let core = Arc::clone(self.membership.core());
        let worker = self.membership.at.worker;
        core.workers.take_over(worker, Box::new(self));
    }
}

impl futures_core::Stream for Subscription {
    type Item = Frame;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        self.poll_frame(cx)
    }
}

impl Membership {
    pub(crate) fn new(seat: Seat, at: Whereabouts) -> Self {
        let seat = Some(seat);
        Self { seat, at }
    }

    fn core(&self) -> &Arc<Core> {
        let seat = self.seat.as_ref();
        &seat.expect("it is there until this is dropped").core
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        if let Some(seat) = self.seat.take() {
            let core = Arc::clone(&seat.core);
            core.workers.detach(self.at, seat);
        }
    }
}
