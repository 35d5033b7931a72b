//! `tidings publish`: a message, or each line of standard input, to a hub.
//!
//! One request at a time, so that the order of the lines is the order of the messages. Invariant: nothing is lost in
//! silence. A message counts as published when the answer names its id; at the first that is not, it ends, and says
//! which line that was.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Args;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use serde::Serialize;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, BufReader};

use crate::client::{self, Hub};
use crate::{cli, console};

/// How long one message may take, with the connection and the answer.
const PUBLISH_TIMEOUT: Duration = Duration::from_secs(60);

/// The longest line that is read: the most that the setting `body_limit` can allow.
const LINE_LIMIT: u64 = 1 << 30;

/// The header of the answer that holds the message's id.
const EVENT_ID: &str = "event-id";

/// Publish a message and print its id
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tidings publish 'Hello, world'
  tidings publish --topic news --event headline 'It rains'
  tail -f access.log | tidings publish --topic log -")]
pub(crate) struct Publish {
    /// The message, or - for one message from each line of standard input
    #[arg(value_name = "MESSAGE")]
    message: String,

    /// Topic of the message; may be given more than once; without it, `broadcast`
    #[arg(short, long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,

    /// Name of the event, which selects the listener in a browser
    #[arg(short, long, value_name = "NAME")]
    event: Option<String>,

    /// Id of the message; without it the hub gives one
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// Time after which browsers reconnect from now on, such as 3s
    #[arg(long, value_name = "DURATION", value_parser = client::duration)]
    retry: Option<Duration>,

    /// Deliver the message only to subscribers whose token permits it; a hub that asks for no tokens delivers it to all
    #[arg(long)]
    private: bool,

    #[command(flatten)]
    hub: Hub,
}

/// The body of a request.
#[derive(Debug, Serialize)]
struct Body<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    topic: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// In milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<u128>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    private: bool,
}

/// Publishes what was asked for.
pub(crate) fn run(asked: Publish) -> anyhow::Result<ExitCode> {
    let from_lines = asked.message == "-";
    if from_lines && asked.id.is_some() {
        console::say(format_args!(
            "--id names one message, but - publishes many; leave out one of them"
        ));
        return Ok(ExitCode::from(cli::EXIT_USAGE));
    }
    let publisher = Publisher {
        client: asked.hub.client(|client| client.timeout(PUBLISH_TIMEOUT))?,
        url: asked.hub.url(""),
        asked,
    };
    let runtime = client::runtime()?;
    let published = runtime.block_on(async {
        if from_lines {
            publisher
                .publish_lines(BufReader::new(tokio::io::stdin()))
                .await
        } else {
            publisher.publish(&publisher.asked.message).await
        }
    });
    // A read of standard input that is still under way must not hold up the end.
    runtime.shutdown_background();
    published.map(|()| ExitCode::SUCCESS)
}

struct Publisher {
    client: Client,
    url: Url,
    asked: Publish,
}

impl Publisher {
    /// Publishes every line, each when the one before it is published.
    async fn publish_lines(&self, mut input: impl AsyncBufRead + Unpin) -> anyhow::Result<()> {
        let mut line = Vec::new();
        for number in 1_u64.. {
            let here = || match number {
                1 => "stopped at line 1; nothing was published".to_owned(),
                _ => format!("stopped at line {number}; all lines before it are published"),
            };
            if !read_line(&mut input, &mut line, LINE_LIMIT)
                .await
                .with_context(here)?
            {
                break;
            }
            let message = std::str::from_utf8(&line)
                .context("the line is not UTF-8")
                .with_context(here)?;
            self.publish(message).await.with_context(here)?;
        }
        Ok(())
    }

    /// Publishes one message and prints the id that the hub answers with.
    async fn publish(&self, message: &str) -> anyhow::Result<()> {
        let id = self.send(message).await?;
        // A reader of the ids that has enough of them is no reason to lose messages: closed or not, it goes on.
        console::print(format!("{id}\n").as_bytes()).context("cannot write to standard output")?;
        Ok(())
    }

    async fn send(&self, message: &str) -> anyhow::Result<String> {
        let Publish {
            topics,
            event,
            id,
            retry,
            private,
            ..
        } = &self.asked;
        let body = Body {
            message,
            topic: topics,
            event: event.as_deref(),
            id: id.as_deref(),
            retry: retry.map(|retry| retry.as_millis()),
            private: *private,
        };
        let url = client::shown(&self.url);
        let response = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(serde_json::to_vec(&body)?)
            .send()
            .await
            .map_err(|error| match error.is_connect() {
                true => anyhow::anyhow!(
                    "cannot reach {url}: {}; is a hub running there?",
                    client::reason(&error)
                ),
                false => anyhow::anyhow!(
                    "no answer from {url}: {}; the message may be published or not",
                    client::reason(&error)
                ),
            })?;
        if !response.status().is_success() {
            let advice = self.asked.hub.advice(response.status());
            let refusal = client::refusal(response).await;
            bail!("the hub refused the message: {refusal}{advice}");
        }
        let id = response
            .headers()
            .get(EVENT_ID)
            .map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
        id.with_context(|| {
            format!("the answer from {url} names no event id; is it the URL of a hub?")
        })
    }
}

/// Reads the next line into `line`, without its end; false at the end of the input.
async fn read_line(
    input: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
    limit: u64,
) -> anyhow::Result<bool> {
    line.clear();
    input
        .take(limit)
        .read_until(b'\n', line)
        .await
        .context("cannot read standard input")?;
    if line.is_empty() {
        return Ok(false);
    }
    if line.pop_if(|end| *end == b'\n').is_some() {
        line.pop_if(|end| *end == b'\r');
    } else {
        // Without its end it is the last line, or one that the limit has cut.
        ensure!(
            (line.len() as u64) < limit,
            "the line is longer than {limit} bytes, the most that a hub takes"
        );
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::read_line;

    /// The lines of an input of which no line may be longer than 7 bytes with its end, or what is wrong.
    async fn lines(mut input: &[u8]) -> Result<Vec<String>, String> {
        let (mut lines, mut line) = (Vec::new(), Vec::new());
        while read_line(&mut input, &mut line, 7)
            .await
            .map_err(|error| error.to_string())?
        {
            lines.push(String::from_utf8_lossy(&line).into_owned());
        }
        Ok(lines)
    }

    #[tokio::test]
    async fn a_line_ends_with_lf_or_crlf_or_the_input() {
        for (input, expected) in [
            ("", &[][..]),
            ("\n", &[""]),
            ("a\nb", &["a", "b"]),
            ("a\r\nb\rc\n", &["a", "b\rc"]),
            ("123456\n12345\r\n", &["123456", "12345"]),
        ] {
            assert_eq!(lines(input.as_bytes()).await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn a_line_over_the_limit_is_refused_not_cut() {
        let refused = Err("the line is longer than 7 bytes, the most that a hub takes".to_owned());
        assert_eq!(lines(b"1234567\n").await, refused);
        assert_eq!(lines(b"12345678").await, refused);
    }
}
