//! `tidings health`: whether a hub serves, told by the exit code.
//!
//! For the health check of a container, which need hold no other program than this one.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{anyhow, bail};
use clap::Args;
use reqwest::StatusCode;

use crate::client::{self, Hub};

/// How long the hub may take to answer. Health checks are asked every few seconds, one at a time.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Ask whether a hub serves; the exit code says it
#[derive(Debug, Args)]
#[command(after_help = "\
For example, in a Dockerfile:
  HEALTHCHECK CMD [\"tidings\", \"health\", \"--url\", \"http://localhost\"]")]
pub(crate) struct Health {
    #[command(flatten)]
    hub: Hub,
}

/// Asks; a hub that drains, does not answer in time or is not there is an error.
pub(crate) fn run(asked: &Health) -> anyhow::Result<ExitCode> {
    let client = asked.hub.client(|client| client.timeout(TIMEOUT))?;
    let url = asked.hub.url("healthz");
    let shown = client::shown(&url);
    client::runtime()?.block_on(async {
        let response = client.get(url).send().await.map_err(|error| {
            let reason = client::reason(&error);
            anyhow!("no answer from {shown}: {reason}; is a hub running there?")
        })?;
        if response.status() != StatusCode::OK {
            bail!(
                "the hub does not serve: {}",
                client::refusal(response).await
            );
        }
        Ok(ExitCode::SUCCESS)
    })
}
