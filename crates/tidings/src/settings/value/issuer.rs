//! The name of who issues tokens.

use std::fmt;

use super::{Kind, Value};

/// An issuer of tokens, as its tokens name it in `iss`: compared byte for byte, so it is kept as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IssuerId(String);

impl AsRef<str> for IssuerId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Value for IssuerId {
    const KIND: Kind = Kind {
        example: "https://app.example.com",
        ..Kind::text("ISSUER")
    };

    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(format!(
                "`{text}` is not one issuer; write what its tokens have as `iss`, such as {}",
                Self::KIND.example
            ));
        }
        Ok(IssuerId(text.to_owned()))
    }
}
