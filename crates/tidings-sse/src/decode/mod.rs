//! Bytes of a stream become events again.
//!
//! The way of a byte: `lines` cuts what arrives into lines, `assembly` reads each line as a field and gathers fields
//! into a message, [`Decoder`] drives the two. A stream may be cut anywhere, also inside a CRLF, a character or the
//! byte order mark: what comes out is the same.
//!
//! After the HTML standard, sections [9.2.5 (parsing)][parse] and [9.2.6 (interpreting)][interpret].
//!
//! [parse]: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
//! [interpret]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

mod assembly;
mod decoder;
mod lines;

pub use decoder::{DecodeError, Decoded, Decoder, Limits, MessageEvent};
