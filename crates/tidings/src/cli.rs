//! The command line: which command was asked for, and with what.
//!
//! `tidings` alone is `tidings serve`, and takes its flags: the flags of the server stand on both commands. They are
//! built from the definitions of the settings, those of the other commands are derived from their structs.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::bench::{self, Bench};
use crate::generate::{self, Completions, Man};
use crate::health::{self, Health};
use crate::publish::{self, Publish};
use crate::subscribe::{self, Subscribe};
use crate::{log, serve, settings, token};

/// The exit code when the command line or the settings are wrong; clap's own is the same.
pub(crate) const EXIT_USAGE: u8 = 2;

const ABOUT: &str = "A broadcast hub for server-sent events: publish once over HTTP, every connected browser has it";

const EXAMPLES: &str = "\
Examples:
  tidings                                    serve at http://localhost:5000/
  tidings --listen 0.0.0.0:8080              serve every network
  tidings publish 'Hello' --topic news       publish a message
  tidings subscribe --topic news             print messages as they come
  tidings token --legacy --publish '*'       make a token that may publish, once the hub has a key
  tidings bench                              measure how many messages the hub can deliver";

const SETTINGS_HELP: &str = "\
Each flag of the server is also an environment variable and a key of the file that --config names:
--log-format is TIDINGS_LOG_FORMAT and log_format. A flag outranks a variable, a variable the file.";

/// Does what the arguments ask for.
pub(crate) fn run(
    arguments: impl Iterator<Item = OsString>,
    environment: Vec<(OsString, OsString)>,
) -> anyhow::Result<ExitCode> {
    let matches = match command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(message) => {
            // Help goes to standard output, faults to standard error; whether anyone still reads it changes nothing.
            let _ = message.print();
            return Ok(ExitCode::from(
                u8::try_from(message.exit_code()).unwrap_or(EXIT_USAGE),
            ));
        }
    };
    match matches.subcommand() {
        Some(("publish", matches)) => publish::run(Publish::from_arg_matches(matches)?),
        Some(("subscribe", matches)) => subscribe::run(Subscribe::from_arg_matches(matches)?),
        Some(("token", matches)) => token::run(matches, &environment),
        Some(("health", matches)) => health::run(&Health::from_arg_matches(matches)?),
        Some(("bench", matches)) => bench::run(&Bench::from_arg_matches(matches)?),
        Some(("completions", matches)) => {
            generate::completions(&Completions::from_arg_matches(matches)?)
        }
        Some(("man", matches)) => generate::man(&Man::from_arg_matches(matches)?),
        Some((_serve, matches)) => run_serve(matches, &environment),
        None => run_serve(&matches, &environment),
    }
}

fn run_serve(
    matches: &ArgMatches,
    environment: &[(OsString, OsString)],
) -> anyhow::Result<ExitCode> {
    let config = settings::resolve(matches, environment)?;
    log::start(
        &config.log,
        config.log_format,
        log::colour_is_wanted(environment),
    );
    serve::run(config)
}

/// The definition of the whole command line.
pub(crate) fn command() -> Command {
    Command::new("tidings")
        .about(ABOUT)
        .after_help(format!("{EXAMPLES}\n\n{SETTINGS_HELP}"))
        .version(env!("CARGO_PKG_VERSION"))
        .args_conflicts_with_subcommands(true)
        .disable_help_subcommand(true)
        .args(settings::flags())
        .subcommand(serve_command())
        .subcommand(Publish::augment_args(Command::new("publish")))
        .subcommand(Subscribe::augment_args(Command::new("subscribe")))
        .subcommand(token::command())
        .subcommand(Health::augment_args(Command::new("health")))
        .subcommand(Bench::augment_args(Command::new("bench")))
        .subcommand(Completions::augment_args(Command::new("completions")))
        .subcommand(Man::augment_args(Command::new("man")))
}

fn serve_command() -> Command {
    Command::new("serve")
        .about("Run the hub; what `tidings` alone does")
        .after_help(SETTINGS_HELP)
        .args(settings::flags())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_definition_holds_together() {
        super::command().debug_assert();
    }
}
