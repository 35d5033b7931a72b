//! Each event, comment and retry as literal bytes.

use std::time::Duration;

use bytes::BytesMut;
use tidings_sse::{Event, EventId, EventName, HEARTBEAT, comment, retry, write_id};

fn id(text: &str) -> EventId {
    EventId::try_from(text).unwrap()
}

fn name(text: &str) -> EventName {
    EventName::try_from(text).unwrap()
}

#[test]
fn fields_come_in_the_order_id_event_retry_data() {
    let event = Event::new("payload")
        .with_retry(Duration::from_millis(1500))
        .with_name(name("update"))
        .with_id(id("e-1"));
    assert_eq!(
        event.encode(),
        "id: e-1\nevent: update\nretry: 1500\ndata: payload\n\n"
    );
}

#[test]
fn fields_left_out_leave_no_line() {
    assert_eq!(Event::new("a").encode(), "data: a\n\n");
    assert_eq!(
        Event::new("a").with_name(name("n")).encode(),
        "event: n\ndata: a\n\n"
    );
}

#[test]
fn empty_data_is_a_data_line_without_a_space() {
    assert_eq!(Event::new("").encode(), "data:\n\n");
}

#[test]
fn an_empty_id_is_written_and_clears_the_clients_id() {
    assert_eq!(Event::new("a").with_id(id("")).encode(), "id:\ndata: a\n\n");
}

#[test]
fn cr_lf_and_crlf_each_end_one_line_of_data() {
    assert_eq!(
        Event::new("a\nb\rc\r\nd").encode(),
        "data: a\ndata: b\ndata: c\ndata: d\n\n"
    );
    assert_eq!(Event::new("a\n\rb").encode(), "data: a\ndata:\ndata: b\n\n");
    assert_eq!(
        Event::new("a\r\r\nb").encode(),
        "data: a\ndata:\ndata: b\n\n"
    );
}

#[test]
fn empty_lines_at_either_end_of_the_data_are_kept() {
    assert_eq!(Event::new("a\n").encode(), "data: a\ndata:\n\n");
    assert_eq!(
        Event::new("a\r\n\r\n").encode(),
        "data: a\ndata:\ndata:\n\n"
    );
    assert_eq!(Event::new("\na").encode(), "data:\ndata: a\n\n");
    assert_eq!(Event::new("\n").encode(), "data:\ndata:\n\n");
}

#[test]
fn nothing_else_ends_a_line() {
    let text = "a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f\u{1c}g\u{1d}h\u{1e}i\u{1f}j\tk\0l";
    assert_eq!(Event::new(text).encode(), format!("data: {text}\n\n"));
}

#[test]
fn a_leading_space_gets_a_second_one_in_front() {
    assert_eq!(Event::new(" x").encode(), "data:  x\n\n");
    assert_eq!(Event::new(" ").encode(), "data:  \n\n");
}

#[test]
fn a_reconnection_time_is_whole_milliseconds() {
    let encoded = |time| Event::new("").with_retry(time).encode();
    assert_eq!(encoded(Duration::from_millis(9)), "retry: 9\ndata:\n\n");
    assert_eq!(encoded(Duration::from_millis(10)), "retry: 10\ndata:\n\n");
    assert_eq!(encoded(Duration::ZERO), "retry: 0\ndata:\n\n");
    assert_eq!(encoded(Duration::from_micros(2999)), "retry: 2\ndata:\n\n");
    assert_eq!(
        encoded(Duration::MAX),
        "retry: 18446744073709551615\ndata:\n\n"
    );
    let event = Event::new("").with_retry(Duration::from_micros(2999));
    assert_eq!(event.retry(), Some(Duration::from_millis(2)));
}

#[test]
fn encode_to_appends_the_same_bytes() {
    let event = Event::new("a\nb")
        .with_id(id("1"))
        .with_retry(Duration::from_secs(10));
    let mut out = BytesMut::from("before");
    event.encode_to(&mut out);
    assert_eq!(out, [b"before", &event.encode()[..]].concat());
    assert_eq!(event.encoded_len(), event.encode().len());
}

#[test]
fn encode_allocates_no_more_than_it_needs() {
    let event = Event::new("a\nb\n\n")
        .with_retry(Duration::from_secs(3))
        .with_id(id(""));
    let encoded = event.encode().try_into_mut().unwrap();
    assert_eq!(encoded.capacity(), encoded.len());
}

#[test]
fn an_id_can_be_written_in_front_of_fields_encoded_before() {
    let mut out = Vec::new();
    write_id(&id("e-7"), &mut out);
    out.extend_from_slice(&Event::new("a").encode());
    assert_eq!(out, Event::new("a").with_id(id("e-7")).encode());
}

#[test]
fn a_comment_has_no_blank_line() {
    assert_eq!(comment("still here"), ": still here\n");
    assert_eq!(comment("a\r\nb\rc\n"), ": a\n: b\n: c\n:\n");
    assert_eq!(comment(""), HEARTBEAT);
    assert_eq!(HEARTBEAT, b":\n");
}

#[test]
fn a_retry_stands_alone() {
    assert_eq!(retry(Duration::from_secs(3)), "retry: 3000\n");
    assert_eq!(retry(Duration::ZERO), "retry: 0\n");
}

#[test]
fn what_was_put_in_can_be_read_again() {
    let event = Event::new("a\r\nb").with_id(id("1")).with_name(name("n"));
    assert_eq!(event.data(), "a\r\nb");
    assert_eq!(event.id().map(EventId::as_str), Some("1"));
    assert_eq!(event.name().map(EventName::as_str), Some("n"));
    assert_eq!(event.retry(), None);
}
