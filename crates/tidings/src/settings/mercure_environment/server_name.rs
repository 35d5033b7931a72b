//! `SERVER_NAME`: the addresses of a site of Caddy, which say by which names it is known, and thereby where it listens.
//!
//! A site listens on all networks. It speaks TLS, unless its scheme is http or its port is 80; TLS is not for tidings to
//! do.

use super::{FromMercure, given};
use crate::settings::sources::Source;

const VARIABLE: &str = "SERVER_NAME";

/// Reads the variable.
pub(super) fn read(text: &str, all: &mut FromMercure) {
    let addresses = text
        .split([',', ' ', '\t', '\n'])
        .filter(|text| !text.is_empty());
    let (mut ports, mut with_tls) = (Vec::new(), Vec::new());
    for address in addresses {
        match plain_port(address) {
            Some(port) if ports.contains(&port) => {}
            Some(port) => ports.push(port),
            None => with_tls.push(address),
        }
    }
    let listen: Vec<String> = ports.iter().map(|port| format!("0.0.0.0:{port}")).collect();
    if !listen.is_empty() {
        let source = Source::Variable(VARIABLE.to_owned());
        all.addresses
            .extend(given("listen", &listen.join(","), source));
    }
    if !with_tls.is_empty() {
        let names = with_tls.join(", ");
        let advice = match listen.is_empty() {
            true => ", and set TIDINGS_LISTEN=0.0.0.0:80 to be reached from it",
            false => "",
        };
        all.remarks.push(format!(
            "variable {VARIABLE} asks for https at {names}, and tidings does no TLS itself: put a proxy that does in front of it{advice}"
        ));
    }
}

/// The port of an address without TLS.
fn plain_port(address: &str) -> Option<u16> {
    let (plain, rest) = match address.strip_prefix("http://") {
        Some(rest) => (true, rest),
        None if address.contains("://") => return None,
        None => (false, address),
    };
    let rest = rest.split('/').next().unwrap_or_default();
    let digits = match rest.rsplit_once(':') {
        Some((_, digits)) => digits,
        None => "",
    };
    match digits.parse() {
        // Without a name there is nothing to have a certificate for.
        Ok(port) if plain || port == 80 || (rest.starts_with(':') && port != 443) => Some(port),
        Ok(_) => None,
        Err(_) if plain => Some(80),
        Err(_) => None,
    }
}
