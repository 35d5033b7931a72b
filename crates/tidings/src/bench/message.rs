//! The data of the messages: what is published, and what is looked for in the events that come.
//!
//! `<sequence> <intended time> <run> <padding>`, as in `41 1200345678 kqzvbn xxxx`. The sequence numbers all messages of
//! a run. The intended time is when the schedule has it sent, in nanoseconds of the run's clock. The run's name keeps
//! apart what others publish to the same topic, and what a server replays of an earlier run: neither is ours.

use std::io::Write;

/// The name of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run([u8; Run::LENGTH]);

/// What a message says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Its number, from 0.
    pub(super) sequence: u32,
    /// When it was to be sent, in nanoseconds of the run's clock.
    pub(super) intended: u64,
}

impl Run {
    const LENGTH: usize = 6;

    pub(super) fn random() -> Run {
        Run(std::array::from_fn(|_| fastrand::lowercase() as u8))
    }

    #[cfg(test)]
    pub(super) const fn named(name: [u8; Run::LENGTH]) -> Run {
        Run(name)
    }
}

impl Stamp {
    /// How far into a line a stamp may end: two numbers and the run, and before them what a server puts around the data.
    pub(super) const REACH: usize = 128;

    /// Writes data of `size` bytes; of more, where the stamp needs more.
    pub(super) fn write(self, run: Run, size: usize, data: &mut Vec<u8>) {
        let begin = data.len();
        // Writing to memory does not fail.
        let _ = write!(data, "{} {} ", self.sequence, self.intended);
        data.extend_from_slice(&run.0);
        if data.len() < begin + size {
            data.push(b' ');
            data.resize(begin + size, b'x');
        }
    }

    /// The stamp that the data of an event holds: at its start, or behind a quotation mark, where a server sends on
    /// the JSON that was posted to it.
    #[inline]
    pub(super) fn find(data: &[u8], run: Run) -> Option<Stamp> {
        Stamp::read(data, run).or_else(|| {
            let reach = &data[..data.len().min(Stamp::REACH)];
            memchr::memchr_iter(b'"', reach).find_map(|quote| Stamp::read(&data[quote + 1..], run))
        })
    }

    #[inline]
    fn read(data: &[u8], run: Run) -> Option<Stamp> {
        let (sequence, rest) = number(data)?;
        let (intended, rest) = number(rest)?;
        rest.starts_with(&run.0).then_some(Stamp {
            sequence: u32::try_from(sequence).ok()?,
            intended,
        })
    }
}

/// A decimal number and what comes behind the space after it.
#[inline]
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    /// So many digits always fit, and are enough for three centuries in nanoseconds.
    const DIGITS: usize = 19;

    let mut value: u64 = 0;
    for (place, &byte) in text.iter().take(DIGITS + 1).enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return (byte == b' ' && place > 0).then(|| (value, &text[place + 1..]));
        }
        // With a digit too many there is no space in its place, and the value is not used.
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: Run = Run::named(*b"kqzvbn");

    fn written(sequence: u32, intended: u64, size: usize) -> String {
        let mut data = Vec::new();
        Stamp { sequence, intended }.write(RUN, size, &mut data);
        String::from_utf8(data).unwrap()
    }

    #[test]
    fn the_data_is_as_long_as_asked_for_or_as_the_stamp_needs() {
        assert_eq!(written(41, 1200, 20), "41 1200 kqzvbn xxxxx");
        assert_eq!(written(41, 1200, 15), "41 1200 kqzvbn ");
        for size in [0, 1, 14] {
            assert_eq!(written(41, 1200, size), "41 1200 kqzvbn");
        }
    }

    #[test]
    fn what_is_written_is_found() {
        for (sequence, intended) in [
            (0, 0),
            (7, 123_456_789),
            (u32::MAX, 9_999_999_999_999_999_999),
        ] {
            let stamp = Stamp { sequence, intended };
            for data in [
                written(sequence, intended, 64),
                format!(
                    "{{\"topic\":\"a\",\"message\":\"{}\"}}",
                    written(sequence, intended, 64)
                ),
            ] {
                assert!(data.len() <= Stamp::REACH, "{data}");
                assert_eq!(Stamp::find(data.as_bytes(), RUN), Some(stamp), "{data}");
            }
        }
    }

    #[test]
    fn what_others_write_is_not_ours() {
        for data in [
            "",
            "1",
            "1 2",
            "1 2 ",
            "1 2 kqzvb",
            "1 2 kqzvbm xxx",
            "1  2 kqzvbn",
            " 1 2 kqzvbn",
            "-1 2 kqzvbn",
            "4294967296 2 kqzvbn",
            "1 10000000000000000000 kqzvbn",
            "{\"sequence\": 1}",
            "\"",
        ] {
            assert_eq!(Stamp::find(data.as_bytes(), RUN), None, "{data}");
        }
    }
}
