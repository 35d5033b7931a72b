//! The types a setting can have, and how the text that a user typed is read as each.
//!
//! All sources come to the same text: `15s` is `15s` on the command line, in a variable and in the file. The reasons a
//! reading fails with end with what to write instead, because they are shown to the user as they are.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;
use tracing_subscriber::filter::Targets;

/// How a value is written: for the help, for shell completions and for the types that TOML has of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// What stands for the value in the help.
    pub(crate) placeholder: &'static str,
    /// The type of its own that the value may also have in the file; a string is always right.
    pub(crate) natural: Natural,
    /// All values there are, if they are few.
    pub(crate) choices: &'static [&'static str],
}

/// The types of TOML that stand for a value without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Natural {
    /// No other than a string.
    Text,
    /// An integer.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// An array of strings.
    Array,
}

impl Kind {
    const fn text(placeholder: &'static str) -> Kind {
        Kind {
            placeholder,
            natural: Natural::Text,
            choices: &[],
        }
    }
}

/// A type that a setting can have.
pub(crate) trait Value: Sized {
    /// How it is written.
    const KIND: Kind;

    /// Reads what a user typed; the error is for the user, and ends with what to do.
    fn read(text: &str) -> Result<Self, String>;
}

impl Value for Duration {
    const KIND: Kind = Kind::text("DURATION");

    fn read(text: &str) -> Result<Self, String> {
        humantime::parse_duration(text.trim()).map_err(|_| {
            format!("`{text}` is not a duration; write a number with a unit, such as 500ms, 15s, 10m or 1h")
        })
    }
}

impl Value for usize {
    const KIND: Kind = Kind {
        natural: Natural::Integer,
        ..Kind::text("NUMBER")
    };

    fn read(text: &str) -> Result<Self, String> {
        let digits = text.trim().replace('_', "");
        digits
            .parse()
            .map_err(|_| format!("`{text}` is not a number; write digits only, such as 1000"))
    }
}

impl Value for bool {
    const KIND: Kind = Kind {
        natural: Natural::Boolean,
        choices: &["true", "false"],
        ..Kind::text("true|false")
    };

    fn read(text: &str) -> Result<Self, String> {
        match text.trim() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(format!(
                "`{text}` is neither true nor false; write one of them"
            )),
        }
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ByteSize(pub(crate) u64);

/// The units a size can have. Capital letters make no difference: nobody means bits here.
const UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

impl Value for ByteSize {
    const KIND: Kind = Kind {
        natural: Natural::Integer,
        ..Kind::text("SIZE")
    };

    fn read(text: &str) -> Result<Self, String> {
        let plain = text.trim().replace('_', "").to_ascii_lowercase();
        let unit_at = plain
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(plain.len());
        let (digits, unit) = plain.split_at(unit_at);
        let number = digits.parse::<u64>().ok();
        let factor = UNITS
            .iter()
            .find(|(name, _)| *name == unit.trim())
            .map(|(_, factor)| *factor);
        number
            .zip(factor)
            .and_then(|(number, factor)| number.checked_mul(factor))
            .map(ByteSize)
            .ok_or_else(|| format!("`{text}` is not a size; write a whole number of bytes, or with a unit, such as 64KiB or 2MiB"))
    }
}

impl fmt::Display for ByteSize {
    /// In the greatest unit that leaves a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"];
        let (mut number, mut unit) = (self.0, 0);
        while number != 0 && number % 1024 == 0 && unit + 1 < units.len() {
            (number, unit) = (number / 1024, unit + 1);
        }
        write!(f, "{number}{}", units[unit])
    }
}

/// A list, with commas between its parts. An empty text is an empty list.
impl<T: Value> Value for Vec<T> {
    const KIND: Kind = Kind {
        natural: Natural::Array,
        ..T::KIND
    };

    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        text.split(',').map(|part| T::read(part.trim())).collect()
    }
}

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

/// An origin that may use the hub from a web page (RFC 6454, section 6.2: scheme, host and port, nothing more).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `*`: every origin.
    Any,
    /// Written exactly as browsers write it.
    Exact(String),
}

impl Value for Origin {
    const KIND: Kind = Kind::text("ORIGIN");

    fn read(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Origin::Any);
        }
        let no_origin = || {
            format!(
                "`{text}` is not an origin; write scheme and host, such as https://example.com, or *"
            )
        };
        let url = Url::parse(text).map_err(|_| no_origin())?;
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or_else(no_origin)?;
        // Schemes that the URL standard does not know (tauri://localhost) have no origin there, but browsers send one.
        let port = url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        let written = format!("{}://{host}{port}", url.scheme());
        if written == text {
            Ok(Origin::Exact(written))
        } else {
            Err(format!(
                "`{text}` is not how browsers write this origin; write {written}"
            ))
        }
    }
}

/// What is logged: levels, and levels for single modules.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LogFilter(pub(crate) Targets);

impl Value for LogFilter {
    const KIND: Kind = Kind::text("FILTER");

    fn read(text: &str) -> Result<Self, String> {
        let fault = || {
            format!(
                "`{text}` is not a log filter; write a level (error, warn, info, debug, trace, off), or levels for modules, such as info,tidings_hub=debug"
            )
        };
        // A lone word that is no level would be taken for a module, and silence everything else.
        let level_or_pair = |part: &str| {
            part.contains('=')
                || part
                    .parse::<tracing_subscriber::filter::LevelFilter>()
                    .is_ok()
        };
        if !text.split(',').all(|part| level_or_pair(part.trim())) {
            return Err(fault());
        }
        Targets::from_str(text).map(LogFilter).map_err(|_| fault())
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// One line of text per event, for people.
    Text,
    /// One JSON object per line, for machines.
    Json,
}

impl Value for LogFormat {
    const KIND: Kind = Kind {
        choices: &["text", "json"],
        ..Kind::text("text|json")
    };

    fn read(text: &str) -> Result<Self, String> {
        match text.trim() {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err(format!("`{text}` is not a log format; write text or json")),
        }
    }
}
