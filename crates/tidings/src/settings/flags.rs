//! The settings as flags of the command line.
//!
//! The flags take any text: what it means is found out in [`super::resolve`], together with the other sources, so that
//! all faults can be told at once. For the same reason clap knows of no defaults here.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, Command, ValueHint, value_parser};

use super::definitions::{SETTINGS, Setting};
use super::sources::CONFIG_VARIABLE;
use super::value::Natural;

/// The flag that names the file.
pub(super) const CONFIG_FLAG: &str = "config";

/// All flags of the server, in the order of the help.
pub(crate) fn flags() -> impl Iterator<Item = Arg> {
    std::iter::once(config_flag()).chain(SETTINGS.iter().map(flag))
}

fn config_flag() -> Arg {
    Arg::new(CONFIG_FLAG)
        .long(CONFIG_FLAG)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help(format!("File of settings in TOML: the names below with _ for -, as in `log_format = \"json\"` [env: {CONFIG_VARIABLE}]"))
}

fn flag(setting: &'static Setting) -> Arg {
    let is_list = setting.kind.natural == Natural::Array;
    let notes = notes(setting);
    let first_sentence = setting
        .help
        .trim()
        .split_once(". ")
        .map_or(setting.help.trim(), |(first, _)| first);
    let long = format!("{}\n\n{notes}", setting.help.trim());
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
        .help(format!("{} {notes}", first_sentence.trim_end_matches('.')))
        .long_help(long)
}

/// What else is to be known, in the form in which clap gives it for flags that it resolves itself.
fn notes(setting: &Setting) -> String {
    let mut notes = Vec::new();
    if !setting.default.is_empty() {
        notes.push(format!("[default: {}]", setting.default));
    }
    if let Some((least, greatest)) = setting.range {
        notes.push(format!("[from {least} to {greatest}]"));
    }
    if !setting.kind.choices.is_empty() {
        notes.push(format!("[{}]", setting.kind.choices.join(" or ")));
    }
    notes.push(format!("[env: {}]", setting.variable()));
    notes.join(" ")
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
