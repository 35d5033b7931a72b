//! Shell completions and man pages, made from the definition of the command line.

use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Command};
use clap_complete::Shell;

use crate::{cli, console};

/// Print a script that completes the command line in a shell
#[derive(Debug, Args)]
#[command(
    after_help = "For example, in bash:\n  tidings completions bash > ~/.local/share/bash-completion/completions/tidings"
)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

/// Print a manual page
#[derive(Debug, Args)]
#[command(
    after_help = "For example:\n  tidings man | man -l -\n  tidings man publish > tidings-publish.1"
)]
pub(crate) struct Man {
    /// The command that the page is about; without it, `tidings` itself
    command: Option<String>,
}

/// Prints the script for a shell.
pub(crate) fn completions(asked: &Completions) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(asked.shell, &mut cli::command(), "tidings", &mut script);
    print(&script)
}

/// Prints the manual page of a command.
pub(crate) fn man(asked: &Man) -> anyhow::Result<ExitCode> {
    let mut program = cli::command();
    // Gives the subcommands their full names, as in `tidings-publish`.
    program.build();
    let command = match &asked.command {
        None => program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command.clone(),
            None => {
                console::say(format_args!(
                    "there is no command `{}`; name one of: {}",
                    console::printable(name),
                    names(&program)
                ));
                return Ok(ExitCode::from(cli::EXIT_USAGE));
            }
        },
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .manual("tidings manual")
        .source(concat!("tidings ", env!("CARGO_PKG_VERSION")))
        .render(&mut page)
        .context("cannot make the manual page")?;
    print(&page)
}

fn names(program: &Command) -> String {
    let names: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
    names.join(", ")
}

fn print(bytes: &[u8]) -> anyhow::Result<ExitCode> {
    console::print(bytes).context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}
