//! What the program says when it is ready.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use tokio::net::TcpListener;

use crate::{
    console,
    settings::{Config, LogFormat},
};

/// Says where the page is, how to publish, and what is worth a warning.
///
/// # Errors
/// An address of a listener is not to be had.
pub(super) fn greet(config: &Config, listeners: &[TcpListener]) -> io::Result<()> {
    let addresses: io::Result<Vec<SocketAddr>> =
        listeners.iter().map(TcpListener::local_addr).collect();
    let addresses = addresses?;
    let Some(first) = addresses.first() else {
        return Ok(());
    };
    let named_localhost = config
        .listen
        .first()
        .is_some_and(|listen| listen.host == "localhost");
    let url = url(*first, named_localhost);
    match config.log_format {
        LogFormat::Json => {
            for address in &addresses {
                let (mercure, tokens) = (config.serves_mercure(), config.asks_for_tokens());
                tracing::info!(url, %address, history = "memory", mercure, tokens, "serving");
            }
        }
        LogFormat::Text => {
            // Whether anyone reads it changes nothing.
            let _ = console::print(welcome(&url, config).as_bytes());
        }
    }
    let open = addresses.iter().find(|address| !address.ip().is_loopback());
    match open {
        Some(open) if !config.asks_for_tokens() => tracing::warn!(
            "listening on {open} without authentication: whoever reaches this address can publish \
             and subscribe; set publisher_jwt_key, put a proxy that checks who comes in front of it, \
             or listen on localhost"
        ),
        _ => {}
    }
    if config.serves_mercure() && !config.asks_for_tokens() {
        tracing::warn!(
            "there is no key, so nobody can publish by the Mercure protocol, nor subscribe unless \
             anonymous is true; set publisher_jwt_key"
        );
    }
    Ok(())
}

fn welcome(url: &str, config: &Config) -> String {
    let token = match config.asks_for_tokens() {
        true => "-H \"Authorization: Bearer $TOKEN\" ",
        false => "",
    };
    let reader = if config.anonymous { "" } else { token };
    let mut text = format!(
        "tidings is at {url}\n\
         \n\
         \x20 publish    curl {token}-d '{{\"message\": \"hello\"}}' -H 'Content-Type: application/json' {url}\n\
         \x20 subscribe  curl {reader}-N {url}sse\n"
    );
    if config.serves_mercure() {
        text.push_str(&format!("\x20 mercure    {url}.well-known/mercure\n"));
    }
    if config.asks_for_tokens() {
        text.push_str("\nPublishing needs a token: `tidings token --help` says how to make one.\n");
    }
    text.push_str("\nHistory is in memory: it ends with this program. Stop with Ctrl-C.\n");
    text
}

/// The address as one would type it in a browser on this machine.
fn url(address: SocketAddr, named_localhost: bool) -> String {
    let port = address.port();
    match address.ip() {
        ip if named_localhost || ip.is_unspecified() => format!("http://localhost:{port}/"),
        IpAddr::V4(ip) => format!("http://{ip}:{port}/"),
        IpAddr::V6(ip) => format!("http://[{ip}]:{port}/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_one_that_can_be_typed() {
        for (address, named_localhost, expected) in [
            ("127.0.0.1:5000", true, "http://localhost:5000/"),
            ("127.0.0.1:5000", false, "http://127.0.0.1:5000/"),
            ("0.0.0.0:80", false, "http://localhost:80/"),
            ("[::]:80", false, "http://localhost:80/"),
            ("[::1]:80", false, "http://[::1]:80/"),
        ] {
            assert_eq!(url(address.parse().unwrap(), named_localhost), expected);
        }
    }
}
