//! A server on a free port, and a client that shows every byte.

use std::{future::Future, net::SocketAddr, time::Duration};

use axum::Router;
use tidings_axum::{Hub, PublishSettings, ServeSettings, Settings, router, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

/// Far more than anything here takes: reaching it is a failure, never a way to wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn patiently<T>(what: &str, future: impl Future<Output = T>) -> T {
    let outcome = timeout(PATIENCE, future).await;
    outcome.unwrap_or_else(|_| panic!("{what}: nothing for {PATIENCE:?}"))
}

pub(crate) struct Setup {
    pub(crate) hub: Settings,
    pub(crate) publish: PublishSettings,
    pub(crate) serve: ServeSettings,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) hub: Hub,
    shutdown: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            hub: Settings::default(),
            publish: PublishSettings::default(),
            serve: serve_settings(),
        }
    }
}

/// The default ones, but for the lane.
pub(crate) fn serve_settings() -> ServeSettings {
    let mut settings = ServeSettings::default();
    settings.direct_lane = crate::DIRECT_LANE;
    settings
}

impl Setup {
    pub(crate) async fn start(self) -> Server {
        self.start_with(|router| router).await
    }

    pub(crate) async fn start_with(self, change: impl FnOnce(Router) -> Router) -> Server {
        let hub = Hub::with_settings(self.hub);
        let app = change(router(hub.clone(), self.publish));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (shutdown, asked) = oneshot::channel::<()>();
        let running = serve(listener, app, hub.clone())
            .with_settings(self.serve)
            .with_graceful_shutdown(async {
                let _ = asked.await;
            })
            .into_future();
        Server {
            address,
            hub,
            shutdown: Some(shutdown),
            running: tokio::spawn(running),
        }
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Setup::default().start().await
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::new(TcpStream::connect(self.address).await.unwrap())
    }

    /// A client whose socket takes in as little as the kernel allows.
    pub(crate) async fn connect_narrow(&self) -> Client {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Client::new(socket.connect(self.address).await.unwrap())
    }

    /// Sends one request on a connection of its own; the answer, and whether the server left the
    /// connection open.
    pub(crate) async fn ask(&self, request: &str) -> Answer {
        let mut client = self.connect().await;
        client.send(request).await;
        client.answer().await
    }

    pub(crate) async fn publish(&self, body: &str) -> Answer {
        self.ask(&post(body)).await
    }

    /// An event stream that has been opened and has sent its first comment.
    pub(crate) async fn subscribe(&self, target: &str) -> Client {
        self.subscribe_with(target, "").await
    }

    pub(crate) async fn subscribe_with(&self, target: &str, headers: &str) -> Client {
        let mut client = self.connect().await;
        client
            .send(&format!(
                "GET {target} HTTP/1.1\r\nHost: x\r\n{headers}\r\n"
            ))
            .await;
        let head = client.head().await;
        assert_eq!(head.status, 200, "{head:?}");
        assert_eq!(client.chunk().await.as_deref(), Some(":\n"));
        client
    }

    pub(crate) fn shut_down(&mut self) {
        let _ = self.shutdown.take().expect("not yet").send(());
    }

    pub(crate) async fn ended(self) {
        patiently("the end of the server", self.running)
            .await
            .unwrap()
            .unwrap();
    }
}

pub(crate) fn post(body: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// One connection.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: Head,
    pub(crate) body: String,
}

impl Head {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.status
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    /// The `detail` of a problem, after a look at its form.
    pub(crate) fn detail(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], self.status());
        problem["detail"].as_str().unwrap().to_owned()
    }
}

impl Client {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            read: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Reads more; false at the end.
    async fn more(&mut self) -> bool {
        let read = patiently("more bytes", self.stream.read_buf(&mut self.read)).await;
        read.is_ok_and(|count| count > 0)
    }

    /// Reads at most so many bytes, and says how many; 0 at the end.
    pub(crate) async fn some(&mut self, most: usize) -> usize {
        let mut buffer = vec![0; most];
        let read = patiently("some bytes", self.stream.read(&mut buffer)).await;
        self.read.clear();
        read.unwrap_or(0)
    }

    async fn until(&mut self, end: &[u8]) -> Option<String> {
        loop {
            if let Some(at) = self
                .read
                .windows(end.len())
                .position(|window| window == end)
            {
                let line: Vec<u8> = self.read.drain(..at + end.len()).collect();
                return Some(String::from_utf8(line).unwrap());
            }
            if !self.more().await {
                return None;
            }
        }
    }

    async fn exactly(&mut self, count: usize) -> Vec<u8> {
        while self.read.len() < count {
            assert!(self.more().await, "ended early");
        }
        self.read.drain(..count).collect()
    }

    pub(crate) async fn head(&mut self) -> Head {
        let head = self.until(b"\r\n\r\n").await.expect("a head");
        let mut lines = head.trim_end().split("\r\n");
        let mut status_line = lines.next().unwrap().split(' ');
        assert!(matches!(status_line.next(), Some("HTTP/1.0" | "HTTP/1.1")));
        Head {
            status: status_line.next().unwrap().parse().unwrap(),
            headers: lines
                .map(|line| line.split_once(':').unwrap())
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                .collect(),
        }
    }

    /// An answer with its whole body.
    pub(crate) async fn answer(&mut self) -> Answer {
        let head = self.head().await;
        let body = if let Some(length) = head.header("content-length") {
            let length = length.parse().unwrap();
            String::from_utf8(self.exactly(length).await).unwrap()
        } else if head.header("transfer-encoding") == Some("chunked") {
            let mut body = String::new();
            while let Some(chunk) = self.chunk().await {
                body.push_str(&chunk);
            }
            body
        } else {
            self.rest().await
        };
        Answer { head, body }
    }

    /// The next chunk of a chunked body; `None` for the last one. Panics where the connection ends
    /// without a last chunk.
    pub(crate) async fn chunk(&mut self) -> Option<String> {
        let size = self
            .until(b"\r\n")
            .await
            .expect("a chunk or the last chunk");
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        let data = self.exactly(size + 2).await;
        assert!(data.ends_with(b"\r\n"));
        let data = String::from_utf8(data[..size].to_vec()).unwrap();
        (!data.is_empty()).then_some(data)
    }

    /// The next event of a stream, its id line apart.
    pub(crate) async fn event(&mut self) -> (String, String) {
        let chunk = self.chunk().await.expect("an event");
        let (id, rest) = chunk.split_once('\n').unwrap();
        (id.strip_prefix("id: ").unwrap().to_owned(), rest.to_owned())
    }

    /// Everything up to the end of the connection.
    pub(crate) async fn rest(&mut self) -> String {
        while self.more().await {}
        String::from_utf8_lossy(&std::mem::take(&mut self.read)).into_owned()
    }

    /// Panics unless the server has closed the connection without another byte.
    pub(crate) async fn closed(&mut self) {
        assert_eq!(self.rest().await, "");
    }
}
