//! Subscribers that have stalled before the load begins, and stay so.
//!
//! The kernel is patient: over loopback it takes some 3 MB for a socket that nobody reads, which is a minute of the
//! steady work and more. So these subscribers ask for the smallest segments and the smallest buffer, which makes the
//! server's send buffer small as well, and are filled before anything is measured. From then on, every write to one
//! of them would block.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, ensure};
use socket2::{Domain, Socket, Type};

use crate::contender::{Dialect, Server};

/// Dropping it closes the connections.
#[derive(Debug)]
pub(crate) struct Stalled {
    _sockets: Vec<Socket>,
}

/// The least that Linux takes (`TCP_MIN_MSS`).
const SMALLEST_SEGMENT: u32 = 88;

/// What fills such a socket and the server's side of it twice over: 256 KiB, in messages that any server takes.
const FILL_MESSAGES: usize = 64;
const FILL_BYTES: usize = 4096;

/// How long anything in here may take.
const PATIENCE: Duration = Duration::from_secs(10);

impl Stalled {
    /// Opens so many subscribers of a server and fills them.
    ///
    /// # Errors
    /// The server does not take them, or a message.
    pub(crate) fn open(count: u64, server: &Server, dialect: Dialect) -> anyhow::Result<Self> {
        let address = server.address();
        let open = || subscribe(address, dialect).context("cannot open a subscriber that stalls");
        let sockets: anyhow::Result<Vec<Socket>> = (0..count).map(|_| open()).collect();
        let stalled = Self { _sockets: sockets? };
        if count > 0 {
            fill(address, dialect).context("cannot fill the subscribers that stall")?;
        }
        Ok(stalled)
    }
}

/// A subscriber that has read the beginning of its stream, and will read nothing else.
fn subscribe(address: SocketAddr, dialect: Dialect) -> anyhow::Result<Socket> {
    let mut socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_recv_buffer_size(1)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    // Said to the server when the connection is opened, and not afterwards.
    #[cfg(unix)]
    socket.set_tcp_mss(SMALLEST_SEGMENT)?;
    socket.connect(&address.into())?;
    let path = dialect.subscribe_path;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\r\n");
    socket.write_all(request.as_bytes())?;
    read_until(&mut socket, b"\r\n\r\n")?;
    Ok(socket)
}

/// Publishes more than the sockets take. Understands the answers of those who speak as tidings does.
fn fill(address: SocketAddr, dialect: Dialect) -> anyhow::Result<()> {
    let mut publisher = TcpStream::connect(address)?;
    publisher.set_read_timeout(Some(PATIENCE))?;
    let body = dialect.body.replace("{data}", &"x".repeat(FILL_BYTES));
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{body}",
        dialect.publish_path,
        dialect.content_type,
        body.len()
    );
    for _ in 0..FILL_MESSAGES {
        publisher.write_all(request.as_bytes())?;
        read_until(&mut publisher, b"true")?;
    }
    Ok(())
}

fn read_until(socket: &mut impl Read, end: &[u8]) -> anyhow::Result<()> {
    let mut received = Vec::new();
    let mut buffer = [0; 1024];
    while !received.windows(end.len()).any(|window| window == end) {
        let length = socket.read(&mut buffer)?;
        ensure!(
            length > 0,
            "closed after {:?}",
            String::from_utf8_lossy(&received)
        );
        received.extend_from_slice(&buffer[..length]);
    }
    Ok(())
}
