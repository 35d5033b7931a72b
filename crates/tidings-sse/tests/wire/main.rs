//! The wire format, from outside: literal bytes against the HTML standard, section 9.2.
//!
//! * `fields`: what an event name and an id may be
//! * `encode`: each event, comment and retry as literal bytes
//! * `decode`: the examples and the rules of the standard, one by one
//! * `chunks`: a stream cut at every place, the byte order mark, CR and CRLF
//! * `limits`: what is beyond a limit, and what comes after it
//! * `traps`: what went wrong in other implementations
//! * `conformance`: decoder vectors made by others
//! * `properties`: arbitrary input, there and back, and against `reference`
//! * `reference`: the standard's algorithm read literally, over a whole stream

#![allow(
    clippy::unwrap_used,
    reason = "a test's helper functions may unwrap as the test itself may"
)]

mod chunks;
mod conformance;
mod decode;
mod encode;
mod fields;
mod limits;
mod properties;
mod reference;
mod traps;

use tidings_sse::{DecodeError, Decoded, Decoder, MessageEvent};

/// Everything the decoder makes of the next bytes, errors in their place.
fn feed(decoder: &mut Decoder, mut bytes: &[u8]) -> Vec<Result<Decoded, DecodeError>> {
    std::iter::from_fn(|| decoder.decode(&mut bytes).transpose()).collect()
}

/// The items of a whole stream.
fn items(stream: impl AsRef<[u8]>) -> Vec<Decoded> {
    let items = feed(&mut Decoder::new(), stream.as_ref());
    items
        .into_iter()
        .map(|item| item.expect("within the limits"))
        .collect()
}

/// The messages of a whole stream.
fn messages(stream: impl AsRef<[u8]>) -> Vec<MessageEvent> {
    let message = |item| match item {
        Decoded::Message(message) => Some(message),
        _ => None,
    };
    items(stream).into_iter().filter_map(message).collect()
}

/// The data of each message of a whole stream.
fn data(stream: impl AsRef<[u8]>) -> Vec<String> {
    messages(stream)
        .into_iter()
        .map(|message| message.data)
        .collect()
}

/// A message as a client should receive it.
fn message(name: &str, data: &str, last_event_id: &str) -> MessageEvent {
    MessageEvent {
        name: name.into(),
        data: data.into(),
        last_event_id: last_event_id.into(),
    }
}
