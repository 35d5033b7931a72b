//! A stream cut at every place, the byte order mark, CR and CRLF.

use tidings_sse::{Decoded, Decoder};

use super::{data, feed, items, message};

/// Cuts the stream in two at each place, and into single bytes, and expects what it gives in one piece.
fn assert_same_however_cut(stream: &[u8]) {
    let whole = feed(&mut Decoder::new(), stream);
    for cut in 0..=stream.len() {
        let mut decoder = Decoder::new();
        let mut halves = feed(&mut decoder, &stream[..cut]);
        halves.extend(feed(&mut decoder, &stream[cut..]));
        assert_eq!(halves, whole, "cut at {cut}");
    }
    let mut decoder = Decoder::new();
    let bytewise: Vec<_> = stream
        .chunks(1)
        .flat_map(|byte| feed(&mut decoder, byte))
        .collect();
    assert_eq!(bytewise, whole, "byte by byte");
}

#[test]
fn a_stream_can_be_cut_anywhere() {
    let stream = "\u{feff}: hello\r\nid: 1\r\nevent: näme\r\ndata: 日本\r\ndata: 🦀\r\n\r\n\
        retry: 10\rdata: a\r\rdata: b\n\n\r\n\n\rid\ndata\n\n";
    assert_same_however_cut(stream.as_bytes());
    assert_eq!(data(stream), ["日本\n🦀", "a", "b", ""]);
}

#[test]
fn invalid_bytes_can_be_cut_anywhere() {
    assert_same_however_cut(b"data: \xe2\x82\ndata: \xf0\x9f\xa6\xffx\xc3\r\xa9\n\n\n");
}

#[test]
fn all_three_line_ends_may_be_mixed() {
    assert_eq!(data("data: a\rdata: b\r\ndata: c\n\r\n"), ["a\nb\nc"]);
    assert_eq!(
        data("data: a\r\rdata: b\r\n\rdata: c\n\rdata: d\r\r\n"),
        ["a", "b", "c", "d"]
    );
}

#[test]
fn a_crlf_cut_in_two_is_one_line_end() {
    let mut decoder = Decoder::new();
    assert_eq!(feed(&mut decoder, b"data: a\r"), []);
    assert_eq!(feed(&mut decoder, b""), []);
    assert_eq!(feed(&mut decoder, b"\ndata: b\r"), []);
    let last = feed(&mut decoder, b"\n\r\n");
    assert_eq!(last, [Ok(Decoded::Message(message("message", "a\nb", "")))]);
}

/// A server that ends lines with CR may send nothing for a long time behind one: the event must not wait for it.
#[test]
fn a_cr_dispatches_without_the_next_byte() {
    let mut decoder = Decoder::new();
    let first = feed(&mut decoder, b"data: a\r\r");
    assert_eq!(first, [Ok(Decoded::Message(message("message", "a", "")))]);
    let second = feed(&mut decoder, b"\ndata: b\r\n\r");
    assert_eq!(second, [Ok(Decoded::Message(message("message", "b", "")))]);
    assert_eq!(feed(&mut decoder, b"\n"), []);
}

#[test]
fn several_events_in_one_read_come_one_by_one() {
    let mut decoder = Decoder::new();
    let mut input = &b"data: a\n\ndata: b\n\ndata: c"[..];
    let first = decoder.decode(&mut input).unwrap();
    assert_eq!(first, Some(Decoded::Message(message("message", "a", ""))));
    assert_eq!(input, b"data: b\n\ndata: c");
    let second = decoder.decode(&mut input).unwrap();
    assert_eq!(second, Some(Decoded::Message(message("message", "b", ""))));
    assert_eq!(decoder.decode(&mut input), Ok(None));
    assert_eq!(input, b"");
}

#[test]
fn one_byte_order_mark_is_stripped_at_the_start_only() {
    assert_eq!(data("\u{feff}data: a\n\n"), ["a"]);
    assert_same_however_cut("\u{feff}data: a\n\n".as_bytes());
    assert_eq!(data("\u{feff}\u{feff}data: a\n\n"), [""; 0]);
    assert_eq!(data("\n\u{feff}data: a\n\n"), [""; 0]);
    assert_eq!(data("data: \u{feff}a\n\n"), ["\u{feff}a"]);
    assert_eq!(items("\u{feff}"), []);
}

#[test]
fn part_of_a_byte_order_mark_is_text() {
    assert_eq!(data(b"\xef\xbbdata: a\n\n"), [""; 0]);
    assert_eq!(data(b"\xef\ndata: a\n\n"), ["a"]);
    assert_same_however_cut(b"\xef\xbb\ndata: a\n\n");
}

#[test]
fn a_byte_order_mark_may_be_the_whole_first_line() {
    assert_eq!(data("\u{feff}\ndata: a\n\n"), ["a"]);
    assert_same_however_cut("\u{feff}\r\ndata: a\r\n\r\n".as_bytes());
}
