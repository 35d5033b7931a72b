//! The sockets that a worker writes to: where it hears which of them have become writable, or have
//! something to say.
//!
//! Each worker has a selector of the operating system to itself, and the selector is one source of
//! events to the runtime. So a socket costs no memory and no look-up of the runtime's, and however
//! many have something to say, the worker is woken once.

use std::io;

use mio::{Events, Poll, Registry, Token, event::Event};

use crate::fanout::MemberId;

/// How many are heard of at a time.
const AT_A_TIME: usize = 256;

/// A socket has something to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) id: MemberId,
    /// There is something to read, or an end to be read.
    pub(crate) readable: bool,
}

#[derive(Debug)]
pub(crate) struct Sockets {
    selector: Selector,
    events: Events,
}

#[cfg(unix)]
type Selector = tokio::io::unix::AsyncFd<Poll>;

/// Elsewhere no socket is handed over.
#[cfg(not(unix))]
type Selector = Poll;

impl Sockets {
    /// # Panics
    /// Outside a tokio runtime with its I/O driver.
    pub(crate) fn new() -> io::Result<(Self, Registry)> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        #[cfg(unix)]
        #[expect(
            deprecated,
            reason = "its successor is unsafe, because a source might close its descriptor too \
                      early; a `Poll` owns its own and never does"
        )]
        let selector = Selector::with_interest(poll, tokio::io::Interest::READABLE)?;
        #[cfg(not(unix))]
        let selector = poll;
        let events = Events::with_capacity(AT_A_TIME);
        Ok((Self { selector, events }, registry))
    }

    /// Waits until some have something to say. Nothing is lost where the wait is given up.
    #[cfg(unix)]
    pub(crate) async fn ready(&mut self) -> io::Result<Vec<Call>> {
        let mut guard = self.selector.readable_mut().await?;
        let polled = guard
            .get_inner_mut()
            .poll(&mut self.events, Some(std::time::Duration::ZERO));
        match polled {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Vec::new()),
            polled => polled?,
        }
        let calls: Vec<Call> = self.events.iter().map(Call::from).collect();
        if calls.len() < AT_A_TIME {
            guard.clear_ready();
        }
        Ok(calls)
    }

    #[cfg(not(unix))]
    pub(crate) async fn ready(&mut self) -> io::Result<Vec<Call>> {
        std::future::pending().await
    }
}

impl MemberId {
    pub(crate) fn token(self) -> Token {
        Token(self.0 as usize)
    }
}

impl From<&Event> for Call {
    fn from(event: &Event) -> Self {
        Self {
            // The tokens are those of `MemberId::token`.
            id: MemberId(event.token().0 as u32),
            readable: event.is_readable() || event.is_read_closed() || event.is_error(),
        }
    }
}
