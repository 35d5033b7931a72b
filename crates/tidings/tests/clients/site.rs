//! A server of pages, which is an origin of its own.

use tidings_testing::{Browser, Page};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::adapter::folder;

/// The server of a page, which is its origin. It sets no cookie unless asked to, and knows nothing of the hub.
#[derive(Debug)]
pub(crate) struct Site {
    /// As browsers send it.
    pub(crate) origin: String,
    serving: JoinHandle<()>,
}

impl Site {
    /// Starts one on a free port.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(answer(socket));
            }
        });
        Self { origin, serving }
    }

    /// A window with an empty page of it.
    pub(crate) async fn page(&self, browser: &Browser) -> Page {
        browser.page(&format!("{}/page", self.origin)).await
    }

    /// Has the browser take a cookie as a login would set it, for the hub's path only.
    pub(crate) async fn log_in(&self, browser: &Browser, name: &str, token: &str) {
        let cookie =
            format!("{name}={token}; Path=/.well-known/mercure; HttpOnly; SameSite=Strict");
        let page = format!("{}/login?{}", self.origin, cookie.replace(' ', "%20"));
        // It stays open: without a window there is no session.
        browser.page(&page).await;
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// `/page` is empty, `/login?COOKIE` sets that cookie, and what is below `/npm/` is a file of a package.
async fn answer(mut socket: TcpStream) {
    let mut head = vec![0; 1 << 14];
    let length = socket.read(&mut head).await.unwrap_or_default();
    let head = String::from_utf8_lossy(&head[..length]);
    let target = head.split(' ').nth(1).unwrap_or_default();
    let mut fields = "Content-Type: text/html".to_owned();
    let mut body = b"<!doctype html><title>a page</title>".to_vec();
    if let Some(cookie) = target.strip_prefix("/login?") {
        fields += &format!("\r\nSet-Cookie: {}", cookie.replace("%20", " "));
    } else if let Some(file) = target.strip_prefix("/npm/") {
        fields = "Content-Type: text/javascript".to_owned();
        body = std::fs::read(folder("npm/node_modules").join(file)).unwrap_or_default();
    } else if target == "/turbo" {
        body = TURBO.as_bytes().to_vec();
    }
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\n{fields}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let _ = socket.write_all(answer.as_bytes()).await;
    let _ = socket.write_all(&body).await;
}

/// As an app with Symfony UX Turbo has it.
const TURBO: &str = r#"<!doctype html>
<script type=importmap>{ "imports": {
    "@hotwired/turbo": "/npm/@hotwired/turbo/dist/turbo.es2017-esm.js",
    "ux": "/npm/@symfony/ux-turbo/dist/mercure_stream_source_element.js"
} }</script>
<script type=module>import "ux"; window.ready = true</script>
<ul id=books></ul>"#;
