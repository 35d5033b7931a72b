//! The accept loop: from a listener to a task per connection.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};

use super::{Phase, Server, connection};

/// After an error of the listener's own (most often: no more file descriptors) it is left alone
/// for this long; the connections wait in the kernel's queue.
const PAUSE: Duration = Duration::from_millis(500);

/// Accepts until the server drains; then the listener is closed.
pub(super) async fn run(listener: TcpListener, server: Arc<Server>) {
    let mut phase = server.phase.subscribe();
    let accepting = async {
        loop {
            let place = server.connections.place().await;
            let (stream, peer) = accept(&listener).await;
            let open = server.connections.open(place);
            tokio::spawn(connection::run(stream, peer, open, Arc::clone(&server)));
        }
    };
    tokio::select! {
        () = accepting => {}
        _ = phase.wait_for(|phase| *phase >= Phase::Draining) => {}
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections; trying again");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Whether the connection was lost before it was accepted: no matter of the listener's.
fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
