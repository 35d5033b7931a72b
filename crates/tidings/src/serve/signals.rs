//! SIGTERM and SIGINT: the first asks the server to end, the second does not wait.

use std::{future::Future, process::ExitCode};

use anyhow::Context;
use tokio::sync::watch;

/// The signals since the program began to listen for them.
#[derive(Debug)]
pub(super) struct Signals {
    count: watch::Receiver<u32>,
}

/// The exit code of a shell command that SIGINT or SIGTERM ended at once: 128 and the signal's
/// number, here that of SIGINT.
const EXIT_AT_ONCE: u8 = 130;

impl Signals {
    pub(super) fn first(&self) -> impl Future<Output = ()> + Send + 'static {
        let count = self.count.clone();
        async move { reach(count, 1).await }
    }

    pub(super) async fn second(&mut self) -> ExitCode {
        reach(self.count.clone(), 2).await;
        tracing::warn!("a second signal: ending at once");
        ExitCode::from(EXIT_AT_ONCE)
    }
}

async fn reach(mut count: watch::Receiver<u32>, wanted: u32) {
    if count.wait_for(|count| *count >= wanted).await.is_err() {
        std::future::pending().await
    }
}

/// Begins to listen: from here on the signals no longer end the program by themselves.
///
/// # Errors
/// The system does not let the program listen for signals.
pub(super) fn listen() -> anyhow::Result<Signals> {
    let (sender, count) = watch::channel(0);
    let mut next = source().context("cannot listen for signals")?;
    tokio::spawn(async move {
        while next.recv().await {
            sender.send_modify(|count| *count += 1);
        }
    });
    Ok(Signals { count })
}

#[cfg(unix)]
struct Source {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
fn source() -> std::io::Result<Source> {
    use tokio::signal::unix::{SignalKind, signal};
    Ok(Source {
        interrupt: signal(SignalKind::interrupt())?,
        terminate: signal(SignalKind::terminate())?,
    })
}

#[cfg(unix)]
impl Source {
    async fn recv(&mut self) -> bool {
        tokio::select! {
            signal = self.interrupt.recv() => signal.is_some(),
            signal = self.terminate.recv() => signal.is_some(),
        }
    }
}

#[cfg(not(unix))]
struct Source;

#[cfg(not(unix))]
fn source() -> std::io::Result<Source> {
    Ok(Source)
}

#[cfg(not(unix))]
impl Source {
    async fn recv(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
