//! Where the server listens.

use std::fmt;

use super::{Kind, Value};

/// An address to listen on: a host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListenAddress {
    /// A name, an IPv4 address, or an IPv6 address without its brackets. `localhost` means every loopback address.
    pub(crate) host: String,
    /// The port; 0 has the system choose a free one.
    pub(crate) port: u16,
}

impl Value for ListenAddress {
    const KIND: Kind = Kind::text("HOST:PORT");

    fn read(text: &str) -> Result<Self, String> {
        let fault = |what: &str| format!("`{text}` {what}");
        if text.is_empty() {
            return Err(fault("is no address; write localhost:5000"));
        }
        if text.contains('/') {
            return Err(fault(
                "is not an address to listen on; leave out the scheme and the path, as in localhost:5000",
            ));
        }
        if text.parse::<std::net::Ipv6Addr>().is_ok() {
            return Err(format!("`{text}` has no port; write [{text}]:5000"));
        }
        let Some((host, port)) = text.rsplit_once(':') else {
            return Err(match text.parse::<u16>() {
                Ok(_) => fault(&format!(
                    "has no host; write localhost:{text}, or 0.0.0.0:{text} for every network"
                )),
                Err(_) => fault(&format!("has no port; write {text}:5000")),
            });
        };
        if host.is_empty() {
            return Err(fault(&format!(
                "has no host; write localhost:{port}, or 0.0.0.0:{port} for every network"
            )));
        }
        let port = port.parse().map_err(|_| {
            fault("has no valid port; write a number from 0 to 65535 after the colon")
        })?;
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        match bare {
            Some(bare) if bare.parse::<std::net::Ipv6Addr>().is_err() => Err(fault(
                "has no IPv6 address between its brackets; write for example [::1]:5000",
            )),
            None if host.contains([':', '[', ']', ' ']) => Err(fault(
                "is not HOST:PORT; write an IPv6 address in brackets, as in [::1]:5000",
            )),
            _ => Ok(ListenAddress {
                host: bare.unwrap_or(host).to_owned(),
                port,
            }),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(host: &str, port: u16) -> ListenAddress {
        ListenAddress {
            host: host.to_owned(),
            port,
        }
    }

    #[test]
    fn addresses_to_listen_on() {
        let read = <ListenAddress as Value>::read;
        for (text, address) in [
            ("localhost:5000", listen("localhost", 5000)),
            ("127.0.0.1:0", listen("127.0.0.1", 0)),
            ("[::1]:80", listen("::1", 80)),
        ] {
            assert_eq!(read(text).as_ref(), Ok(&address));
            assert_eq!(address.to_string(), text);
        }
        for (text, advice) in [
            (
                "5000",
                "write localhost:5000, or 0.0.0.0:5000 for every network",
            ),
            (
                ":5000",
                "write localhost:5000, or 0.0.0.0:5000 for every network",
            ),
            ("localhost", "write localhost:5000"),
            ("::1", "write [::1]:5000"),
            ("::1:x", "write a number from 0 to 65535 after the colon"),
            (
                "localhost:65536",
                "write a number from 0 to 65535 after the colon",
            ),
            ("[localhost]:1", "write for example [::1]:5000"),
            (
                "http://localhost:5000",
                "leave out the scheme and the path, as in localhost:5000",
            ),
            ("", "write localhost:5000"),
        ] {
            let reason = read(text).unwrap_err();
            assert!(reason.ends_with(advice), "{text}: {reason}");
        }
    }
}
