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
    ops::ControlFlow,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use mio::{Registry, Token};

use crate::{
    clock::Tick,
    cursor::Cursor,
    frame::Frame,
    hub::{Core, Look},
    interest::Interest,
    position::Offset,
    share::{self, Share},
    signal::End,
    subscription::Membership,
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

    /// Has `registry` say `token` once now, and then each time when the socket can be written to or
    /// read from after it could not. Called once, before anything else.
    ///
    /// # Errors
    /// The socket is not used then.
    fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()>;

    /// Nothing more will be written.
    fn finish(&mut self);

    /// After how long a socket that takes nothing is given up.
    fn stall_timeout(&self) -> Duration;
}

/// There is one for each subscriber, idle or not: every byte here counts.
#[derive(Debug)]
pub(crate) struct Direct {
    socket: Box<dyn Socket>,
    behind: Option<Box<Behind>>,
    _membership: Membership,
    /// When something was last written.
    served: Tick,
    /// Bytes that the client has sent after its request.
    heard: u16,
    /// It has been given no event, and so no id, for the time of a heartbeat at least.
    pub(crate) quiet: bool,
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

impl Behind {
    /// These are its last words.
    fn end_with(&mut self, words: Option<Bytes>) {
        self.ending = true;
        let words = words.map(|words| Frame::of(&words).chunk());
        self.rest.extend(words);
        self.rest.push_back(Bytes::from_static(LAST_CHUNK));
    }
}

/// What a subscriber needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: it is live.
    Live,
    /// A writable socket. Says whether the socket has taken anything.
    Writable { progress: bool },
    /// Another turn. The socket has taken all it was given.
    Turn,
    /// To be forgotten: it has ended, or its socket has.
    Gone,
}

/// A client has nothing more to say after its request. Some of what it says all the same is read
/// and thrown away, so that the connection does not end in a reset; one that says more is cut off.
const MAX_HEARD: u16 = 60 << 10;

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
        now: Tick,
    ) -> Self {
        let behind = Behind {
            cursor,
            rest: unsent.iter().map(Frame::chunk).collect(),
            end: None,
            ending: false,
        };
        Self {
            socket,
            behind: Some(Box::new(behind)),
            _membership: membership,
            served: now,
            heard: 0,
            quiet: true,
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.behind.is_none()
    }

    pub(crate) fn stall_timeout(&self) -> Duration {
        self.socket.stall_timeout()
    }

    /// Gives `share` to a live subscriber. (One that is behind gets it from the window, later.)
    pub(crate) fn give(&mut self, share: &Share, interest: &Arc<Interest>, now: Tick) -> Next {
        debug_assert!(self.is_live());
        let taken = match share.write(&mut *self.socket) {
            Ok(taken) => taken,
            Err(_) => return Next::Gone,
        };
        self.served = now;
        let Some((after, rest)) = share.rest(taken) else {
            return Next::Live;
        };
        self.fall_behind(interest, after, rest);
        let progress = taken > 0;
        Next::Writable { progress }
    }

    /// It has everything up to `after`, and may have missed something then.
    pub(crate) fn miss(&mut self, interest: &Arc<Interest>, after: Offset) {
        if self.is_live() {
            self.fall_behind(interest, after, None);
        }
    }

    fn fall_behind(&mut self, interest: &Arc<Interest>, after: Offset, rest: Option<Bytes>) {
        self.behind = Some(Box::new(Behind {
            cursor: Cursor::behind(Arc::clone(interest), after),
            rest: rest.into_iter().collect(),
            end: None,
            ending: false,
        }));
    }

    /// Brings a subscriber that is behind forward to `passed`, where its worker has come.
    pub(crate) fn forward(&mut self, core: &Core, passed: Offset, now: Tick) -> Next {
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
                return Next::Writable { progress };
            }
            if behind.ending {
                self.socket.finish();
                // Bytes left unread would make the end a reset, which may overtake what was written.
                let _ = self.hear(&mut [0; 1024]);
                return Next::Gone;
            }
            // Its worker may have come further while its socket took nothing.
            if behind.end.is_none() && behind.cursor.after() < passed {
                behind.cursor.look();
            }
            if !behind.cursor.is_live() {
                let mut frames = VecDeque::new();
                let after = behind.cursor.after();
                match core.read_on(&mut behind.cursor, passed, behind.end, &mut frames) {
                    Look::Read => {}
                    // After its worker's next pass, once more.
                    Look::Behind => break,
                    Look::Lost => behind.end_with(match behind.end {
                        Some(End::Return(after)) => Some(tidings_sse::retry(after)),
                        _ => self.quiet.then(|| core.bookmark(after)),
                    }),
                }
                self.quiet &= frames.is_empty();
                behind.rest.extend(frames.iter().map(Frame::chunk));
            } else if let Some(end) = behind.end {
                behind.end_with(match end {
                    End::Return(after) => Some(tidings_sse::retry(after)),
                    End::Expired(upto) => self.quiet.then(|| core.bookmark(upto)),
                    End::Closed => None,
                });
            } else {
                self.behind = None;
            }
        }
        match self.is_live() {
            true => Next::Live,
            false => Next::Turn,
        }
    }

    /// The socket has something to say: listens to it. Breaks off where that was its last word.
    pub(crate) fn hear(&mut self, buffer: &mut [u8]) -> ControlFlow<()> {
        while self.heard <= MAX_HEARD {
            match self.socket.try_read(buffer) {
                Ok(0) => return ControlFlow::Break(()),
                Ok(count) => {
                    let count = u16::try_from(count).unwrap_or(u16::MAX);
                    self.heard = self.heard.saturating_add(count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return ControlFlow::Continue(());
                }
                Err(_) => return ControlFlow::Break(()),
            }
        }
        ControlFlow::Break(())
    }

    /// Whether it has been given nothing for `time`, and could be given something.
    pub(crate) fn is_idle(&self, time: Duration, now: Tick) -> bool {
        self.is_live() && now.since(self.served) >= time
    }

    /// The stream is to end, after what is due to it.
    pub(crate) fn end(&mut self, interest: &Arc<Interest>, passed: Offset, end: End) {
        self.miss(interest, passed);
        if let Some(behind) = &mut self.behind {
            behind.end.get_or_insert(end);
            behind.cursor.look();
        }
    }
}

#[cfg(test)]
mod tests;
