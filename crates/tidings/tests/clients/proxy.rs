//! A network that can be cut: a TCP proxy that stands between a client and the hub.
//!
//! It changes no byte. It counts what the tests wait for.

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::JoinHandle,
};

use crate::waiting::soon;

/// What becomes of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    /// They are carried.
    Up,
    /// They are closed, the open ones and new ones.
    Refuses,
    /// The open ones are closed; new ones are accepted, and nothing comes of them until the network is up.
    Hangs,
}

/// The other side.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// `host:port`.
    Tcp(String),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// What has been seen so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    /// Connections on which the other side has begun to answer.
    pub(crate) answered: usize,
    /// Connections that came while the network was not up.
    pub(crate) turned_away: usize,
    /// Heartbeats carried to clients, where they are not compressed.
    pub(crate) heartbeats: usize,
}

/// A running proxy.
#[derive(Debug)]
pub(crate) struct Proxy {
    authority: String,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    target: Target,
    network: watch::Sender<Network>,
    seen: watch::Sender<Seen>,
    /// The heads of requests and of responses, in the order in which they began.
    requests: Mutex<Vec<String>>,
    responses: Mutex<Vec<String>>,
}

impl Proxy {
    /// Starts one that connects to `target`.
    pub(crate) async fn start(target: Target) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            target,
            network: watch::Sender::new(Network::Up),
            seen: watch::Sender::default(),
            requests: Mutex::default(),
            responses: Mutex::default(),
        });
        let accepting = tokio::spawn({
            let shared = shared.clone();
            async move {
                while let Ok((socket, _)) = listener.accept().await {
                    tokio::spawn(shared.clone().carry(socket));
                }
            }
        });
        Self {
            authority,
            shared,
            accepting,
        }
    }

    /// `host:port`, where to connect instead of to the target.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Sets what becomes of connections from now on.
    pub(crate) fn set(&self, network: Network) {
        self.shared.network.send_replace(network);
    }

    /// What has been seen so far.
    pub(crate) fn seen(&self) -> Seen {
        *self.shared.seen.borrow()
    }

    /// Waits until what has been seen is as wanted.
    pub(crate) async fn wait_for(&self, what: &str, wanted: impl Fn(&Seen) -> bool) {
        let mut seen = self.shared.seen.subscribe();
        soon(what, seen.wait_for(wanted)).await.unwrap();
    }

    /// Waits until some more heartbeats have been carried.
    pub(crate) async fn wait_for_heartbeats(&self, what: &str, more: usize) {
        let wanted = self.seen().heartbeats + more;
        let what = format!("{what}, to be sent heartbeats");
        self.wait_for(&what, |seen| seen.heartbeats >= wanted).await;
    }

    /// The head of the last request that was carried.
    pub(crate) fn last_request(&self) -> String {
        self.shared.requests.lock().unwrap().last().unwrap().clone()
    }

    /// The head of the last response that was carried.
    pub(crate) fn last_response(&self) -> String {
        self.shared
            .responses
            .lock()
            .unwrap()
            .last()
            .unwrap()
            .clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.set(Network::Refuses);
    }
}

impl Shared {
    async fn carry(self: Arc<Self>, client: TcpStream) {
        let mut network = self.network.subscribe();
        let now = *network.borrow_and_update();
        if now != Network::Up {
            self.seen.send_modify(|seen| seen.turned_away += 1);
        }
        if now == Network::Refuses || network.wait_for(|now| *now == Network::Up).await.is_err() {
            return;
        }
        let Ok((from_server, to_server)) = self.target.connect().await else {
            return;
        };
        let (from_client, to_client) = client.into_split();
        let carrying = async {
            tokio::join!(
                self.carry_requests(from_client, to_server),
                self.carry_responses(from_server, to_client),
            )
        };
        tokio::select! {
            _ = carrying => {}
            _ = network.wait_for(|now| *now != Network::Up) => {}
        }
    }

    async fn carry_requests(&self, mut from: impl Reader, mut to: impl Writer) {
        let mut buffer = vec![0; 1 << 16];
        let mut head = Head::default();
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            if let Some(head) = head.read(&buffer[..length]) {
                self.requests.lock().unwrap().push(head);
            }
            if to.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    }

    async fn carry_responses(&self, mut from: impl Reader, mut to: impl Writer) {
        let mut buffer = vec![0; 1 << 16];
        let mut head = Head::default();
        let mut heartbeats = Heartbeats::default();
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let bytes = &buffer[..length];
            let begun = head.read(bytes);
            if to.write_all(bytes).await.is_err() {
                return;
            }
            let answered = begun.is_some();
            self.responses.lock().unwrap().extend(begun);
            self.seen.send_modify(|seen| {
                seen.answered += usize::from(answered);
                seen.heartbeats += heartbeats.count(bytes);
            });
        }
    }
}

/// Either half of a connection of either kind.
trait Reader: AsyncRead + Unpin + Send {}
trait Writer: AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + Unpin + Send + ?Sized> Reader for T {}
impl<T: AsyncWrite + Unpin + Send + ?Sized> Writer for T {}

impl Target {
    async fn connect(&self) -> io::Result<(Box<dyn Reader>, Box<dyn Writer>)> {
        Ok(match self {
            Self::Tcp(authority) => {
                let (from, to) = TcpStream::connect(authority).await?.into_split();
                (Box::new(from), Box::new(to))
            }
            Self::Unix(path) => {
                let (from, to) = UnixStream::connect(path).await?.into_split();
                (Box::new(from), Box::new(to))
            }
        })
    }
}

/// The head of a message of HTTP, of which only the first on a connection is read: clients of streams send no second.
#[derive(Default)]
struct Head {
    bytes: Vec<u8>,
    complete: bool,
}

impl Head {
    /// Takes more bytes; yields the head when it is complete, once.
    fn read(&mut self, bytes: &[u8]) -> Option<String> {
        if self.complete {
            return None;
        }
        self.bytes.extend_from_slice(bytes);
        let end = self.bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        self.complete = true;
        Some(String::from_utf8_lossy(&self.bytes[..end + 2]).into_owned())
    }
}

/// Counts lines that are a lone colon, whatever the framing around them.
#[derive(Default)]
struct Heartbeats {
    carried_over: Vec<u8>,
}

impl Heartbeats {
    fn count(&mut self, bytes: &[u8]) -> usize {
        const LINE: &[u8] = b"\n:\n";
        self.carried_over.extend_from_slice(bytes);
        let found = self.carried_over.windows(LINE.len());
        let found = found.filter(|window| *window == LINE).count();
        let keep = self.carried_over.len().saturating_sub(LINE.len() - 1);
        self.carried_over.drain(..keep);
        found
    }
}
