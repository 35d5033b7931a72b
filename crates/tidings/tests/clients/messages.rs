//! Messages that a careless server or client would change.

use serde_json::{Value, json};

/// A message, and what a client that keeps to the standard receives.
#[derive(Debug)]
pub(crate) struct Awkward {
    /// The body of the request to publish it, without a topic.
    pub(crate) request: Value,
    pub(crate) name: &'static str,
    pub(crate) data: String,
}

/// One of each kind, in a fixed order.
pub(crate) fn awkward() -> Vec<Awkward> {
    let long = "0123456789abcdef".repeat(1 << 16);
    vec![
        text("plain"),
        // The wire has no way to tell line ends apart: all become LF.
        received_as("LF\nCR\rCRLF\r\nend", "LF\nCR\nCRLF\nend"),
        text("an empty line at the end\n"),
        text("\nan empty line at the beginning"),
        text("an empty line\n\nwithin"),
        text("\n\n"),
        text(" a space"),
        text("  two spaces"),
        text("\ta tab"),
        text("spaces\n  before\n\ta line"),
        text("a space at the end "),
        text("🎉 grüße 漢字 \u{1f469}\u{200d}\u{1f680}"),
        // Line ends elsewhere, but not here.
        text("here \u{2028}\u{2029}\u{85}\u{b}\u{c}\u{1c}\u{1d}\u{1e} are within a line"),
        text("x\nid: not an id\nevent: not a name\nretry: 1\ndata: more\n: no comment\n\nx"),
        text("id: not an id"),
        text(": no comment"),
        text("data"),
        text(""),
        text("\u{feff}a byte order mark"),
        text("a NUL \0 within"),
        Awkward {
            request: json!({ "message": { "a": [1, null, "ü\n"], "b": {} } }),
            name: "message",
            data: r#"{"a":[1,null,"ü\n"],"b":{}}"#.to_owned(),
        },
        Awkward {
            request: json!({ "message": "with a name", "event": "greeting" }),
            name: "greeting",
            data: "with a name".to_owned(),
        },
        Awkward {
            request: json!({ "message": "with an id", "id": "urn:uuid:01234567-89ab" }),
            ..text("with an id")
        },
        text(&long),
        text("the last one"),
    ]
}

fn text(text: &str) -> Awkward {
    received_as(text, text)
}

fn received_as(sent: &str, data: &str) -> Awkward {
    Awkward {
        request: json!({ "message": sent }),
        name: "message",
        data: data.to_owned(),
    }
}
