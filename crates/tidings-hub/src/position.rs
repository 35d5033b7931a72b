//! A message's place in the log: `epoch-offset`.
//!
//! The epoch is random per log, so a position from a log that is gone is recognised and never
//! mistaken for one of this log. The text form is what travels as the `id` of an event: short,
//! printable ASCII, and without the bytes that would make a cross-origin reconnect need a preflight
//! (the CORS-unsafe request-header bytes of the Fetch standard).

use std::fmt;

/// The identity of a log: 40 random bits, written as 8 digits of base 32 (`0`–`9`, `a`–`v`).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch([u8; Self::DIGITS]);

/// The number of a message in its log. The first message has 1; 0 stands for the place before it.
///
/// Numbers follow each other without holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Offset(pub u64);

/// The place of a message: which log, and where in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// Which log.
    pub epoch: Epoch,
    /// Where in it.
    pub offset: Offset,
}

impl Epoch {
    const DIGITS: usize = 8;
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

    /// A new epoch, for a new log.
    #[must_use]
    pub fn random() -> Self {
        Self(std::array::from_fn(|_| {
            Self::ALPHABET[fastrand::usize(..Self::ALPHABET.len())]
        }))
    }

    /// Reads the eight digits; `None` for anything else.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let digits: [u8; Self::DIGITS] = text.try_into().ok()?;
        let valid = digits.iter().all(|digit| Self::ALPHABET.contains(digit));
        valid.then_some(Self(digits))
    }
}

impl Offset {
    /// The place before the first message.
    pub const START: Self = Self(0);

    /// A place that no message reaches.
    pub(crate) const LAST: Self = Self(u64::MAX);

    /// The number after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// How many messages come after `earlier`, up to this one.
    pub(crate) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The number before this one; the place before the first message is its own predecessor.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl Position {
    /// Reads the text form; `None` for anything that [`Display`](fmt::Display) does not write.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (epoch, rest) = text.split_at_checked(Epoch::DIGITS)?;
        let digits = rest.strip_prefix(b"-")?;
        let canonical = digits == b"0" || !digits.starts_with(b"0");
        if !canonical || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let offset = std::str::from_utf8(digits).ok()?.parse().ok()?;
        Some(Self {
            epoch: Epoch::parse(epoch)?,
            offset: Offset(offset),
        })
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).expect("the digits are ASCII"))
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_reads_back() {
        for offset in [0, 1, 42, u64::MAX] {
            let position = Position {
                epoch: Epoch::random(),
                offset: Offset(offset),
            };
            let text = position.to_string();
            assert_eq!(Position::parse(text.as_bytes()), Some(position));
        }
    }

    #[test]
    fn nothing_else_is_a_position() {
        for text in [
            "",
            "-",
            "0123abcv",
            "0123abcv-",
            "0123abcv-01",
            "0123abcv-+1",
            "0123abcv--1",
            "0123abcv-1 ",
            "0123abcV-1",
            "0123abcw-1",
            "0123abc-1",
            "0123abcv-18446744073709551616",
        ] {
            assert_eq!(Position::parse(text.as_bytes()), None, "{text:?}");
        }
    }

    /// A CORS-unsafe byte in an id would cost every cross-origin reconnect a preflight.
    #[test]
    fn the_text_form_needs_no_preflight() {
        let position = Position {
            epoch: Epoch::random(),
            offset: Offset(u64::MAX),
        };
        let text = position.to_string();
        assert!(text.len() <= 128);
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(!text.contains([
            '"', '(', ')', ':', '<', '>', '?', '@', '[', '\\', ']', '{', '}'
        ]));
    }
}
