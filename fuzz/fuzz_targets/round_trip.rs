//! Any event, encoded between others: it is received as it was sent, and as nothing else.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use std::time::Duration;
use tidings_sse::{Decoded, Decoder, Event, EventId, EventName, MessageEvent, comment};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    name: Option<&'a str>,
    id: Option<&'a str>,
    retry: Option<Duration>,
    comment: &'a str,
    data: &'a str,
}

fuzz_target!(|input: Input| {
    let name = input.name.and_then(|name| EventName::try_from(name).ok());
    let id = input.id.and_then(|id| EventId::try_from(id).ok());
    let mut event = Event::new(input.data);
    if let Some(name) = &name {
        event = event.with_name(name.clone());
    }
    if let Some(id) = &id {
        event = event.with_id(id.clone());
    }
    if let Some(retry) = input.retry {
        event = event.with_retry(retry);
    }
    let encoded = event.encode();
    assert_eq!(encoded.len(), event.encoded_len());

    let sentinel = Event::new("sentinel").encode();
    let stream = [&sentinel, &comment(input.comment), &encoded, &sentinel]
        .map(|bytes| &bytes[..])
        .concat();
    let id = id.as_ref().map_or("", EventId::as_str);
    let mut expected = vec![message("message", "sentinel", "")];
    expected.extend(event.retry().map(Decoded::Retry));
    let data = input.data.replace("\r\n", "\n").replace('\r', "\n");
    expected.push(message(
        name.as_ref().map_or("message", EventName::as_str),
        &data,
        id,
    ));
    expected.push(message("message", "sentinel", id));
    assert_eq!(items_but_comments(&stream), expected);
});

fn message(name: &str, data: &str, last_event_id: &str) -> Decoded {
    Decoded::Message(MessageEvent {
        name: name.into(),
        data: data.into(),
        last_event_id: last_event_id.into(),
    })
}

fn items_but_comments(mut stream: &[u8]) -> Vec<Decoded> {
    let mut decoder = Decoder::new();
    let items = std::iter::from_fn(|| decoder.decode(&mut stream).expect("within the limits"));
    items
        .filter(|item| !matches!(item, Decoded::Comment(_)))
        .collect()
}
