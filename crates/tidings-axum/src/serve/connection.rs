//! One connection, from its first byte to its last.

use std::{future::pending, pin::pin, sync::Arc, time::Duration};

use hyper::server::conn::{http1, http2};
use hyper_util::{
    rt::{TokioExecutor, TokioTimer},
    server::graceful::GracefulConnection,
};
use tokio::{net::TcpStream, time::timeout};

use super::{
    CLOSING, Phase, Server,
    admit::Admission,
    limit::Open,
    preface::{self, Protocol},
    socket::Socket,
};

/// Requests under way on one HTTP/2 connection: what browsers reckon with.
const MAX_CONCURRENT_STREAMS: u32 = 128;

/// An HTTP/2 peer that is silent for this long is asked for a sign of life, and has as long again
/// to give it.
const PING_INTERVAL: Duration = Duration::from_secs(20);

/// Runs the connection to its end; errors of the peer's making end it too and concern nobody else.
pub(super) async fn run(mut stream: TcpStream, open: Open, server: Arc<Server>) {
    let settings = &server.settings;
    if let Err(error) = prepare(&stream, settings.stall_timeout) {
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
    let socket = Socket::new(stream, read, settings.stall_timeout);
    let admission = Admission::new(Arc::clone(&server), open.surplus);
    let ended = match protocol {
        Protocol::Http1 => http1(socket, admission, &server).await,
        Protocol::Http2 => http2(socket, admission, &server).await,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}

fn prepare(stream: &TcpStream, stall_timeout: Duration) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    // A peer that has vanished acknowledges nothing. Without this, the kernel would go on trying
    // for a quarter of an hour: heartbeats are too small to fill the socket and make it stall.
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(stall_timeout))?;
    #[cfg(not(target_os = "linux"))]
    let _ = stall_timeout;
    Ok(())
}

/// Drives `connection` until it ends by itself, or because it is `idle` or the server closes: then
/// it may finish what it is at, within [`CLOSING`].
async fn drive<C>(
    connection: C,
    idle: impl Future<Output = ()>,
    server: &Server,
) -> hyper::Result<()>
where
    C: GracefulConnection<Error = hyper::Error>,
{
    let mut connection = pin!(connection);
    let mut phase = server.phase.subscribe();
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = idle => {}
        _ = phase.wait_for(|phase| *phase >= Phase::Closing) => {}
    }
    connection.as_mut().graceful_shutdown();
    timeout(CLOSING, connection).await.unwrap_or(Ok(()))
}

async fn http1(socket: Socket, admission: Admission, server: &Server) -> hyper::Result<()> {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(server.settings.head_timeout)
        .max_buf_size(admission.head_buffer());
    drive(
        builder.serve_connection(socket, admission),
        pending(),
        server,
    )
    .await
}

async fn http2(socket: Socket, admission: Admission, server: &Server) -> hyper::Result<()> {
    let head_limit = u32::try_from(server.settings.head_limit).unwrap_or(u32::MAX);
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .max_header_list_size(head_limit)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_INTERVAL);
    let idle = admission.under_way().none_for(server.settings.head_timeout);
    drive(builder.serve_connection(socket, admission), idle, server).await
}
