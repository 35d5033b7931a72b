//! A connection on the direct lane: what the worker's socket takes, and what the client reads.

use std::{
    io::{self, ErrorKind, IoSlice},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use mio::{Registry, Token};

use crate::{direct::Socket, fanout::MemberId, frame::Frame, sockets::Call};

/// How long a socket may take nothing.
pub(super) const STALL_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub(super) struct Pipe(Arc<Mutex<State>>);

/// What the sockets of a worker have to say.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls(Arc<Mutex<Vec<Call>>>);

#[derive(Debug)]
struct State {
    /// Taken by the socket, and not yet made into whole chunks.
    bytes: Vec<u8>,
    /// How much more the socket takes.
    room: usize,
    /// It has said that it takes no more.
    full: bool,
    calls: Calls,
    token: Option<Token>,
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

impl Calls {
    pub(super) fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl State {
    fn call(&self, readable: bool) {
        if let Some(Token(id)) = self.token.filter(|_| !self.dropped) {
            let id = MemberId(u32::try_from(id).unwrap());
            self.calls.0.lock().unwrap().push(Call { id, readable });
        }
    }
}

impl Pipe {
    pub(super) fn new(calls: Calls) -> Self {
        Self(Arc::new(Mutex::new(State {
            bytes: Vec::new(),
            room: 0,
            full: false,
            calls,
            token: None,
            left: false,
            finished: false,
            dropped: false,
        })))
    }

    pub(super) fn socket(&self) -> PipeSocket {
        PipeSocket(self.clone())
    }

    /// The socket takes so many bytes more.
    pub(super) fn make_room(&self, room: usize) {
        let mut state = self.state();
        state.room += room;
        if std::mem::take(&mut state.full) {
            state.call(false);
        }
    }

    /// Whether there is something to do for a client that reads.
    pub(super) fn is_waiting(&self) -> bool {
        let state = self.state();
        !state.bytes.is_empty() || state.dropped || state.full
    }

    pub(super) fn leave(&self) {
        let mut state = self.state();
        state.left = true;
        state.call(true);
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
        state.full = state.room == 0;
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

    fn register(&mut self, _: &Registry, token: Token) -> io::Result<()> {
        let mut state = self.0.state();
        state.token = Some(token);
        state.call(true);
        Ok(())
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
        state.full = false;
    }
}
