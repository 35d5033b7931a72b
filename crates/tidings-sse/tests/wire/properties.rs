//! Arbitrary input, there and back, and against the reference.

use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tidings_sse::{Decoded, Decoder, Event, EventId, EventName, Limits, comment};

use super::reference::interpret;
use super::{feed, items, message};

/// Any text, with more of what the format treats specially than chance would bring.
fn text() -> impl Strategy<Value = String> {
    let special = [
        "\n", "\r", "\r\n", ":", " ", "\0", "\u{feff}", "\u{2028}", "data: ", "id: 1", "event: e",
        "retry: 1",
    ];
    vec(
        prop_oneof![
            select(special.to_vec()).prop_map(str::to_owned),
            any::<String>()
        ],
        0..8,
    )
    .prop_map(|parts| parts.concat())
}

fn one_line() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.replace(['\r', '\n', '\0'], ""))
}

fn event() -> impl Strategy<Value = Event> {
    let name = one_line().prop_filter("a name is not empty", |name| !name.is_empty());
    (
        text(),
        option::of(name),
        option::of(one_line()),
        option::of(any::<Duration>()),
    )
        .prop_map(|(data, name, id, retry)| {
            let mut event = Event::new(data);
            if let Some(name) = name {
                event = event.with_name(EventName::try_from(name).unwrap());
            }
            if let Some(id) = id {
                event = event.with_id(EventId::try_from(id).unwrap());
            }
            if let Some(retry) = retry {
                event = event.with_retry(retry);
            }
            event
        })
}

/// Bytes of a stream: pieces of the format, and bytes of no meaning.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let pieces: [&[u8]; 20] = [
        b"\n",
        b"\n",
        b"\r",
        b"\r\n",
        b"data",
        b"data",
        b"data: ",
        b"event",
        b"id",
        b"retry",
        b":",
        b" ",
        b"\0",
        b"42",
        b"\xef\xbb\xbf",
        b"\xef",
        b"\xe2\x82",
        b"\xff",
        "🦀".as_bytes(),
        b"text",
    ];
    vec(prop_oneof![4 => select(pieces.to_vec()).prop_map(<[u8]>::to_vec), 1 => vec(any::<u8>(), 0..4)], 0..40)
        .prop_map(|parts| parts.concat())
}

/// What a client should receive of an event: line ends of the data are LF, a missing id is what it was before.
fn received(event: &Event, id_before: &str) -> Vec<Decoded> {
    let name = event.name().map_or("message", EventName::as_str);
    let data = event.data().replace("\r\n", "\n").replace('\r', "\n");
    let id = event.id().map_or(id_before, EventId::as_str);
    let retry = event.retry().map(Decoded::Retry);
    retry
        .into_iter()
        .chain([Decoded::Message(message(name, &data, id))])
        .collect()
}

proptest! {
    #[test]
    fn what_is_encoded_is_received(events in vec(event(), 1..4)) {
        let (mut stream, mut expected, mut id) = (Vec::new(), Vec::new(), String::new());
        for event in &events {
            event.encode_to(&mut stream);
            expected.extend(received(event, &id));
            id = event.id().map_or(id, EventId::to_string);
        }
        prop_assert_eq!(items(stream), expected);
    }

    #[test]
    fn the_length_is_known_beforehand(event in event()) {
        let encoded = event.encode();
        prop_assert_eq!(event.encoded_len(), encoded.len());
        let mut appended = Vec::new();
        event.encode_to(&mut appended);
        prop_assert_eq!(encoded, appended);
    }

    #[test]
    fn data_is_never_another_field(text in text()) {
        let encoded = Event::new(text).encode();
        let (lines, end) = encoded.split_at(encoded.len() - 1);
        prop_assert_eq!(end, b"\n");
        prop_assert!(!lines.contains(&b'\r'));
        let lines = lines.strip_suffix(b"\n").expect("each line ends").split(|&byte| byte == b'\n');
        for line in lines {
            prop_assert!(line == b"data:" || line.starts_with(b"data: "));
        }
    }

    #[test]
    fn a_comment_is_never_a_field(text in text()) {
        let stream = [&comment(&text)[..], b"\n"].concat();
        prop_assert!(items(stream).iter().all(|item| matches!(item, Decoded::Comment(_))));
    }

    #[test]
    fn any_stream_is_read_as_the_standard_says(stream in stream()) {
        let mut decoder = Decoder::new();
        let decoded: Result<Vec<_>, _> = feed(&mut decoder, &stream).into_iter().collect();
        let (expected, last_event_id) = interpret(&stream);
        prop_assert_eq!(decoded, Ok(expected));
        prop_assert_eq!(decoder.last_event_id(), last_event_id);
    }

    #[test]
    fn it_does_not_matter_how_a_stream_is_cut(
        stream in stream(),
        cuts in vec(any::<Index>(), 0..20),
        line in 0..40_usize,
        event in 0..40_usize,
    ) {
        let limits = Limits::default().with_line(line).with_event(event);
        let mut whole = Decoder::with_limits(limits);
        let expected = feed(&mut whole, &stream);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let mut decoder = Decoder::with_limits(limits);
        let pieces = cuts.windows(2).map(|ends| &stream[ends[0]..ends[1]]);
        let decoded: Vec<_> = pieces.flat_map(|piece| feed(&mut decoder, piece)).collect();
        prop_assert_eq!(&decoded, &expected);
        prop_assert_eq!(decoder.last_event_id(), whole.last_event_id());
        for item in decoded {
            if let Ok(Decoded::Message(message)) = item {
                prop_assert!(message.data.len() <= event);
            }
        }
    }
}
