//! The address of the hub: the base that relative topics and patterns are resolved against, and the owner of the
//! reserved part of the namespace (draft-dunglas-mercure-08, sections URL Pattern and Publication).

use std::{fmt, str::FromStr, sync::Arc};

use url::Url;

/// The public URL of the hub, such as `https://example.com/.well-known/mercure`. Cloning is cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct HubUrl(Arc<Inner>);

/// Why a text can't be the URL of a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidHubUrl {
    /// It is no absolute URL.
    #[error(
        "the hub's URL is not an absolute URL; write it like https://example.com/.well-known/mercure"
    )]
    Syntax(#[source] url::ParseError),
    /// Its scheme is not that of HTTP.
    #[error("the hub's URL must begin with https:// or http://")]
    Scheme,
    /// It has a user name, a password, a query or a fragment, which would become part of every relative topic.
    #[error("the hub's URL must have no user, password, query or fragment; remove it")]
    Extra,
}

#[derive(PartialEq, Eq)]
struct Inner {
    url: Url,
    /// What was written, where that was an origin alone.
    origin: Option<String>,
    /// The path in the form that [`HubUrl::reserves`] compares.
    reserved: String,
}

impl HubUrl {
    /// Reads the public URL of the hub. One without a path means the hub there: `https://example.com` is
    /// `https://example.com/.well-known/mercure`.
    ///
    /// # Errors
    ///
    /// When it can't serve as the base of relative topics.
    pub fn parse(url: &str) -> Result<Self, InvalidHubUrl> {
        let written = url.trim();
        let mut url = Url::parse(written).map_err(InvalidHubUrl::Syntax)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidHubUrl::Scheme);
        }
        let credentials = !url.username().is_empty() || url.password().is_some();
        if credentials || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidHubUrl::Extra);
        }
        let mut origin = None;
        if url.path() == "/" {
            origin = Some(written.to_owned());
            url.set_path(crate::PATH);
        }
        let reserved = plain_path(url.path());
        Ok(Self(Arc::new(Inner {
            url,
            origin,
            reserved,
        })))
    }

    /// The URL in its normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.url.as_str()
    }

    /// The URL.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0.url
    }

    /// The path of the URL, such as `/.well-known/mercure`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.url.path()
    }

    /// What was written, where that was an origin alone: a hub may be known to its issuers by it (RFC 9728 has resources
    /// without a path), so tokens may name it in `aud`.
    pub(crate) fn origin_as_written(&self) -> Option<&str> {
        self.0.origin.as_deref()
    }

    /// What a topic stands for as a URL; `None` when it can't be read as one.
    pub(crate) fn resolve(&self, topic: &str) -> Option<Url> {
        self.0.url.join(topic).ok()
    }

    /// Whether this URL's path is the hub's or lies below it, whatever its scheme and host.
    pub(crate) fn reserves(&self, url: &Url) -> bool {
        let path = plain_path(url.path());
        // The address it is served at, also where the public URL has another path.
        [&*self.0.reserved, crate::PATH].iter().any(|reserved| {
            let rest = path.strip_prefix(reserved);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

impl FromStr for HubUrl {
    type Err = InvalidHubUrl;

    fn from_str(url: &str) -> Result<Self, InvalidHubUrl> {
        Self::parse(url)
    }
}

impl fmt::Display for HubUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for HubUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The path with its needless escapes decoded (RFC 3986, section 6.2.2.2) and without dot segments (5.2.4), so that no
/// spelling of the hub's path escapes the comparison. Decoded once: `%2565` stays an escaped percent sign.
fn plain_path(path: &str) -> String {
    let decoded = decode_unreserved(path);
    let mut segments: Vec<&str> = Vec::new();
    let mut parts = decoded.split('/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            "." | ".." => {
                // The segment in front of the first slash is the root, and stays.
                if part == ".." && segments.len() > 1 {
                    segments.pop();
                }
                if last {
                    segments.push("");
                }
            }
            _ => segments.push(part),
        }
    }
    segments.join("/")
}

fn decode_unreserved(path: &str) -> String {
    let mut decoded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        decoded.push_str(&rest[..at]);
        let escape = rest.get(at..at + 3).unwrap_or("%");
        match escaped_byte(escape) {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                decoded.push(char::from(byte));
            }
            _ => decoded.push_str(escape),
        }
        rest = &rest[at + escape.len()..];
    }
    decoded.push_str(rest);
    decoded
}

fn escaped_byte(escape: &str) -> Option<u8> {
    let digits = escape.strip_prefix('%')?;
    let hexadecimal = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| hexadecimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_urls_are_hubs() {
        let hub = HubUrl::parse("HTTPS://Example.com:443/.well-known/./mercure").unwrap();
        assert_eq!(hub.as_str(), "https://example.com/.well-known/mercure");
        assert_eq!(hub.path(), "/.well-known/mercure");
        assert!(matches!(HubUrl::parse("/x"), Err(InvalidHubUrl::Syntax(_))));
        assert_eq!(HubUrl::parse("data:x"), Err(InvalidHubUrl::Scheme));
        for extra in [
            "https://u@h/x",
            "https://:p@h/x",
            "https://h/x?",
            "https://h/x#",
        ] {
            assert_eq!(HubUrl::parse(extra), Err(InvalidHubUrl::Extra), "{extra}");
        }
    }

    /// Taken as it stood, it would be a hub at the root, where there is none, and no token would be for it.
    #[test]
    fn an_origin_means_the_hub_there() {
        for origin in ["https://example.com", "https://example.com/"] {
            let hub = HubUrl::parse(origin).unwrap();
            assert_eq!(hub.as_str(), "https://example.com/.well-known/mercure");
            assert_eq!(hub.origin_as_written(), Some(origin));
        }
        for other in ["https://example.com/hub", "https://example.com//"] {
            let hub = HubUrl::parse(other).unwrap();
            assert_eq!((hub.as_str(), hub.origin_as_written()), (other, None));
        }
    }

    #[test]
    fn paths_are_compared_in_one_spelling() {
        for (path, plain) in [
            ("/a/b", "/a/b"),
            ("/%61/%7E%2e%5F%2D", "/a/~._-"),
            ("/a%2Fb%2541%zz%4", "/a%2Fb%2541%zz%4"),
            ("/a/./b/../c/..", "/a/"),
            ("/../..", "/"),
            ("/a/%2E%2e/b", "/b"),
            ("/%é", "/%é"),
            ("a/../../b", "a/b"),
            ("", ""),
        ] {
            assert_eq!(plain_path(path), plain, "{path}");
        }
    }
}
