//! From the bytes of an event stream to the stamps of our messages.
//!
//! Stands between the body of a response ([`super::response`]) and the tally ([`super::tally`]). It reads what the
//! decoder of `tidings-sse` reads, and keeps nearly nothing of it: no event is built and nothing is allocated, as each
//! of some million events a second may take no more than some ten nanoseconds. Invariant: the same stamps, wherever the
//! stream is split. Of a line that is not complete yet its beginning is kept, in which a stamp would stand. Only for one
//! that is to return is the last event id kept, as a browser keeps it.

use super::message::{Run, Stamp};

/// The longest beginning of a line that is kept: the name of the field, and as much of the data as can matter.
const KEPT: usize = b"data: ".len() + Stamp::REACH;

/// The longest id that is kept: the browsers' limit for a header that needs no preflight.
const LONGEST_ID: usize = 128;

/// A reader of one stream. Its size is constant.
#[derive(Debug)]
pub(super) struct Scanner {
    /// The beginning of a line whose end has not come yet.
    kept: [u8; KEPT],
    kept_length: u8,
    /// The last byte was a CR: an LF that comes next belongs to it.
    after_cr: bool,
    /// That of the event whose end has not come yet.
    stamp: Option<Stamp>,
    /// None where nobody returns.
    id: Option<Box<LastEventId>>,
}

/// The last event id, and the one that the next end of an event makes it.
#[derive(Debug, Default)]
struct LastEventId {
    last: Vec<u8>,
    next: Vec<u8>,
}

impl Scanner {
    pub(super) fn new(keeps_id: bool) -> Scanner {
        Scanner {
            kept: [0; KEPT],
            kept_length: 0,
            after_cr: false,
            stamp: None,
            id: keeps_id.then(Box::default),
        }
    }

    /// The id of the last event that had one; empty if none had.
    pub(super) fn into_last_event_id(self) -> Vec<u8> {
        self.id.map(|id| id.last).unwrap_or_default()
    }

    /// Reads on, and gives the stamps of the events that end in `bytes`.
    #[inline]
    pub(super) fn scan(&mut self, mut bytes: &[u8], run: Run, mut deliver: impl FnMut(Stamp)) {
        if self.after_cr && !bytes.is_empty() {
            self.after_cr = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = memchr::memchr2(b'\n', b'\r', bytes) {
            if self.kept_length == 0 {
                self.line(&bytes[..end], run, &mut deliver);
            } else {
                self.keep(&bytes[..end]);
                let (kept, length) = (self.kept, usize::from(self.kept_length));
                self.kept_length = 0;
                self.line(&kept[..length], run, &mut deliver);
            }
            let is_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            if is_cr {
                self.after_cr = bytes.is_empty();
                bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
            }
        }
        self.keep(bytes);
    }

    #[inline]
    fn line(&mut self, line: &[u8], run: Run, deliver: &mut impl FnMut(Stamp)) {
        if line.is_empty() {
            if let Some(stamp) = self.stamp.take() {
                deliver(stamp);
            }
            if let Some(id) = &mut self.id {
                id.last.clone_from(&id.next);
            }
        } else if let Some(data) = line.strip_prefix(b"data:") {
            let data = data.strip_prefix(b" ").unwrap_or(data);
            self.stamp = self.stamp.or_else(|| Stamp::find(data, run));
        } else if let (Some(id), Some(value)) = (&mut self.id, line.strip_prefix(b"id:")) {
            let value = value.strip_prefix(b" ").unwrap_or(value);
            id.take(value);
        }
    }

    /// Keeps a part of a line, as far as there is room.
    fn keep(&mut self, part: &[u8]) {
        let begin = usize::from(self.kept_length);
        let length = part.len().min(KEPT - begin);
        self.kept[begin..begin + length].copy_from_slice(&part[..length]);
        self.kept_length = u8::try_from(begin + length).expect("KEPT is less than 256");
    }
}

impl LastEventId {
    /// What could not be sent back in a header is no id to return with.
    fn take(&mut self, value: &[u8]) {
        self.next.clear();
        if value.len() <= LONGEST_ID && !value.iter().any(u8::is_ascii_control) {
            self.next.extend_from_slice(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: Run = Run::named(*b"kqzvbn");

    /// The sequence numbers found in the parts of a stream.
    fn scanned<'a>(parts: impl IntoIterator<Item = &'a str>) -> Vec<u32> {
        let mut scanner = Scanner::new(false);
        let mut found = Vec::new();
        for part in parts {
            scanner.scan(part.as_bytes(), RUN, |stamp| found.push(stamp.sequence));
        }
        found
    }

    const STREAM: &str = "retry: 3000\n: welcome\n\nid: a-1\ndata: 1 100 kqzvbn xx\n\n\
        event: gap\ndata: {\"from\":\"9\"}\n\ndata:2 200 kqzvbn\n\nevent: x\ndata: 3 300 kqzvbn x\nid: 7\n\n\
        data: 8 100 others xx\n\ndata\n\ndatas: 9 9 kqzvbn\n\ndata: {\ndata: \"m\":\"4 400 kqzvbn x\"\ndata: }\n\n:\n\n";

    #[test]
    fn stamps_of_our_messages_are_found_among_others() {
        assert_eq!(scanned([STREAM]), [1, 2, 3, 4]);
    }

    #[test]
    fn any_line_end_and_any_split_give_the_same() {
        for line_end in ["\n", "\r\n", "\r"] {
            let stream = STREAM.replace('\n', line_end);
            for first in 0..=stream.len() {
                let (a, rest) = stream.split_at(first);
                assert_eq!(scanned([a, "", rest]), [1, 2, 3, 4], "{a:?}");
                for second in 0..=rest.len().min(40) {
                    let (b, c) = rest.split_at(second);
                    assert_eq!(scanned([a, b, c]), [1, 2, 3, 4], "{a:?} {b:?}");
                }
            }
            let bytes = (0..stream.len()).map(|at| &stream[at..=at]);
            assert_eq!(scanned(bytes), [1, 2, 3, 4]);
        }
    }

    #[test]
    fn the_last_event_id_is_that_of_the_last_complete_event_with_one() {
        let last = |parts: [&str; 2]| {
            let mut scanner = Scanner::new(true);
            for part in parts {
                scanner.scan(part.as_bytes(), RUN, |_| {});
            }
            String::from_utf8(scanner.into_last_event_id()).unwrap()
        };
        let stream = "id: a-1\ndata: x\n\nid:b-22\r\ndata: y\r\n\r\ndata: z\n\n";
        for at in 0..=stream.len() {
            let (a, b) = stream.split_at(at);
            assert_eq!(last([a, b]), "b-22", "{a:?}");
        }
        assert_eq!(last([stream, "id: c-3\ndata: not yet"]), "b-22");
        assert_eq!(last([stream, "id\u{3a}\n\n"]), "");
        assert_eq!(last([stream, &format!("id: {}\n\n", "x".repeat(129))]), "");
        assert_eq!(last(["id: a\0b\n\n", ""]), "");
    }

    #[test]
    fn an_event_counts_when_it_is_complete() {
        assert!(scanned(["data: 1 100 kqzvbn xx\n"]).is_empty());
        assert_eq!(scanned(["data: 1 100 kqzvbn xx\r\n\r"]), [1]);
    }

    #[test]
    fn long_lines_are_read_in_parts() {
        let padding = "x".repeat(10_000);
        let stream =
            format!("id: {padding}\ndata: 1 100 kqzvbn {padding}\n\ndata: 2 100 kqzvbn\n\n");
        for size in [1, 7, 100, 134, 135, 1000] {
            let parts = stream.as_bytes().chunks(size);
            assert_eq!(
                scanned(parts.map(|part| str::from_utf8(part).unwrap())),
                [1, 2]
            );
        }
    }
}
