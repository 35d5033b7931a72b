//! The form of a publisher. Specification: section Publication.

use super::{FormLimits, pairs::pairs};
use crate::{
    hub_url::HubUrl,
    text::{self, BadCharacter},
    topic::{self, InvalidTopic},
};

/// What a publisher has sent, with every rule of the protocol kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishForm {
    /// The topics, at least one. The first is the canonical one.
    pub topics: Vec<String>,
    /// The content, of any number of lines. Empty when there was none.
    pub data: String,
    /// Whether the message is only for those whose token allows it.
    pub private: bool,
    /// The id that the publisher gives the message.
    pub id: Option<String>,
    /// The type of the event.
    pub event_type: Option<String>,
    /// The time after which clients come back, in milliseconds.
    pub retry: Option<u64>,
}

/// Why a publish form is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPublishForm {
    /// A name or a value is not UTF-8.
    #[error(
        "the field `{field}` is not valid UTF-8; encode it as UTF-8 before percent-encoding it"
    )]
    NotUtf8 {
        /// The field's name.
        field: String,
    },
    /// There is no topic.
    #[error("`topic` is missing; add it, such as topic=https%3A%2F%2Fexample.com%2Fbooks%2F1")]
    NoTopic,
    /// A topic can't be published to.
    #[error("`topic`: {0}")]
    Topic(InvalidTopic),
    /// The id or the type has a control or an invisible character.
    #[error("`{field}` is not allowed: {found}")]
    Character {
        /// The field's name.
        field: &'static str,
        /// What it must not have.
        found: BadCharacter,
    },
    /// The id is one that only the hub gives.
    #[error(
        "`id` must not begin with `#` and must not be `earliest`; choose another one, or leave it out to be given one"
    )]
    ReservedId,
    /// The type is the hub's own.
    #[error("`type` must not be `mercure`, which is for the hub's own events; choose another one")]
    ReservedType,
    /// The time to come back after is no number, or one that is too big.
    #[error("`retry` must be a whole number of milliseconds, in digits and below 2^64")]
    Retry,
    /// A field is too long.
    #[error("the field `{field}` is longer than {limit} bytes; shorten it")]
    TooLong {
        /// The field's name.
        field: &'static str,
        /// The longest allowed.
        limit: usize,
    },
    /// There are too many topics.
    #[error("there are more than {limit} fields `topic`; publish in several requests")]
    TooManyTopics {
        /// The most allowed.
        limit: usize,
    },
    /// There are too many fields.
    #[error("there are more than {limit} fields; leave out those that are not known here")]
    TooManyFields {
        /// The most allowed.
        limit: usize,
    },
}

impl InvalidPublishForm {
    /// The status to answer with: 413 for what is over a limit, else 400.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::TooLong { .. } | Self::TooManyTopics { .. } | Self::TooManyFields { .. } => 413,
            _ => 400,
        }
    }
}

impl PublishForm {
    /// Reads the body of a publish request.
    ///
    /// Of a field that is not to be repeated the first one counts. An empty `id`, `type` or `retry` counts as none.
    ///
    /// # Errors
    ///
    /// Says which field breaks which rule.
    pub fn parse(
        body: &[u8],
        hub: &HubUrl,
        limits: &FormLimits,
    ) -> Result<Self, InvalidPublishForm> {
        let (mut topics, mut private) = (Vec::new(), false);
        let (mut data, mut id, mut event_type, mut retry) = (None, None, None, None);
        for (index, pair) in pairs(body).enumerate() {
            if index >= limits.fields {
                let limit = limits.fields;
                return Err(InvalidPublishForm::TooManyFields { limit });
            }
            let (Ok(name), Ok(value)) = (str::from_utf8(&pair.name), str::from_utf8(&pair.value))
            else {
                let field = pair.shown_name();
                return Err(InvalidPublishForm::NotUtf8 { field });
            };
            match name {
                "topic" => topics.push(read_topic(value, topics.len(), hub, limits)?),
                "private" => private = true,
                "data" => keep_first(&mut data, value),
                "id" => keep_first(&mut id, value),
                "type" => keep_first(&mut event_type, value),
                "retry" => keep_first(&mut retry, value),
                _ => {}
            }
        }
        if topics.is_empty() {
            return Err(InvalidPublishForm::NoTopic);
        }
        Ok(Self {
            topics,
            data: data.unwrap_or_default(),
            private,
            id: read_id(id, limits)?,
            event_type: read_type(event_type, limits)?,
            retry: read_retry(retry)?,
        })
    }
}

fn keep_first(field: &mut Option<String>, value: &str) {
    if field.is_none() {
        *field = Some(value.to_owned());
    }
}

fn read_topic(
    value: &str,
    before: usize,
    hub: &HubUrl,
    limits: &FormLimits,
) -> Result<String, InvalidPublishForm> {
    if before >= limits.topics {
        let limit = limits.topics;
        return Err(InvalidPublishForm::TooManyTopics { limit });
    }
    check_length("topic", value, limits.topic_bytes)?;
    topic::check(value, hub).map_err(InvalidPublishForm::Topic)?;
    Ok(value.to_owned())
}

fn read_id(
    value: Option<String>,
    limits: &FormLimits,
) -> Result<Option<String>, InvalidPublishForm> {
    let value = one_line("id", value, limits.id_bytes)?;
    match value.as_deref() {
        Some(id) if id.starts_with('#') || id == "earliest" => Err(InvalidPublishForm::ReservedId),
        _ => Ok(value),
    }
}

fn read_type(
    value: Option<String>,
    limits: &FormLimits,
) -> Result<Option<String>, InvalidPublishForm> {
    let value = one_line("type", value, limits.type_bytes)?;
    match value.as_deref() {
        Some("mercure") => Err(InvalidPublishForm::ReservedType),
        _ => Ok(value),
    }
}

fn read_retry(value: Option<String>) -> Result<Option<u64>, InvalidPublishForm> {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    // The number's own parser would let a sign through.
    if !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidPublishForm::Retry);
    }
    let millis = value.parse().map_err(|_| InvalidPublishForm::Retry)?;
    Ok(Some(millis))
}

fn one_line(
    field: &'static str,
    value: Option<String>,
    limit: usize,
) -> Result<Option<String>, InvalidPublishForm> {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    check_length(field, &value, limit)?;
    text::check(&value).map_err(|found| InvalidPublishForm::Character { field, found })?;
    Ok(Some(value))
}

fn check_length(field: &'static str, value: &str, limit: usize) -> Result<(), InvalidPublishForm> {
    if value.len() > limit {
        return Err(InvalidPublishForm::TooLong { field, limit });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
