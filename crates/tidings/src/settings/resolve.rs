//! From what was given to what counts: the strongest source of each setting, read as its type and held to its range.
//!
//! A flag is stronger than a variable, a variable than the file, the file than the default. Everything that was given
//! is read, also what does not count: a fault in it would surprise on another day.

use std::ffi::OsString;

use clap::ArgMatches;

use super::bounds::keep_within_bounds;
use super::definitions::{Config, ReadSetting, Setting};
use super::faults::Faults;
use super::file::from_file;
use super::sources::{Given, Source, file_named, from_environment, from_flags};
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
    let mut all_given = match file_named(matches, environment) {
        Some((path, named_by)) => from_file(&path, named_by, &mut faults),
        None => Vec::new(),
    };
    all_given.extend(from_environment(environment, &mut faults));
    all_given.extend(from_flags(matches));
    resolve_given(&all_given, faults)
}

/// The settings that `all_given` amounts to; the last of several values for one setting counts.
pub(super) fn resolve_given(all_given: &[Given], mut faults: Faults) -> Result<Config, Faults> {
    let mut config = Config::read_all(Reader {
        all_given,
        faults: &mut faults,
    });
    let source_of =
        |name: &'static str| match all_given.iter().rfind(|given| given.setting.name == name) {
            Some(given) => given.source.clone(),
            None => Source::Default(name),
        };
    if let Some(config) = &mut config {
        keep_within_bounds(config, source_of, &mut faults);
    }
    faults.unless_none(config)
}

struct Reader<'a> {
    all_given: &'a [Given],
    faults: &'a mut Faults,
}

impl Reader<'_> {
    /// Reads all that was given for the setting, keeps the faults, and gives back the last value if it has none.
    fn read<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let mut all_given = self
            .all_given
            .iter()
            .filter(|given| given.setting.name == name)
            .peekable();
        if all_given.peek().is_none() {
            let default = Setting::named(name)?.default;
            return read(default)
                .map_err(|reason| self.faults.add(Source::Default(name), reason))
                .ok();
        }
        let mut value = None;
        for given in all_given {
            value = match read(&given.text) {
                Ok(read) => Some(read),
                Err(reason) => {
                    self.faults.add(given.source.clone(), reason);
                    None
                }
            };
        }
        value
    }
}

impl ReadSetting for Reader<'_> {
    fn any<T: Value>(&mut self, name: &'static str) -> Option<T> {
        self.read(name, T::read)
    }

    fn within<T: Value + PartialOrd>(
        &mut self,
        name: &'static str,
        least: &str,
        greatest: &str,
    ) -> Option<T> {
        let (least_value, greatest_value) = (T::read(least).ok()?, T::read(greatest).ok()?);
        self.read(name, |text| {
            let value = T::read(text)?;
            if value < least_value {
                Err(format!("{name} cannot be {text}; the least is {least}"))
            } else if value > greatest_value {
                Err(format!("{name} cannot be {text}; the most is {greatest}"))
            } else {
                Ok(value)
            }
        })
    }
}
