//! Whose web pages may use the hub.

use reqwest::Url;

use super::{Kind, Value};

/// An origin that may use the hub from a web page, written exactly as browsers write it (RFC 6454, section 6.2: scheme,
/// host and port, nothing more), or `*` for every origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin(String);

impl AsRef<str> for Origin {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Value for Origin {
    const KIND: Kind = Kind {
        example: "https://example.com",
        ..Kind::text("ORIGIN")
    };

    fn read(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Origin(text.to_owned()));
        }
        // A star in a name is a name to the parser of URLs, and no browser sends it.
        if text.contains('*') {
            return Err(format!(
                "`{text}` has a wildcard, and origins are compared as a whole; write each of them, such as \
                 https://app.example.com, or * alone for all"
            ));
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
            Ok(Origin(written))
        } else {
            Err(format!(
                "`{text}` is not how browsers write this origin; write {written}"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        let read = <Origin as Value>::read;
        for text in [
            "https://example.com",
            "http://localhost:8080",
            "http://[::1]:1",
            "tauri://localhost",
            "*",
        ] {
            assert_eq!(read(text), Ok(Origin(text.to_owned())));
        }
        for (text, right) in [
            ("https://example.com/", "https://example.com"),
            ("https://Example.com", "https://example.com"),
            ("https://example.com:443", "https://example.com"),
            ("https://user@example.com/path?query", "https://example.com"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(
                read(text),
                Err(format!(
                    "`{text}` is not how browsers write this origin; write {right}"
                ))
            );
        }
        for text in [
            "https://*.example.com",
            "https://example.com:*",
            "*://example.com",
            "*.example.com",
            "https://app-*.example.com",
        ] {
            let reason = read(text).unwrap_err();
            assert!(reason.contains("has a wildcard"), "{reason}");
            assert!(reason.ends_with("or * alone for all"), "{reason}");
        }
        for text in ["example.com", "example.com:443", "null", "file:///", ""] {
            assert!(
                read(text).unwrap_err().contains("is not an origin"),
                "{text}"
            );
        }
    }
}
