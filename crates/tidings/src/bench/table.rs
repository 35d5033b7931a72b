//! The figures of a run, for people.

use std::fmt::{self, Display, Formatter};

use super::report::{Report, ServerUse, Times};

/// A report that prints as a table.
pub(super) struct Table<'a> {
    pub(super) title: &'a str,
    pub(super) report: &'a Report,
}

impl Display for Table<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Report {
            deliveries,
            connect,
            seconds,
            ..
        } = self.report;
        writeln!(out, "{}\n", self.title)?;
        if self.report.published > 0 {
            let errors = match self.report.publish_errors {
                0 => String::new(),
                errors => format!("; {} failed", count(u64::from(errors))),
            };
            let published = count(u64::from(self.report.published));
            writeln!(out, "published    {published}{errors}, in {seconds:.2} s")?;
            writeln!(
                out,
                "deliveries   {} of {}, {} per second",
                count(deliveries.received),
                count(deliveries.expected),
                count(deliveries.per_second as u64)
            )?;
            writeln!(
                out,
                "             {} lost, {} duplicated, {} out of order",
                count(deliveries.lost),
                count(deliveries.duplicated),
                count(deliveries.out_of_order)
            )?;
        }
        if self.report.latency_us.is_some() || self.report.publish_us.is_some() {
            let heads = ["p50", "p90", "p99", "p99.9", "max", "mean"];
            writeln!(
                out,
                "\n            {}",
                heads.map(|head| format!(" {head:>9}")).concat()
            )?;
            times(out, "latency", self.report.latency_us.as_ref())?;
            times(out, "answer", self.report.publish_us.as_ref())?;
        }
        writeln!(
            out,
            "\nconnect      {} subscribers in {:.2} s, {} per second",
            count(u64::from(self.report.subscribers)),
            connect.seconds,
            count(connect.per_second as u64)
        )?;
        self.report
            .server
            .as_ref()
            .map_or(Ok(()), |server| server_use(out, server))
    }
}

fn times(out: &mut Formatter<'_>, name: &str, times: Option<&Times>) -> fmt::Result {
    let Some(times) = times else { return Ok(()) };
    let columns = [
        times.p50, times.p90, times.p99, times.p999, times.max, times.mean,
    ];
    writeln!(
        out,
        "{name:<12}{}",
        columns
            .map(|time| format!(" {:>9}", duration(time)))
            .concat()
    )
}

fn server_use(out: &mut Formatter<'_>, server: &ServerUse) -> fmt::Result {
    if let (Some(seconds), Some(each)) = (server.cpu_seconds, server.cpu_us_per_delivery) {
        writeln!(
            out,
            "server CPU   {seconds:.2} s, {each:.2} µs per delivery"
        )?;
    }
    if let (Some(before), Some(idle), Some(peak)) = (
        server.rss_bytes_before,
        server.rss_bytes_idle,
        server.rss_bytes_peak,
    ) {
        let each = server.bytes_per_idle_subscriber.unwrap_or_default();
        let [before, idle, peak] = [before, idle, peak].map(megabytes);
        writeln!(
            out,
            "server RAM   {before} before, {idle} with idle subscribers ({:.1} KB each), {peak} at most",
            each / 1e3
        )?;
    }
    Ok(())
}

/// A time in microseconds, with three digits and a unit.
pub(super) fn duration(microseconds: f64) -> String {
    let (value, unit) = match microseconds {
        ..1e3 => (microseconds, "µs"),
        1e3..1e6 => (microseconds / 1e3, "ms"),
        _ => (microseconds / 1e6, "s"),
    };
    let digits = match value {
        ..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

/// A number with its thousands set apart.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    groups.join(",")
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        let counts = [0, 999, 1000, 1_234_567].map(count);
        assert_eq!(counts, ["0", "999", "1,000", "1,234,567"]);
        let durations = [0.25, 12.34, 999.0, 1500.0, 2_345_678.0].map(duration);
        assert_eq!(
            durations,
            ["0.25 µs", "12.3 µs", "999 µs", "1.50 ms", "2.35 s"]
        );
    }
}
