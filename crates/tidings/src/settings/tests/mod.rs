//! From flags, variables and a file to the settings, or to all that is wrong with them.

/// What holds for every definition.
mod definitions;
/// What is wrong is told, all of it, and what only looks wrong is not.
mod faults;
/// Which of several values counts.
mod precedence;

use std::ffi::OsString;
use std::path::Path;

use super::Config;
use super::faults::Faults;
use super::file::from_text;
use super::resolve::resolve_given;
use super::sources::{from_environment, from_flags};

/// Resolves as the program does, but for the file, which is given by its text.
fn resolve(file: &str, variables: &[(&str, &str)], flags: &[&str]) -> Result<Config, Vec<String>> {
    let mut faults = Faults::default();
    let environment: Vec<(OsString, OsString)> = variables
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let matches = clap::Command::new("tidings")
        .no_binary_name(true)
        .args(super::flags());
    let matches = matches.try_get_matches_from(flags).unwrap();
    let mut all_given = from_text(Path::new("tidings.toml"), file, &mut faults);
    all_given.extend(from_environment(&environment, &mut faults));
    all_given.extend(from_flags(&matches));
    resolve_given(&all_given, faults).map_err(|faults| faults.lines())
}

fn faults_of(file: &str, variables: &[(&str, &str)], flags: &[&str]) -> Vec<String> {
    resolve(file, variables, flags).unwrap_err()
}
