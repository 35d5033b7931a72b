//! Who is compared: what it is called, how one speaks to it, how it is started.

mod dialect;
mod lane;
mod peers;
mod server;

use std::{
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub(crate) use dialect::Dialect;
pub(crate) use lane::LaneCheck;
pub(crate) use peers::Peers;
pub(crate) use server::Server;

use crate::work::Work;

/// A contender, by the name it has on the command line and in the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Contender {
    /// A bare send loop
    Floor,
    /// tidings, as it is started
    Direct,
    /// tidings, kept from the direct lane
    Body,
    /// axum's Sse over a tokio broadcast channel
    Axum,
    /// nginx with Nchan
    Nchan,
    /// Node with better-sse
    BetterSse,
    /// Quart with uvicorn
    Quart,
}

/// The setting of tidings that decides between its lanes: `true` or `false`.
const DIRECT_LANE: &str = "TIDINGS_DIRECT_LANE";

/// What contenders are started from.
#[derive(Debug)]
pub(crate) struct Programs {
    /// The program `tidings`.
    pub(crate) tidings: PathBuf,
    pub(crate) peers: Peers,
}

/// A contender is not there. The text says why, and what to do.
pub(crate) type Missing = String;

impl Contender {
    pub(crate) fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// What readers call it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Floor => "bare `send()` loop",
            Self::Direct => "**tidings**, direct lane",
            Self::Body => "**tidings**, body lane",
            Self::Axum => "axum `Sse`, tokio broadcast",
            Self::Nchan => "nginx with Nchan",
            Self::BetterSse => "Node with better-sse",
            Self::Quart => "Quart with uvicorn",
        }
    }

    /// What readers call it where there is no markup.
    pub(crate) fn plain_label(self) -> String {
        self.label().replace(['*', '`'], "")
    }

    /// Whether it is somebody else's program, on which no bar rests.
    pub(crate) fn is_peer(self) -> bool {
        matches!(self, Self::Nchan | Self::BetterSse | Self::Quart)
    }

    pub(crate) fn dialect(self, work: Work) -> Dialect {
        match self {
            Self::Nchan => Dialect::NCHAN,
            _ if work.has_topics() => Dialect::TIDINGS_TOPICS,
            _ => Dialect::TIDINGS,
        }
    }

    /// Its version, where it is to be had.
    pub(crate) fn version(self, programs: &Programs) -> Result<String, Missing> {
        let own = concat!("tidings ", env!("CARGO_PKG_VERSION")).to_owned() + &commit();
        match self {
            Self::Floor | Self::Direct | Self::Body => Ok(own),
            Self::Axum => Ok(format!(
                "axum {}, tokio {}",
                peers::locked("axum"),
                peers::locked("tokio")
            )),
            Self::Nchan => programs.peers.nchan_version(),
            Self::BetterSse => programs.peers.better_sse_version(),
            Self::Quart => programs.peers.quart_version(),
        }
    }

    /// How to start it, such that it serves at `address`. What it puts down goes into `scratch`.
    ///
    /// # Errors
    /// It is not to be had, or its configuration cannot be written.
    pub(crate) fn command(
        self,
        programs: &Programs,
        address: SocketAddr,
        scratch: &Path,
    ) -> anyhow::Result<Command> {
        match self {
            Self::Floor => serve("floor", address),
            Self::Axum => serve("axum", address),
            Self::Direct => Ok(tidings(programs, address, "true")),
            Self::Body => Ok(tidings(programs, address, "false")),
            Self::Nchan => programs.peers.nchan(address, scratch),
            Self::BetterSse => Ok(programs.peers.better_sse(address)),
            Self::Quart => Ok(programs.peers.quart(address)),
        }
    }
}

/// Which commit is measured, where that can be said.
fn commit() -> String {
    let mut git = Command::new("git");
    let said = git
        .args(["describe", "--always", "--dirty", "--exclude=*"])
        .output();
    let said = said.ok().filter(|said| said.status.success());
    said.map_or_else(String::new, |said| {
        format!(" ({})", String::from_utf8_lossy(&said.stdout).trim())
    })
}

fn tidings(programs: &Programs, address: SocketAddr, direct_lane: &str) -> Command {
    let mut command = Command::new(&programs.tidings);
    // With its defaults, whatever is set where this runs.
    for (name, _) in env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with("TIDINGS_") || shown.starts_with("MERCURE_") {
            command.env_remove(&name);
        }
    }
    command
        .args(["--listen", &address.to_string()])
        .env(DIRECT_LANE, direct_lane);
    command
}

/// One of the contenders that are part of this program.
fn serve(what: &str, address: SocketAddr) -> anyhow::Result<Command> {
    let this = env::current_exe().context("this program does not know where it is")?;
    let mut command = Command::new(this);
    command.args(["serve", what, "--listen", &address.to_string()]);
    Ok(command)
}
