//! Reading a set from where it is, within bounds of time and size.
//!
//! A server of keys that hangs, sends without end or points elsewhere costs one failed refresh, and nothing more.

use std::path::Path;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use tokio::io::AsyncReadExt;
use url::{Host, Url};

use super::settings::JwksError;

/// For the whole of a fetch, from the connection to the last byte.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// Sets of large identity providers have some 25 KiB.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// A client for this URL.
pub(super) fn client(url: &Url) -> Result<Client, JwksError> {
    // One provider for the process; that another part has installed it already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || {
        let builder = Client::builder()
            .user_agent(concat!("tidings/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .redirect(Policy::none());
        // A proxy set for the world outside would look for the server on its own machine.
        if is_loopback(url) {
            builder.no_proxy()
        } else {
            builder
        }
    };
    let built = match builder().build() {
        // A system without CA certificates, such as a container that holds one program alone, can do plain HTTP.
        Err(_) if url.scheme() == "http" => builder().tls_certs_only([]).build(),
        built => built,
    };
    built.map_err(|error| JwksError::Client(reason(&error)))
}

pub(super) async fn fetch(client: &Client, url: &Url) -> Result<Vec<u8>, JwksError> {
    let failed = |error: reqwest::Error| JwksError::Fetch(reason(&error));
    let mut response = client.get(url.clone()).send().await.map_err(failed)?;
    if response.status() != StatusCode::OK {
        return Err(JwksError::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(failed)? {
        if body.len() + part.len() > MAX_BYTES {
            return Err(JwksError::TooLarge);
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

pub(super) async fn read(path: &Path) -> Result<Vec<u8>, JwksError> {
    let metadata = tokio::fs::metadata(path).await.map_err(JwksError::File)?;
    // To open a pipe waits for somebody to write into it, and a device may have no end.
    if !metadata.is_file() {
        let error = std::io::Error::other("it is not a regular file");
        return Err(JwksError::File(error));
    }
    let file = tokio::fs::File::open(path).await.map_err(JwksError::File)?;
    let mut body = Vec::new();
    file.take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut body)
        .await
        .map_err(JwksError::File)?;
    if body.len() > MAX_BYTES {
        return Err(JwksError::TooLarge);
    }
    Ok(body)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What the system or the peer said, without the URL, which may hold a password, and the layers in between.
fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if error.is_timeout() {
        return format!("no complete answer within {} seconds", TIMEOUT.as_secs());
    }
    innermost.to_string()
}
