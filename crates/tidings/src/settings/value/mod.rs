//! The types a setting can have, and how the text that a user typed is read as each.
//!
//! All sources come to the same text: `15s` is `15s` on the command line, in a variable and in the file. The reasons a
//! reading fails with end with what to write instead, because they are shown to the user as they are.

mod byte_size;
mod cookie_name;
mod header_name;
mod issuer;
mod key;
mod listen_address;
mod log_output;
mod origin;
mod token;

use std::time::Duration;

pub(crate) use byte_size::ByteSize;
pub(crate) use cookie_name::CookieName;
pub(crate) use header_name::HeaderName;
pub(crate) use issuer::IssuerId;
pub(crate) use key::Key;
pub(crate) use listen_address::ListenAddress;
pub(crate) use log_output::{LogFilter, LogFormat};
pub(crate) use origin::Origin;

/// How a value is written: for the help, for shell completions and for the types that TOML has of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// What stands for the value in the help.
    pub(crate) placeholder: &'static str,
    /// The type of its own that the value may also have in the file; a string is always right.
    pub(crate) natural: Natural,
    /// All values there are, if they are few.
    pub(crate) choices: &'static [&'static str],
    /// A value to show where there is no default to show.
    pub(crate) example: &'static str,
}

/// The types of TOML that stand for a value without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Natural {
    /// No other than a string.
    Text,
    /// An integer.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// An array of strings.
    Array,
}

impl Kind {
    const fn text(placeholder: &'static str) -> Kind {
        Kind {
            placeholder,
            natural: Natural::Text,
            choices: &[],
            example: "",
        }
    }
}

/// A type that a setting can have.
pub(crate) trait Value: Sized {
    /// How it is written.
    const KIND: Kind;

    /// Reads what a user typed; the error is for the user, and ends with what to do.
    fn read(text: &str) -> Result<Self, String>;
}

impl Value for Duration {
    const KIND: Kind = Kind {
        example: "30s",
        ..Kind::text("DURATION")
    };

    fn read(text: &str) -> Result<Self, String> {
        humantime::parse_duration(text.trim()).map_err(|_| {
            format!("`{text}` is not a duration; write a number with a unit, such as 500ms, 15s, 10m or 1h")
        })
    }
}

impl Value for usize {
    const KIND: Kind = Kind {
        natural: Natural::Integer,
        ..Kind::text("NUMBER")
    };

    fn read(text: &str) -> Result<Self, String> {
        let digits = text.trim().replace('_', "");
        digits
            .parse()
            .map_err(|_| format!("`{text}` is not a number; write digits only, such as 1000"))
    }
}

impl Value for bool {
    const KIND: Kind = Kind {
        natural: Natural::Boolean,
        choices: &["true", "false"],
        example: "true",
        ..Kind::text("true|false")
    };

    fn read(text: &str) -> Result<Self, String> {
        match text.trim() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(format!(
                "`{text}` is neither true nor false; write one of them"
            )),
        }
    }
}

/// A value that need not be there. An empty text is none.
impl<T: Value> Value for Option<T> {
    const KIND: Kind = T::KIND;

    fn read(text: &str) -> Result<Self, String> {
        match text {
            "" => Ok(None),
            text => T::read(text).map(Some),
        }
    }
}

/// A list, with commas between its parts. An empty text is an empty list.
impl<T: Value> Value for Vec<T> {
    const KIND: Kind = Kind {
        natural: Natural::Array,
        ..T::KIND
    };

    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        text.split(',').map(|part| T::read(part.trim())).collect()
    }
}
