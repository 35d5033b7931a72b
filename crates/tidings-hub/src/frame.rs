//! The bytes of one event, made once and shared by every subscriber and every lane.
//!
//! A frame holds the event in its server-sent-events form *inside* its HTTP/1.1 chunk framing, so
//! that a lane which writes to the socket itself and a lane which hands bodies to an HTTP library
//! share the same allocation (invariant 4: encoded once, copied by the kernel only).
//!
//! A message is encoded before it has its place in the log, outside every lock. Its id and the
//! length of its chunk are known only afterwards; they are written into a headroom in front of the
//! event, which costs a few dozen bytes and no second copy of the message.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tidings_sse::Event;

/// The encoded form of one event, or of a comment. Cloning shares the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    chunk: Bytes,
    /// Bytes of the chunk's size line, `CRLF` included.
    size_line: usize,
}

/// An event encoded but for the id that its place gives it.
#[derive(Debug)]
pub(crate) struct UnplacedFrame {
    /// [`HEADROOM`] unused bytes, the event, and the `CRLF` that ends its chunk.
    buffer: BytesMut,
}

/// Room for the chunk's size line (16 hexadecimal digits, `CRLF`) and for `id: epoch-offset` with
/// its line end (4 + 8 + 1 + 20 + 1 bytes), rounded up.
const HEADROOM: usize = 64;

impl Frame {
    /// The event as on an unchunked stream: its lines and the blank line that ends it.
    #[must_use]
    pub fn event(&self) -> Bytes {
        self.chunk.slice(self.size_line..self.chunk.len() - 2)
    }

    /// The event as one chunk of HTTP/1.1 (RFC 9112, section 7.1).
    #[must_use]
    pub fn chunk(&self) -> Bytes {
        self.chunk.clone()
    }

    /// Bytes on a chunked stream.
    pub(crate) fn len(&self) -> usize {
        self.chunk.len()
    }

    /// A frame around bytes that need no place in the log: a comment, a `retry`, a gap.
    pub(crate) fn of(event: &[u8]) -> Self {
        let mut buffer = BytesMut::with_capacity(HEADROOM + event.len() + 2);
        buffer.put_bytes(0, HEADROOM);
        buffer.put_slice(event);
        buffer.put_slice(b"\r\n");
        UnplacedFrame { buffer }.finish("")
    }
}

impl UnplacedFrame {
    pub(crate) fn encode(event: &Event) -> Self {
        let mut buffer = BytesMut::with_capacity(HEADROOM + event.encoded_len() + 2);
        buffer.put_bytes(0, HEADROOM);
        event.encode_to(&mut buffer);
        buffer.put_slice(b"\r\n");
        Self { buffer }
    }

    /// Bytes this frame holds in memory.
    pub(crate) fn size(&self) -> usize {
        self.buffer.len()
    }

    /// Completes the frame with `id_line`: `id: …` and its line end, or nothing where the event
    /// has an id of its own.
    pub(crate) fn finish(mut self, id_line: &str) -> Frame {
        let event = id_line.len() + self.buffer.len() - HEADROOM - 2;
        let size_line = format!("{event:x}\r\n");
        let start = HEADROOM - size_line.len() - id_line.len();
        self.buffer.advance(start);
        self.buffer[..size_line.len()].copy_from_slice(size_line.as_bytes());
        self.buffer[size_line.len()..][..id_line.len()].copy_from_slice(id_line.as_bytes());
        Frame {
            chunk: self.buffer.freeze(),
            size_line: size_line.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_and_its_chunk_share_their_bytes() {
        let frame = UnplacedFrame::encode(&Event::new("hello")).finish("id: 0123abcv-7\n");
        assert_eq!(frame.event(), "id: 0123abcv-7\ndata: hello\n\n");
        assert_eq!(frame.chunk(), "1c\r\nid: 0123abcv-7\ndata: hello\n\n\r\n");
        assert!(
            frame
                .chunk()
                .as_ptr_range()
                .contains(&frame.event().as_ptr())
        );
    }

    #[test]
    fn the_longest_id_fits_the_headroom() {
        let id_line = format!("id: {}-{}\n", "v".repeat(8), u64::MAX);
        let frame = UnplacedFrame::encode(&Event::new("x".repeat(1 << 20))).finish(&id_line);
        assert!(frame.event().starts_with(id_line.as_bytes()));
        assert!(frame.event().ends_with(b"x\n\n"));
    }

    #[test]
    fn a_comment_is_a_frame_too() {
        let frame = Frame::of(b":\n");
        assert_eq!(frame.event(), ":\n");
        assert_eq!(frame.chunk(), "2\r\n:\n\r\n");
    }
}
