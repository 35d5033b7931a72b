//! HTTP/1.1 over a socket, by hand.
//!
//! It reads what a correct server sends and panics on anything else; it shares no code with the
//! server, so that a fault cannot hide in both.

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::within;

/// An open connection.
#[derive(Debug)]
pub struct Connection {
    socket: BufReader<TcpStream>,
    host: String,
}

/// The head of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// Names, in small letters, and values, in the order of the wire.
    pub fields: Vec<(String, String)>,
}

/// A response that has an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Its head.
    pub head: Head,
    /// Its body, without its framing.
    pub body: Vec<u8>,
}

/// An event stream that has begun.
#[derive(Debug)]
pub struct EventStream {
    /// The head of the response.
    pub head: Head,
    connection: Connection,
    /// What has been received and not been returned yet.
    received: String,
}

/// `GET url` on a connection of its own.
pub async fn get(url: &str) -> Response {
    let (mut connection, path) = open(url).await;
    connection.request("GET", path, &[], "").await;
    connection.response().await
}

/// `POST url` with a JSON text, on a connection of its own.
pub async fn post_json(url: &str, json: &str) -> Response {
    let (mut connection, path) = open(url).await;
    let fields = [("Content-Type", "application/json")];
    connection.request("POST", path, &fields, json).await;
    connection.response().await
}

/// Subscribes: `GET url`, with more header fields.
pub async fn subscribe(url: &str, fields: &[(&str, &str)]) -> EventStream {
    let (mut connection, path) = open(url).await;
    let mut fields = fields.to_vec();
    fields.push(("Accept", "text/event-stream"));
    connection.request("GET", path, &fields, "").await;
    let head = connection.head().await;
    assert_eq!(head.status, 200, "{head:?}");
    assert_eq!(head.field("content-type"), Some("text/event-stream"));
    EventStream {
        head,
        connection,
        received: String::new(),
    }
}

/// A connection to the server of a URL, and the rest of the URL.
async fn open(url: &str) -> (Connection, &str) {
    let authority = url.strip_prefix("http://").expect("a URL of HTTP");
    let end = authority.find('/').unwrap_or(authority.len());
    let (host, path) = authority.split_at(end);
    let path = if path.is_empty() { "/" } else { path };
    (Connection::open(host).await, path)
}

impl Connection {
    /// Connects to `host:port`.
    pub async fn open(host: &str) -> Self {
        let socket = within("a connection", TcpStream::connect(host)).await;
        let socket = socket.unwrap_or_else(|error| panic!("cannot connect to {host}: {error}"));
        Self {
            socket: BufReader::new(socket),
            host: host.to_owned(),
        }
    }

    /// Sends a request, with a `Host` and, if it has a body, with a `Content-Length`.
    pub async fn request(&mut self, method: &str, path: &str, fields: &[(&str, &str)], body: &str) {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in fields {
            request += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            request += &format!("Content-Length: {}\r\n", body.len());
        }
        request += "\r\n";
        request += body;
        self.send(request.as_bytes()).await;
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: &[u8]) {
        let sent = within("the socket to take a request", self.socket.write_all(bytes)).await;
        sent.expect("the server reads");
    }

    /// Reads the head of a response.
    pub async fn head(&mut self) -> Head {
        let status_line = self.line().await;
        let status = status_line
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3)?.parse().ok())
            .unwrap_or_else(|| panic!("no status line: {status_line:?}"));
        let mut fields = Vec::new();
        loop {
            let line = self.line().await;
            if line.is_empty() {
                return Head { status, fields };
            }
            let (name, value) = line.split_once(':').expect("a field has a colon");
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// Reads a response to its end, to a request that was not `HEAD`.
    pub async fn response(&mut self) -> Response {
        let head = self.head().await;
        let mut body = Vec::new();
        if head.is_chunked() {
            while let Some(chunk) = self.chunk().await {
                body.extend(chunk);
            }
        } else if let Some(length) = head.field("content-length") {
            body = self.bytes(length.parse().expect("a length")).await;
        } else if !matches!(head.status, 204 | 304) {
            let read = within("the end of a body", self.socket.read_to_end(&mut body)).await;
            read.expect("the server closes in good order");
        }
        Response { head, body }
    }

    /// Reads one chunk of a chunked body (RFC 9112, section 7.1); `None` is its proper end.
    pub async fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = self.line().await;
        let size = usize::from_str_radix(&line, 16)
            .unwrap_or_else(|_| panic!("no size of a chunk: {line:?}"));
        let data = self.bytes(size).await;
        assert_eq!(self.line().await, "", "a chunk ends with an empty line");
        (size > 0).then_some(data)
    }

    /// Waits until the server has closed the connection; returns what came before that.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let read = within(
            "the end of a connection",
            self.socket.read_to_end(&mut rest),
        )
        .await;
        read.expect("the server closes in good order");
        rest
    }

    async fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let read = within("the bytes of a body", self.socket.read_exact(&mut bytes)).await;
        read.expect("the body is as long as it says");
        bytes
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = within("a line", self.socket.read_line(&mut line)).await;
        read.expect("heads are UTF-8 here");
        let end = line.strip_suffix("\r\n");
        end.unwrap_or_else(|| panic!("not a whole line: {line:?}"))
            .to_owned()
    }
}

impl Head {
    /// The value of the first field with this name, written in small letters.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The values of all fields with this name, written in small letters, in the order of the wire.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter_map(move |(known, value)| (known == name).then_some(value.as_str()))
    }

    fn is_chunked(&self) -> bool {
        self.field("transfer-encoding") == Some("chunked")
    }
}

impl Response {
    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("a body of text")
    }
}

impl EventStream {
    /// All that is still to come, as it is on the wire, up to the proper end of the stream.
    pub async fn rest(mut self) -> String {
        while self.receive().await {}
        self.received
    }

    /// The next event as it is on the wire, with the blank line that ends it and without comments;
    /// `None` at the proper end of the stream.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.received.find("\n\n") {
                let event: String = self.received.drain(..end + 2).collect();
                let is_field = |line: &&str| !line.starts_with(':');
                let event: String = event.split_inclusive('\n').filter(is_field).collect();
                if event != "\n" {
                    return Some(event);
                }
            } else if !self.receive().await {
                return None;
            }
        }
    }

    /// Receives one chunk more; false at the end.
    async fn receive(&mut self) -> bool {
        let chunk = self.connection.chunk().await;
        // The hub writes whole events, so a chunk never ends within a character.
        let text = chunk.as_deref().map(str::from_utf8);
        self.received += text.unwrap_or(Ok("")).expect("event streams are UTF-8");
        chunk.is_some()
    }
}
