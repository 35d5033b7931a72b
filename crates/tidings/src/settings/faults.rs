//! What is wrong with the settings: all of it, sorted by where it stands.

use std::fmt;

use super::sources::Source;

/// One thing that is wrong, where it stands, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    source: Source,
    /// What is wrong; ends with what to do.
    reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.reason)
    }
}

/// All faults found. As an error it is never empty.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, source: Source, reason: impl Into<String>) {
        self.0.push(Fault {
            source,
            reason: reason.into(),
        });
    }

    pub(super) fn append(&mut self, others: Faults) {
        self.0.extend(others.0);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `value` if there are no faults; else the faults, sorted by where they stand.
    pub(super) fn unless_none<T>(mut self, value: T) -> Result<T, Faults> {
        if self.0.is_empty() {
            return Ok(value);
        }
        self.0.sort_by(|one, other| one.source.cmp(&other.source));
        Err(self)
    }

    /// The faults, each as its line is shown.
    #[cfg(test)]
    pub(super) fn lines(&self) -> Vec<String> {
        self.0.iter().map(Fault::to_string).collect()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "the settings have a fault, nothing was started")?,
            count => write!(f, "the settings have {count} faults, nothing was started")?,
        }
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for Faults {}
