//! What the TOML file says, as text with its line.
//!
//! The parser recovers from errors, so that all of them are told; what it could still make of such a file is not used.

use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::definitions::{SETTINGS, Setting};
use super::faults::Faults;
use super::nearest::nearest;
use super::sources::{Given, Source};
use super::trust::{ISSUERS, Trust, read_issuers};
use super::value::Natural;

/// What a file says.
#[derive(Default)]
pub(super) struct FromFile {
    pub(super) settings: Vec<Given>,
    pub(super) issuers: Vec<Trust>,
}

/// Reads the file at `path`; `named_by` is who asked for it.
pub(super) fn from_file(path: &Path, named_by: Source, faults: &mut Faults) -> FromFile {
    match std::fs::read_to_string(path) {
        Ok(text) => from_text(path, &text, faults),
        Err(error) => {
            faults.add(
                named_by,
                format!(
                    "cannot read {}: {error}; name a file of settings in TOML",
                    path.display()
                ),
            );
            FromFile::default()
        }
    }
}

/// Reads the text of a file.
pub(super) fn from_text(path: &Path, text: &str, faults: &mut Faults) -> FromFile {
    let path: Arc<Path> = path.into();
    let at = |offset: usize| Source::File(path.clone(), Some(line_of(text, offset)));
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors {
            let source = match error.span() {
                Some(span) => at(span.start),
                None => Source::File(path.clone(), None),
            };
            faults.add(
                source,
                format!(
                    "this is not TOML: {}; mend it, a setting looks like `heartbeat = \"15s\"`",
                    error.message()
                ),
            );
        }
        return FromFile::default();
    }
    // The table is sorted by key; a person reads by line.
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let mut from_file = FromFile::default();
    for (key, value) in entries {
        let source = at(key.span().start);
        if key.get_ref() == ISSUERS {
            from_file.issuers = read_issuers(value.get_ref(), &source, &at, faults);
            continue;
        }
        let read = match Setting::named(key.get_ref()) {
            Some(setting) => text_of(setting, value.get_ref()).map(|text| (setting, text)),
            None => Err(no_such_key(key.get_ref(), value.get_ref())),
        };
        match read {
            Ok((setting, text)) => from_file.settings.push(Given {
                setting,
                text,
                source,
            }),
            Err(reason) => faults.add(source, reason),
        }
    }
    from_file
}

/// The value as one would type it on the command line, if it has a type that the setting may have.
fn text_of(setting: &Setting, value: &DeValue<'_>) -> Result<String, String> {
    let natural = setting.kind.natural;
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(integer) if natural == Natural::Integer && integer.radix() == 10 => {
            Ok(integer.as_str().to_owned())
        }
        DeValue::Boolean(truth) if natural == Natural::Boolean => Ok(truth.to_string()),
        DeValue::Array(array) if natural == Natural::Array => {
            let texts: Option<Vec<&str>> =
                array.iter().map(|part| part.get_ref().as_str()).collect();
            texts
                .map(|texts| texts.join(","))
                .ok_or_else(|| wrong_type(setting, "array of other things than strings"))
        }
        DeValue::Integer(_) if natural == Natural::Integer => {
            Err(wrong_type(setting, "integer that is not decimal"))
        }
        DeValue::Integer(integer)
            if setting.kind.placeholder == "DURATION" && integer.radix() == 10 =>
        {
            let meant = format!("{}s", integer.as_str());
            Err(wrong_type_but(setting, "integer", &meant))
        }
        other => Err(wrong_type(setting, other.type_str())),
    }
}

pub(super) fn wrong_type(setting: &Setting, found: &str) -> String {
    let shown = match setting.default {
        "" => setting.kind.example,
        default => default,
    };
    wrong_type_but(setting, found, shown)
}

/// The same, where it can be told what was meant.
fn wrong_type_but(setting: &Setting, found: &str, shown: &str) -> String {
    let name = setting.name;
    let (expected, example) = match setting.kind.natural {
        Natural::Text => ("a string", format!("\"{shown}\"")),
        Natural::Integer if setting.kind.placeholder == "SIZE" => {
            ("a string or an integer", format!("\"{shown}\""))
        }
        Natural::Integer => ("an integer", shown.to_owned()),
        Natural::Boolean => ("a boolean", shown.to_owned()),
        Natural::Array => ("a string or an array of strings", format!("[\"{shown}\"]")),
    };
    let article = if found.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    format!(
        "{name} takes {expected}, and got {article} {found}; write for example `{name} = {example}`"
    )
}

fn no_such_key(key: &str, value: &DeValue<'_>) -> String {
    if value.is_table() {
        return format!(
            "there is no table `{key}`; write the settings in it at the top, outside of any table"
        );
    }
    let names = SETTINGS.iter().map(|setting| setting.name);
    match nearest(key, names.chain([ISSUERS])) {
        Some(right) => format!("there is no setting `{key}`; write `{right}`"),
        None => {
            format!(
                "there is no setting `{key}`; remove it, or see `tidings serve --help` for those there are"
            )
        }
    }
}

/// The line, counted from 1, on which the byte at `offset` stands.
fn line_of(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}
