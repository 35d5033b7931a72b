//! Making tokens, of either dialect: for the command line, for tests, and for apps in Rust.
//!
//! A token made here is one that [`verify`](super::verify()) can accept: it goes through the same checks of its grammar.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Map, Value, json};

use super::claims::{Dialect, TopicMatcher};
use super::date::to_claim;
use super::details::{DETAIL_TYPE, read_details};
use super::key::SigningKey;
use super::legacy::read_legacy;
use super::limits::MAX_TOKEN_BYTES;
use super::refusal::Refusal;
use crate::matcher::MatcherType;

/// What is to be in a token.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    dialect: Dialect,
    publish: Option<Vec<TopicMatcher>>,
    subscribe: Option<Vec<TopicMatcher>>,
    payload: Option<Value>,
    expires: Option<SystemTime>,
    issuer: Option<String>,
    audience: Option<String>,
    subject: Option<String>,
    client: Option<String>,
    id: Option<String>,
    kid: Option<String>,
}

/// Why no token is made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MintError {
    /// 1.0 has no such matchers.
    #[error("{0:?} is a template of 0.x; a 1.0 token takes exact topics and URL Patterns")]
    Template(String),
    /// In 1.0 a payload belongs to what is subscribed to.
    #[error("a payload goes with topics to subscribe to; name some")]
    PayloadAlone,
    /// In 1.0 a payload is an object.
    #[error("the payload of a 1.0 token must be a JSON object")]
    PayloadNotAnObject,
    /// A moment before 1970 or after 9999.
    #[error("the time is not between the years 1970 and 9999")]
    Time,
    /// The token would be refused.
    #[error("the token would be refused")]
    Refused(#[from] Refusal),
    /// The system gave no random bytes, or the key cannot sign.
    #[error("the token cannot be signed")]
    Signing,
}

impl Draft {
    /// A token of 1.0, which cannot do without these three.
    pub fn v1(issuer: impl Into<String>, audience: impl Into<String>, expires: SystemTime) -> Self {
        Self {
            issuer: Some(issuer.into()),
            audience: Some(audience.into()),
            expires: Some(expires),
            ..Self::empty(Dialect::V1)
        }
    }

    /// A token of 0.x.
    pub fn legacy() -> Self {
        Self::empty(Dialect::Legacy)
    }

    fn empty(dialect: Dialect) -> Self {
        Self {
            dialect,
            publish: None,
            subscribe: None,
            payload: None,
            expires: None,
            issuer: None,
            audience: None,
            subject: None,
            client: None,
            id: None,
            kid: None,
        }
    }

    /// Topics that may be published to.
    #[must_use]
    pub fn with_publish(mut self, matchers: impl IntoIterator<Item = TopicMatcher>) -> Self {
        self.publish = Some(matchers.into_iter().collect());
        self
    }

    /// Topics whose private messages may be read.
    #[must_use]
    pub fn with_subscribe(mut self, matchers: impl IntoIterator<Item = TopicMatcher>) -> Self {
        self.subscribe = Some(matchers.into_iter().collect());
        self
    }

    /// Data for the subscriptions that the token opens.
    #[must_use]
    pub fn with_payload(mut self, payload: Value) -> Self {
        self.payload = Some(payload);
        self
    }

    /// `exp`.
    #[must_use]
    pub fn with_expires(mut self, expires: SystemTime) -> Self {
        self.expires = Some(expires);
        self
    }

    /// `iss`.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// `aud`.
    #[must_use]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// `sub`. A 1.0 token without one gets its issuer here: whoever signs for itself is its own subject.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// `client_id`. A 1.0 token without one gets its issuer here.
    #[must_use]
    pub fn with_client(mut self, client: impl Into<String>) -> Self {
        self.client = Some(client.into());
        self
    }

    /// `jti`. A 1.0 token without one gets a random one.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The id of the key, in the header.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into());
        self
    }
}

/// Makes a token.
///
/// # Errors
///
/// When it cannot be said in the dialect, or no hub would accept it.
pub fn mint(draft: &Draft, key: &SigningKey, now: SystemTime) -> Result<String, MintError> {
    let claims = match draft.dialect {
        Dialect::V1 => v1_claims(draft, now)?,
        Dialect::Legacy => legacy_claims(draft, now)?,
    };
    let mut header = Map::new();
    header.insert("alg".to_owned(), key.algorithm().name().into());
    let typ = match draft.dialect {
        Dialect::V1 => "at+jwt",
        Dialect::Legacy => "JWT",
    };
    header.insert("typ".to_owned(), typ.into());
    insert(&mut header, "kid", &draft.kid);

    let part = |object| URL_SAFE_NO_PAD.encode(Value::Object(object).to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = key
        .sign(signed.as_bytes())
        .map_err(|_| MintError::Signing)?;
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Refusal::TooLong { bytes: token.len() }.into());
    }
    Ok(token)
}

fn v1_claims(draft: &Draft, now: SystemTime) -> Result<Map<String, Value>, MintError> {
    let mut claims = common_claims(draft, now)?;
    // RFC 9068, section 2.2, wants all of these of every issuer.
    let of_issuer = |own: &Option<String>| own.clone().or_else(|| draft.issuer.clone());
    insert(&mut claims, "sub", &of_issuer(&draft.subject));
    insert(&mut claims, "client_id", &of_issuer(&draft.client));
    let id = match &draft.id {
        Some(id) => id.clone(),
        None => random_id()?,
    };
    insert(&mut claims, "jti", &Some(id));
    let details = Value::Array(v1_details(draft)?);
    read_details(&details, &|_| Ok(()))?;
    claims.insert("authorization_details".to_owned(), details);
    Ok(claims)
}

fn v1_details(draft: &Draft) -> Result<Vec<Value>, MintError> {
    let mut details = Vec::new();
    // A detail without topics is a fault, so an empty list is said by none.
    let grants = [("publish", &draft.publish), ("subscribe", &draft.subscribe)];
    for (action, matchers) in grants {
        let matchers = matchers.as_deref().unwrap_or_default();
        if matchers.is_empty() {
            continue;
        }
        if let Some(template) = matchers
            .iter()
            .find(|matcher| matcher.kind == MatcherType::Template && !matcher.is_wildcard())
        {
            return Err(MintError::Template(template.text.clone()));
        }
        let topics: Vec<_> = matchers.iter().map(TopicMatcher::to_json).collect();
        let mut detail = json!({"type": DETAIL_TYPE, "actions": [action], "topics": topics});
        if action == "subscribe"
            && let Some(payload) = &draft.payload
        {
            if !payload.is_object() {
                return Err(MintError::PayloadNotAnObject);
            }
            detail["payload"] = payload.clone();
        }
        details.push(detail);
    }
    let subscribes = draft.subscribe.as_ref().is_some_and(|m| !m.is_empty());
    if draft.payload.is_some() && !subscribes {
        return Err(MintError::PayloadAlone);
    }
    Ok(details)
}

fn legacy_claims(draft: &Draft, now: SystemTime) -> Result<Map<String, Value>, MintError> {
    let mut claims = common_claims(draft, now)?;
    insert(&mut claims, "sub", &draft.subject);
    insert(&mut claims, "client_id", &draft.client);
    insert(&mut claims, "jti", &draft.id);
    let mut mercure = Map::new();
    let lists = [("publish", &draft.publish), ("subscribe", &draft.subscribe)];
    for (name, matchers) in lists {
        if let Some(matchers) = matchers {
            let entries = matchers.iter().map(legacy_entry).collect();
            mercure.insert(name.to_owned(), Value::Array(entries));
        }
    }
    if let Some(payload) = &draft.payload {
        mercure.insert("payload".to_owned(), payload.clone());
    }
    claims.insert("mercure".to_owned(), Value::Object(mercure));
    read_legacy(&claims, &|_| Ok(()))?;
    Ok(claims)
}

fn legacy_entry(matcher: &TopicMatcher) -> Value {
    match matcher.kind {
        MatcherType::Template => Value::String(matcher.text.clone()),
        _ => Value::Object(matcher.to_json()),
    }
}

fn common_claims(draft: &Draft, now: SystemTime) -> Result<Map<String, Value>, MintError> {
    let mut claims = Map::new();
    insert(&mut claims, "iss", &draft.issuer);
    insert(&mut claims, "aud", &draft.audience);
    claims.insert(
        "iat".to_owned(),
        to_claim(now).ok_or(MintError::Time)?.into(),
    );
    if let Some(expires) = draft.expires {
        let seconds = to_claim(expires).ok_or(MintError::Time)?;
        claims.insert("exp".to_owned(), seconds.into());
    }
    Ok(claims)
}

fn insert(object: &mut Map<String, Value>, name: &str, value: &Option<String>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value.as_str().into());
    }
}

fn random_id() -> Result<String, MintError> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| MintError::Signing)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
