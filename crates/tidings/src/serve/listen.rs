//! From addresses to listeners.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use anyhow::Context;
use tokio::net::{TcpListener, TcpSocket};

use crate::settings::ListenAddress;

/// Connections that the kernel may hold until they are accepted; it has a limit of its own, most often
/// 4,096, and takes the lesser. After a restart all clients come at once: one that does not fit is not
/// refused, but tries again after a second, then two, then four.
const BACKLOG: u32 = 65_535;

/// Listens on every address; `localhost` means both loopback addresses, because browsers and other
/// clients try one or the other first.
///
/// # Errors
/// One of the addresses is not known or taken.
pub(super) async fn bind(addresses: &[ListenAddress]) -> anyhow::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for address in addresses {
        if address.host == "localhost" {
            listeners.extend(bind_loopback(address.port)?);
        } else {
            for socket_address in resolve(address).await? {
                listeners.push(bind_one(socket_address)?);
            }
        }
    }
    Ok(listeners)
}

fn bind_loopback(port: u16) -> anyhow::Result<Vec<TcpListener>> {
    let first = bind_one(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port))?;
    let chosen = first.local_addr()?.port();
    let second = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), chosen);
    match listen(second) {
        Ok(second) => Ok(vec![first, second]),
        // The machine has no IPv6, or the system chose the port for the one address only.
        Err(error) if error.kind() != io::ErrorKind::AddrInUse || port == 0 => Ok(vec![first]),
        Err(error) => Err(error).with_context(|| taken(second)),
    }
}

async fn resolve(address: &ListenAddress) -> anyhow::Result<Vec<SocketAddr>> {
    let found = tokio::net::lookup_host((address.host.as_str(), address.port)).await;
    let found = found.with_context(|| {
        format!("cannot listen on {address}: the host is not known; check its name")
    })?;
    Ok(found.collect())
}

fn bind_one(address: SocketAddr) -> anyhow::Result<TcpListener> {
    listen(address).with_context(|| taken(address))
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Else a restart would have to wait until the kernel has forgotten the connections before it.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn taken(address: SocketAddr) -> String {
    format!(
        "cannot listen on {address}; if another program uses the port, choose another one, as in \
         `tidings --listen localhost:5001`"
    )
}
