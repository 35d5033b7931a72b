//! What is printed of the messages: data alone, or one JSON object on each line.
//!
//! What one read brought is written at once. The writes go through the runtime's thread for blocking work, so that a
//! signal is heeded also while a pipe is full.

use std::io;
use std::num::NonZeroU64;

use serde::Serialize;
use tidings_sse::MessageEvent;
use tokio::io::{AsyncWriteExt, Stdout};

use crate::console;

/// The name of the event with which a hub says that messages are lost, because it no longer keeps them.
const GAP: &str = "gap";

/// Standard output, and how much is still to be printed on it.
pub(super) struct Output {
    json: bool,
    /// Messages still to be printed; none if there is no end.
    remaining: Option<u64>,
    /// Printed, but not yet written.
    pending: Vec<u8>,
    stdout: Stdout,
}

/// A message as it is printed with `--json`.
#[derive(Debug, Serialize)]
struct Printed<'a> {
    id: &'a str,
    event: &'a str,
    data: &'a str,
}

impl Output {
    pub(super) fn new(json: bool, count: Option<NonZeroU64>) -> Self {
        Output {
            json,
            remaining: count.map(NonZeroU64::get),
            pending: Vec::new(),
            stdout: tokio::io::stdout(),
        }
    }

    /// Prints a message. A gap is an object like any other, but does not count as a message; where only data is
    /// printed, it is a warning instead.
    pub(super) fn add(&mut self, message: &MessageEvent) {
        if !self.json && message.name == GAP {
            let data = console::printable(&message.data);
            console::say(format_args!(
                "gap: messages are missing here that the hub no longer keeps: {data}"
            ));
            return;
        }
        if self.json {
            let printed = Printed {
                id: &message.last_event_id,
                event: &message.name,
                data: &message.data,
            };
            serde_json::to_writer(&mut self.pending, &printed).expect("strings are always JSON");
        } else {
            self.pending.extend_from_slice(message.data.as_bytes());
        }
        self.pending.push(b'\n');
        if message.name == GAP {
            return;
        }
        self.remaining = self.remaining.map(|remaining| remaining.saturating_sub(1));
    }

    /// Whether as many messages are printed as were asked for.
    pub(super) fn is_complete(&self) -> bool {
        self.remaining == Some(0)
    }

    /// Writes what was printed; whether the output is still open.
    pub(super) async fn flush(&mut self) -> io::Result<bool> {
        if self.pending.is_empty() {
            return Ok(true);
        }
        let written = match self.stdout.write_all(&self.pending).await {
            Ok(()) => self.stdout.flush().await,
            Err(error) => Err(error),
        };
        self.pending.clear();
        console::unless_closed(written)
    }
}
