//! From the text of a token to its parts: JWS compact serialization (RFC 7515, section 3.1), read strictly.
//!
//! Nothing here is believed yet. A signature covers the text of the parts, so they are kept as they came.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::claims::Dialect;
use super::json::parse_object;
use super::limits::MAX_TOKEN_BYTES;
use super::refusal::{Part, Refusal};

/// A token taken apart.
#[derive(Debug)]
pub(crate) struct Compact<'a> {
    /// Header and claims as they came, with the dot between: what is signed.
    pub(crate) signed: &'a [u8],
    pub(crate) signature: Vec<u8>,
    pub(crate) header: Header,
    pub(crate) claims: Map<String, Value>,
}

/// What counts of a JOSE header. `jwk`, `jku`, `x5c` and `x5u` do not: a token has no say in what it is verified with.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    pub(crate) typ: Option<String>,
    pub(crate) kid: Option<String>,
}

impl<'a> Compact<'a> {
    pub(crate) fn parse(token: &'a str) -> Result<Self, Refusal> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refusal::TooLong { bytes: token.len() });
        }
        let parts: Vec<&str> = token.split('.').collect();
        let &[header, claims, signature] = parts.as_slice() else {
            return Err(Refusal::Parts { found: parts.len() });
        };
        Ok(Self {
            signed: &token.as_bytes()[..header.len() + 1 + claims.len()],
            // In this order, so that of an unsigned token it is said that `none` is no algorithm.
            header: Header::read(&decode_object(header, Part::Header)?)?,
            claims: decode_object(claims, Part::Claims)?,
            signature: decode(signature, Part::Signature)?,
        })
    }

    /// Which rules the token is held to. What claims to be of 1.0 in any way is, whatever else is in it: so no token can
    /// escape the stricter rules.
    pub(crate) fn dialect(&self) -> Dialect {
        if self.header.is_access_token() || self.claims.contains_key("authorization_details") {
            Dialect::V1
        } else {
            Dialect::Legacy
        }
    }

    /// A claim that is text if it is there.
    pub(crate) fn text(&self, claim: &'static str) -> Result<Option<&str>, Refusal> {
        match self.claims.get(claim) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::Claim {
                claim,
                reason: "it is not a string".to_owned(),
            }),
        }
    }
}

impl Header {
    fn read(header: &Map<String, Value>) -> Result<Self, Refusal> {
        // What is listed in there must be understood (RFC 7515, section 4.1.11), and we understand no extension.
        if header.contains_key("crit") {
            return Err(Refusal::Critical);
        }
        let name = text(header, "alg")?.ok_or(Refusal::NoAlgorithm)?;
        Ok(Self {
            algorithm: name
                .parse()
                .map_err(|_| Refusal::UnknownAlgorithm(name.clone()))?,
            typ: text(header, "typ")?,
            kid: text(header, "kid")?,
        })
    }

    /// Whether `typ` is that of a JWT access token (RFC 9068, section 2.1), compared as RFC 7515, section 4.1.9 has it.
    pub(crate) fn is_access_token(&self) -> bool {
        self.typ.as_deref().is_some_and(|typ| {
            typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt")
        })
    }
}

/// Reads a part that is JSON.
pub(crate) fn decode_object(text: &str, part: Part) -> Result<Map<String, Value>, Refusal> {
    let bytes = decode(text, part)?;
    parse_object(&bytes).map_err(|reason| Refusal::Json { part, reason })
}

fn decode(text: &str, part: Part) -> Result<Vec<u8>, Refusal> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Refusal::Encoding { part })?;
    if bytes.is_empty() {
        return Err(Refusal::EmptyPart { part });
    }
    Ok(bytes)
}

fn text(header: &Map<String, Value>, name: &'static str) -> Result<Option<String>, Refusal> {
    match header.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::HeaderParameter { name }),
    }
}
