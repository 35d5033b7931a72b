//! The floor: what it costs the kernel to send a message to every subscriber, and nothing else.
//!
//! One thread and one poll. A publish is encoded once, as tidings encodes it, byte for byte, and a tight loop calls
//! `send()` for every subscriber; then the publish is answered. There are no topics, no history, no resuming, no
//! heartbeats and no limits: whatever tidings costs beyond this is what those cost.
//!
//! It loses nothing: what a socket does not take is kept until it does. A subscriber that leaves more than
//! [`MOST_UNSENT`] is cut off.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::SocketAddr,
};

use anyhow::Context;
use mio::{
    Events, Interest, Poll, Token,
    event::Event as Readiness,
    net::{TcpListener, TcpStream},
};
use serde::Deserialize;
use slab::Slab;
use tidings_sse::{Event, EventId};

use super::request::{self, Request};
use crate::cli;

/// Serves until it is stopped.
///
/// # Errors
/// It cannot listen there, or the poll fails.
pub(crate) fn run(address: SocketAddr) -> anyhow::Result<()> {
    let mut floor = Floor::listen(address)?;
    let mut ready = Events::with_capacity(EVENTS);
    loop {
        match floor.poll.poll(&mut ready, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled.context("the poll has failed")?,
        }
        for readiness in &ready {
            match readiness.token() {
                LISTENER => floor.accept()?,
                Token(key) => floor.serve(key, readiness),
            }
        }
    }
}

/// All there is.
struct Floor {
    poll: Poll,
    listener: TcpListener,
    connections: Slab<Connection>,
    /// Messages so far: the id of the last one.
    published: u64,
}

struct Connection {
    socket: TcpStream,
    state: State,
}

enum State {
    /// It has sent `unread`, the beginning of a request, usually nothing.
    Asking { unread: Vec<u8> },
    /// It has not taken `unsent` yet, usually nothing.
    Subscribed { unsent: Vec<u8> },
}

/// The connection is to be closed: its other end has, or it has broken a rule.
struct Gone;

#[derive(Deserialize)]
struct Publish {
    message: String,
}

/// No connection has this key.
const LISTENER: Token = Token(usize::MAX);

/// Readiness taken from the kernel at a time, as many as tokio takes.
const EVENTS: usize = 1024;

/// 64 MiB: as much as the history of tidings.
const MOST_UNSENT: usize = 64 << 20;

/// The head that tidings sends, and the comment it opens a stream with.
const STREAM: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n\
    x-accel-buffering: no\r\ntransfer-encoding: chunked\r\n\r\n2\r\n:\n\r\n";

const PUBLISHED: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\ntrue";

impl Floor {
    fn listen(address: SocketAddr) -> anyhow::Result<Self> {
        let poll = Poll::new()?;
        let mut listener = TcpListener::bind(address).context("cannot listen")?;
        let registry = poll.registry();
        registry.register(&mut listener, LISTENER, Interest::READABLE)?;
        cli::print(format_args!(
            "the floor is at http://{}/",
            listener.local_addr()?
        ))?;
        Ok(Self {
            poll,
            listener,
            connections: Slab::new(),
            published: 0,
        })
    }

    fn accept(&mut self) -> anyhow::Result<()> {
        loop {
            let mut socket = match self.listener.accept() {
                Ok((socket, _)) => socket,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(error).context("cannot accept; raise `ulimit -n`"),
            };
            socket.set_nodelay(true)?;
            let entry = self.connections.vacant_entry();
            let both = Interest::READABLE | Interest::WRITABLE;
            let registry = self.poll.registry();
            registry.register(&mut socket, Token(entry.key()), both)?;
            let unread = Vec::new();
            let state = State::Asking { unread };
            entry.insert(Connection { socket, state });
        }
    }

    fn serve(&mut self, key: usize, readiness: &Readiness) {
        let served = match self.connections.get_mut(key) {
            Some(subscriber) if subscriber.is_subscribed() => {
                subscriber.go_on(readiness.is_writable())
            }
            Some(_) => self.answer(key),
            // It went while its readiness was already taken from the kernel.
            None => Ok(()),
        };
        if let Err(Gone) = served {
            self.connections.try_remove(key);
        }
    }

    /// Answers the requests that have come in on a connection.
    fn answer(&mut self, key: usize) -> Result<(), Gone> {
        let connection = &mut self.connections[key];
        let State::Asking { unread } = &mut connection.state else {
            return Ok(());
        };
        let mut bytes = std::mem::take(unread);
        read(&mut connection.socket, &mut bytes)?;
        let mut answered = 0;
        while let Some((request, length)) =
            request::parse(&bytes[answered..]).map_err(|request::Unknown| Gone)?
        {
            match request {
                Request::Subscribe => return self.connections[key].subscribe(),
                Request::Publish(body) => self.publish(body)?,
            }
            let socket = &mut self.connections[key].socket;
            socket.write_all(PUBLISHED).map_err(|_| Gone)?;
            answered += length;
        }
        bytes.drain(..answered);
        self.connections[key].state = State::Asking { unread: bytes };
        Ok(())
    }

    /// The loop that all this is about.
    fn publish(&mut self, body: &[u8]) -> Result<(), Gone> {
        let Publish { message } = serde_json::from_slice(body).map_err(|_| Gone)?;
        self.published += 1;
        let chunk = chunk(&message, self.published);
        self.connections
            .retain(|_, connection| connection.send(&chunk).is_ok());
        Ok(())
    }
}

impl Connection {
    fn is_subscribed(&self) -> bool {
        matches!(self.state, State::Subscribed { .. })
    }

    fn subscribe(&mut self) -> Result<(), Gone> {
        let unsent = Vec::new();
        self.state = State::Subscribed { unsent };
        self.send(STREAM)
    }

    /// Sends a subscriber all of `bytes`, or keeps what its socket does not take.
    fn send(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        let State::Subscribed { unsent } = &mut self.state else {
            return Ok(());
        };
        let sent = if unsent.is_empty() {
            taken(self.socket.write(bytes))?.unwrap_or(0)
        } else {
            0
        };
        if sent < bytes.len() {
            unsent.extend_from_slice(&bytes[sent..]);
        }
        if unsent.len() > MOST_UNSENT {
            return Err(Gone);
        }
        Ok(())
    }

    /// A subscriber's socket takes bytes again, or its other end has something to say.
    fn go_on(&mut self, writable: bool) -> Result<(), Gone> {
        read(&mut self.socket, &mut Vec::new())?;
        let State::Subscribed { unsent } = &mut self.state else {
            return Ok(());
        };
        while writable && !unsent.is_empty() {
            let Some(sent) = taken(self.socket.write(unsent))? else {
                return Ok(());
            };
            unsent.drain(..sent);
        }
        unsent.shrink_to_fit();
        Ok(())
    }
}

/// How many bytes a socket has taken or given; `None` where it would have blocked.
fn taken(done: io::Result<usize>) -> Result<Option<usize>, Gone> {
    match done {
        Ok(length) => Ok(Some(length)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(_) => Err(Gone),
    }
}

/// Reads all that there is for now.
fn read(socket: &mut TcpStream, bytes: &mut Vec<u8>) -> Result<(), Gone> {
    let mut buffer = [0; 4096];
    loop {
        match taken(socket.read(&mut buffer))? {
            Some(0) => return Err(Gone),
            Some(length) => bytes.extend_from_slice(&buffer[..length]),
            None => return Ok(()),
        }
    }
}

/// The bytes that tidings would send: an event with its id, as one chunk (RFC 9112, section 7.1).
fn chunk(message: &str, id: u64) -> Vec<u8> {
    let id = EventId::try_from(format!("thefloor-{id}")).expect("it has no line break and no NUL");
    let event = Event::new(message).with_id(id).encode();
    let mut chunk = format!("{:x}\r\n", event.len()).into_bytes();
    chunk.extend_from_slice(&event);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

#[cfg(test)]
mod tests {
    use super::chunk;

    #[test]
    fn the_bytes_are_those_of_tidings() {
        // The expectation stands, with another epoch, in `tidings-hub/src/frame.rs`.
        assert_eq!(
            chunk("hello", 7),
            b"1c\r\nid: thefloor-7\ndata: hello\n\n\r\n"
        );
    }
}
