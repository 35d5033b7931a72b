//! What the program says to people and to pipes, whoever still reads it.
//!
//! The standard library's macros panic when nobody does; a program in a pipeline just ends.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};

/// Says something on standard error, as one line that begins with the name of the program.
pub(crate) fn say(what: Arguments<'_>) {
    // There is nowhere left to report that standard error is gone.
    let _ = writeln!(io::stderr(), "tidings: {what}");
}

/// Writes to standard output; whether it is still open.
///
/// # Errors
///
/// All but a closed pipe, such as a full disk.
pub(crate) fn print(bytes: &[u8]) -> io::Result<bool> {
    let mut output = io::stdout().lock();
    unless_closed(output.write_all(bytes).and_then(|()| output.flush()))
}

/// Whether whoever read standard output has closed it. It can be told of a pipe on Unix; else a write tells.
pub(crate) fn output_is_closed() -> bool {
    #[cfg(unix)]
    {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let output = io::stdout();
        // No event is asked for: that of an error is always given (poll(2)).
        let mut asked = [PollFd::new(&output, PollFlags::empty())];
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        poll(&mut asked, Some(&at_once)).is_ok() && asked[0].revents().contains(PollFlags::ERR)
    }
    #[cfg(not(unix))]
    false
}

/// Makes `false` of a closed pipe, which is no failure: whoever read has enough.
pub(crate) fn unless_closed(written: io::Result<()>) -> io::Result<bool> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}

/// A text from outside, fit for a terminal: control characters could move the cursor or change what stands there.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
