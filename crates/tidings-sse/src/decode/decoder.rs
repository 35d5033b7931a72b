//! The decoder: takes bytes as they arrive, gives the items of the stream one at a time.
//!
//! Keeps the bounds: it holds one unfinished line, and of one unfinished event the data within its limit and a name and
//! an id of one line each. What exceeds a limit is reported once and left out, at no cost in memory; the stream goes on
//! behind it.

use std::sync::Arc;
use std::time::Duration;

use super::assembly::Assembly;
use super::lines::{Lines, NextLine};

/// An incremental decoder of one event stream.
///
/// ```
/// use tidings_sse::{Decoded, Decoder};
///
/// let mut decoder = Decoder::new();
/// let mut received = Vec::new();
/// for read in ["data: he", "llo\r", "\n\r\ndata: unfini"] {
///     let mut input = read.as_bytes();
///     while let Some(item) = decoder.decode(&mut input)? {
///         if let Decoded::Message(message) = item {
///             received.push(message.data);
///         }
///     }
/// }
/// assert_eq!(received, ["hello"]);
/// # Ok::<(), tidings_sse::DecodeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Decoder {
    lines: Lines,
    assembly: Assembly,
}

/// One item of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decoded {
    /// A whole event, to be handed to whoever listens.
    Message(MessageEvent),
    /// The reconnection time from now on; a `retry` field counts where it stands, also in an event without data.
    Retry(Duration),
    /// A comment, without its colon and one space behind it. Says nothing but that the server is alive.
    Comment(String),
}

/// An event as a client receives it: the `MessageEvent` of a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageEvent {
    /// The event's name, `message` if it was sent without one.
    pub name: String,
    /// The data, its lines joined by LF.
    pub data: String,
    /// The id of this event, or of the last one before it that had an id; empty if there is none.
    pub last_event_id: Arc<str>,
}

/// How much a [`Decoder`] takes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest line, without its line end. Default 8 MiB.
    pub line: usize,
    /// The most data of one event, its lines and the LF between them. Default 16 MiB.
    pub event: usize,
}

/// Why a piece of the stream was left out.
///
/// The decoder stays usable: the next call goes on behind the piece. The event it belongs to is dropped whole, and
/// reported once, however many of its lines are too long. An id in another line of that event still counts, so that a
/// client which connects again is not sent the same event for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A line is longer than [`Limits::line`].
    #[error(
        "a line of the stream is longer than {limit} bytes; its event is dropped, raise the line limit to receive it"
    )]
    LineTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// An event has more data than [`Limits::event`].
    #[error(
        "an event has more than {limit} bytes of data and is dropped; raise the event limit to receive it"
    )]
    EventTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
}

impl Decoder {
    /// A decoder with the default limits, before the first byte of a stream.
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    /// A decoder with these limits, before the first byte of a stream.
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            lines: Lines::new(limits.line),
            assembly: Assembly::new(limits.event),
        }
    }

    /// Takes bytes from the front of `input` until one item is complete, or `input` is used up (`None`).
    ///
    /// To be called until it returns `None`, then again with the bytes that arrive next. A line end is acted upon at
    /// once, also a CR that may be half of a CRLF. At the end of the stream there is nothing to call: an unfinished
    /// event is not an event.
    ///
    /// # Errors
    ///
    /// If a limit is exceeded, see [`DecodeError`]. The event is dropped and decoding may go on with the same `input`.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Decoded>, DecodeError> {
        loop {
            match self.lines.next(input) {
                NextLine::Unfinished => return Ok(None),
                NextLine::Line(line) => {
                    if let Some(item) = self.assembly.take_line(line)? {
                        return Ok(Some(item));
                    }
                }
                NextLine::TooLong { limit } => {
                    if self.assembly.drop_event() {
                        return Err(DecodeError::LineTooLong { limit });
                    }
                }
            }
        }
    }

    /// The last event id: what to send as `Last-Event-ID` on reconnecting, unless it is empty.
    ///
    /// Changes at the blank line that ends an event, not at the `id` field: an event cut short is asked for again.
    pub fn last_event_id(&self) -> &str {
        self.assembly.last_event_id()
    }

    /// Makes ready for a new connection: forgets everything but the last event id (and the limits).
    ///
    /// Events without an id keep that last event id, as they do in browsers. The standard read to the letter would
    /// clear it at the first of them, and the client could not resume any more.
    pub fn restart(&mut self) {
        self.lines.restart();
        self.assembly.restart();
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    /// Sets the longest line, in bytes without its line end.
    #[must_use]
    pub fn with_line(mut self, bytes: usize) -> Self {
        self.line = bytes;
        self
    }

    /// Sets the most data of one event, in bytes.
    #[must_use]
    pub fn with_event(mut self, bytes: usize) -> Self {
        self.event = bytes;
        self
    }
}

impl Default for Limits {
    /// Far above what is sent in earnest (widely used clients stop at lines of 64 KiB or 1 MiB), and little enough
    /// that a server which never ends a line cannot exhaust the client's memory.
    fn default() -> Self {
        Self {
            line: 8 * 1024 * 1024,
            event: 16 * 1024 * 1024,
        }
    }
}
