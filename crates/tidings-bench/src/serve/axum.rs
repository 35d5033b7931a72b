//! What a Rust user writes today: axum's `Sse` over a tokio broadcast channel.
//!
//! Kept as in axum's own documentation, with two differences, both in its favour: the channel is so long that no
//! subscriber of the comparison falls off its end, and Nagle's algorithm is off, as it is in all contenders.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    Json, Router,
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
    routing::{get, post},
    serve::ListenerExt,
};
use serde::Deserialize;
use tokio::{net::TcpListener, sync::broadcast};
use tokio_stream::{Stream, StreamExt, wrappers::BroadcastStream};

use crate::cli;

/// Messages that a subscriber may be behind. A power of two, because the channel rounds up to one.
const CAPACITY: usize = 1 << 16;

#[derive(Deserialize)]
struct Publish {
    message: String,
}

/// Serves until it is stopped. The runtime has a thread for each core that it may use, as that of tidings.
///
/// # Errors
/// It cannot listen there.
pub(crate) fn run(address: SocketAddr) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(serve(address))
}

async fn serve(address: SocketAddr) -> anyhow::Result<()> {
    let (sender, _) = broadcast::channel::<String>(CAPACITY);
    let app = Router::new()
        .route("/", post(publish))
        .route("/sse", get(subscribe))
        .with_state(sender);
    let listener = TcpListener::bind(address).await?;
    cli::print(format_args!(
        "axum is at http://{}/",
        listener.local_addr()?
    ))?;
    // A socket that is gone already says so again when it is read.
    let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
    axum::serve(listener, app).await?;
    Ok(())
}

async fn publish(
    State(sender): State<broadcast::Sender<String>>,
    Json(publish): Json<Publish>,
) -> &'static str {
    // An error means that nobody listens.
    let _ = sender.send(publish.message);
    "true"
}

async fn subscribe(
    State(sender): State<broadcast::Sender<String>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let messages = BroadcastStream::new(sender.subscribe());
    // Who has fallen off the end loses messages; the load generator counts them.
    let events = messages.filter_map(|message| Some(Ok(Event::default().data(message.ok()?))));
    Sse::new(events).keep_alive(KeepAlive::default())
}
