//! Which protocol a connection speaks: HTTP/2 with prior knowledge announces itself with a preface
//! of 24 bytes (RFC 9113, section 3.4); anything else is HTTP/1.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::{io::AsyncReadExt, net::TcpStream};

const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// Reads until it is clear which protocol it is. Returns what was read, too: it is the beginning
/// of the conversation.
pub(super) async fn detect(stream: &mut TcpStream) -> io::Result<(Protocol, Bytes)> {
    let mut read = BytesMut::with_capacity(PREFACE.len());
    loop {
        let ended = stream.read_buf(&mut read).await? == 0;
        let protocol = match PREFACE.strip_prefix(&read[..read.len().min(PREFACE.len())]) {
            Some([]) => Protocol::Http2,
            Some(_) if !ended => continue,
            Some(_) | None => Protocol::Http1,
        };
        return Ok((protocol, read.freeze()));
    }
}
