//! The direct lane: a subscriber whose socket its worker writes to itself.
//!
//! No task, no wake-up, no buffer: a worker gives what is new to all of an audience in one loop of
//! writes. A subscriber is in one of two states.
//!
//! * **live**: it has everything up to where its worker has come, so it needs no cursor of its own;
//! * **behind**: its socket did not take all of a write. It has a [`Cursor`], and at most the rest
//!   of one write; when the socket is writable again, it is brought forward from the window to
//!   where the worker has come, and is live again.
//!
//! What it writes is HTTP/1.1 chunks (see [`Frame`](crate::Frame)), and the last chunk at the end.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, IoSlice},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::Notify, time::Instant};

use crate::{
    cursor::Cursor,
    fanout::MemberId,
    frame::Frame,
    hub::Core,
    position::Offset,
    share::{self, Share},
    signal::End,
    subscription::Membership,
    topic::Topic,
};

/// A socket that a worker of the hub writes to: one that never blocks.
///
/// Dropping it closes it.
pub trait Socket: std::fmt::Debug + Send + Sync + 'static {
    /// Writes as much of `slices` as it takes now, and says how many bytes; as `writev(2)` does.
    ///
    /// # Errors
    /// [`WouldBlock`](ErrorKind::WouldBlock) where it takes nothing now; any other error is its end.
    fn try_write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Reads what the client has sent; 0 is its end.
    ///
    /// # Errors
    /// [`WouldBlock`](ErrorKind::WouldBlock) where there is nothing now; any other error is its end.
    fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Whether [`try_write`](Self::try_write) may take something; otherwise the waker is called
    /// when it may.
    ///
    /// # Errors
    /// The end of the socket.
    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// The same for [`try_read`](Self::try_read).
    ///
    /// # Errors
    /// The end of the socket.
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Nothing more will be written.
    fn finish(&mut self);

    /// After how long a socket that takes nothing is given up.
    fn stall_timeout(&self) -> Duration;
}

#[derive(Debug)]
pub(crate) struct Direct {
    socket: Box<dyn Socket>,
    call: Arc<Call>,
    behind: Option<Box<Behind>>,
    /// When something was last written.
    served: Instant,
    /// Bytes that the client has sent after its request.
    heard: usize,
    _membership: Membership,
}

#[derive(Debug)]
struct Behind {
    cursor: Cursor,
    /// Read from the window and not yet taken by the socket: of one write, at most.
    rest: VecDeque<Bytes>,
    end: Option<End>,
    /// The end is in `rest`.
    ending: bool,
}

/// What a subscriber needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: it is live.
    Live,
    /// A writable socket. Says whether the socket has taken anything.
    Writable { progress: bool },
    /// To be forgotten: it has ended, or its socket has.
    Gone,
}

/// Wakes a worker for one of its direct subscribers.
#[derive(Debug)]
pub(crate) struct Call {
    id: MemberId,
    called: AtomicBool,
    ready: Arc<Ready>,
}

/// The direct subscribers whose sockets have something to say; each is in it once at most.
#[derive(Debug)]
pub(crate) struct Ready {
    ids: Mutex<Vec<MemberId>>,
    news: Arc<Notify>,
}

/// A client has nothing more to say after its request. Some of what it says all the same is read
/// and thrown away, so that the connection does not end in a reset; one that says more is cut off.
const MAX_HEARD: usize = 64 << 10;

/// After so many batches from the window, others get their turn.
const BATCHES: usize = 16;

/// Ends a chunked body (RFC 9112, section 7.1).
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

impl Direct {
    /// A subscriber that stands at `cursor`, with what has been read for it and not been written.
    pub(crate) fn new(
        socket: Box<dyn Socket>,
        membership: Membership,
        cursor: Cursor,
        unsent: VecDeque<Frame>,
        ready: Arc<Ready>,
    ) -> Self {
        let behind = Behind {
            cursor,
            rest: unsent.iter().map(Frame::chunk).collect(),
            end: None,
            ending: false,
        };
        Self {
            socket,
            call: Arc::new(Call {
                id: membership.id,
                called: AtomicBool::new(false),
                ready,
            }),
            behind: Some(Box::new(behind)),
            served: Instant::now(),
            heard: 0,
            _membership: membership,
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.behind.is_none()
    }

    pub(crate) fn stall_timeout(&self) -> Duration {
        self.socket.stall_timeout()
    }

    /// Gives `share` to a live subscriber; one that is behind gets it from the window, later.
    pub(crate) fn give(&mut self, share: &Share, topics: &Arc<[Topic]>, now: Instant) -> Next {
        if !self.is_live() {
            return Next::Writable { progress: false };
        }
        let taken = match share.write(&mut *self.socket) {
            Ok(taken) => taken,
            Err(_) => return Next::Gone,
        };
        self.served = now;
        let Some((after, rest)) = share.rest(taken) else {
            return Next::Live;
        };
        self.fall_behind(topics, after, rest);
        self.wait(taken > 0)
    }

    /// It has everything up to `after`, and may have missed something then.
    pub(crate) fn miss(&mut self, topics: &Arc<[Topic]>, after: Offset) {
        if self.is_live() {
            self.fall_behind(topics, after, None);
        }
    }

    fn fall_behind(&mut self, topics: &Arc<[Topic]>, after: Offset, rest: Option<Bytes>) {
        self.behind = Some(Box::new(Behind {
            cursor: Cursor::behind(Arc::clone(topics), after),
            rest: rest.into_iter().collect(),
            end: None,
            ending: false,
        }));
    }

    /// Brings a subscriber that is behind forward to `passed`, where its worker has come.
    pub(crate) fn forward(&mut self, core: &Core, passed: Offset, now: Instant) -> Next {
        let mut progress = false;
        for _ in 0..BATCHES {
            let Some(behind) = &mut self.behind else {
                return Next::Live;
            };
            match share::write_out(&mut *self.socket, &mut behind.rest) {
                Ok(taken) => progress |= taken > 0,
                Err(_) => return Next::Gone,
            }
            if progress {
                self.served = now;
            }
            if !behind.rest.is_empty() {
                return self.wait(progress);
            }
            if behind.ending {
                self.socket.finish();
                return Next::Gone;
            }
            // Who is to end gets all there is; no pass will give it anything any more.
            let upto = behind.end.map_or(passed, |_| Offset::LAST);
            // Its worker may have come further while its socket took nothing.
            if behind.end.is_none() && behind.cursor.after() < passed {
                behind.cursor.look();
            }
            if !behind.cursor.is_live() {
                let mut frames = VecDeque::new();
                if core
                    .read_on(&mut behind.cursor, upto, &mut frames)
                    .is_break()
                {
                    // The worker itself is behind the window; after its next pass, once more.
                    break;
                }
                behind.rest.extend(frames.iter().map(Frame::chunk));
            } else if let Some(end) = behind.end {
                behind.ending = true;
                if let End::Return(after) = end {
                    behind
                        .rest
                        .push_back(Frame::of(&tidings_sse::retry(after)).chunk());
                }
                behind.rest.push_back(Bytes::from_static(LAST_CHUNK));
            } else {
                self.behind = None;
            }
        }
        if self.is_live() {
            return Next::Live;
        }
        Waker::from(Arc::clone(&self.call)).wake();
        Next::Writable { progress }
    }

    /// The socket has something to say: listens to it.
    pub(crate) fn hear(&mut self, buffer: &mut [u8]) -> Next {
        self.call.called.store(false, Ordering::Release);
        let waker = Waker::from(Arc::clone(&self.call));
        let mut cx = Context::from_waker(&waker);
        loop {
            match self.socket.try_read(buffer) {
                Ok(0) => return Next::Gone,
                Ok(count) => self.heard += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    match self.socket.poll_readable(&mut cx) {
                        Poll::Pending => break,
                        Poll::Ready(Ok(())) => {}
                        Poll::Ready(Err(_)) => return Next::Gone,
                    }
                }
                Err(_) => return Next::Gone,
            }
            if self.heard > MAX_HEARD {
                return Next::Gone;
            }
        }
        match self.is_live() {
            true => Next::Live,
            false => Next::Writable { progress: false },
        }
    }

    /// Writes a heartbeat if nothing was written for `interval`. Returns when to look again.
    pub(crate) fn beat(
        &mut self,
        topics: &Arc<[Topic]>,
        passed: Offset,
        interval: Duration,
        now: Instant,
    ) -> (Instant, Next) {
        let due = self.served + interval;
        if due > now {
            return (due, Next::Live);
        }
        let next = match self.is_live() {
            true => self.give(&Share::heartbeat(passed), topics, now),
            false => Next::Writable { progress: false },
        };
        (now + interval, next)
    }

    /// The stream is to end, after what is due to it.
    pub(crate) fn end(&mut self, topics: &Arc<[Topic]>, passed: Offset, end: End) {
        self.miss(topics, passed);
        if let Some(behind) = &mut self.behind {
            behind.end.get_or_insert(end);
            behind.cursor.look();
        }
    }

    /// Sees to it that the worker is called when the socket can take more.
    fn wait(&mut self, progress: bool) -> Next {
        let waker = Waker::from(Arc::clone(&self.call));
        match self.socket.poll_writable(&mut Context::from_waker(&waker)) {
            Poll::Pending => {}
            Poll::Ready(Ok(())) => waker.wake(),
            Poll::Ready(Err(_)) => return Next::Gone,
        }
        Next::Writable { progress }
    }
}

impl Ready {
    pub(crate) fn new(news: Arc<Notify>) -> Self {
        Self {
            ids: Mutex::default(),
            news,
        }
    }

    pub(crate) fn take(&self) -> Vec<MemberId> {
        std::mem::take(&mut self.ids.lock().expect("nothing panics under the lock"))
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.called.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut ids = self
            .ready
            .ids
            .lock()
            .expect("nothing panics under the lock");
        ids.push(self.id);
        drop(ids);
        self.ready.news.notify_one();
    }
}

#[cfg(test)]
mod tests;
