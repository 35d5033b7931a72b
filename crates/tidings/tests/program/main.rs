//! The program as it is run: a real process, real sockets, a real browser.
//!
//! * `serve`: starting, signals, restarting on the same port
//! * `page`: the page in a real browser, whatever becomes of its connection
//! * `tokens`: who may publish and subscribe once there is a key
//! * `two_browsers`: two of them, and a third party that publishes with curl

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod page;
mod serve;
mod tokens;
mod two_browsers;

use std::process::Stdio;

use tidings_testing::Program;
use tokio::process::Command;

/// The program, with these arguments and no settings from elsewhere.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with("TIDINGS_") || shown.starts_with("MERCURE_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// The program, serving on a free port.
async fn start(arguments: &[&str]) -> Program {
    start_at("localhost:0", arguments).await
}

async fn start_at(address: &str, arguments: &[&str]) -> Program {
    let mut all = vec!["--listen", address];
    all.extend(arguments);
    Program::start_command(command(&all)).await
}

/// The same, with variables as well.
async fn start_with(variables: &[(&str, &str)], arguments: &[&str]) -> Program {
    let mut all = vec!["--listen", "localhost:0"];
    all.extend(arguments);
    let mut command = command(&all);
    command.envs(variables.iter().copied());
    Program::start_command(command).await
}
