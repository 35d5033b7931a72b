//! Follows a stream over as many connections as it takes.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Client, Url};
use tidings_sse::{Decoded, Decoder, Limits};
use tokio::time::sleep;

use super::Subscribe;
use super::backoff::Backoff;
use super::connection::{self, Opened, Stream};
use super::output::Output;
use crate::{client, console};

/// The path of the stream below the URL of the hub.
const STREAM_PATH: &str = "sse";

/// The largest event that is taken: the most that the setting `body_limit` can allow.
const EVENT_LIMIT: usize = 1 << 30;

/// A subscription over all its connections.
pub(super) struct Follower<'a> {
    asked: &'a Subscribe,
    client: Client,
    url: Url,
    /// Keeps the last event id from one connection to the next.
    decoder: Decoder,
    backoff: Backoff,
    output: Output,
}

/// Whether there is more to do.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    GoOn,
    End,
}

impl<'a> Follower<'a> {
    pub(super) fn new(asked: &'a Subscribe) -> anyhow::Result<Self> {
        let mut url = asked.hub.url(STREAM_PATH);
        if !asked.topics.is_empty() {
            url.query_pairs_mut()
                .extend_pairs(asked.topics.iter().map(|topic| ("topic", topic)));
        }
        Ok(Follower {
            asked,
            client: asked.hub.client(|client| client)?,
            url,
            decoder: decoder_behind(asked.last_event_id.as_deref().unwrap_or_default()),
            backoff: Backoff::new(),
            output: Output::new(asked.json, asked.count),
        })
    }

    /// Prints what comes until there is a reason to end.
    ///
    /// # Errors
    ///
    /// The server refuses for good, or the output cannot be written.
    pub(super) async fn follow(&mut self) -> anyhow::Result<()> {
        loop {
            let opened = connection::open(
                &self.asked.hub,
                &self.client,
                &self.url,
                self.decoder.last_event_id(),
                self.asked.idle_timeout,
            );
            let (lost, least_wait) = match opened.await {
                Opened::Stream(stream) => match self.read_all(stream).await? {
                    Some(lost) => (lost, Duration::ZERO),
                    None => return Ok(()),
                },
                Opened::NotNow { reason, wait } => (self.not_subscribed(&reason), wait),
                Opened::Refused(reason) => bail!(self.not_subscribed(&reason)),
                Opened::Finished => {
                    self.say_if_verbose("the server says that nothing more will come");
                    return Ok(());
                }
            };
            let wait = self.backoff.next(fastrand::f64()).max(least_wait);
            console::say(format_args!(
                "{lost}; connecting again in {:.2}s",
                wait.as_secs_f64()
            ));
            sleep(wait).await;
        }
    }

    /// Prints what comes on one connection. Gives back why the connection was lost; none if it is time to end.
    async fn read_all(&mut self, mut stream: Stream) -> anyhow::Result<Option<String>> {
        self.say_if_verbose(&format!("connected to {}", client::shown(&self.url)));
        self.decoder.restart();
        loop {
            let bytes = match stream.read().await {
                Ok(bytes) => bytes,
                Err(lost) => return Ok(Some(lost)),
            };
            let next = self.take(bytes.as_ref());
            let open = self
                .output
                .flush()
                .await
                .context("cannot write to standard output")?;
            if next == Next::End || !open {
                return Ok(None);
            }
        }
    }

    /// Takes the bytes of one read; what is to be printed is in the output then, but not yet written.
    fn take(&mut self, mut bytes: &[u8]) -> Next {
        loop {
            match self.decoder.decode(&mut bytes) {
                Ok(Some(item)) => {
                    if self.act_on(item) == Next::End {
                        return Next::End;
                    }
                }
                Ok(None) => return Next::GoOn,
                Err(_too_long) => {
                    console::say(format_args!(
                        "an event of more than {EVENT_LIMIT} bytes is left out"
                    ));
                }
            }
        }
    }

    fn act_on(&mut self, item: Decoded) -> Next {
        match item {
            Decoded::Message(message) => {
                self.backoff.reset();
                self.output.add(&message);
                if self.output.is_complete() {
                    Next::End
                } else {
                    Next::GoOn
                }
            }
            Decoded::Retry(base) => {
                self.backoff.set_base(base);
                Next::GoOn
            }
            // A heartbeat. When no messages come, it is the only occasion to notice that nobody reads any more.
            Decoded::Comment(_) => {
                self.backoff.reset();
                if console::output_is_closed() {
                    Next::End
                } else {
                    Next::GoOn
                }
            }
            _ => Next::GoOn,
        }
    }

    fn not_subscribed(&self, reason: &str) -> String {
        format!("cannot subscribe at {}: {reason}", client::shown(&self.url))
    }

    fn say_if_verbose(&self, what: &str) {
        if self.asked.verbose {
            console::say(format_args!("{what}"));
        }
    }
}

/// A decoder that has this last event id, as if it had read it off a stream before.
fn decoder_behind(last_event_id: &str) -> Decoder {
    let mut limits = Limits::default();
    (limits.line, limits.event) = (EVENT_LIMIT, EVENT_LIMIT);
    let mut decoder = Decoder::with_limits(limits);
    let earlier = format!("id: {last_event_id}\n\n");
    let nothing = decoder.decode(&mut earlier.as_bytes());
    debug_assert_eq!(nothing, Ok(None), "an id alone is no message");
    decoder
}

#[cfg(test)]
mod tests {
    use super::decoder_behind;

    #[test]
    fn starts_with_the_id_given() {
        assert_eq!(decoder_behind("7").last_event_id(), "7");
        assert_eq!(decoder_behind("").last_event_id(), "");
    }
}
