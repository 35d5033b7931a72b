//! The name of a cookie.

use super::{Kind, Value};

/// The name of the cookie that holds a token: a token of HTTP (RFC 6265, section 4.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CookieName(String);

impl AsRef<str> for CookieName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Value for CookieName {
    const KIND: Kind = Kind::text("NAME");

    fn read(text: &str) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if text.is_empty() || !text.chars().all(allowed) {
            return Err(format!(
                "`{text}` is not the name of a cookie; write letters, digits, - and _ only"
            ));
        }
        Ok(CookieName(text.to_owned()))
    }
}
