//! One connection, from its first byte to its last.

use std::{
    future::pending,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tidings_hub::Subscription;
use tokio::{net::TcpStream, time::timeout};

use super::{
    CLOSING, Phase, Server,
    admit::Admission,
    limit::Open,
    preface::{self, Protocol},
    socket::Socket,
};
use crate::{
    lane::{DirectSocket, Handover},
    settings::ServeSettings,
};

/// Requests under way on one HTTP/2 connection: what browsers reckon with.
const MAX_CONCURRENT_STREAMS: u32 = 128;

/// An HTTP/2 peer that is silent for this long is asked for a sign of life, and has as long again
/// to give it.
const PING_INTERVAL: Duration = Duration::from_secs(20);

/// Runs the connection to its end; errors of the peer's making end it too and concern nobody else.
pub(super) async fn run(mut stream: TcpStream, peer: SocketAddr, open: Open, server: Arc<Server>) {
    let settings = &server.settings;
    if let Err(error) = prepare(&stream, settings) {
        tracing::debug!(%error, "cannot set up a connection's socket");
    }
    let mut phase = server.phase.subscribe();
    let detecting = timeout(settings.head_timeout, preface::detect(&mut stream));
    let detected = tokio::select! {
        detected = detecting => detected,
        _ = phase.wait_for(|phase| *phase >= Phase::Closing) => return,
    };
    let Ok(Ok((protocol, read))) = detected else {
        return;
    };
    let admission = Admission::new(Arc::clone(&server), peer, open.surplus);
    let socket = Socket::new(stream, read, settings.stall_timeout, admission.handover());
    let ended = match protocol {
        Protocol::Http1 => http1(socket, admission, &server, open).await,
        Protocol::Http2 => http2(socket, admission, &server).await,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}

/// Sets the socket up. Its send buffer is bounded: left alone, the kernel lets it grow to megabytes
/// per subscriber, and calls a socket writable only when a good part of that is free, so that a
/// client which reads slowly but steadily would look like one that takes nothing.
fn prepare(stream: &TcpStream, settings: &ServeSettings) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    socket2::SockRef::from(stream).set_send_buffer_size(settings.send_buffer)
}

/// A connection that hyper runs, and that can be asked to end.
trait Connection: Future<Output = hyper::Result<()>> {
    fn graceful_shutdown(self: Pin<&mut Self>);
}

/// Drives `connection` until it ends by itself, or because it is `idle` or the server closes: then
/// it may finish what it is at, within [`CLOSING`].
async fn drive(
    mut connection: Pin<&mut impl Connection>,
    idle: impl Future<Output = ()>,
    server: &Server,
) -> hyper::Result<()> {
    let mut phase = server.phase.subscribe();
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = idle => {}
        _ = phase.wait_for(|phase| *phase >= Phase::Closing) => {}
    }
    connection.as_mut().graceful_shutdown();
    timeout(CLOSING, connection).await.unwrap_or(Ok(()))
}

/// An HTTP/1 connection, until it ends or one of its streams goes on without it.
struct Http1 {
    connection: http1::Connection<Socket, Admission>,
    handover: Handover,
    /// The stream that goes on.
    subscription: Option<Subscription>,
}

impl Future for Http1 {
    type Output = hyper::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<hyper::Result<()>> {
        if let Poll::Ready(ended) = Pin::new(&mut self.connection).poll(cx) {
            return Poll::Ready(ended);
        }
        self.subscription = self.handover.take();
        match self.subscription {
            Some(_) => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    }
}

impl Connection for Http1 {
    fn graceful_shutdown(mut self: Pin<&mut Self>) {
        Pin::new(&mut self.connection).graceful_shutdown();
    }
}

impl Connection for http2::Connection<Socket, Admission, TokioExecutor> {
    fn graceful_shutdown(self: Pin<&mut Self>) {
        Self::graceful_shutdown(self);
    }
}

async fn http1(
    socket: Socket,
    admission: Admission,
    server: &Server,
    open: Open,
) -> hyper::Result<()> {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(server.settings.head_timeout)
        .max_buf_size(admission.head_buffer());
    let mut http1 = Http1 {
        handover: admission.handover(),
        connection: builder.serve_connection(socket, admission),
        subscription: None,
    };
    drive(Pin::new(&mut http1), pending(), server).await?;
    if let Some(subscription) = http1.subscription {
        // What the client has sent after its request goes nowhere: no request can follow a stream
        // that ends with its connection.
        let stream = http1.connection.into_parts().io.into_stream();
        match DirectSocket::new(stream, server.settings.stall_timeout, open) {
            Ok(socket) => subscription.hand_over(socket),
            Err(error) => tracing::error!(%error, "a connection cannot go on; it is closed"),
        }
    }
    Ok(())
}

async fn http2(socket: Socket, admission: Admission, server: &Server) -> hyper::Result<()> {
    let head_buffer = u32::try_from(admission.head_buffer()).unwrap_or(u32::MAX);
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .max_header_list_size(head_buffer)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_INTERVAL);
    let idle = match admission.is_surplus() {
        true => CLOSING,
        false => server.settings.head_timeout,
    };
    let idle = admission.under_way().none_for(idle);
    let connection = pin!(builder.serve_connection(socket, admission));
    drive(connection, idle, server).await
}
