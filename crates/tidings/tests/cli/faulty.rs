//! A server of event streams that loses, repeats or reorders messages, or ends its streams.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::program::DEADLINE;

/// What a server makes of each message, by its number: the numbers of the messages that it sends then. Without any list
/// it ends all streams.
pub(crate) type Fault = fn(usize) -> Option<Vec<usize>>;

/// A server with a fault, which sends its streams without chunks. It hands on what is posted to it as it is, and answers
/// with a status of its own.
pub(crate) struct Faulty {
    address: SocketAddr,
}

impl Faulty {
    pub(crate) fn start(fault: Fault, answer: &'static str) -> Faulty {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let streams = Arc::new(Mutex::new(Vec::new()));
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (connection, streams) = (connection.unwrap(), Arc::clone(&streams));
                thread::spawn(move || serve_one(connection, &streams, fault, answer));
            }
        });
        Faulty { address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

/// Serves a connection: a stream, or publishes one after the other.
fn serve_one(
    mut connection: TcpStream,
    streams: &Mutex<Vec<TcpStream>>,
    fault: Fault,
    answer: &str,
) {
    connection.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut messages = Vec::new();
    while let Some((line, body)) = request(&mut reader) {
        if line.starts_with("GET /events ") {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 1\r\n: hello\r\n\r\n";
            connection.write_all(head.as_bytes()).unwrap();
            streams.lock().unwrap().push(connection);
            return;
        }
        messages.push(body);
        let mut streams = streams.lock().unwrap();
        let to_send = fault(messages.len() - 1);
        if to_send.is_none() {
            streams.clear();
        }
        for number in to_send.into_iter().flatten() {
            for mut stream in streams.iter() {
                // The subscribers may be gone already.
                let _ = stream.write_all(format!("data: {}\r\n\r\n", messages[number]).as_bytes());
            }
        }
        connection.write_all(answer.as_bytes()).unwrap();
    }
}

/// The first line and the body of the next request; none if the connection ends.
fn request(reader: &mut impl BufRead) -> Option<(String, String)> {
    let mut first = None;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.parse().unwrap();
        }
        first.get_or_insert(line.to_owned());
    }
    let mut body = String::new();
    reader.take(length).read_to_string(&mut body).unwrap();
    Some((first?, body))
}
