//! What went wrong in other implementations, each with where it was reported.

use tidings_sse::{Decoded, Event, EventId, EventName, HEARTBEAT, InvalidField, comment};

use super::{data, items, message, messages};

/// axum's `Event::data` (read at 3d78036d) ends a line at CR and at LF apart, so that "a\r\nb" is received as "a\n\nb".
#[test]
fn crlf_in_data_is_one_line_end() {
    assert_eq!(data(Event::new("a\r\nb").encode()), ["a\nb"]);
}

/// axum's `Event::data` writes no line for an empty text: nothing is dispatched.
#[test]
fn empty_data_is_dispatched() {
    assert_eq!(
        messages(Event::new("").encode()),
        [message("message", "", "")]
    );
}

/// softwaremill/sttp-model#481: the split dropped empty lines at the end.
#[test]
fn trailing_line_ends_are_received() {
    assert_eq!(data(Event::new("a\n\n").encode()), ["a\n\n"]);
    assert_eq!(data(Event::new("\n").encode()), ["\n"]);
}

/// GHSA-4hxc-9384-m385 (h3), GHSA-p6xx-57qc-3wxr (Hono), arizona-framework/roadrunner#63 (bare CR) and more: a line
/// break of any kind in the data started another field.
#[test]
fn data_cannot_start_another_field() {
    for end in ["\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\n\r"] {
        let text = format!("a{end}id: 666{end}event: evil{end}retry: 1{end}data: b{end}: c");
        let received = items(Event::new(text).encode());
        let [Decoded::Message(only)] = &received[..] else {
            panic!("{end:?}: {received:?}")
        };
        assert_eq!((&*only.name, &*only.last_event_id), ("message", ""));
        assert!(only.data.ends_with("\ndata: b\n: c") || only.data.ends_with("\ndata: b\n\n: c"));
    }
}

/// nestjs/nest#16686, rexxars/sse-channel#42 and more: the same by the name, the id or a comment.
#[test]
fn no_other_text_can_start_another_field() {
    for text in ["a\ndata: b", "a\rdata: b", "a\r\ndata: b", "\n", "\r"] {
        assert_eq!(EventName::try_from(text), Err(InvalidField::LineBreak));
        assert_eq!(EventId::try_from(text), Err(InvalidField::LineBreak));
        let commented = items([&comment(text)[..], b"\n"].concat());
        assert!(
            commented
                .iter()
                .all(|item| matches!(item, Decoded::Comment(_))),
            "{commented:?}"
        );
    }
}

/// florimondmanca/httpx-sse#34, fastapi/fastapi#15515: other Unicode line breaks were taken for line ends.
#[test]
fn other_unicode_line_breaks_are_text() {
    let text = "a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f\u{1c}g\u{1e}h";
    assert_eq!(data(format!("data: {text}\n\n")), [text]);
    assert_eq!(data(Event::new(text).encode()), [text]);
}

/// Azure/fetch-event-source#15: a comment and the blank line behind it fired a message with empty data.
#[test]
fn a_comment_is_no_message() {
    assert_eq!(data(": ping\n\n:\n\n"), [""; 0]);
    assert!(!HEARTBEAT.ends_with(b"\n\n") && !comment("ping").ends_with(b"\n\n"));
}

/// A heartbeat may come between any two events, and even inside one.
#[test]
fn a_heartbeat_disturbs_nothing() {
    let stream = [
        HEARTBEAT,
        b"data: a\n",
        HEARTBEAT,
        b"data: b\n\n",
        HEARTBEAT,
        b"data: c\n\n",
    ];
    assert_eq!(data(stream.concat()), ["a\nb", "c"]);
}

/// Text with a leading space lost it where encoders left out the space behind the colon.
#[test]
fn leading_and_trailing_spaces_are_received() {
    for text in [" ", "  ", " x", "x ", "\tx", " x\n y\n  "] {
        assert_eq!(data(Event::new(text).encode()), [text], "{text:?}");
    }
}

/// A byte order mark in front of the data is text, also in the first event of a stream.
#[test]
fn a_byte_order_mark_in_data_is_received() {
    assert_eq!(data(Event::new("\u{feff}a").encode()), ["\u{feff}a"]);
}
