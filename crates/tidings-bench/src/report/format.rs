//! Numbers as people read them: three significant digits, the unit that fits, a comma between thousands.

use crate::{results::Figure, statistics::Summary};

impl Figure {
    /// A value of this figure, with its unit.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::CpuPerDelivery | Self::CpuPerPublish => microseconds(value),
            Self::LatencyP50 | Self::LatencyP99 => microseconds(value),
            Self::PublishP50 | Self::PublishP99 => microseconds(value),
            Self::StormOpen | Self::StormResumed | Self::StormLive => microseconds(value),
            Self::DeliveriesPerSecond => count(value),
            Self::IdleBytes => bytes(value),
            Self::StormBytesBefore | Self::StormBytesPeak | Self::StormBytesMore => bytes(value),
            Self::Busy { .. } => format!("{value:.0} %"),
        }
    }

    /// The median, and where the rounds differ the least and the most.
    pub(super) fn show_summary(self, summary: Summary) -> String {
        let [median, least, most] =
            [summary.median, summary.least, summary.most].map(|value| self.show(value));
        if least == most {
            return median;
        }
        // The unit is said once where it is the same.
        let unit = |text: &str| text.split_once(' ').map(|(_, unit)| unit.to_owned());
        let least = match least.split_once(' ') {
            Some((number, _)) if unit(&least) == unit(&most) => number.to_owned(),
            _ => least,
        };
        format!("{median} ({least}–{most})")
    }
}

pub(crate) fn microseconds(value: f64) -> String {
    in_units(value, 1000.0, &["µs", "ms", "s"])
}

pub(crate) fn bytes(value: f64) -> String {
    in_units(value, 1024.0, &["B", "KiB", "MiB", "GiB"])
}

/// A count: in full below a million, then in millions.
pub(crate) fn count(value: f64) -> String {
    if value >= 1e6 {
        return format!("{} M", significant(value / 1e6));
    }
    // More than four digits would be a promise that no measurement keeps.
    let unit = 10f64.powf((value.max(1.0).log10().floor() - 2.0).max(0.0));
    thousands((value / unit).round() * unit)
}

pub(crate) fn ratio(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => thousands(value),
    }
}

/// A whole number with commas.
pub(crate) fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let (sign, digits) = digits.split_at(usize::from(digits.starts_with('-')));
    let mut out = sign.to_owned();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn in_units(mut value: f64, step: f64, units: &[&str]) -> String {
    let mut units = units.iter().peekable();
    while let Some(unit) = units.next() {
        // What would be shown as the step itself belongs to the next unit.
        if value.abs() < step - 0.5 || units.peek().is_none() {
            return format!("{} {unit}", significant(value));
        }
        value /= step;
    }
    significant(value)
}

fn significant(value: f64) -> String {
    match value.abs() {
        ..9.995 => format!("{value:.2}"),
        9.995..99.95 => format!("{value:.1}"),
        _ => thousands(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_the_unit_that_fits() {
        for (shown, expected) in [
            (microseconds(7.126), "7.13 µs"),
            (microseconds(999.6), "1.00 ms"),
            (microseconds(61_940.0), "61.9 ms"),
            (microseconds(5_000_000_000.0), "5,000 s"),
            (bytes(612.0), "612 B"),
            (bytes(31.0 * 1024.0), "31.0 KiB"),
            (bytes(-3.0), "-3.00 B"),
            (count(0.0), "0"),
            (count(7.0), "7"),
            (count(151_499.0), "151,000"),
            (count(16_840_000.0), "16.8 M"),
            (ratio(1.096), "1.10"),
            (ratio(25.04), "25.0"),
            (ratio(1234.0), "1,234"),
            (thousands(-1_234_567.0), "-1,234,567"),
        ] {
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn the_range_is_shown_where_there_is_one() {
        let show = |figures: &[f64]| {
            let summary = Summary::of(figures.iter().copied()).unwrap();
            Figure::LatencyP99.show_summary(summary)
        };
        assert_eq!(show(&[9000.0]), "9.00 ms");
        assert_eq!(show(&[9000.0, 8500.0, 9200.0]), "9.00 ms (8.50–9.20 ms)");
        assert_eq!(show(&[900.0, 800.0, 9200.0]), "900 µs (800 µs–9.20 ms)");
    }
}
