//! From flags, variables and a file to the settings, or to all that is wrong with them.

/// What holds for every definition.
mod definitions;
/// What is wrong is told, all of it, and what only looks wrong is not.
mod faults;
/// Which of several values counts.
mod precedence;
/// Who is trusted, and with which keys.
mod trust;

use std::ffi::OsString;
use std::path::Path;

use super::Config;
use super::faults::Faults;
use super::file::from_text;
use super::mercure_environment::from_mercure;
use super::resolve::{Everything, resolve_given};
use super::sources::{from_environment, from_flags};

/// Resolves as the program does, but for the file, which is given by its text.
pub(crate) fn resolve(
    file: &str,
    variables: &[(&str, &str)],
    flags: &[&str],
) -> Result<Config, Vec<String>> {
    let mut faults = Faults::default();
    let environment: Vec<(OsString, OsString)> = variables
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let matches = clap::Command::new("tidings")
        .no_binary_name(true)
        .args(super::flags());
    let matches = matches.try_get_matches_from(flags).unwrap();
    let file = from_text(Path::new("tidings.toml"), file, &mut faults);
    let mercure = from_mercure(&environment, &mut faults);
    let variables = from_environment(&environment, &mut faults);
    let everything = Everything::ranked(file, mercure, variables, from_flags(&matches));
    resolve_given(everything, faults).map_err(|faults| faults.lines())
}

pub(super) fn faults_of(file: &str, variables: &[(&str, &str)], flags: &[&str]) -> Vec<String> {
    resolve(file, variables, flags).unwrap_err()
}
