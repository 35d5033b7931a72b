//! The program `tidings`: a broadcast hub for server-sent events, and the clients to try it with.
//!
//! The way of a call: the command line ([`cli`]), then one of the commands. [`serve`] resolves its settings
//! ([`settings`]), starts the log ([`log`]) and composes the server; [`publish`] and [`subscribe`] are HTTP clients
//! ([`client`]) of any hub; [`token`] makes and explains tokens; [`health`] asks whether a hub serves; [`mod@bench`] sends a load to a hub; [`generate`] prints the shell completions and the man pages.
//!
//! Exit codes: 0 all is well, 1 it failed on the way, 2 the command line or the settings are wrong.

mod bench;
mod cli;
mod client;
mod console;
mod generate;
mod health;
mod keys;
mod log;
mod page;
mod publish;
mod serve;
mod settings;
mod subscribe;
mod token;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run(std::env::args_os(), std::env::vars_os().collect()) {
        Ok(code) => code,
        Err(error) => {
            console::say(format_args!("{error:#}"));
            if error.is::<settings::Faults>() {
                ExitCode::from(cli::EXIT_USAGE)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}
