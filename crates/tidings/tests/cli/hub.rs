//! A hub that answers what a test tells it to, byte for byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use tokio::net::TcpSocket;

use crate::program::DEADLINE;

/// The head of an event stream that ends with the connection.
pub(crate) const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

/// Listens on a port of its own.
pub(crate) struct Hub {
    address: SocketAddr,
    requests: Receiver<Request>,
}

/// A request that waits for its answer. Dropped, it closes the connection.
pub(crate) struct Request {
    /// Its head, line by line, names of fields in small letters.
    head: Vec<String>,
    pub(crate) body: String,
    connection: TcpStream,
}

impl Hub {
    pub(crate) fn start() -> Hub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = channel();
        thread::spawn(move || {
            for connection in listener.incoming() {
                if sender.send(Request::read(connection.unwrap())).is_err() {
                    return;
                }
            }
        });
        Hub { address, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next request.
    pub(crate) fn request(&self) -> Request {
        self.requests.recv_timeout(DEADLINE).expect("a request")
    }

    /// Whether there was no request beyond those taken.
    pub(crate) fn is_left_alone(&self) -> bool {
        self.requests.try_recv().is_err()
    }
}

impl Request {
    fn read(connection: TcpStream) -> Request {
        connection.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut reader = BufReader::new(connection.try_clone().unwrap());
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let mut request = Request {
            head,
            body: String::new(),
            connection,
        };
        let length = request
            .field("content-length")
            .map_or(0, |length| length.parse().unwrap());
        reader
            .take(length)
            .read_to_string(&mut request.body)
            .unwrap();
        request
    }

    /// Method and target, as in `GET /sse`.
    pub(crate) fn line(&self) -> &str {
        self.head[0].strip_suffix(" HTTP/1.1").unwrap()
    }

    /// The value of a header field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head[1..]
            .iter()
            .filter_map(|line| line.split_once(": "));
        fields
            .into_iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Sends a part of the answer; the connection stays open.
    pub(crate) fn send(&mut self, bytes: &str) {
        self.connection.write_all(bytes.as_bytes()).unwrap();
    }

    /// Sends the answer and closes the connection.
    pub(crate) fn answer(mut self, bytes: &str) {
        self.send(bytes);
    }

    /// Waits until the other side closes the connection.
    pub(crate) fn wait_for_close(mut self) {
        let mut rest = Vec::new();
        // A reset is as good an end as any.
        let _ = self.connection.read_to_end(&mut rest);
    }
}

/// An address at which nobody listens, for as long as this lives. The port is bound: a port that is only not listened at
/// can be taken by another test, or by the very connection that is made to it, which then answers itself.
pub(crate) struct Nobody {
    socket: TcpSocket,
}

impl Nobody {
    pub(crate) fn new() -> Nobody {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        Nobody { socket }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }
}
