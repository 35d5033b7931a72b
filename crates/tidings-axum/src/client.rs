//! How many streams one client may have.
//!
//! A client is an address: that of its connection, or, behind a proxy, the one that the proxy tells.
//! A stream takes a place of its client's before it takes one of the hub's, and the hub keeps it
//! ([`Listen::keep`](tidings_hub::Listen::keep)) until the subscriber has left, on whichever lane and
//! in whichever way.
//!
//! Taking and giving back happen under one lock, so the count is exact. A client is in the map while it
//! has a stream: the map is no larger than the hub is.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::extract::ConnectInfo;
use http::{HeaderName, StatusCode, request::Parts};

use crate::problem::Problem;

/// The most event streams of one client at a time; cloning gives another handle to the same count.
/// One stream more is answered with 429, upon which a browser's `EventSource` gives up for good. So
/// it is to be well above what one user needs: several users may share an address, and the stream of
/// a client that has vanished without a word counts until its socket is given up.
///
/// A client is known by the address in the request's [`ConnectInfo<SocketAddr>`](ConnectInfo), which
/// [`serve`](crate::serve()) puts there. Under `axum::serve` it takes
/// `into_make_service_with_connect_info::<SocketAddr>()`; without it all clients count as one. All
/// addresses of one IPv6 network (/64) are one client.
#[derive(Debug, Clone)]
pub struct ClientLimit(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: usize,
    header: Option<HeaderName>,
    streams: Mutex<HashMap<Client, usize>>,
    refused: AtomicU64,
}

/// Whoever has one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Client {
    V4(Ipv4Addr),
    /// The network, which is what one customer of a provider is given (RFC 6177): within it, an
    /// address costs nothing.
    V6([u8; 8]),
    /// Nobody says who it is. Not to count these would be no limit, and nobody would notice.
    Unknown,
}

/// A client's place for one stream; free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    limit: ClientLimit,
    client: Client,
}

/// A client has as many streams as it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany {
    most: usize,
    client: Client,
}

impl ClientLimit {
    /// `most` streams for each address that connects.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self::with(most, None)
    }

    /// `most` streams for each address that a proxy tells in this header: in its last entry, which is
    /// the one that the proxy itself has appended; those before it can be anybody's invention. Where
    /// that is no address, the connection's counts.
    ///
    /// Only where every request comes through the proxy: others could claim to be anyone.
    #[must_use]
    pub fn behind_proxy(most: usize, header: HeaderName) -> Self {
        Self::with(most, Some(header))
    }

    fn with(most: usize, header: Option<HeaderName>) -> Self {
        Self(Arc::new(Shared {
            most,
            header,
            streams: Mutex::default(),
            refused: AtomicU64::new(0),
        }))
    }

    /// How many streams have been refused.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// A place for one more stream of the client that has sent this.
    pub(crate) fn take(&self, head: &Parts) -> Result<Place, TooMany> {
        let client = self.client(head);
        let most = self.0.most;
        let mut streams = self.streams();
        let taken = streams.get(&client).copied().unwrap_or(0);
        if taken >= most {
            self.0.refused.fetch_add(1, Ordering::Relaxed);
            return Err(TooMany { most, client });
        }
        streams.insert(client, taken + 1);
        drop(streams);
        let limit = self.clone();
        Ok(Place { limit, client })
    }

    fn give_back(&self, client: Client) {
        if let Entry::Occupied(mut taken) = self.streams().entry(client) {
            match taken.get() {
                0 | 1 => drop(taken.remove()),
                more => *taken.get_mut() = more - 1,
            }
        }
    }

    fn client(&self, head: &Parts) -> Client {
        let told = self.0.header.as_ref().and_then(|name| {
            let last = head.headers.get_all(name).iter().next_back()?;
            // Bytes, because what stands before the last entry may be no text at all.
            let entry = last.as_bytes().rsplit(|byte| *byte == b',').next()?;
            read_address(str::from_utf8(entry).ok()?)
        });
        let peer = || {
            let peer = head.extensions.get::<ConnectInfo<SocketAddr>>();
            peer.map(|ConnectInfo(peer)| peer.ip())
        };
        told.or_else(peer).map_or(Client::Unknown, Client::at)
    }

    fn streams(&self) -> MutexGuard<'_, HashMap<Client, usize>> {
        let streams = self.0.streams.lock();
        streams.expect("nothing panics under the lock")
    }
}

impl Client {
    fn at(address: IpAddr) -> Self {
        // A socket for both kinds of addresses has those of IPv4 in the form of IPv6.
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
        }
    }
}

impl TooMany {
    pub(crate) fn problem(self) -> Problem {
        let most = self.most;
        let detail = match self.client {
            Client::Unknown => format!(
                "the server does not know its clients' addresses, so that all of them together may have \
                 {most} event streams; have it serve with ConnectInfo, or take the limit away"
            ),
            _ => format!(
                "your address has as many event streams as it may have, {most}; close one, or listen to \
                 several topics with one stream, and try again after the time in the header Retry-After"
            ),
        };
        Problem::new(StatusCode::TOO_MANY_REQUESTS, detail)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.limit.give_back(self.client);
    }
}

/// An address as proxies write it: by itself, or with a port as some do, and then in brackets if it is
/// one of IPv6.
fn read_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse().ok();
    address.or_else(|| text.parse().ok().map(|socket: SocketAddr| socket.ip()))
}

#[cfg(test)]
mod tests;
