//! Responses of HTTP/1.1, as they come in parts: the head, and how the body is framed (RFC 9112, sections 6 and 7).
//!
//! For both kinds of request: of an event stream the body goes on to [`super::scan`], of the answer to a publish only
//! its end matters. Heads are read by httparse. Bad case: bytes that are no such response end the connection, with an
//! error that says so.

use thiserror::Error;

/// The longest head that is read.
const HEAD_LIMIT: usize = 64 * 1024;

/// The most fields of a head.
const FIELDS_LIMIT: usize = 100;

/// Why bytes are not a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum NotAResponse {
    #[error("the answer is not HTTP/1.1")]
    Head,
    #[error("the head of the answer is over 64 KiB or has over 100 fields")]
    TooLong,
    #[error("the body of the answer is not in proper chunks")]
    Chunk,
}

/// What the head of a response says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) framing: Framing,
    /// Whether the connection can take a next request once the body is over.
    pub(super) keep_alive: bool,
}

/// A head of which parts are still to come.
#[derive(Debug, Default)]
pub(super) struct HeadReader(Vec<u8>);

/// How the end of the body is told, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// In chunks.
    Chunked(Chunk),
    /// So many bytes are still to come.
    Length(u64),
    /// It ends with the connection.
    UntilClose,
}

/// Where in a chunked body one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunk {
    /// In the line that gives the size of a chunk.
    Size {
        size: u64,
        /// Digits so far; none of the line end that closes the chunk before.
        digits: u8,
        /// Behind the digits, where extensions may stand.
        ignored: bool,
    },
    /// In the data, of which so much is to come.
    Data(u64),
    /// In the line that ends the data of a chunk.
    DataEnd,
    /// Behind the last chunk, in a line of so many bytes: the trailers end with an empty one.
    Trailer(u32),
    /// The body is over.
    End,
}

impl HeadReader {
    /// Takes as much of `bytes` as belongs to the head; gives the head when it is complete.
    pub(super) fn read(&mut self, bytes: &mut &[u8]) -> Result<Option<Head>, NotAResponse> {
        let before = self.0.len();
        self.0.extend_from_slice(bytes);
        let mut fields = [httparse::EMPTY_HEADER; FIELDS_LIMIT];
        let mut response = httparse::Response::new(&mut fields);
        match response.parse(&self.0) {
            Ok(httparse::Status::Complete(length)) => {
                let head = Head::new(&response);
                *bytes = &bytes[length - before..];
                self.0.clear();
                Ok(Some(head))
            }
            Ok(httparse::Status::Partial) if self.0.len() > HEAD_LIMIT => {
                Err(NotAResponse::TooLong)
            }
            Ok(httparse::Status::Partial) => {
                *bytes = &[];
                Ok(None)
            }
            Err(httparse::Error::TooManyHeaders) => Err(NotAResponse::TooLong),
            Err(_) => Err(NotAResponse::Head),
        }
    }
}

impl Head {
    fn new(response: &httparse::Response<'_, '_>) -> Head {
        let status = response.code.unwrap_or_default();
        let field = |name: &str| {
            let mut fields = response.headers.iter();
            let field = fields.find(|field| field.name.eq_ignore_ascii_case(name));
            field.map(|field| {
                String::from_utf8_lossy(field.value)
                    .trim()
                    .to_ascii_lowercase()
            })
        };
        let length = field("content-length").and_then(|length| length.parse().ok());
        let framing = match field("transfer-encoding") {
            _ if status < 200 || matches!(status, 204 | 304) => Framing::Length(0),
            Some(coding) if coding.ends_with("chunked") => Framing::Chunked(Chunk::NEXT),
            Some(_) => Framing::UntilClose,
            None => length.map_or(Framing::UntilClose, Framing::Length),
        };
        let connection = field("connection").unwrap_or_default();
        let said = |option| connection.split(',').any(|said| said.trim() == option);
        let keep_alive = framing != Framing::UntilClose
            && !said("close")
            && (response.version == Some(1) || said("keep-alive"));
        Head {
            status,
            content_type: field("content-type").unwrap_or_default(),
            framing,
            keep_alive,
        }
    }
}

impl Framing {
    /// Whether the body is over.
    pub(super) fn is_at_end(self) -> bool {
        matches!(self, Framing::Length(0) | Framing::Chunked(Chunk::End))
    }

    /// The next part of the body in `bytes`, which then begins behind it; none if there is no more of it.
    #[inline]
    pub(super) fn part<'a>(
        &mut self,
        bytes: &mut &'a [u8],
    ) -> Result<Option<&'a [u8]>, NotAResponse> {
        match self {
            _ if bytes.is_empty() => Ok(None),
            Framing::Chunked(chunk) => chunk.part(bytes),
            Framing::Length(left) => {
                let part = take(bytes, left);
                Ok((!part.is_empty()).then_some(part))
            }
            Framing::UntilClose => Ok(Some(std::mem::take(bytes))),
        }
    }
}

impl Chunk {
    const NEXT: Chunk = Chunk::Size {
        size: 0,
        digits: 0,
        ignored: false,
    };

    /// The most digits of a size: with one more it could be over what 64 bits hold.
    const DIGITS_LIMIT: u8 = 15;

    #[inline]
    fn part<'a>(&mut self, bytes: &mut &'a [u8]) -> Result<Option<&'a [u8]>, NotAResponse> {
        loop {
            if let Chunk::Data(left) = self {
                let part = take(bytes, left);
                if *left == 0 {
                    *self = Chunk::DataEnd;
                }
                return Ok((!part.is_empty()).then_some(part));
            }
            let Some((&byte, rest)) = bytes.split_first() else {
                return Ok(None);
            };
            if *self == Chunk::End {
                return Ok(None);
            }
            *bytes = rest;
            *self = self.after(byte)?;
        }
    }

    /// Where one stands after one more byte that is not data.
    #[inline]
    fn after(self, byte: u8) -> Result<Chunk, NotAResponse> {
        Ok(match (self, byte) {
            (Chunk::DataEnd, b'\r') => Chunk::DataEnd,
            (Chunk::DataEnd, b'\n') => Chunk::NEXT,
            (
                Chunk::Size {
                    digits: 1..,
                    size: 0,
                    ..
                },
                b'\n',
            ) => Chunk::Trailer(0),
            (
                Chunk::Size {
                    digits: 1.., size, ..
                },
                b'\n',
            ) => Chunk::Data(size),
            (
                Chunk::Size {
                    digits,
                    size,
                    ignored: true,
                },
                _,
            ) => Chunk::Size {
                digits,
                size,
                ignored: true,
            },
            (
                Chunk::Size {
                    digits: digits @ 1..,
                    size,
                    ..
                },
                b'\r' | b';' | b' ' | b'\t',
            ) => Chunk::Size {
                digits,
                size,
                ignored: true,
            },
            (
                Chunk::Size {
                    digits: digits @ ..Chunk::DIGITS_LIMIT,
                    size,
                    ..
                },
                _,
            ) => {
                let digit = char::from(byte).to_digit(16).ok_or(NotAResponse::Chunk)?;
                Chunk::Size {
                    size: size * 16 + u64::from(digit),
                    digits: digits + 1,
                    ignored: false,
                }
            }
            (Chunk::Trailer(0), b'\n') => Chunk::End,
            (Chunk::Trailer(_), b'\n') => Chunk::Trailer(0),
            (trailer @ Chunk::Trailer(_), b'\r') => trailer,
            (Chunk::Trailer(length), _) => Chunk::Trailer(length.saturating_add(1)),
            _ => return Err(NotAResponse::Chunk),
        })
    }
}

/// Takes up to `left` bytes off the front.
#[inline]
fn take<'a>(bytes: &mut &'a [u8], left: &mut u64) -> &'a [u8] {
    let length = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
    let (part, rest) = bytes.split_at(length);
    *bytes = rest;
    *left -= length as u64;
    part
}

#[cfg(test)]
mod tests;
