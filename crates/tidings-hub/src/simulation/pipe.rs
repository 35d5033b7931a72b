//! A connection on the direct lane: what the worker's socket takes, and what the client reads.

use std::{
    io::{self, ErrorKind, IoSlice},
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::Duration,
};

use crate::{direct::Socket, frame::Frame};

/// How long a socket may take nothing.
pub(super) const STALL_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Default)]
pub(super) struct Pipe(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Taken by the socket, and not yet made into whole chunks.
    bytes: Vec<u8>,
    /// How much more the socket takes.
    room: usize,
    wants_room: Option<Waker>,
    wants_words: Option<Waker>,
    /// The client has gone.
    left: bool,
    /// The worker has said that it will write no more.
    finished: bool,
    /// The worker has dropped the socket.
    dropped: bool,
}

/// The worker's end.
#[derive(Debug)]
pub(super) struct PipeSocket(Pipe);

/// What a client finds.
pub(super) enum Found {
    Frame(Frame),
    /// The last chunk, and the end of the connection after it.
    End,
    /// The end of the connection, without a last chunk.
    Cut,
    Nothing,
}

impl Pipe {
    pub(super) fn socket(&self) -> PipeSocket {
        PipeSocket(self.clone())
    }

    /// The socket takes so many bytes more.
    pub(super) fn make_room(&self, room: usize) {
        let mut state = self.state();
        state.room += room;
        let waker = state.wants_room.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether there is something to do for a client that reads.
    pub(super) fn is_waiting(&self) -> bool {
        let state = self.state();
        !state.bytes.is_empty() || state.dropped || state.wants_room.is_some()
    }

    pub(super) fn leave(&self) {
        let mut state = self.state();
        state.left = true;
        let wakers = [state.wants_room.take(), state.wants_words.take()];
        drop(state);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    pub(super) fn read(&self) -> Found {
        let mut state = self.state();
        let Some(line) = state.bytes.windows(2).position(|pair| pair == b"\r\n") else {
            return match state.dropped {
                true => Found::Cut,
                false => Found::Nothing,
            };
        };
        let size = std::str::from_utf8(&state.bytes[..line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let (start, end) = (line + 2, line + 2 + size + 2);
        if state.bytes.len() < end {
            return match state.dropped {
                true => Found::Cut,
                false => Found::Nothing,
            };
        }
        if size == 0 {
            assert!(state.finished && state.dropped, "the end is said");
            assert_eq!(state.bytes.len(), end, "nothing follows the end");
            return Found::End;
        }
        let chunk: Vec<u8> = state.bytes.drain(..end).collect();
        assert!(chunk.ends_with(b"\r\n"));
        Found::Frame(Frame::of(&chunk[start..end - 2]))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl Socket for PipeSocket {
    fn try_write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = self.0.state();
        if state.left {
            return Err(ErrorKind::BrokenPipe.into());
        }
        assert!(!state.finished);
        let mut taken = 0;
        for slice in slices {
            let some = slice.len().min(state.room);
            state.bytes.extend_from_slice(&slice[..some]);
            state.room -= some;
            taken += some;
        }
        match taken {
            0 => Err(ErrorKind::WouldBlock.into()),
            taken => Ok(taken),
        }
    }

    fn try_read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self.0.state().left {
            true => Ok(0),
            false => Err(ErrorKind::WouldBlock.into()),
        }
    }

    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.state();
        if state.room > 0 || state.left {
            return Poll::Ready(Ok(()));
        }
        state.wants_room = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.state();
        if state.left {
            return Poll::Ready(Ok(()));
        }
        state.wants_words = Some(cx.waker().clone());
        Poll::Pending
    }

    fn finish(&mut self) {
        self.0.state().finished = true;
    }

    fn stall_timeout(&self) -> Duration {
        STALL_TIMEOUT
    }
}

impl Drop for PipeSocket {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.dropped = true;
        state.wants_room = None;
    }
}
