//! A number of bytes, with or without a unit.

use std::fmt;

use super::{Kind, Natural, Value};

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ByteSize(pub(crate) u64);

/// The units a size can have. Capital letters make no difference: nobody means bits here.
const UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

impl Value for ByteSize {
    const KIND: Kind = Kind {
        natural: Natural::Integer,
        ..Kind::text("SIZE")
    };

    fn read(text: &str) -> Result<Self, String> {
        let plain = text.trim().replace('_', "").to_ascii_lowercase();
        let unit_at = plain
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(plain.len());
        let (digits, unit) = plain.split_at(unit_at);
        let number = digits.parse::<u64>().ok();
        let factor = UNITS
            .iter()
            .find(|(name, _)| *name == unit.trim())
            .map(|(_, factor)| *factor);
        number
            .zip(factor)
            .and_then(|(number, factor)| number.checked_mul(factor))
            .map(ByteSize)
            .ok_or_else(|| format!("`{text}` is not a size; write a whole number of bytes, or with a unit, such as 64KiB or 2MiB"))
    }
}

impl fmt::Display for ByteSize {
    /// In the greatest unit that leaves a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"];
        let (mut number, mut unit) = (self.0, 0);
        while number != 0 && number % 1024 == 0 && unit + 1 < units.len() {
            (number, unit) = (number / 1024, unit + 1);
        }
        write!(f, "{number}{}", units[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0", 0),
            ("1024", 1024),
            ("1_000", 1000),
            ("1kB", 1000),
            ("1KiB", 1024),
            ("2 mib", 2 << 20),
            ("3GB", 3_000_000_000),
            ("16777215TiB", 16_777_215 << 40),
        ] {
            assert_eq!(ByteSize::read(text), Ok(ByteSize(bytes)), "{text}");
        }
        for text in [
            "",
            "KiB",
            "-1",
            "1.5MiB",
            "1 KiB extra",
            "16777216TiB",
            "99999999999999999999",
        ] {
            assert!(ByteSize::read(text).is_err(), "{text}");
        }
        assert_eq!(ByteSize(0).to_string(), "0B");
        assert_eq!(ByteSize(1000).to_string(), "1000B");
        assert_eq!(ByteSize(64 << 20).to_string(), "64MiB");
    }
}
