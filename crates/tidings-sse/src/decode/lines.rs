//! Bytes become lines: the first step of decoding.
//!
//! A line ends at CRLF, LF or CR. A CR ends it at once, without waiting for the byte behind it; an LF that then comes
//! is swallowed. A line that lies whole in the input is lent from there; only one that is cut between two reads is
//! copied, and each byte is looked at once, however small the reads.
//!
//! A line beyond the limit is reported once, as soon as that is known, and its bytes are passed over.

use memchr::memchr2;

const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// Cuts a stream into lines.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    /// The longest line in bytes, without its line end.
    limit: usize,
    /// The start of a line whose end has not arrived, or the line lent last (see `lent`).
    partial: Vec<u8>,
    /// `partial` was lent to the caller by the last call, and is to be emptied by the next.
    lent: bool,
    /// The rest of the current line is passed over, because it is too long.
    skipping: bool,
    /// The last byte taken was a CR: an LF now belongs to it.
    after_cr: bool,
    /// No line has ended yet: the line now read is the one that may start with a byte order mark.
    first: bool,
}

/// What [`Lines::next`] found.
#[derive(Debug)]
pub(super) enum NextLine<'a> {
    /// A whole line, without its line end.
    Line(&'a [u8]),
    /// A line longer than the limit. It may go on: the next call passes over the rest.
    TooLong { limit: usize },
    /// The input is used up and the line has not ended.
    Unfinished,
}

impl Lines {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            partial: Vec::new(),
            lent: false,
            skipping: false,
            after_cr: false,
            first: true,
        }
    }

    /// Forgets what was read, for the start of a new stream.
    pub(super) fn restart(&mut self) {
        *self = Self::new(self.limit);
    }

    /// Takes the next line from the front of `input`.
    pub(super) fn next<'a, 'input: 'a>(&'a mut self, input: &mut &'input [u8]) -> NextLine<'a> {
        if std::mem::take(&mut self.lent) {
            self.partial.clear();
        }
        if self.skipping {
            let (_, ended) = self.take_piece(input);
            if !ended {
                return NextLine::Unfinished;
            }
            self.skipping = false;
        }
        let (piece, ended) = self.take_piece(input);
        if self.partial.len().saturating_add(piece.len()) > self.limit {
            self.partial.clear();
            self.skipping = !ended;
            self.first = false;
            return NextLine::TooLong { limit: self.limit };
        }
        if !ended {
            self.partial.extend_from_slice(piece);
            return NextLine::Unfinished;
        }
        let line = if self.partial.is_empty() {
            piece
        } else {
            self.partial.extend_from_slice(piece);
            self.lent = true;
            &self.partial
        };
        let first = std::mem::take(&mut self.first);
        NextLine::Line(if first {
            without_byte_order_mark(line)
        } else {
            line
        })
    }

    /// Takes the bytes up to a line end, and the line end; or all there are. Says whether there was a line end.
    fn take_piece<'input>(&mut self, input: &mut &'input [u8]) -> (&'input [u8], bool) {
        if self.after_cr
            && let Some((&first, rest)) = input.split_first()
        {
            self.after_cr = false;
            if first == b'\n' {
                *input = rest;
            }
        }
        let Some(end) = memchr2(b'\r', b'\n', input) else {
            return (std::mem::take(input), false);
        };
        let (piece, from_end) = input.split_at(end);
        self.after_cr = from_end.starts_with(b"\r");
        *input = &from_end[1..];
        (piece, true)
    }
}

/// Strips the one byte order mark a stream may start with. It can wait for its line to end, since no byte of it ends
/// a line, and so needs no care when it arrives byte by byte.
fn without_byte_order_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
}
