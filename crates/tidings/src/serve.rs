//! The composition root: hub, router and listeners, from the settings.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use anyhow::Context;
use tokio::net::TcpListener;

use crate::settings::{Config, ListenAddress};

/// Serves until it is told to stop.
///
/// # Errors
///
/// It cannot listen on one of the addresses.
pub(crate) fn run(config: Config) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(async {
        for address in &config.listen {
            for socket_address in resolve(address).await? {
                let listener = TcpListener::bind(socket_address)
                    .await
                    .with_context(|| format!("cannot listen on {socket_address}; another program may use the port: choose another one with --listen"))?;
                tracing::info!(address = %listener.local_addr()?, "listening");
            }
        }
        tokio::signal::ctrl_c().await.context("cannot wait for signals")?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The socket addresses that an address to listen on means.
async fn resolve(address: &ListenAddress) -> anyhow::Result<Vec<SocketAddr>> {
    let port = address.port;
    if address.host == "localhost" {
        let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        return Ok(loopback.map(|ip| SocketAddr::new(ip, port)).to_vec());
    }
    let found = tokio::net::lookup_host((address.host.as_str(), port))
        .await
        .with_context(|| {
            format!("cannot listen on {address}: the host is not known; check its name")
        })?;
    Ok(found.collect())
}
