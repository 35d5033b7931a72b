//! What the flags and the variables say, as text with its source; the file is read in [`super::file`].
//!
//! Invariant: everything that was given is here, also what a stronger source overrides, so that a fault in it is told.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::definitions::{SETTINGS, Setting};
use super::faults::Faults;
use super::mercure_environment::{EXTRA_DIRECTIVES, is_of_mercure};
use super::nearest::nearest;
use super::trust::KEYS;

/// The variable that names the file.
pub(super) const CONFIG_VARIABLE: &str = "TIDINGS_CONFIG";

/// Variables of the program that are not settings of the server.
const OTHER_VARIABLES: &[&str] = &[
    CONFIG_VARIABLE,
    "TIDINGS_URL",
    "TIDINGS_TOKEN",
    "TIDINGS_TOKEN_KEY",
];

/// Where a value stands. The order is the one in which faults are told: the stronger, the later.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// Nobody gave it. Holds the name of the setting.
    Default(&'static str),
    /// In the file, on a line counted from 1; the whole file if there is no line.
    File(Arc<Path>, Option<usize>),
    /// In a directive of `MERCURE_EXTRA_DIRECTIVES`, on a line counted from 1.
    Directive(usize, String),
    /// In the environment variable of this name.
    Variable(String),
    /// Behind the flag of this name, which is without its dashes.
    Flag(String),
}

impl Source {
    /// Whether it is the environment of a Mercure hub's image.
    pub(super) fn is_of_a_mercure_image(&self) -> bool {
        match self {
            Source::Directive(..) => true,
            Source::Variable(name) => is_of_mercure(name),
            Source::Default(_) | Source::File(..) | Source::Flag(_) => false,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Default(_) => write!(f, "default"),
            Source::File(path, Some(line)) => write!(f, "{}:{line}", path.display()),
            Source::File(path, None) => write!(f, "{}", path.display()),
            Source::Directive(line, name) => {
                write!(f, "variable {EXTRA_DIRECTIVES}, line {line}, {name}")
            }
            Source::Variable(name) => write!(f, "variable {name}"),
            Source::Flag(name) => write!(f, "flag --{name}"),
        }
    }
}

/// A value that was given for a setting. It has no `Debug`, because the text may be a secret.
pub(super) struct Given {
    pub(super) setting: &'static Setting,
    pub(super) text: String,
    pub(super) source: Source,
}

/// What the flags say. A list that is built from several flags becomes one text with commas.
pub(super) fn from_flags(matches: &ArgMatches) -> Vec<Given> {
    let given = |setting: &'static Setting| {
        // A command that takes only some settings as flags has no others to ask for.
        let values = matches.try_get_many::<String>(setting.name).ok()??;
        let texts: Vec<&str> = values.map(String::as_str).collect();
        let source = Source::Flag(setting.flag());
        Some(Given {
            setting,
            text: texts.join(","),
            source,
        })
    };
    SETTINGS.iter().filter_map(given).collect()
}

/// The file that the flag names, or else the variable.
pub(super) fn file_named(
    matches: &ArgMatches,
    environment: &[(OsString, OsString)],
) -> Option<(PathBuf, Source)> {
    let flag = super::flags::CONFIG_FLAG;
    if matches.value_source(flag) == Some(ValueSource::CommandLine) {
        let path = matches.get_one::<PathBuf>(flag)?.clone();
        return Some((path, Source::Flag(flag.to_owned())));
    }
    let (_, path) = environment
        .iter()
        .find(|(name, path)| name == CONFIG_VARIABLE && !path.is_empty())?;
    Some((
        PathBuf::from(path),
        Source::Variable(CONFIG_VARIABLE.to_owned()),
    ))
}

/// What the variables say.
pub(super) fn from_environment(
    environment: &[(OsString, OsString)],
    faults: &mut Faults,
) -> Vec<Given> {
    let mut all_given = Vec::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with("TIDINGS_")) else {
            continue;
        };
        let Some(setting) = SETTINGS.iter().find(|setting| setting.variable() == name) else {
            if !OTHER_VARIABLES.contains(&name) && !names_a_service(name, value) {
                faults.add(Source::Variable(name.to_owned()), no_such_variable(name));
            }
            continue;
        };
        let source = Source::Variable(name.to_owned());
        match value.to_str() {
            // What passes variables on, as compose files do, passes on empty ones that nobody has set.
            // But an empty key is a fault, which is told where the keys are gathered: taken for none, it opens the hub.
            Some("") if !KEYS.contains(&setting.name) => {}
            Some(text) => all_given.push(Given {
                setting,
                text: text.to_owned(),
                source,
            }),
            None => faults.add(source, "is not UTF-8; set it again, or unset it"),
        }
    }
    all_given
}

/// Whether Kubernetes or Docker set the variable to say where a service is. A service named `tidings`, the likeliest
/// name there is, sets `TIDINGS_PORT=tcp://10.0.0.11:5000` and six more in every pod of its namespace.
pub(super) fn names_a_service(name: &str, value: &OsString) -> bool {
    let is_address = || {
        let value = value.to_string_lossy();
        ["tcp://", "udp://", "sctp://"]
            .iter()
            .any(|scheme| value.starts_with(scheme))
    };
    let of_a_port = |rest: &str| {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        digits > 0
            && ["_TCP", "_UDP", "_SCTP"]
                .iter()
                .any(|protocol| rest[digits..].starts_with(protocol))
    };
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || (name.ends_with("_PORT") && is_address())
        || name
            .split_once("_PORT_")
            .is_some_and(|(_, rest)| of_a_port(rest))
}

fn no_such_variable(name: &str) -> String {
    let known: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    let known = known
        .iter()
        .map(String::as_str)
        .chain(OTHER_VARIABLES.iter().copied());
    match nearest(name, known) {
        Some(right) => format!("there is no such setting; write {right}, or unset it"),
        None => {
            "there is no such setting; unset it, or see `tidings serve --help` for those there are"
                .to_owned()
        }
    }
}
