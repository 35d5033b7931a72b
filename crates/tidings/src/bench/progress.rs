//! How far a run is: a bar on standard error, where that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// The bar. It draws itself some times a second at most, whatever is said to it, and is gone when this is.
#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new() -> Progress {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template(
            "{msg:<24} {bar:30} {human_pos} of {human_len}  {elapsed}",
        );
        bar.set_style(style.expect("the template is right"));
        Progress(bar)
    }

    /// Something new is done, so many times.
    pub(super) fn begin(&self, what: &'static str, length: u64) {
        self.0.set_length(length);
        self.0.set_message(what);
        self.0.reset();
    }

    pub(super) fn at(&self, position: u64) {
        self.0.set_position(position);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
