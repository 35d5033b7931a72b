//! The log of the server: structured events to standard error, as text for people or as JSON for machines.

use std::ffi::OsString;
use std::io::{self, IsTerminal};

use tracing_subscriber::Layer;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::{LogFilter, LogFormat};

/// Has everything that is traced from now on written to standard error. Called once, before the server starts.
pub(crate) fn start(filter: &LogFilter, format: LogFormat, colour: bool) {
    // Without `log_internal_errors(false)` a log line that cannot be written is reported with `eprintln!`, which panics
    // when standard error is closed.
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .log_internal_errors(false);
    let layer = match format {
        LogFormat::Text => lines.with_ansi(colour).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(layer.with_filter(filter.0.clone()))
        .init();
}

/// Whether text is to be coloured: on a terminal, unless the user asks for none (<https://no-color.org>).
pub(crate) fn colour_is_wanted(environment: &[(OsString, OsString)]) -> bool {
    let unwanted = environment
        .iter()
        .any(|(name, value)| name == "NO_COLOR" && !value.is_empty());
    io::stderr().is_terminal() && !unwanted
}
