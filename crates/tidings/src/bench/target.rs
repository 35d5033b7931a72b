//! Where the load goes: the address of the server, which must be of this machine unless the user insists.

use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use reqwest::Url;

use crate::client;

/// How long the server may take to accept the connection that asks whether it is there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A server that is there.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) address: SocketAddr,
    /// The name it goes by in requests, with its port.
    pub(super) host: String,
    pub(super) path: String,
    /// The URL, fit to be shown.
    pub(super) shown: String,
}

impl Target {
    /// Finds the server, and connects to it once.
    ///
    /// # Errors
    /// The URL is not of a server that can be measured, or it is not there. The text says what to do.
    pub(super) fn find(url: &Url, beyond_loopback: bool) -> anyhow::Result<Target> {
        let shown = client::shown(url).to_string();
        if url.scheme() != "http" {
            bail!(
                "{shown} is not http: give the address at which the server speaks plain HTTP/1.1"
            );
        }
        let host = url.host_str().context("the URL names no server")?;
        let port = url.port_or_known_default().unwrap_or(80);
        // The brackets of an IPv6 address are part of a URL, but not of the address.
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let mut addresses: Vec<SocketAddr> = (name, port)
            .to_socket_addrs()
            .with_context(|| format!("cannot find {host}; check the name"))?
            .collect();
        if let Some(far) = addresses.iter().find(|address| !is_loopback(address.ip()))
            && !beyond_loopback
        {
            bail!(
                "{shown} is not on this machine ({}): a load test can bring down a server and the network before \
                 it; if both are yours to load, say so with --beyond-loopback",
                far.ip()
            );
        }
        // Of IPv4 there is more than one loopback address to connect from: see the module `socket`.
        addresses.sort_by_key(SocketAddr::is_ipv6);
        Ok(Target {
            address: reachable(&addresses).map_err(|why| {
                anyhow!("cannot reach {shown}: {why}; is a server running there?")
            })?,
            host: format!("{host}:{port}"),
            path: url.path().to_owned(),
            shown,
        })
    }
}

pub(super) fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// The first of the addresses that accepts a connection.
fn reachable(addresses: &[SocketAddr]) -> Result<SocketAddr, String> {
    let mut why = "the name has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(address, CONNECT_TIMEOUT) {
            Ok(_) => return Ok(*address),
            Err(error) => why = error.to_string(),
        }
    }
    Err(why)
}
