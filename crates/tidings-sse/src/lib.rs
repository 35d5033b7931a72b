//! The wire format of server-sent events: an event, its bytes, and back.
//!
//! Sans-io: no runtime, no HTTP, no clock. Bytes are `text/event-stream` as the [HTML standard, section
//! 9.2](https://html.spec.whatwg.org/multipage/server-sent-events.html) defines it. On the server an [`Event`] is
//! [encoded](Event::encode) once; on the client a [`Decoder`] takes the stream as it arrives, cut anywhere.
//!
//! What it keeps true: no text put into a field can become another field or another event, and no bytes from outside
//! can make the decoder panic or hold more than its [`Limits`].
//!
//! ```
//! use tidings_sse::{Decoded, Decoder, Event, EventId, EventName};
//!
//! let event = Event::new("first line\nsecond line")
//!     .with_id(EventId::try_from("7")?)
//!     .with_name(EventName::try_from("greeting")?);
//! let bytes = event.encode();
//! assert_eq!(bytes, "id: 7\nevent: greeting\ndata: first line\ndata: second line\n\n");
//!
//! let mut decoder = Decoder::new();
//! let mut input = &bytes[..];
//! while let Some(item) = decoder.decode(&mut input)? {
//!     if let Decoded::Message(message) = item {
//!         assert_eq!(message.name, "greeting");
//!         assert_eq!(message.data, "first line\nsecond line");
//!     }
//! }
//! assert_eq!(decoder.last_event_id(), "7");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decode;
mod encode;
mod event;
mod field;

pub use decode::{DecodeError, Decoded, Decoder, Limits, MessageEvent};
pub use encode::{HEARTBEAT, comment, last_id, retry, write_id};
pub use event::Event;
pub use field::{EventId, EventName, InvalidField};
