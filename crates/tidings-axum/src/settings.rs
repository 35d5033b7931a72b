//! What can be set about the HTTP face. Every bound of it has its name here.

use std::time::Duration;

use crate::client::ClientLimit;

/// The bounds of [`publish`](crate::publish). Put one into the request's extensions (with
/// [`axum::Extension`] as a layer) to change them from the defaults.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PublishSettings {
    /// The longest body, in bytes; a longer one gets 413. Default 2 MiB.
    pub body_limit: usize,
    /// How long a body may take to arrive; a slower one gets 408. Default 30 s.
    pub body_timeout: Duration,
}

/// The bounds of [`subscribe`](crate::subscribe), and of every other stream that
/// [`open`](crate::open) opens. Put one into the request's extensions (with [`axum::Extension`] as a
/// layer) to change them from the defaults.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SubscribeSettings {
    /// A stream is ended when it is so old, or up to a fifth younger, at random, so that not all
    /// clients come back at once. They resume from where they were. Default `None`: streams may last
    /// for ever. (More than a year is taken for a year.)
    pub lifetime: Option<Duration>,
    /// How many streams one client may have. Default `None`: as many as there may be in all.
    pub client_limit: Option<ClientLimit>,
}

/// The bounds of [`serve`](crate::serve()).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServeSettings {
    /// The most connections at a time. Some more are accepted for as long as it takes to turn
    /// them away politely; beyond those, new ones wait. Default 50,000.
    pub max_connections: usize,
    /// How long a request's head may take to arrive, and how long a connection may be idle before
    /// its next request. Default 10 s.
    pub head_timeout: Duration,
    /// The longest head of a request, in bytes; a longer one gets 431. Default 32 KiB.
    pub head_limit: usize,
    /// The longest request target, in bytes; a longer one gets 414. Default 8 KiB.
    pub target_limit: usize,
    /// A connection whose socket takes nothing for this long, although there is something to
    /// write, is closed. Default 60 s.
    pub stall_timeout: Duration,
    /// Bytes of the kernel's send buffer of each connection: what it may hold of what a client has
    /// not taken yet. A client that takes less than about a third of it within
    /// [`stall_timeout`](Self::stall_timeout) counts as one that takes nothing. Default 128 KiB.
    pub send_buffer: usize,
    /// Whether the hub's workers write events to plain HTTP/1.1 sockets themselves, which is
    /// several times faster and takes a fraction of the memory. Default true; off only to compare.
    pub direct_lane: bool,
    /// How long streams may take to end once the server is told to shut down: they are spread over
    /// this time. Default 5 s.
    pub drain: Duration,
}

impl Default for PublishSettings {
    fn default() -> Self {
        Self {
            body_limit: 2 << 20,
            body_timeout: Duration::from_secs(30),
        }
    }
}

impl Default for ServeSettings {
    fn default() -> Self {
        Self {
            max_connections: 50_000,
            head_timeout: Duration::from_secs(10),
            head_limit: 32 << 10,
            target_limit: 8 << 10,
            stall_timeout: Duration::from_secs(60),
            send_buffer: 128 << 10,
            direct_lane: true,
            drain: Duration::from_secs(5),
        }
    }
}
