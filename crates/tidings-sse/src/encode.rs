//! An event becomes bytes, and so do the lines a server sends between events.
//!
//! Takes an [`Event`] and gives shared [`Bytes`] for the log and every subscriber. Always UTF-8 with LF as the line
//! end; fields in the order `id`, `event`, `retry`, `data`; one `data` line per line of data; a blank line at the end.
//! The id comes first so that it can be [written](write_id) apart, in front of fields that are encoded already.
//!
//! A value stands behind a colon and a space. The decoder strips one space, so that a value's own leading space
//! survives; an empty value needs none and is written `data:`.
//!
//! Invariant: only what stands in a field's line can come out of that field. Data is cut where a decoder would end a
//! line (CR, LF, CRLF) and nowhere else: U+2028, U+0085, VT and FF are text. The other fields hold no line break.

use std::time::Duration;

use bytes::{BufMut, Bytes};
use memchr::memchr2;

use crate::event::{Event, whole_millis};
use crate::field::EventId;

/// Bytes that keep an idle stream open: an empty comment.
///
/// No blank line follows: three clients in use (`@microsoft/fetch-event-source` 2.0.1, `httpx-sse` 0.4.3 and
/// `extended-eventsource` 2.1.0) take a comment and a blank line for an empty event. May be sent between any two events.
pub const HEARTBEAT: &[u8] = b":\n";

/// The digits of `u64::MAX`.
const MOST_DIGITS: usize = 20;

impl Event {
    /// The bytes of the event on the wire, in one allocation of exactly their length.
    ///
    /// ```
    /// use tidings_sse::Event;
    ///
    /// assert_eq!(Event::new("a\r\nb").encode(), "data: a\ndata: b\n\n");
    /// assert_eq!(Event::new("").encode(), "data:\n\n");
    /// ```
    pub fn encode(&self) -> Bytes {
        let mut out = Vec::with_capacity(self.encoded_len());
        self.encode_to(&mut out);
        out.into()
    }

    /// Writes what [`encode`](Self::encode) returns.
    ///
    /// # Panics
    ///
    /// If `out` cannot grow and has less than [`encoded_len`](Self::encoded_len) bytes left, as [`BufMut`] does.
    pub fn encode_to(&self, out: &mut impl BufMut) {
        if let Some(id) = &self.id {
            write_id(id, out);
        }
        if let Some(name) = &self.name {
            write_line(b"event:", name.as_str().as_bytes(), out);
        }
        if let Some(millis) = self.retry_millis {
            write_retry(millis, out);
        }
        for line in lines(&self.data) {
            write_line(b"data:", line.as_bytes(), out);
        }
        out.put_u8(b'\n');
    }

    /// How many bytes [`encode`](Self::encode) returns.
    pub fn encoded_len(&self) -> usize {
        let id = self
            .id
            .as_ref()
            .map_or(0, |id| line_len(b"id:", id.as_str().len()));
        let name = self
            .name
            .as_ref()
            .map_or(0, |name| line_len(b"event:", name.as_str().len()));
        let retry = self
            .retry_millis
            .map_or(0, |millis| line_len(b"retry:", decimal_len(millis)));
        let data: usize = lines(&self.data)
            .map(|line| line_len(b"data:", line.len()))
            .sum();
        id + name + retry + data + 1
    }
}

/// Writes the `id` line of an event, and nothing more: the event's other fields, or a blank line, are to follow.
///
/// # Panics
///
/// If `out` cannot grow and has too little room left, as [`BufMut`] does.
pub fn write_id(id: &EventId, out: &mut impl BufMut) {
    write_line(b"id:", id.as_str().as_bytes(), out);
}

/// An id without an event (HTML standard, section 9.2.6: it counts at the blank line, also where nothing is dispatched):
/// a client that is given no more has it to come back with.
///
/// Browsers and most other clients report nothing. The three that are named at [`HEARTBEAT`] report an empty event, so it
/// is for where a client would otherwise miss something.
///
/// ```
/// let id = tidings_sse::EventId::try_from("k3v9-7")?;
/// assert_eq!(tidings_sse::last_id(&id), "id: k3v9-7\n\n");
/// # Ok::<(), tidings_sse::InvalidField>(())
/// ```
pub fn last_id(id: &EventId) -> Bytes {
    let mut out = Vec::with_capacity(line_len(b"id:", id.as_str().len()) + 1);
    write_id(id, &mut out);
    out.put_u8(b'\n');
    out.into()
}

/// A comment, which clients ignore: each line of the text becomes a comment line of its own.
///
/// No blank line follows, for the reason given at [`HEARTBEAT`]. An empty text gives a heartbeat.
pub fn comment(text: &str) -> Bytes {
    let mut out = Vec::with_capacity(lines(text).map(|line| line_len(b":", line.len())).sum());
    for line in lines(text) {
        write_line(b":", line.as_bytes(), &mut out);
    }
    out.into()
}

/// A `retry` line outside of any event: sets how long the client waits before it connects again.
///
/// A client obeys it at once, so that no blank line needs to follow. Milliseconds are cut as in [`Event::with_retry`].
pub fn retry(after: Duration) -> Bytes {
    let millis = whole_millis(after);
    let mut out = Vec::with_capacity(line_len(b"retry:", decimal_len(millis)));
    write_retry(millis, &mut out);
    out.into()
}

/// Writes `name: value` and LF; the name comes with its colon, the value has no line break.
fn write_line(name_and_colon: &[u8], value: &[u8], out: &mut impl BufMut) {
    out.put_slice(name_and_colon);
    if !value.is_empty() {
        out.put_u8(b' ');
        out.put_slice(value);
    }
    out.put_u8(b'\n');
}

/// How many bytes `write_line` writes.
fn line_len(name_and_colon: &[u8], value_len: usize) -> usize {
    let space = usize::from(value_len > 0);
    name_and_colon.len() + space + value_len + 1
}

fn write_retry(millis: u64, out: &mut impl BufMut) {
    let mut digits = [0; MOST_DIGITS];
    let mut start = MOST_DIGITS;
    let mut rest = millis;
    for _ in 0..decimal_len(millis) {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    write_line(b"retry:", &digits[start..], out);
}

/// How many digits a number has.
fn decimal_len(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// The lines of a text as a decoder would end them; n line ends make n + 1 lines, the last of them often empty.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = memchr2(b'\r', b'\n', text.as_bytes()) else {
            rest = None;
            return Some(text);
        };
        let (line, from_end) = text.split_at(end);
        let line_end = if from_end.starts_with("\r\n") { 2 } else { 1 };
        rest = Some(&from_end[line_end..]);
        Some(line)
    })
}
