//! The settings as flags of the command line.
//!
//! The flags take any text: what it means is found out in [`mod@super::resolve`], together with the other sources, so that
//! all faults can be told at once. For the same reason clap knows of no defaults here.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, Command, ValueHint, value_parser};

use super::definitions::{SETTINGS, Setting};
use super::sources::CONFIG_VARIABLE;
use super::value::{Key, Natural, Value};

/// The flag that names the file.
pub(super) const CONFIG_FLAG: &str = "config";

/// All flags of the server, in the order of the help.
pub(crate) fn flags() -> impl Iterator<Item = Arg> {
    std::iter::once(config_flag()).chain(SETTINGS.iter().map(flag))
}

/// The flag that names the file, for the server and for other commands that use its settings.
pub(crate) fn config_flag() -> Arg {
    Arg::new(CONFIG_FLAG)
        .long(CONFIG_FLAG)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help("File of settings in TOML")
        .long_help(format!(
            "File of settings in TOML, such as `log_format = \"json\"`\n\n[env: {CONFIG_VARIABLE}]"
        ))
}

fn flag(setting: &'static Setting) -> Arg {
    let is_list = setting.kind.natural == Natural::Array;
    let help = setting.help.trim();
    let first_sentence = help
        .split_once(". ")
        .map_or(help.trim_end_matches('.'), |(first, _)| first);
    let default = match setting.default {
        "" => String::new(),
        default => format!("[default: {default}] "),
    };
    let range = match setting.range {
        None => String::new(),
        Some((least, greatest)) => format!("[from {least} to {greatest}] "),
    };
    Arg::new(setting.name)
        .long(setting.flag())
        .value_name(setting.kind.placeholder)
        .value_parser(AnyText {
            usual: setting.kind.choices,
        })
        .action(if is_list {
            ArgAction::Append
        } else {
            ArgAction::Set
        })
        .help_heading(setting.group)
        .hide_possible_values(true)
        // PEM begins with dashes. Taken for a flag, the key would be shown in the message that there is no such flag.
        .allow_hyphen_values(setting.kind == Key::KIND)
        .help(format!("{first_sentence} {default}"))
        .long_help(format!(
            "{help}\n\n{default}{range}[env: {}]",
            setting.variable()
        ))
}

/// Takes any text, but tells shell completions which are usual.
#[derive(Clone)]
struct AnyText {
    usual: &'static [&'static str],
}

impl TypedValueParser for AnyText {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        if self.usual.is_empty() {
            return None;
        }
        Some(Box::new(self.usual.iter().copied().map(PossibleValue::new)))
    }
}
