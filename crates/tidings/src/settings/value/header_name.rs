//! The name of a header field.

use axum::http;

use super::{Kind, Value};

/// The name of a header field that holds an address in each of its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderName(http::HeaderName);

impl HeaderName {
    pub(crate) fn name(&self) -> http::HeaderName {
        self.0.clone()
    }
}

impl Value for HeaderName {
    const KIND: Kind = Kind {
        example: "X-Forwarded-For",
        ..Kind::text("NAME")
    };

    fn read(text: &str) -> Result<Self, String> {
        match text.trim().parse() {
            // Its entries are not addresses, but lists of parameters (RFC 7239).
            Ok(http::header::FORWARDED) => Err(
                "the header `Forwarded` is not understood; have the proxy send X-Forwarded-For, and write that"
                    .to_owned(),
            ),
            Ok(name) => Ok(HeaderName(name)),
            Err(_) => Err(format!(
                "`{text}` is not the name of a header; write letters, digits and - only, as in X-Forwarded-For"
            )),
        }
    }
}
