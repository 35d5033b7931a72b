//! Serving: an accept loop over hyper's connections, with limits, and a drain that ends streams
//! politely.
//!
//! HTTP is hyper's: parsing, heads, keep-alive, framing (invariant 5). What stands here is around
//! it: how many connections ([`limit`]), which protocol ([`preface`]), a socket that must not stall
//! ([`socket`]), which requests reach the app at all ([`admit`]), and the phases of the end:
//!
//! 1. **serving**;
//! 2. **draining**, when the shutdown signal comes: the listeners are closed, the hub ends its
//!    streams one by one, `GET /healthz` says 503 to those who are still connected;
//! 3. **closing**, when the streams have ended: each connection finishes its request and closes, or
//!    is cut after a second.

use std::{
    future::{IntoFuture, pending},
    io,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use tidings_hub::Hub;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::settings::ServeSettings;

mod accept;
mod admit;
mod connection;
mod limit;
mod preface;
mod socket;
mod under_way;

use limit::Connections;

/// Serves `app` on `listener`, for ever or until the [shutdown](Serve::with_graceful_shutdown)
/// future completes. `hub` is the one that the app's handlers use: it is drained then. Requests have the
/// address of their connection's other end in their extensions, as
/// [`ConnectInfo<SocketAddr>`](axum::extract::ConnectInfo).
#[must_use = "await it"]
pub fn serve(listener: TcpListener, app: Router, hub: Hub) -> Serve {
    Serve {
        listeners: vec![listener],
        app,
        hub,
        settings: ServeSettings::default(),
        shutdown: Box::pin(pending()),
    }
}

/// A server that is ready to run: what [`serve`] returns. Await it.
#[must_use = "await it"]
pub struct Serve {
    listeners: Vec<TcpListener>,
    app: Router,
    hub: Hub,
    settings: ServeSettings,
    shutdown: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// What all connections of a server share.
#[derive(Debug)]
struct Server {
    app: Router,
    hub: Hub,
    settings: ServeSettings,
    connections: Arc<Connections>,
    phase: watch::Sender<Phase>,
}

/// See the head of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    Draining,
    Closing,
}

/// How long a connection may take, once it is told to close, to finish what it is at.
const CLOSING: Duration = Duration::from_secs(1);

impl Serve {
    /// Serves with these settings instead of the default ones.
    pub fn with_settings(mut self, settings: ServeSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Serves on one more listener.
    pub fn and_listener(mut self, listener: TcpListener) -> Self {
        self.listeners.push(listener);
        self
    }

    /// Shuts down when `shutdown` completes: no new connections, every stream gets a `retry` of its
    /// own and a proper end within [`ServeSettings::drain`], requests under way are finished.
    pub fn with_graceful_shutdown<F>(mut self, shutdown: F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.shutdown = Box::pin(shutdown);
        self
    }

    async fn run(self) -> io::Result<()> {
        let drain = self.settings.drain;
        let server = Arc::new(Server {
            app: self.app,
            hub: self.hub,
            connections: Connections::new(self.settings.max_connections),
            settings: self.settings,
            phase: watch::Sender::new(Phase::Serving),
        });
        let mut accepting = JoinSet::new();
        for listener in self.listeners {
            accepting.spawn(accept::run(listener, Arc::clone(&server)));
        }
        self.shutdown.await;
        tracing::info!("shutting down: streams end within {drain:?}");
        server.phase.send_replace(Phase::Draining);
        while accepting.join_next().await.is_some() {}
        server.hub.drain(drain).await;
        server.phase.send_replace(Phase::Closing);
        // Each connection holds a receiver of the phase, so the channel closes with the last one.
        server.phase.closed().await;
        Ok(())
    }
}

impl IntoFuture for Serve {
    type Output = io::Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl std::fmt::Debug for Serve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serve")
            .field("listeners", &self.listeners)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
