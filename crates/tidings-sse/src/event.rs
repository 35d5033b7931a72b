//! An event: what a server sends, field by field, before it is bytes.
//!
//! Stands between the message that was published and [the encoder](crate::encode). Every value that can be held here
//! can be encoded: the one-line fields are checked by their types, the data may be any text.

use std::time::Duration;

use crate::field::{EventId, EventName};

/// One event of a stream: its data, and if wanted a name, an id and a reconnection time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub(crate) id: Option<EventId>,
    pub(crate) name: Option<EventName>,
    pub(crate) retry_millis: Option<u64>,
    pub(crate) data: String,
}

impl Event {
    /// An event with this data, which may be any text of any number of lines, also none.
    ///
    /// CR, LF and CRLF each end a line on the wire, and a client receives each of them as LF: the format cannot carry
    /// which of the three it was.
    pub fn new(data: impl Into<String>) -> Self {
        Self {
            id: None,
            name: None,
            retry_millis: None,
            data: data.into(),
        }
    }

    /// Names the event. Without a name it is received as `message`.
    #[must_use]
    pub fn with_name(mut self, name: EventName) -> Self {
        self.name = Some(name);
        self
    }

    /// Gives the event an id. It stays the client's last event id until an event with another one arrives.
    #[must_use]
    pub fn with_id(mut self, id: EventId) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets how long the client waits before it connects again.
    ///
    /// The wire counts whole milliseconds: a fraction is cut off, and what is beyond `u64::MAX` of them is that maximum.
    #[must_use]
    pub fn with_retry(mut self, retry: Duration) -> Self {
        self.retry_millis = Some(whole_millis(retry));
        self
    }

    /// The data, as it was given.
    pub fn data(&self) -> &str {
        &self.data
    }

    /// The name, if there is one.
    pub fn name(&self) -> Option<&EventName> {
        self.name.as_ref()
    }

    /// The id, if there is one.
    pub fn id(&self) -> Option<&EventId> {
        self.id.as_ref()
    }

    /// The reconnection time in whole milliseconds, if there is one.
    pub fn retry(&self) -> Option<Duration> {
        self.retry_millis.map(Duration::from_millis)
    }
}

/// The milliseconds a `retry` field says for this time.
pub(crate) fn whole_millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
