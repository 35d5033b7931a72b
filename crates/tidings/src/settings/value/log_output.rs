//! What is logged, and in which form.

use std::str::FromStr;

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::{Kind, Value};

/// What is logged: levels, and levels for single modules.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LogFilter(pub(crate) Targets);

impl Value for LogFilter {
    const KIND: Kind = Kind::text("FILTER");

    fn read(text: &str) -> Result<Self, String> {
        let fault = || {
            format!(
                "`{text}` is not a log filter; write a level (error, warn, info, debug, trace, off), or levels for modules, such as info,tidings_hub=debug"
            )
        };
        // A lone word that is no level would be taken for a module, and silence everything else.
        let level_or_pair = |part: &str| part.contains('=') || part.parse::<LevelFilter>().is_ok();
        if !text.split(',').all(|part| level_or_pair(part.trim())) {
            return Err(fault());
        }
        Targets::from_str(text).map(LogFilter).map_err(|_| fault())
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// One line of text per event, for people.
    Text,
    /// One JSON object per line, for machines.
    Json,
}

impl Value for LogFormat {
    const KIND: Kind = Kind {
        choices: &["text", "json"],
        ..Kind::text("text|json")
    };

    fn read(text: &str) -> Result<Self, String> {
        match text.trim() {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err(format!("`{text}` is not a log format; write text or json")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_would_silence_everything_by_a_slip_is_refused() {
        assert!(
            LogFilter::read("inof")
                .unwrap_err()
                .contains("is not a log filter")
        );
        for text in ["off", "warn, tidings_hub=trace", "tidings_hub=debug"] {
            LogFilter::read(text).unwrap();
        }
    }
}
