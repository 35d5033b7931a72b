//! The examples and the rules of the standard, one by one.

use std::time::Duration;

use tidings_sse::{Decoded, Decoder};

use super::{data, feed, items, message, messages};

#[test]
fn example_of_9_2_1_three_messages() {
    let stream = "data: This is the first message.\n\n\
        data: This is the second message, it\ndata: has two lines.\n\n\
        data: This is the third message.\n\n";
    assert_eq!(
        data(stream),
        [
            "This is the first message.",
            "This is the second message, it\nhas two lines.",
            "This is the third message.",
        ]
    );
}

#[test]
fn example_of_9_2_1_two_event_types() {
    let stream =
        "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n";
    assert_eq!(
        messages(stream),
        [
            message("add", "73857293", ""),
            message("remove", "2153", ""),
            message("add", "113411", ""),
        ]
    );
}

#[test]
fn example_of_9_2_6_stocks() {
    assert_eq!(data("data: YHOO\ndata: +2\ndata: 10\n\n"), ["YHOO\n+2\n10"]);
}

#[test]
fn example_of_9_2_6_four_blocks() {
    let stream = ": test stream\n\n\
        data: first event\nid: 1\n\n\
        data:second event\nid\n\n\
        data:  third event\n\n";
    assert_eq!(
        items(stream),
        [
            Decoded::Comment("test stream".into()),
            Decoded::Message(message("message", "first event", "1")),
            Decoded::Message(message("message", "second event", "")),
            Decoded::Message(message("message", " third event", "")),
        ]
    );
}

#[test]
fn example_of_9_2_6_empty_data_and_an_unfinished_block() {
    assert_eq!(data("data\n\ndata\ndata\n\ndata:"), ["", "\n"]);
}

#[test]
fn example_of_9_2_6_the_space_is_optional() {
    assert_eq!(data("data:test\n\ndata: test\n\n"), ["test", "test"]);
}

#[test]
fn only_the_first_colon_counts() {
    assert_eq!(data("data:a:b: c\n\n"), ["a:b: c"]);
    assert_eq!(data("data::\n\n"), [":"]);
}

#[test]
fn one_space_is_stripped_and_never_a_tab() {
    assert_eq!(data("data:   x \n\n"), ["  x "]);
    assert_eq!(data("data:\tx\n\n"), ["\tx"]);
    assert_eq!(data("data:\u{a0}x\n\n"), ["\u{a0}x"]);
}

#[test]
fn field_names_are_literal() {
    assert_eq!(
        data("Data: a\nDATA: b\n data: c\ndata : d\ndat: e\ndata2: f\ndata: g\n\n"),
        ["g"]
    );
    assert_eq!(items("foo\nfoo: bar\n\n"), []);
}

#[test]
fn a_comment_is_given_without_colon_and_space() {
    assert_eq!(
        items(": a\n:b\n:\n::\n:  c\n"),
        [
            Decoded::Comment("a".into()),
            Decoded::Comment("b".into()),
            Decoded::Comment(String::new()),
            Decoded::Comment(":".into()),
            Decoded::Comment(" c".into()),
        ]
    );
    assert_eq!(data("data: a\n: in between\ndata: b\n\n"), ["a\nb"]);
}

#[test]
fn the_last_name_counts_and_ends_with_its_event() {
    assert_eq!(
        messages("event: a\nevent: b\ndata: 1\n\ndata: 2\n\n"),
        [message("b", "1", ""), message("message", "2", ""),]
    );
    assert_eq!(
        messages("event: a\n\ndata: 1\n\n"),
        [message("message", "1", "")]
    );
    assert_eq!(
        messages("event: a\nevent\ndata: 1\n\n"),
        [message("message", "1", "")]
    );
}

#[test]
fn the_order_of_fields_is_free() {
    let expected = [message("n", "a\nb", "1")];
    assert_eq!(messages("data: a\nid: 1\ndata: b\nevent: n\n\n"), expected);
    assert_eq!(messages("event: n\ndata: a\ndata: b\nid: 1\n\n"), expected);
}

#[test]
fn an_id_sticks_until_another_comes_and_an_empty_one_clears_it() {
    assert_eq!(
        messages("id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\nid:\ndata: d\n\ndata: e\n\n"),
        [
            message("message", "a", "1"),
            message("message", "b", "1"),
            message("message", "c", "2"),
            message("message", "d", ""),
            message("message", "e", ""),
        ]
    );
}

#[test]
fn an_id_with_nul_is_ignored() {
    assert_eq!(
        messages("id: 1\nid: 2\0\ndata: a\n\n"),
        [message("message", "a", "1")]
    );
}

#[test]
fn an_id_counts_from_the_blank_line_on_also_without_data() {
    let mut decoder = Decoder::new();
    assert_eq!(feed(&mut decoder, b"id: 9\n"), []);
    assert_eq!(decoder.last_event_id(), "");
    assert_eq!(feed(&mut decoder, b"\n"), []);
    assert_eq!(decoder.last_event_id(), "9");
}

#[test]
fn a_retry_counts_where_it_stands() {
    assert_eq!(
        items("data: a\nretry: 007\n\nretry: 3000\n"),
        [
            Decoded::Retry(Duration::from_millis(7)),
            Decoded::Message(message("message", "a", "")),
            Decoded::Retry(Duration::from_secs(3)),
        ]
    );
}

#[test]
fn a_retry_that_is_not_all_ascii_digits_is_ignored() {
    for value in [
        "", "-1", "+1", "1.5", "1e3", "1 ", " 1", "0x10", "1s", "\u{661}", "1\0",
    ] {
        assert_eq!(items(format!("retry: {value}\n\n")), [], "{value:?}");
    }
}

#[test]
fn a_huge_retry_is_as_long_as_can_be() {
    let longest = Decoded::Retry(Duration::from_millis(u64::MAX));
    assert_eq!(
        items("retry: 18446744073709551616\n"),
        std::slice::from_ref(&longest)
    );
    assert_eq!(items(format!("retry: {}\n", "9".repeat(5000))), [longest]);
}

#[test]
fn nul_in_data_and_name_is_text() {
    assert_eq!(
        messages("event: a\0b\ndata: c\0d\n\n"),
        [message("a\0b", "c\0d", "")]
    );
}

/// As many U+FFFD as the Encoding standard's decoder puts: one for each maximal piece of a valid sequence.
#[test]
fn invalid_utf_8_becomes_replacement_characters() {
    assert_eq!(data(b"data: a\xffb\n\n"), ["a\u{fffd}b"]);
    assert_eq!(data(b"data: \xe2\x82\n\n"), ["\u{fffd}"]);
    assert_eq!(data(b"data: \xf0\x9f\xa6x\n\n"), ["\u{fffd}x"]);
    assert_eq!(
        data(b"data: \xed\xa0\x80\n\n"),
        ["\u{fffd}\u{fffd}\u{fffd}"]
    );
    assert_eq!(data(b"data: \xc0\xaf\n\n"), ["\u{fffd}\u{fffd}"]);
    assert_eq!(
        messages(b"id: \xff\nevent: \xfe\ndata: a\n\n"),
        [message("\u{fffd}", "a", "\u{fffd}")]
    );
}

#[test]
fn an_unfinished_event_is_never_given() {
    assert_eq!(data("data: a\n\ndata: b\n"), ["a"]);
    assert_eq!(data("data: a\n\ndata: b"), ["a"]);
}

#[test]
fn a_restart_forgets_all_but_the_last_event_id() {
    let mut decoder = Decoder::new();
    feed(
        &mut decoder,
        b"id: 1\ndata: a\n\nid: 2\nevent: n\ndata: unfini",
    );
    decoder.restart();
    assert_eq!(decoder.last_event_id(), "1");
    let next = feed(&mut decoder, "\u{feff}data: b\n\n".as_bytes());
    assert_eq!(next, [Ok(Decoded::Message(message("message", "b", "1")))]);
}
