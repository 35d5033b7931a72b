//! What is beyond a limit, and what comes after it.

use tidings_sse::{DecodeError, Decoded, Decoder, Limits};

use super::{feed, message};

fn decoder(line: usize, event: usize) -> Decoder {
    Decoder::with_limits(Limits::default().with_line(line).with_event(event))
}

fn line_too_long(limit: usize) -> Result<Decoded, DecodeError> {
    Err(DecodeError::LineTooLong { limit })
}

fn event_too_long(limit: usize) -> Result<Decoded, DecodeError> {
    Err(DecodeError::EventTooLong { limit })
}

fn received(data: &str, last_event_id: &str) -> Result<Decoded, DecodeError> {
    Ok(Decoded::Message(message("message", data, last_event_id)))
}

#[test]
fn a_line_may_be_as_long_as_the_limit_and_no_longer() {
    let stream = b"data: 1234\n\ndata: 12345\n\n";
    assert_eq!(
        feed(&mut decoder(10, 100), stream),
        [received("1234", ""), line_too_long(10)]
    );
}

#[test]
fn data_may_be_as_long_as_the_limit_and_no_longer() {
    let stream = b"data: 12\ndata: 34\n\ndata: 12\ndata: 345\n\ndata: 123456\n\n";
    assert_eq!(
        feed(&mut decoder(100, 5), stream),
        [received("12\n34", ""), event_too_long(5), event_too_long(5)]
    );
}

/// U+FFFD has three bytes: what is held counts, not what was sent for it.
#[test]
fn replacement_characters_count_with_their_own_length() {
    assert_eq!(
        feed(&mut decoder(100, 5), b"data: \xff\xff\n\n"),
        [event_too_long(5)]
    );
}

#[test]
fn a_line_that_never_ends_is_reported_as_soon_as_it_is_too_long() {
    let mut decoder = decoder(10, 100);
    assert_eq!(feed(&mut decoder, b"data: 1234"), []);
    assert_eq!(feed(&mut decoder, b"5"), [line_too_long(10)]);
    for _ in 0..1000 {
        assert_eq!(feed(&mut decoder, &[b'x'; 1000]), []);
    }
    assert_eq!(feed(&mut decoder, b"\n\ndata: a\n\n"), [received("a", "")]);
}

#[test]
fn an_event_beyond_a_limit_is_reported_once_and_dropped_whole() {
    let stream = b"event: n\ndata: a\ndata: 123456789\ndata: 123456789\ndata: b\n\ndata: c\n\n";
    assert_eq!(
        feed(&mut decoder(10, 100), stream),
        [line_too_long(10), received("c", "")]
    );
    let stream = b"event: n\ndata: 123456789\ndata: 123456789\ndata: 123456789\n\ndata: c\n\n";
    assert_eq!(
        feed(&mut decoder(100, 10), stream),
        [event_too_long(10), received("c", "")]
    );
}

#[test]
fn other_lines_of_a_dropped_event_are_read() {
    let mut decoder = decoder(10, 100);
    let seen = feed(
        &mut decoder,
        b"id: 1\ndata: 123456789\nretry: 5\nevent: n\n\ndata: a\n\n",
    );
    let retry = Ok(Decoded::Retry(std::time::Duration::from_millis(5)));
    assert_eq!(seen, [line_too_long(10), retry, received("a", "1")]);
}

#[test]
fn a_byte_order_mark_behind_a_first_line_too_long_is_text() {
    let mut decoder = decoder(10, 100);
    let seen = feed(
        &mut decoder,
        "data: 123456789\n\u{feff}id: 1\n\n".as_bytes(),
    );
    assert_eq!(seen, [line_too_long(10)]);
    assert_eq!(decoder.last_event_id(), "");
}

#[test]
fn line_ends_behind_a_line_too_long_count_once() {
    for end in ["\n", "\r", "\r\n"] {
        let stream = format!("data: 123456789{end}{end}data: a{end}{end}");
        let expected = [line_too_long(10), received("a", "")];
        assert_eq!(
            feed(&mut decoder(10, 100), stream.as_bytes()),
            expected,
            "{end:?}"
        );
        let mut bytewise = decoder(10, 100);
        let seen: Vec<_> = stream
            .as_bytes()
            .chunks(1)
            .flat_map(|byte| feed(&mut bytewise, byte))
            .collect();
        assert_eq!(seen, expected, "{end:?}");
    }
}

#[test]
fn a_restart_keeps_the_limits_and_ends_the_dropping() {
    let mut decoder = decoder(10, 100);
    assert_eq!(feed(&mut decoder, b"data: 123456789"), [line_too_long(10)]);
    decoder.restart();
    let seen = feed(&mut decoder, b"data: a\n\ndata: 123456789\n\n");
    assert_eq!(seen, [received("a", ""), line_too_long(10)]);
}

#[test]
fn limits_of_nothing_and_of_everything_are_no_trouble() {
    assert_eq!(feed(&mut decoder(0, 0), b"\n\r\n\ra\n"), [line_too_long(0)]);
    assert_eq!(
        feed(&mut decoder(usize::MAX, usize::MAX), b"data: a\n\n"),
        [received("a", "")]
    );
    assert_eq!(feed(&mut decoder(100, 0), b"data\n\n"), [received("", "")]);
}

#[test]
fn the_default_limits_are_as_documented() {
    let limits = Limits::default();
    assert_eq!((limits.line, limits.event), (8 << 20, 16 << 20));
}

#[test]
fn an_error_says_what_to_do() {
    assert_eq!(
        DecodeError::LineTooLong { limit: 10 }.to_string(),
        "a line of the stream is longer than 10 bytes; its event is dropped, raise the line limit to receive it"
    );
    assert_eq!(
        DecodeError::EventTooLong { limit: 10 }.to_string(),
        "an event has more than 10 bytes of data and is dropped; raise the event limit to receive it"
    );
}
