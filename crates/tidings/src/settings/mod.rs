//! The settings of `tidings serve`: what was typed, apart from what was resolved.
//!
//! The way of a setting, one file for each step:
//!
//! 1. [`definitions`]: every setting, once; its flag, variable, key, help and range all come from there.
//! 2. [`mod@flags`]: the definitions as flags of the command line.
//! 3. [`sources`] and [`mod@file`]: what the flags, the variables and the file say, each value with its [`Source`].
//!    [`mercure_environment`] reads the variables that images of Mercure hubs are configured by.
//! 4. [`mod@resolve`]: the value that counts (flag, then variable, then file, then default), typed and in range.
//! 5. [`bounds`] and [`trust`]: what only several settings together show.
//! 6. [`mod@remarks`]: what does nothing, or hardly what was meant.
//! 7. [`faults`]: what was wrong on the way. Nothing stops at the first fault; all of them are told at once.
//!
//! The environment is read in `main` and handed in, so that every step is a function of its arguments.
//!
//! [`Source`]: sources::Source

mod bounds;
mod definitions;
mod faults;
mod file;
mod flags;
mod mercure_environment;
mod nearest;
mod remarks;
mod resolve;
mod sources;
mod trust;
mod value;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use definitions::Config;
pub(crate) use faults::Faults;
pub(crate) use flags::{config_flag, flags};
pub(crate) use resolve::resolve;
pub(crate) use trust::{KeyWithAlgorithm, Trust};
pub(crate) use value::{ByteSize, Key, ListenAddress, LogFilter, LogFormat, Origin, Value};
