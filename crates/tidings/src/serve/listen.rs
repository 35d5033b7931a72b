//! From addresses to listeners.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use anyhow::Context;
use tokio::net::TcpListener;

use crate::settings::ListenAddress;

/// Listens on every address; `localhost` means both loopback addresses, because browsers and other
/// clients try one or the other first.
///
/// # Errors
/// One of the addresses is not known or taken.
pub(super) async fn bind(addresses: &[ListenAddress]) -> anyhow::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for address in addresses {
        if address.host == "localhost" {
            listeners.extend(bind_loopback(address.port).await?);
        } else {
            for socket_address in resolve(address).await? {
                listeners.push(bind_one(socket_address).await?);
            }
        }
    }
    Ok(listeners)
}

async fn bind_loopback(port: u16) -> anyhow::Result<Vec<TcpListener>> {
    let first = bind_one(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)).await?;
    let chosen = first.local_addr()?.port();
    let second = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), chosen);
    match TcpListener::bind(second).await {
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

async fn bind_one(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| taken(address))
}

fn taken(address: SocketAddr) -> String {
    format!(
        "cannot listen on {address}; if another program uses the port, choose another one, as in \
         `tidings --listen localhost:5001`"
    )
}
