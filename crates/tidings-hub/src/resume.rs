//! Where a stream starts: what a client sent as its last event id, and what the window makes of it.

use tidings_sse::EventId;

use crate::{
    position::{Epoch, Offset, Position},
    window::Window,
};

/// Where a subscription starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// With the next message that is published.
    #[default]
    Now,
    /// With the oldest message that history holds.
    Earliest,
    /// After the message with this id, as a client sent it: any bytes at all.
    After(Vec<u8>),
}

/// The outcome of looking a [`Start`] up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Located {
    /// Go on after this offset; nothing is missing.
    At(Offset),
    /// Go on with all that history holds, as was asked for.
    Beginning,
    /// What followed the id cannot be told or is gone. Go on with all that history holds.
    Lost { requested: String, reason: Reason },
}

/// Why what followed an id is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// No message that history holds has this id.
    Unknown,
    /// The id is a position in another log, from before a restart.
    OtherEpoch,
    /// History once held what followed the id, and no longer does.
    Expired,
}

/// An id that is longer is not one of ours; so much of it is repeated to the client.
const MAX_ID_BYTES: usize = Start::MAX_OWN_ID_BYTES;

/// As a last event id: everything that history holds.
const EARLIEST: &str = "earliest";

impl Start {
    /// The longest id that a publisher may give a message: an id travels as a header value. (With one
    /// of more than 128 bytes, a browser asks by a preflight before it comes back to another origin.)
    pub const MAX_OWN_ID_BYTES: usize = 1024;

    /// The start that a client asks for with a last event id: `earliest`, or an id of an event.
    /// An empty one means none.
    #[must_use]
    pub fn from_last_event_id(id: &[u8]) -> Self {
        match id {
            b"" => Self::Now,
            id if id == EARLIEST.as_bytes() => Self::Earliest,
            // The excess byte tells a long id apart from its beginning.
            id => Self::After(id[..id.len().min(MAX_ID_BYTES + 1)].to_vec()),
        }
    }

    pub(crate) fn locate(&self, window: &Window, epoch: Epoch) -> Located {
        match self {
            Self::Now => Located::At(window.head()),
            Self::Earliest => Located::Beginning,
            Self::After(id) => match locate_id(id, window, epoch) {
                Ok(offset) => Located::At(offset),
                Err(reason) => {
                    let shown = &id[..id.len().min(MAX_ID_BYTES)];
                    Located::Lost {
                        requested: String::from_utf8_lossy(shown).into_owned(),
                        reason,
                    }
                }
            },
        }
    }
}

fn locate_id(id: &[u8], window: &Window, epoch: Epoch) -> Result<Offset, Reason> {
    if id.len() > MAX_ID_BYTES {
        return Err(Reason::Unknown);
    }
    let position = Position::parse(id);
    if let Some(Position { offset, .. }) = position.filter(|position| position.epoch == epoch) {
        return match offset {
            offset if offset > window.head() => Err(Reason::Unknown),
            offset if offset < window.floor() => Err(Reason::Expired),
            offset => Ok(offset),
        };
    }
    // A publisher's id may look like a position of another log.
    let own = std::str::from_utf8(id).map_err(|_| Reason::Unknown)?;
    let lost = match position {
        Some(_) => Reason::OtherEpoch,
        None => Reason::Unknown,
    };
    window.locate(own).ok_or(lost)
}

/// Why a publisher's id for a message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOwnId {
    /// An empty id would make clients forget where they are.
    #[error("an id must not be empty; leave it out to have one given")]
    Empty,
    /// Longer than [`Start::MAX_OWN_ID_BYTES`].
    #[error("an id must be at most {} bytes long", Start::MAX_OWN_ID_BYTES)]
    TooLong,
    /// A client could not send it back as the value of a header.
    #[error("an id must not contain control characters, nor begin or end with a space")]
    NotAHeaderValue,
    /// It has a meaning of its own: `earliest`, or a position in this hub's log.
    #[error("an id must not be `earliest`, nor one that this hub gives by itself")]
    Reserved,
}

/// Checks that clients can resume by an id that a publisher gave.
pub(crate) fn check_own_id(id: &EventId, epoch: Epoch) -> Result<(), InvalidOwnId> {
    let text = id.as_str();
    if text.is_empty() {
        return Err(InvalidOwnId::Empty);
    }
    if text.len() > Start::MAX_OWN_ID_BYTES {
        return Err(InvalidOwnId::TooLong);
    }
    if text.contains(|c: char| c.is_ascii_control()) || text.trim_matches(' ') != text {
        return Err(InvalidOwnId::NotAHeaderValue);
    }
    let position = Position::parse(text.as_bytes());
    if text == EARLIEST || position.is_some_and(|position| position.epoch == epoch) {
        return Err(InvalidOwnId::Reserved);
    }
    Ok(())
}

impl Reason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::OtherEpoch => "other-epoch",
            Self::Expired => "expired",
        }
    }
}

#[cfg(test)]
mod tests;
