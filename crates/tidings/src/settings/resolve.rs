//! From what was given to what counts: the strongest source of each setting, read as its type and held to its range.
//!
//! A flag is stronger than a variable, a variable than the file, the file than the default; and a variable of tidings
//! than one of Mercure's images. Everything that was given
//! is read, also what does not count: a fault in it would surprise on another day.

use std::ffi::OsString;

use clap::ArgMatches;

use super::bounds::keep_within_bounds;
use super::definitions::{Config, ReadSetting, Setting};
use super::faults::Faults;
use super::file::{FromFile, from_file};
use super::mercure_environment::{FromMercure, from_mercure};
use super::remarks::remarks;
use super::sources::{Given, Source, file_named, from_environment, from_flags};
use super::trust::{Trust, gather_trust};
use super::value::Value;

/// The settings that the flags, the environment and the file named by either of them amount to.
///
/// # Errors
///
/// All faults there are, in every source.
pub(crate) fn resolve(
    matches: &ArgMatches,
    environment: &[(OsString, OsString)],
) -> Result<Config, Faults> {
    let mut faults = Faults::default();
    let file = match file_named(matches, environment) {
        Some((path, named_by)) => from_file(&path, named_by, &mut faults),
        None => FromFile::default(),
    };
    let mercure = from_mercure(environment, &mut faults);
    let variables = from_environment(environment, &mut faults);
    let everything = Everything::ranked(file, mercure, variables, from_flags(matches));
    resolve_given(everything, faults)
}

/// All that was given, by all sources.
pub(super) struct Everything {
    /// The weakest first.
    settings: Vec<Given>,
    issuers: Vec<Trust>,
    remarks: Vec<String>,
    replaces_a_hub: bool,
}

impl Everything {
    /// Puts what the sources gave in the order of their strength.
    pub(super) fn ranked(
        file: FromFile,
        mercure: FromMercure,
        variables: Vec<Given>,
        flags: Vec<Given>,
    ) -> Self {
        let sources = [
            mercure.addresses,
            file.settings,
            mercure.settings,
            variables,
            flags,
        ];
        Everything {
            settings: sources.into_iter().flatten().collect(),
            issuers: file.issuers,
            remarks: mercure.remarks,
            replaces_a_hub: mercure.present,
        }
    }
}

/// The settings that it all amounts to; the last of several values for one setting counts.
pub(super) fn resolve_given(everything: Everything, faults: Faults) -> Result<Config, Faults> {
    let mut reader = Reader {
        all_given: &everything.settings,
        faults,
        faulty: Vec::new(),
    };
    let mut config = Config::read_all(&mut reader);
    keep_within_bounds(&mut config, &mut reader);
    config.trusted = gather_trust(&config, everything.issuers, &mut reader);
    config.remarks = everything.remarks;
    let own = remarks(&config);
    config.remarks.extend(own);
    if everything.replaces_a_hub
        && reader.faults.is_empty()
        && !config.asks_for_tokens()
        && config.mercure != Some(false)
    {
        let variable = Source::Variable("MERCURE_PUBLISHER_JWT_KEY".to_owned());
        reader.faults.add(
            variable,
            "there are variables of a Mercure hub and no key, so everybody could publish; set this one, \
             or `mercure = false` if that is what you want",
        );
    }
    reader.faults.unless_none(config)
}

/// Reads the settings one by one, and remembers what was wrong.
pub(super) struct Reader<'a> {
    all_given: &'a [Given],
    pub(super) faults: Faults,
    /// Settings for which the default stands in, because what counts cannot be read.
    faulty: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    /// Where the value of a setting comes from; none if it has a fault.
    pub(super) fn source_of(&self, name: &'static str) -> Option<Source> {
        if self.faulty.contains(&name) {
            return None;
        }
        let given = self.last_given(name);
        Some(given.map_or(Source::Default(name), |given| given.source.clone()))
    }

    /// Tells a fault in the value of a setting that only others show, unless nobody gave it.
    pub(super) fn fault_in(&mut self, name: &'static str, reason: &str) {
        if let Some(given) = self.last_given(name) {
            self.add_fault(given, reason);
        }
    }

    fn last_given(&self, name: &'static str) -> Option<&'a Given> {
        let mut given = self.all_given.iter();
        given.rfind(|given| given.setting.name == name)
    }

    /// Reads all that was given for the setting and keeps the faults. The value is the last one, or the default if
    /// there is none or it has a fault.
    fn read<T>(&mut self, name: &'static str, read: impl Fn(&str) -> Result<T, String>) -> T {
        let mut value = None;
        for given in self
            .all_given
            .iter()
            .filter(|given| given.setting.name == name)
        {
            value = read(&given.text)
                .map_err(|reason| self.add_fault(given, &reason))
                .ok();
            if value.is_none() {
                self.faulty.push(name);
            }
        }
        value.unwrap_or_else(|| {
            let default = Setting::named(name).and_then(|setting| read(setting.default).ok());
            default.expect("a test reads the defaults of all settings")
        })
    }

    fn add_fault(&mut self, given: &Given, reason: &str) {
        let source = given.source.clone();
        match source {
            // A line has no name; flags and variables are called like the setting.
            Source::File(..) => self
                .faults
                .add(source, format!("{}: {reason}", given.setting.name)),
            _ => self.faults.add(source, reason),
        }
    }
}

impl ReadSetting for Reader<'_> {
    fn any<T: Value>(&mut self, name: &'static str) -> T {
        self.read(name, T::read)
    }

    fn within<T: Value + PartialOrd>(
        &mut self,
        name: &'static str,
        least: &str,
        greatest: &str,
    ) -> T {
        let bound = |text| T::read(text).expect("a test reads the bounds of all settings");
        let (least_value, greatest_value) = (bound(least), bound(greatest));
        self.read(name, |text| {
            let value = T::read(text)?;
            // What need not be there, and is not, has no bounds to keep to.
            if text.is_empty() {
                return Ok(value);
            }
            if value < least_value {
                Err(format!("`{text}` is too little; write {least} or more"))
            } else if value > greatest_value {
                Err(format!("`{text}` is too much; write {greatest} or less"))
            } else {
                Ok(value)
            }
        })
    }
}
