//! What the program says when it is ready.

use std::{
    collections::HashSet,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use tokio::net::TcpListener;

use crate::{
    console,
    settings::{Config, LogFormat, Trust},
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
        .iter()
        .any(|listen| listen.host == "localhost");
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
            let _ = console::print(welcome(&url, &addresses, named_localhost, config).as_bytes());
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

fn welcome(url: &str, addresses: &[SocketAddr], named_localhost: bool, config: &Config) -> String {
    let token = match config.asks_for_tokens() {
        true => "-H \"Authorization: Bearer $TOKEN\" ",
        false => "",
    };
    let reader = if config.anonymous { "" } else { token };
    let mut text = format!("tidings is at {url}\n");
    for place in places(addresses, named_localhost).iter().skip(1) {
        text += &format!("          and {place}\n");
    }
    text += &format!(
        "\n\
         \x20 publish    curl {token}-d '{{\"message\": \"hello\"}}' -H 'Content-Type: application/json' {url}\n\
         \x20 subscribe  curl {reader}-N {url}sse\n"
    );
    if config.serves_mercure() {
        let hub = match &config.public_url {
            Some(hub) => hub.to_string(),
            None => format!("{url}.well-known/mercure"),
        };
        text.push_str(&format!("\x20 mercure    {hub}\n"));
    }
    if config.asks_for_tokens() {
        text.push_str("\nPublishing needs a token: `tidings token --help` says how to make one.\n");
        let can_subscribe = |trust: &Trust| trust.subscriber.is_some() || trust.jwks.is_some();
        if config.anonymous && !config.trusted.iter().any(can_subscribe) {
            text.push_str(
                "Subscribing needs none, and whoever shows one is refused: for that, set subscriber_jwt_key too.\n",
            );
        }
    }
    text.push_str("\nHistory is in memory: it ends with this program. Stop with Ctrl-C.\n");
    text
}

/// Where it is to be found, each place once.
fn places(addresses: &[SocketAddr], named_localhost: bool) -> Vec<String> {
    let mut places = Vec::new();
    for address in addresses {
        places.push(url(*address, named_localhost));
        if address.ip().is_unspecified() {
            let port = address.port();
            places.push(format!("from elsewhere at port {port} of this machine"));
        }
    }
    let mut known = HashSet::new();
    places.retain(|place| known.insert(place.clone()));
    places
}

/// The address as one would type it in a browser on this machine.
fn url(address: SocketAddr, named_localhost: bool) -> String {
    let ip = address.ip();
    let is_localhost = ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST;
    let host = match ip {
        _ if (named_localhost && is_localhost) || ip.is_unspecified() => "localhost".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    match address.port() {
        80 => format!("http://{host}/"),
        port => format!("http://{host}:{port}/"),
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
            ("127.0.0.2:5000", true, "http://127.0.0.2:5000/"),
            ("0.0.0.0:80", false, "http://localhost/"),
            ("[::]:8080", false, "http://localhost:8080/"),
            ("[::1]:80", false, "http://[::1]/"),
        ] {
            assert_eq!(url(address.parse().unwrap(), named_localhost), expected);
        }
    }

    #[test]
    fn every_place_is_said_once() {
        let places = |addresses: &[&str]| {
            let addresses: Vec<_> = addresses.iter().map(|text| text.parse().unwrap()).collect();
            places(&addresses, true)
        };
        assert_eq!(places(&["127.0.0.1:1", "[::1]:1"]), ["http://localhost:1/"]);
        assert_eq!(
            places(&["0.0.0.0:81", "[::]:81"]),
            [
                "http://localhost:81/",
                "from elsewhere at port 81 of this machine"
            ]
        );
        assert_eq!(
            places(&["127.0.0.1:1", "10.0.0.1:1"]),
            ["http://localhost:1/", "http://10.0.0.1:1/"]
        );
    }
}
