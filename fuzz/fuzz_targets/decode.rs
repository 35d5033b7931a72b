//! Any bytes, cut anywhere, with any limits: the decoder never panics, gives what it gives for the bytes in one piece,
//! and lets nothing beyond a limit through.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tidings_sse::{DecodeError, Decoded, Decoder, Limits};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    line_limit: u8,
    event_limit: u8,
    /// Lengths of the pieces, used in turn; with none the stream is cut into single bytes.
    pieces: Vec<u8>,
    stream: &'a [u8],
}

fuzz_target!(|input: Input| {
    let limits = Limits::default()
        .with_line(input.line_limit.into())
        .with_event(input.event_limit.into());
    let mut whole = Decoder::with_limits(limits);
    let expected = feed(&mut whole, input.stream);

    let mut cut = Decoder::with_limits(limits);
    let mut items = Vec::new();
    let mut lengths = input.pieces.iter().copied().cycle();
    let mut rest = input.stream;
    while !rest.is_empty() {
        let length = usize::from(lengths.next().unwrap_or(1)).clamp(1, rest.len());
        let (piece, behind) = rest.split_at(length);
        items.extend(feed(&mut cut, piece));
        rest = behind;
    }
    assert_eq!(items, expected);
    assert_eq!(cut.last_event_id(), whole.last_event_id());

    for item in items {
        assert_within(limits, item);
    }
});

fn feed(decoder: &mut Decoder, mut bytes: &[u8]) -> Vec<Result<Decoded, DecodeError>> {
    let items = std::iter::from_fn(|| decoder.decode(&mut bytes).transpose()).collect();
    assert!(bytes.is_empty());
    items
}

/// The value of one line may grow threefold: an invalid byte becomes U+FFFD, which has three.
fn assert_within(limits: Limits, item: Result<Decoded, DecodeError>) {
    let one_line = limits.line * 3;
    match item {
        Ok(Decoded::Message(message)) => {
            assert!(message.data.len() <= limits.event);
            assert!(message.name.len() <= one_line.max("message".len()));
            assert!(message.last_event_id.len() <= one_line);
            assert!(!message.last_event_id.contains(['\r', '\n', '\0']));
            assert!(!message.data.contains('\r'));
        }
        Ok(Decoded::Comment(text)) => assert!(text.len() <= one_line),
        _ => {}
    }
}
