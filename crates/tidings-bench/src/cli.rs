//! The command line, and what is said on the way.

use std::{
    fmt::Arguments,
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{compare, contender::Contender, patterns, report, serve, work::Work};

/// tidings side by side with a bare send loop and with its peers
#[derive(Debug, Parser)]
#[command(version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measures all contenders, round after round, and writes the page
    Compare(Compare),
    /// Writes the page again from results that are kept
    Report(Report),
    /// Measures what a publish costs the engine where many listen, some by patterns
    Patterns,
    /// Serves one of the contenders that are part of this program
    Serve(Serve),
}

/// What `compare` was asked for.
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Only these contenders
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) only: Vec<Contender>,
    /// Only this work
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) work: Vec<Work>,
    /// How often each contender does each work
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// The same for the peers that no bar rests on: Nchan, better-sse, Quart
    #[arg(long, default_value_t = 1)]
    pub(crate) peer_rounds: u32,
    /// Small numbers, done in seconds: to try the comparison itself
    #[arg(long)]
    pub(crate) quick: bool,
    /// Where the page and what belongs to it go [default: docs; nowhere if --quick, --only or --work is given]
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) out: Option<PathBuf>,
    /// Fetch the peers that are not installed: into the target directory, nowhere else
    #[arg(long)]
    pub(crate) install_peers: bool,
    /// The program to measure, which is also the load generator [default: built now, in release mode]
    #[arg(long, value_name = "FILE")]
    pub(crate) tidings: Option<PathBuf>,
    /// The core that the server is pinned to
    #[arg(long, default_value_t = 0)]
    pub(crate) server_core: usize,
    /// The core that the load generator is pinned to [default: the one after the server's]
    #[arg(long)]
    pub(crate) generator_core: Option<usize>,
}

#[derive(Debug, Args)]
struct Report {
    /// What `compare` has kept
    #[arg(
        long,
        value_name = "FILE",
        default_value = "docs/performance/results.json"
    )]
    results: PathBuf,
    /// Where the page and its plots go
    #[arg(long, value_name = "DIRECTORY", default_value = "docs")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct Serve {
    what: Served,
    /// Port 0 is any free one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Served {
    /// A bare send loop
    Floor,
    /// axum's Sse over a tokio broadcast channel
    Axum,
}

/// Reads the command line and does what it says.
///
/// # Errors
/// It could not be done.
pub(crate) fn run() -> anyhow::Result<()> {
    match CommandLine::parse().command {
        Command::Compare(asked) => compare::run(&asked),
        Command::Report(asked) => report::again(&asked.results, &asked.out),
        Command::Patterns => patterns::run(),
        Command::Serve(asked) => match asked.what {
            Served::Floor => serve::floor::run(asked.listen),
            Served::Axum => serve::axum::run(asked.listen),
        },
    }
}

/// Says something on standard error, as one line.
pub(crate) fn say(what: Arguments<'_>) {
    // There is nowhere left to report that standard error is gone.
    let _ = writeln!(io::stderr(), "{what}");
}

/// Prints a line that somebody asked for.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn print(what: Arguments<'_>) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{what}")?;
    output.flush()
}
