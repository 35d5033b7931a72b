//! Where clients change what they receive: the only differences from the standard that the tests allow.
//!
//! Each says what becomes of the data, exactly. When a client is mended the test fails, and the quirk can go.

/// One way in which a client departs from the standard (HTML, section 9.2.6).
#[derive(Debug)]
pub(crate) struct Quirk {
    /// What becomes of data as the standard has it.
    pub(crate) change: fn(&str) -> String,
}

/// Each `data` line replaces the one before, and white space around it is cut off.
pub(crate) static LAST_LINE_ONLY: Quirk = Quirk {
    change: |data| {
        let last = data.rsplit('\n').next().unwrap_or_default();
        last.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
            .to_owned()
    },
};

/// A line is appended with a line end between only where there is some data already.
pub(crate) static LEADING_EMPTY_LINES_LOST: Quirk = Quirk {
    change: |data| data.trim_start_matches('\n').to_owned(),
};

/// Every value is decoded as if it were the beginning of a stream.
pub(crate) static BYTE_ORDER_MARKS_LOST: Quirk = Quirk {
    change: |data| in_each_line(data, |line| line.strip_prefix('\u{feff}').unwrap_or(line)),
};

/// All spaces behind the colon are taken off, not just one.
pub(crate) static SPACES_BEFORE_LINES_LOST: Quirk = Quirk {
    change: |data| in_each_line(data, |line| line.trim_start_matches(' ')),
};

/// All line ends at the end of the data are taken off, not just one.
pub(crate) static TRAILING_EMPTY_LINES_LOST: Quirk = Quirk {
    change: |data| data.trim_end_matches('\n').to_owned(),
};

fn in_each_line(data: &str, change: fn(&str) -> &str) -> String {
    data.split('\n').map(change).collect::<Vec<_>>().join("\n")
}
