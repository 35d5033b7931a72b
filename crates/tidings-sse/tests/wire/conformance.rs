//! Decoder vectors made by others.
//!
//! `conformance-vectors.json` is `tests/conformance-vectors.json` of the crate `sse-parse` 0.1.0, unchanged; MIT, see
//! `conformance-vectors.LICENSE`. The file explains its own format under "encoding".

use std::time::Duration;

use serde_json::Value;
use tidings_sse::{Decoded, Decoder};

use super::feed;

#[test]
fn the_vectors_of_sse_parse() {
    let file: Value = serde_json::from_str(include_str!("conformance-vectors.json")).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 36);
    for vector in vectors {
        let mut decoder = Decoder::new();
        let items = chunks(vector)
            .iter()
            .flat_map(|chunk| feed(&mut decoder, chunk))
            .map(Result::unwrap)
            .collect();
        let (events, retries) = as_in_vectors(items);
        let (id, expected) = (&vector["id"], &vector["expected"]);
        assert_eq!(events, expected_events(&expected["events"]), "{id}");
        assert_eq!(Value::from(retries), expected["retry_updates"], "{id}");
        assert_eq!(
            decoder.last_event_id(),
            expected["final_last_event_id"],
            "{id}"
        );
    }
}

/// The stream of a vector, as it is to be fed.
fn chunks(vector: &Value) -> Vec<Vec<u8>> {
    if let Some(chunks) = vector["chunks"].as_array() {
        return chunks.iter().map(chunk).collect();
    }
    let generator = &vector["generator"];
    let stream = match text(&generator["kind"]) {
        "repeat_stream" => text(&generator["unit_text"]).repeat(number(&generator["count"])),
        "long_line" => {
            let fill = text(&generator["fill_char"]).repeat(number(&generator["fill_count"]));
            [
                text(&generator["prefix"]),
                &fill,
                text(&generator["suffix"]),
            ]
            .concat()
        }
        other => panic!("unknown generator {other}"),
    };
    stream
        .as_bytes()
        .chunks(number(&generator["chunk_bytes"]))
        .map(<[u8]>::to_vec)
        .collect()
}

fn chunk(chunk: &Value) -> Vec<u8> {
    if let Some(text) = chunk["text"].as_str() {
        return text.into();
    }
    let digits = text(&chunk["hex"]);
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// Events and retries in the vectors' form, where an event carries the retry that came since the event before.
fn as_in_vectors(items: Vec<Decoded>) -> (Vec<Value>, Vec<u64>) {
    let (mut events, mut retries, mut pending) = (Vec::new(), Vec::new(), None);
    for item in items {
        match item {
            Decoded::Message(message) => {
                events.push(event(
                    &message.name,
                    &message.data,
                    &message.last_event_id,
                    pending.take(),
                ));
            }
            Decoded::Retry(time) => {
                let millis = millis(time);
                retries.push(millis);
                pending = Some(millis);
            }
            _ => {}
        }
    }
    (events, retries)
}

fn expected_events(expected: &Value) -> Vec<Value> {
    if let Some(events) = expected.as_array() {
        return events.clone();
    }
    match text(&expected["kind"]) {
        "repeat" => vec![expected["event"].clone(); number(&expected["count"])],
        "single_fill_event" => {
            let data = text(&expected["fill_char"]).repeat(number(&expected["fill_count"]));
            vec![event(
                text(&expected["event"]),
                &data,
                text(&expected["id"]),
                None,
            )]
        }
        other => panic!("unknown expectation {other}"),
    }
}

fn event(name: &str, data: &str, id: &str, retry: Option<u64>) -> Value {
    serde_json::json!({ "event": name, "data": data, "id": id, "retry": retry })
}

fn millis(time: Duration) -> u64 {
    time.as_millis().try_into().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap().try_into().unwrap()
}
