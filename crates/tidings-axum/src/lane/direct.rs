//! The direct lane: the hub's worker writes to the socket itself.
//!
//! hyper parses the request and writes the head, as always, and the stream's first bytes. Then:
//!
//! 1. the [`Outlet`], which stands around the body outside of all middleware, has seen that these
//!    first bytes come out as they went in, and keeps still when it is asked for more;
//! 2. with the next flush, everything that hyper had to write is on the socket ([`Handover`]);
//! 3. the connection is taken apart: hyper's state is freed, and socket and subscription go to
//!    the worker (see [`Subscription::hand_over`](tidings_hub::Subscription::hand_over)).
//!
//! In the bad case (a middleware that changes the bytes, a socket that does not take the head)
//! nothing happens: the stream stays on the body lane.

use std::{
    io::{self, IoSlice, Read, Write},
    net::Shutdown,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{Error, body::Body};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use mio::{Interest, Registry, Token, event::Source, net::TcpStream};
use tidings_hub::{Socket, Subscription};

use super::{OPENING, Offer};

/// What the parts of one connection tell each other on the way to the direct lane. All of them run
/// in the connection's task, one after the other; the lock and the atomic only satisfy the
/// compiler that they may.
#[derive(Debug, Clone, Default)]
pub(crate) struct Handover(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// The stream that keeps still.
    still: Mutex<Option<Offer>>,
    /// Everything that was written before it kept still has been flushed.
    flushed: AtomicBool,
}

/// The body of a response whose stream may move to the direct lane.
#[derive(Debug)]
pub(crate) struct Outlet {
    body: Body,
    offer: Offer,
    handover: Handover,
    seen: Seen,
}

/// What has come out of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    /// The very bytes that the stream opens with, and no copy of them.
    TheOpening,
    /// That, and nothing after it: the outlet keeps still.
    Enough,
    SomethingElse,
}

impl Handover {
    /// For the socket, when hyper has written all it had.
    pub(crate) fn flushed(&self) {
        self.0.flushed.store(true, Ordering::Relaxed);
    }

    /// For the connection, after each poll of hyper's: the subscription, if the time has come.
    pub(crate) fn take(&self) -> Option<Subscription> {
        if !self.0.flushed.load(Ordering::Relaxed) {
            return None;
        }
        self.still().take()?.take()
    }

    fn keep_still(&self, offer: Offer) {
        self.0.flushed.store(false, Ordering::Relaxed);
        *self.still() = Some(offer);
    }

    fn still(&self) -> MutexGuard<'_, Option<Offer>> {
        self.0.still.lock().expect("nothing panics under the lock")
    }
}

impl Outlet {
    pub(crate) fn new(body: Body, offer: Offer, handover: Handover) -> Self {
        Self {
            body,
            offer,
            handover,
            seen: Seen::Nothing,
        }
    }
}

impl HttpBody for Outlet {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.seen {
            Seen::TheOpening => {
                self.seen = Seen::Enough;
                self.handover.keep_still(self.offer.clone());
                return Poll::Pending;
            }
            // hyper may ask again before it flushes, and after.
            Seen::Enough => return Poll::Pending,
            Seen::Nothing | Seen::SomethingElse => {}
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if self.seen == Seen::Nothing {
            self.seen = match &frame {
                Some(Ok(frame)) if is_the_opening(frame) => Seen::TheOpening,
                _ => Seen::SomethingElse,
            };
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Whether these are the very bytes that the stream opens with: a middleware that compresses,
/// counts off or rewrites what passes would have made others.
fn is_the_opening(frame: &Frame<Bytes>) -> bool {
    let data = frame.data_ref();
    data.is_some_and(|data| data.len() == OPENING.len() && data.as_ptr() == OPENING.as_ptr())
}

/// A connection's socket, and whatever has to live as long.
#[derive(Debug)]
pub(crate) struct DirectSocket<T> {
    stream: TcpStream,
    stall_timeout: Duration,
    _with: T,
}

impl<T> DirectSocket<T> {
    /// Takes the socket out of the runtime: from now on its worker hears of it itself.
    pub(crate) fn new(
        stream: tokio::net::TcpStream,
        stall_timeout: Duration,
        with: T,
    ) -> io::Result<Self> {
        Ok(Self {
            stream: TcpStream::from_std(stream.into_std()?),
            stall_timeout,
            _with: with,
        })
    }
}

impl<T: std::fmt::Debug + Send + Sync + 'static> Socket for DirectSocket<T> {
    fn try_write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match slices {
            [slice] => self.stream.write(slice),
            slices => self.stream.write_vectored(slices),
        }
    }

    fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }

    fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let either = Interest::READABLE | Interest::WRITABLE;
        self.stream.register(registry, token, either)
    }

    fn finish(&mut self) {
        // A socket that is gone already has nothing more to write either.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    fn stall_timeout(&self) -> Duration {
        self.stall_timeout
    }
}
