//! Connections of the load test: where they come from, and what is still to be sent on them.
//!
//! A source address has some 28,000 ports for connections to one server (`net.ipv4.ip_local_port_range`). To a server on
//! loopback more come from 127.0.0.2, .3 and so on, which are this machine as well.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};

/// Connections from one source address: few enough of its ports that the system finds a free one at once. It tries them
/// one after the other, and with more than half of them taken that is most of its work.
const PER_SOURCE: u32 = 8_000;

/// The receive buffer of a connection that will not be read: the least that the system allows.
const SMALL_BUFFER: usize = 1;

/// The greatest segment of such a connection: the least that Linux takes (`TCP_MIN_MSS`).
#[cfg(unix)]
const SMALL_SEGMENT: u32 = 88;

/// Whether a connection will be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Always,
    /// Only the head of the answer. Over loopback a server can send some 3 MB to a socket that nobody reads. The least
    /// buffer and the least segments, which must be asked for before the connection is opened, make that some ten KB, or
    /// what the server has set as its send buffer.
    HeadOnly,
}

/// Opens connections to one address, and has their readiness told.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) target: SocketAddr,
    pub(super) registry: Registry,
}

/// A connection, which may not stand yet.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) socket: TcpStream,
    /// What the socket has not taken yet.
    unsent: Vec<u8>,
}

impl Origin {
    /// Begins to open the connection with this number, on which `request` will be sent.
    pub(super) fn open(&self, number: u32, request: Vec<u8>, reading: Reading) -> io::Result<Link> {
        let socket = Socket::new(
            Domain::for_address(self.target),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        // Closed by a reset: else the ports of thousands of connections stay taken for a minute, and after a few runs there
        // are none left.
        socket.set_linger(Some(Duration::ZERO))?;
        if reading == Reading::HeadOnly {
            socket.set_recv_buffer_size(SMALL_BUFFER)?;
            #[cfg(unix)]
            socket.set_tcp_mss(SMALL_SEGMENT)?;
        }
        if let Some(source) = source(self.target, number) {
            // Ports of connections that have ended are free at once.
            socket.set_reuse_address(true)?;
            socket.bind(&SocketAddr::new(source, 0).into())?;
        }
        match socket.connect(&self.target.into()) {
            Err(error) if !is_under_way(&error) => return Err(error),
            _ => {}
        }
        let mut socket = TcpStream::from_std(socket.into());
        let both = Interest::READABLE | Interest::WRITABLE;
        self.registry
            .register(&mut socket, Token(number as usize), both)?;
        Ok(Link {
            socket,
            unsent: request,
        })
    }
}

/// The address that a connection comes from, where that is not left to the system.
fn source(target: SocketAddr, number: u32) -> Option<IpAddr> {
    let is_loopback = matches!(target.ip(), IpAddr::V4(ip) if ip.is_loopback());
    let group = number / PER_SOURCE;
    (is_loopback && group > 0).then(|| {
        let first = u32::from(Ipv4Addr::LOCALHOST);
        IpAddr::V4(Ipv4Addr::from(first + group))
    })
}

#[cfg(unix)]
fn is_under_way(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
        || error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error())
}

#[cfg(not(unix))]
fn is_under_way(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
}

impl Link {
    /// Sends a next request, on a connection that stands.
    pub(super) fn send(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        write(&mut self.unsent);
        self.flush()
    }

    /// Sends what the socket takes. The rest goes when it is writable again.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while !self.unsent.is_empty() {
            match self.socket.write(&self.unsent) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(length) => drop(self.unsent.drain(..length)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Frees the memory for requests: there is no other to come.
    pub(super) fn nothing_more_to_send(&mut self) {
        self.unsent = Vec::new();
    }

    /// Reads; none if there is nothing to read now, nothing if the server has closed.
    #[inline]
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            match self.socket.read(buffer) {
                Ok(length) => return Ok(Some(length)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Leaves to the server what comes from now on: it is never read.
    pub(super) fn stall(&mut self, registry: &Registry) -> io::Result<()> {
        registry.deregister(&mut self.socket)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// How much a server can send to a connection that is not read.
    fn taken(reading: Reading) -> usize {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let poll = mio::Poll::new().unwrap();
        let origin = Origin {
            target: listener.local_addr().unwrap(),
            registry: poll.registry().try_clone().unwrap(),
        };
        let _unread = origin.open(0, Vec::new(), reading).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        server
            .set_write_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        let writes = std::iter::from_fn(|| server.write(&[b'x'; 1024]).ok());
        writes.take(32 * 1024).sum()
    }

    /// Those that were to stall did not: for minutes, all that was published fitted into their buffers.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_connection_that_will_not_be_read_takes_little() {
        assert!(taken(Reading::HeadOnly) < 128 * 1024);
        assert!(taken(Reading::Always) > 512 * 1024);
    }

    #[test]
    fn many_connections_come_from_several_addresses() {
        let source = |target: &str, number| source(target.parse().unwrap(), number);
        let near = "127.0.0.1:5000";
        assert_eq!(source(near, 0), None);
        assert_eq!(source(near, 7_999), None);
        assert_eq!(source(near, 8_000), Some("127.0.0.2".parse().unwrap()));
        assert_eq!(source(near, 30_000), Some("127.0.0.4".parse().unwrap()));
        assert_eq!(source("[::1]:5000", 99_999), None);
        assert_eq!(source("192.0.2.1:5000", 99_999), None);
    }
}
