//! The standard's algorithm read literally: over a whole stream, decoded to text first, one character at a time.
//!
//! Slow and simple on purpose, and different from the decoder wherever the decoder is clever.

use std::time::Duration;

use tidings_sse::Decoded;

use super::message;

/// The items of a stream, and the last event id at its end.
pub(crate) fn interpret(stream: &[u8]) -> (Vec<Decoded>, String) {
    let text = String::from_utf8_lossy(stream);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let (mut data_buffer, mut type_buffer, mut id_buffer) =
        (String::new(), String::new(), String::new());
    let (mut items, mut last_event_id) = (Vec::new(), String::new());
    for line in lines(text) {
        if line.is_empty() {
            last_event_id = id_buffer.clone();
            if data_buffer.pop().is_some() {
                let name = if type_buffer.is_empty() {
                    "message"
                } else {
                    &type_buffer
                };
                items.push(Decoded::Message(message(
                    name,
                    &data_buffer,
                    &last_event_id,
                )));
            }
            data_buffer.clear();
            type_buffer.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" => items.push(Decoded::Comment(value.to_owned())),
            "event" => type_buffer = value.to_owned(),
            "data" => data_buffer.extend([value, "\n"]),
            "id" if !value.contains('\0') => id_buffer = value.to_owned(),
            "retry" if !value.is_empty() && value.chars().all(|digit| digit.is_ascii_digit()) => {
                let millis = value.parse().unwrap_or(u64::MAX);
                items.push(Decoded::Retry(Duration::from_millis(millis)));
            }
            _ => {}
        }
    }
    (items, last_event_id)
}

/// The lines that ended.
fn lines(text: &str) -> Vec<String> {
    let (mut ended, mut line) = (Vec::new(), String::new());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                characters.next_if_eq(&'\n');
                ended.push(std::mem::take(&mut line));
            }
            '\n' => ended.push(std::mem::take(&mut line)),
            other => line.push(other),
        }
    }
    ended
}
