//! The two fields of an event that must stay on one line: its name and its id.
//!
//! They are checked once, where text from outside becomes an [`EventName`] or an [`EventId`]. The encoder then writes
//! them as they are: with no line break inside, they cannot start another field. Text that would is refused here.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The name of an event, the `event` field: what a browser's `addEventListener` selects by.
///
/// Not empty, and without CR, LF and NUL. An event without a name is received as `message`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventName(Arc<str>);

/// The id of an event, the `id` field: what a client sends back as `Last-Event-ID` to go on from there.
///
/// Without CR, LF and NUL. The standard allows an empty id: it clears the client's id, so that no `Last-Event-ID` is
/// sent until an event with another id has arrived. Cheap to clone.
///
/// An id with a byte that is not printable ASCII, with one of `" ( ) : < > ? @ [ \ ] { }`, or of more than 128 bytes is
/// valid, but costs a browser a CORS preflight at each reconnect from another origin.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(Arc<str>);

/// Why a text cannot be an [`EventName`] or an [`EventId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidField {
    /// The text has a CR or LF, which would end the field and start another one.
    #[error("contains a line break; remove CR and LF")]
    LineBreak,
    /// The text has a NUL character; decoders ignore an id that has one.
    #[error("contains a NUL character; remove it")]
    Nul,
    /// An event name is empty, which decoders take for no name at all.
    #[error("is empty; leave an event's name out to have it received as `message`")]
    Empty,
}

impl EventName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn check(text: &str) -> Result<(), InvalidField> {
        if text.is_empty() {
            return Err(InvalidField::Empty);
        }
        check_one_line(text)
    }
}

impl EventId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn check(text: &str) -> Result<(), InvalidField> {
        check_one_line(text)
    }
}

fn check_one_line(text: &str) -> Result<(), InvalidField> {
    match memchr::memchr3(b'\r', b'\n', b'\0', text.as_bytes()).map(|at| text.as_bytes()[at]) {
        None => Ok(()),
        Some(b'\0') => Err(InvalidField::Nul),
        Some(_) => Err(InvalidField::LineBreak),
    }
}

/// The conversions both fields share: in through `check`, out as text.
macro_rules! text_conversions {
    ($field:ty) => {
        impl TryFrom<&str> for $field {
            type Error = InvalidField;

            fn try_from(text: &str) -> Result<Self, InvalidField> {
                Self::check(text)?;
                Ok(Self(text.into()))
            }
        }

        impl TryFrom<String> for $field {
            type Error = InvalidField;

            fn try_from(text: String) -> Result<Self, InvalidField> {
                Self::try_from(text.as_str())
            }
        }

        impl FromStr for $field {
            type Err = InvalidField;

            fn from_str(text: &str) -> Result<Self, InvalidField> {
                Self::try_from(text)
            }
        }

        impl AsRef<str> for $field {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $field {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(&self.0)
            }
        }
    };
}

text_conversions!(EventName);
text_conversions!(EventId);
