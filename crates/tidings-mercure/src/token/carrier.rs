//! Where in a request the token is (draft-dunglas-mercure-08, "Presenting the Access Token"; RFC 6750, section 2).
//!
//! The first that is there counts: the `Authorization` header, the query parameter `authorization` of 0.x, the cookie, the
//! cookie of 0.x. A header is used and all else ignored even when the header is of another scheme: then the request is one
//! without a token, since RFC 6750, section 3.1, takes an unsupported scheme for no authentication. One that is of the
//! scheme `Bearer` is never that: who wanted to show a token and got it wrong is told so.

use std::fmt;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};

use super::claims::Dialect;

/// The cookie of 0.x.
const LEGACY_COOKIE: &str = "mercureAuthorization";

/// The query parameter of 0.x.
const LEGACY_PARAMETER: &str = "authorization";

/// Where a token was found. What browsers send on their own, cookies, needs a check of the request's origin before it may
/// publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// `Authorization: Bearer`.
    Header,
    /// The query parameter `authorization`, of 0.x.
    Query,
    /// The cookie whose name the settings give.
    Cookie,
    /// The cookie `mercureAuthorization`, of 0.x.
    LegacyCookie,
}

/// A token as it was presented; nothing has been said yet about its worth.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Presented {
    /// The token.
    pub token: String,
    /// Where it was.
    pub carrier: Carrier,
}

/// Where to look.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CarrierSettings {
    /// The name of the cookie.
    pub cookie: String,
    /// Whether to look where tokens of 0.x come.
    pub legacy: bool,
}

/// A token presented so badly that it cannot be found: 400 with `invalid_request`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// More than one `Authorization` header.
    #[error("the request has {0} Authorization headers; send one")]
    SeveralHeaders(usize),
    /// A `Bearer` header without a token, or a parameter without value.
    #[error("there is no token in {0}")]
    Empty(Carrier),
    /// `Bearer` and then something else than a space.
    #[error("Bearer is not followed by a space and the token")]
    Separator,
    /// Characters that no token has.
    #[error(
        "what is in {0} is not a token: it has characters other than those of base64url and dots"
    )]
    Characters(Carrier),
    /// The parameter comes more than once.
    #[error("the query has several parameters authorization; send one")]
    SeveralParameters,
}

impl Carrier {
    /// Whether a token of this dialect may come here. Those of 1.0 never come in a URL, which ends up in logs.
    pub fn admits(self, dialect: Dialect) -> bool {
        match self {
            Self::Header | Self::Cookie => true,
            Self::Query | Self::LegacyCookie => dialect == Dialect::Legacy,
        }
    }

    /// Whether a browser sends it on its own, also with a request that another site made it send.
    pub fn is_cookie(self) -> bool {
        matches!(self, Self::Cookie | Self::LegacyCookie)
    }
}

impl Default for CarrierSettings {
    /// `__Secure-mercure_access_token`, and nothing of 0.x.
    fn default() -> Self {
        Self {
            cookie: "__Secure-mercure_access_token".to_owned(),
            legacy: false,
        }
    }
}

impl CarrierSettings {
    /// The name of the cookie. One that begins with `__Secure-` is taken over https only, by browsers.
    #[must_use]
    pub fn with_cookie(mut self, name: impl Into<String>) -> Self {
        self.cookie = name.into();
        self
    }

    /// Whether to look where tokens of 0.x come.
    #[must_use]
    pub fn with_legacy(mut self, legacy: bool) -> Self {
        self.legacy = legacy;
        self
    }
}

/// Finds the token of a request.
///
/// An empty cookie is none: it is how some apps log a user out. Of cookies with the same name the first counts, which
/// browsers make the one with the longest path (RFC 6265, section 5.4).
///
/// # Errors
///
/// When one is presented in a way that cannot be right.
pub fn carrier(
    headers: &HeaderMap,
    query: Option<&str>,
    settings: &CarrierSettings,
) -> Result<Option<Presented>, Malformed> {
    if headers.contains_key(AUTHORIZATION) {
        return in_header(headers);
    }
    if settings.legacy
        && let Some(presented) = in_query(query.unwrap_or_default())?
    {
        return Ok(Some(presented));
    }
    if let Some(presented) = in_cookie(headers, &settings.cookie, Carrier::Cookie)? {
        return Ok(Some(presented));
    }
    if settings.legacy {
        return in_cookie(headers, LEGACY_COOKIE, Carrier::LegacyCookie);
    }
    Ok(None)
}

impl Presented {
    /// The token that a form has as the parameter of 0.x.
    pub(crate) fn in_form(token: &str) -> Result<Self, Malformed> {
        presented(token.as_bytes(), Carrier::Query)
    }
}

fn in_header(headers: &HeaderMap) -> Result<Option<Presented>, Malformed> {
    let values: Vec<_> = headers.get_all(AUTHORIZATION).iter().collect();
    let &[value] = values.as_slice() else {
        return Err(Malformed::SeveralHeaders(values.len()));
    };
    let value = value.as_bytes().trim_ascii();
    let end = value.iter().position(|byte| !is_of_a_scheme(*byte));
    let (scheme, rest) = value.split_at(end.unwrap_or(value.len()));
    if !scheme.eq_ignore_ascii_case(b"Bearer") {
        return Ok(None);
    }
    // Spaces alone stand between the two (RFC 9110, section 11.4), and no tabs.
    match rest.iter().position(|byte| *byte != b' ') {
        Some(0) => Err(Malformed::Separator),
        Some(spaces) => presented(&rest[spaces..], Carrier::Header).map(Some),
        None => Err(Malformed::Empty(Carrier::Header)),
    }
}

/// Whether the byte may be in the name of a scheme (`tchar` of RFC 9110, section 5.6.2).
fn is_of_a_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn in_query(query: &str) -> Result<Option<Presented>, Malformed> {
    let mut values = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name == LEGACY_PARAMETER)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => presented(value.as_bytes(), Carrier::Query).map(Some),
        (Some(_), Some(_)) => Err(Malformed::SeveralParameters),
    }
}

fn in_cookie(
    headers: &HeaderMap,
    name: &str,
    carrier: Carrier,
) -> Result<Option<Presented>, Malformed> {
    // HTTP/2 may send each cookie as a header of its own (RFC 9113, section 8.2.3).
    let value = headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .find_map(|pair| {
            let equals = pair.iter().position(|byte| *byte == b'=')?;
            let (own, value) = (pair[..equals].trim_ascii(), pair[equals + 1..].trim_ascii());
            (own == name.as_bytes()).then(|| unquoted(value))
        });
    match value {
        None | Some([]) => Ok(None),
        Some(value) => presented(value, carrier).map(Some),
    }
}

fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] => inner,
        value => value,
    }
}

/// The token, if it has the characters of one (`b64token` of RFC 6750, section 2.1).
fn presented(token: &[u8], carrier: Carrier) -> Result<Presented, Malformed> {
    if token.is_empty() {
        return Err(Malformed::Empty(carrier));
    }
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    match std::str::from_utf8(token) {
        Ok(text) if token.iter().all(is_token) => Ok(Presented {
            token: text.to_owned(),
            carrier,
        }),
        _ => Err(Malformed::Characters(carrier)),
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "the Authorization header",
            Self::Query => "the query parameter authorization",
            Self::Cookie => "the cookie",
            Self::LegacyCookie => "the cookie mercureAuthorization",
        })
    }
}

impl fmt::Debug for Presented {
    /// Without the token, which would open the hub to whoever reads the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Presented(in {})", self.carrier)
    }
}
