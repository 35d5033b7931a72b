//! `tidings subscribe`: prints the messages of a hub as they come, and comes back to it as a browser would.
//!
//! The way of a message: [`connection`] (a request and its bytes) → the decoder of `tidings-sse` → [`output`].
//! When a connection is lost, [`backoff`] says how long to wait; the next request names the last event id, which the
//! decoder has kept, so that the hub goes on where it was cut off.
//!
//! Ends well when it is told to (a signal, `--count`, status 204 from the server) and when nobody reads its output any
//! more; fails when a browser would give up.

mod backoff;
mod connection;
mod follow;
mod output;

use std::num::NonZeroU64;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use crate::client::{self, Hub};
use follow::Follower;

/// Print messages as they come
#[derive(Debug, Args)]
#[command(after_help = "\
Reconnects by itself, and goes on where it was cut off.

Examples:
  tidings subscribe
  tidings subscribe --topic news --topic weather
  tidings subscribe --json | jq .data
  tidings subscribe --last-event-id earliest --count 10")]
pub(crate) struct Subscribe {
    /// Topic to listen to; may be given more than once; without it, `broadcast`
    #[arg(short, long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,

    /// Start behind the message with this id; `earliest` starts with the oldest that the hub keeps
    #[arg(long, value_name = "ID", value_parser = event_id)]
    last_event_id: Option<String>,

    /// Print each message as an object with id, event and data, one on a line; without it, the data alone
    #[arg(long)]
    json: bool,

    /// End after this many messages
    #[arg(short = 'n', long, value_name = "NUMBER")]
    count: Option<NonZeroU64>,

    /// Take a connection for dead on which nothing has come for this long, not even a heartbeat
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = timeout)]
    idle_timeout: Duration,

    /// Say also when all is well
    #[arg(short, long)]
    verbose: bool,

    #[command(flatten)]
    hub: Hub,
}

/// Prints messages until there is a reason to end.
pub(crate) fn run(asked: Subscribe) -> anyhow::Result<ExitCode> {
    let mut follower = Follower::new(&asked)?;
    let runtime = client::runtime()?;
    let followed = runtime.block_on(async {
        tokio::select! {
            followed = follower.follow() => followed,
            stopped = told_to_stop() => stopped,
        }
    });
    // A write to a pipe that nobody reads must not hold up the end.
    runtime.shutdown_background();
    followed.map(|()| ExitCode::SUCCESS)
}

/// Waits for SIGINT, or on Unix for SIGTERM.
async fn told_to_stop() -> anyhow::Result<()> {
    let interrupted = async {
        tokio::signal::ctrl_c()
            .await
            .context("cannot wait for signals")
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let mut terminated = signal(SignalKind::terminate()).context("cannot wait for signals")?;
        tokio::select! {
            interrupted = interrupted => interrupted,
            _ = terminated.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    interrupted.await
}

fn event_id(text: &str) -> Result<String, String> {
    if text.contains(['\0', '\r', '\n']) {
        return Err("an id has no line ends and no NUL; give it as the hub sent it".to_owned());
    }
    Ok(text.to_owned())
}

fn timeout(text: &str) -> Result<Duration, String> {
    let timeout = client::duration(text)?;
    if timeout.is_zero() {
        return Err("no connection lives as short as this; write for example 60s".to_owned());
    }
    Ok(timeout)
}
