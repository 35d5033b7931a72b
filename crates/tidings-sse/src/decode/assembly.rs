//! Lines become items: the second step of decoding.
//!
//! Each line is read as a field and put into the buffers of the event it belongs to; a blank line makes a message of
//! them. Field names are compared as bytes, and only a value that is kept is decoded to text.
//!
//! Decoding UTF-8 value by value gives what the standard gets by decoding the whole stream first: line ends, the colon
//! and the space are ASCII, and no ASCII byte is ever part of a longer sequence, valid or not. For invalid bytes
//! [`String::from_utf8_lossy`] puts U+FFFD just where the UTF-8 decoder of the Encoding standard does.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use memchr::memchr;

use super::decoder::{DecodeError, Decoded, MessageEvent};

/// The buffers of the standard's section 9.2.6.
#[derive(Debug, Clone)]
pub(super) struct Assembly {
    /// The most data of one event in bytes.
    limit: usize,
    /// The data of the event so far; none until its first `data` field. (The standard writes an LF behind each line,
    /// cuts the last one off and tells "no data" by the empty buffer; joining the lines is the same.)
    data: Option<String>,
    /// The name of the event; empty stands for `message`.
    name: String,
    /// The value of the last `id` field. Outlives the event.
    id: Arc<str>,
    /// What `id` was at the last blank line: the id a client reconnects with.
    last_event_id: Arc<str>,
    /// The current event exceeds a limit: no message is made of it.
    dropped: bool,
}

impl Assembly {
    pub(super) fn new(limit: usize) -> Self {
        let no_id: Arc<str> = Arc::default();
        Self {
            limit,
            data: None,
            name: String::new(),
            id: no_id.clone(),
            last_event_id: no_id,
            dropped: false,
        }
    }

    /// Forgets everything but the last event id, which the new stream starts with.
    pub(super) fn restart(&mut self) {
        self.end_event();
        self.id = self.last_event_id.clone();
    }

    pub(super) fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Gives the current event up, as one of its lines is lost. Says whether that is news.
    pub(super) fn drop_event(&mut self) -> bool {
        let was_dropped = self.dropped;
        self.end_event();
        self.dropped = true;
        !was_dropped
    }

    /// Takes one line, without its line end, and gives the item it completes.
    pub(super) fn take_line(&mut self, line: &[u8]) -> Result<Option<Decoded>, DecodeError> {
        if line.is_empty() {
            return Ok(self.dispatch().map(Decoded::Message));
        }
        let (field, value) = match memchr(b':', line) {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"" => return Ok(Some(Decoded::Comment(text(value).into_owned()))),
            b"data" => self.push_data(value)?,
            b"event" => self.set_name(value),
            b"id" => self.set_id(value),
            b"retry" => {
                return Ok(retry_millis(value)
                    .map(Duration::from_millis)
                    .map(Decoded::Retry));
            }
            _ => {}
        }
        Ok(None)
    }

    fn push_data(&mut self, value: &[u8]) -> Result<(), DecodeError> {
        if self.dropped {
            return Ok(());
        }
        let value = text(value);
        let len = self
            .data
            .as_ref()
            .map_or(0, |data| data.len() + 1)
            .saturating_add(value.len());
        if len > self.limit {
            self.drop_event();
            return Err(DecodeError::EventTooLong { limit: self.limit });
        }
        match &mut self.data {
            None => self.data = Some(value.into_owned()),
            Some(data) => {
                data.reserve(1 + value.len());
                data.push('\n');
                data.push_str(&value);
            }
        }
        Ok(())
    }

    fn set_name(&mut self, value: &[u8]) {
        self.name.clear();
        self.name.push_str(&text(value));
    }

    fn set_id(&mut self, value: &[u8]) {
        if memchr(b'\0', value).is_none() && self.id.as_bytes() != value {
            self.id = text(value).into();
        }
    }

    /// The blank line: the id counts from here on, and if there was data there is a message.
    fn dispatch(&mut self) -> Option<MessageEvent> {
        self.last_event_id = self.id.clone();
        let (name, data) = self.end_event();
        let name = if name.is_empty() {
            "message".to_owned()
        } else {
            name
        };
        Some(MessageEvent {
            name,
            data: data?,
            last_event_id: self.last_event_id.clone(),
        })
    }

    /// Empties the buffers of the current event, all but the id.
    fn end_event(&mut self) -> (String, Option<String>) {
        self.dropped = false;
        (std::mem::take(&mut self.name), self.data.take())
    }
}

/// The milliseconds of a `retry` field, if it has digits and nothing else; too large a number is as large as can be.
fn retry_millis(value: &[u8]) -> Option<u64> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    digits.then(|| {
        let append = |number: u64, digit: &u8| {
            number
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        };
        value.iter().fold(0, append)
    })
}

fn text(value: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(value)
}
