//! Why a token is refused.
//!
//! The full reason is for the operator. The answer to the request says `invalid_token` and nothing else, whatever the
//! cause (draft-dunglas-mercure-08, "Error Responses"), so that it teaches nobody how to do better.
//!
//! A message quotes what came from the token, escaped and cut short: anybody can send one, and it ends up in logs.

use std::fmt;
use std::time::SystemTime;

use super::algorithm::{Algorithm, Listed};
use super::carrier::Carrier;
use super::limits::MAX_TOKEN_BYTES;
use super::trust::Role;

/// A part of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Part {
    Header,
    Claims,
    Signature,
}

/// Why a token is refused, as its operator needs to know it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Refusal {
    #[error("the token has {bytes} bytes, more than {MAX_TOKEN_BYTES}")]
    TooLong { bytes: usize },
    #[error("the token has {found} parts between dots, not the three of a signed JWT")]
    Parts { found: usize },
    #[error("the {part} is not base64url without padding")]
    Encoding { part: Part },
    #[error("the {part} is empty")]
    EmptyPart { part: Part },
    #[error("the {part} is not a JSON object as it should be: {reason}")]
    Json { part: Part, reason: String },
    #[error("the header parameter {name:?} is not a string")]
    HeaderParameter { name: &'static str },
    #[error("the header names no algorithm (\"alg\")")]
    NoAlgorithm,
    #[error("the algorithm {} is not accepted from anybody", Quoted(.0))]
    UnknownAlgorithm(String),
    #[error("the header has \"crit\", and no extension is understood here")]
    Critical,

    #[error(
        "\"authorization_details\" make this a 1.0 token, whose header must have the typ \"at+jwt\"; it has {}",
        QuotedOption(.found)
    )]
    Type { found: Option<String> },
    #[error("a 1.0 token must have the claim {claim:?}")]
    Missing { claim: &'static str },
    #[error("the issuer {} is not trusted; trusted are {}", Quoted(.had), QuotedList(.trusted))]
    UnknownIssuer { had: String, trusted: Vec<String> },
    #[error("no key of the issuer {} is trusted to {role}", Quoted(.issuer))]
    NoKeyForRole { issuer: String, role: Role },
    #[error(
        "tokens of 0.x (with a \"mercure\" claim) are not enabled for any key trusted to {role}"
    )]
    LegacyDisabled { role: Role },
    #[error("a key that accepts 0.x tokens belongs to another issuer than {}", Quoted(.had))]
    LegacyIssuer { had: String },
    #[error("the key set of the issuer could not be loaded yet")]
    NoKeysYet,
    #[error("no trusted key has the id {}", Quoted(.kid))]
    UnknownKey { kid: String },
    #[error(
        "the algorithm {algorithm} is not allowed for the key; allowed: {}",
        Listed(.allowed)
    )]
    Algorithm {
        algorithm: Algorithm,
        allowed: Vec<Algorithm>,
    },
    #[error("the signature is not by {}", keys(.tried))]
    Signature { tried: usize },

    #[error("the claim {claim:?} is wrong: {reason}")]
    Claim { claim: &'static str, reason: String },
    #[error("it expired at {}", humantime::format_rfc3339_seconds(*.at))]
    Expired { at: SystemTime },
    #[error("it is not valid before {}", humantime::format_rfc3339_seconds(*.from))]
    NotYetValid { from: SystemTime },
    #[error("it is for {} (\"aud\"), and this hub is {}", QuotedList(.had), Quoted(.wanted))]
    Audience { had: Vec<String>, wanted: String },
    #[error("authorization detail number {number} is wrong: {reason}")]
    Detail { number: usize, reason: String },
    #[error("the token has more than {limit} {what}")]
    TooMany { what: &'static str, limit: usize },
    #[error("the claim {claim:?} of 0.x is wrong at {path}: {reason}")]
    LegacyClaim {
        claim: &'static str,
        path: String,
        reason: String,
    },
    #[error("a 1.0 token must not come in {carrier}, which is for 0.x only")]
    Carrier { carrier: Carrier },
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Claims => "claims part",
            Self::Signature => "signature",
        })
    }
}

fn keys(tried: &usize) -> String {
    match tried {
        1 => "the trusted key".to_owned(),
        tried => format!("any of the {tried} trusted keys"),
    }
}

/// Characters of a value that are shown.
const SHOWN: usize = 200;

/// Text from a token: escaped, and cut short.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

struct QuotedOption<'a>(&'a Option<String>);

struct QuotedList<'a>(&'a [String]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(SHOWN) {
            None => write!(f, "{:?}", self.0),
            Some((cut, _)) => write!(f, "{:?}…", &self.0[..cut]),
        }
    }
}

impl fmt::Display for QuotedOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some(text) => Quoted(text).fmt(f),
        }
    }
}

impl fmt::Display for QuotedList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (index, text) in self.0.iter().enumerate() {
            if index == 10 {
                return f.write_str(", …");
            }
            if index > 0 {
                f.write_str(", ")?;
            }
            Quoted(text).fmt(f)?;
        }
        Ok(())
    }
}
