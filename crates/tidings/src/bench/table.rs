//! The figures of a run, for people.

use std::fmt::{self, Display, Formatter};

use super::report::{Connect, Deliveries, Report, ServerUse, Storm, Times};

/// A report that prints as a table.
pub(super) struct Table<'a> {
    pub(super) title: &'a str,
    pub(super) report: &'a Report,
}

impl Display for Table<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let report = self.report;
        writeln!(out, "{}\n", self.title)?;
        let Connect {
            per_second,
            seconds,
        } = report.connect;
        let connected = count(report.subscribers + report.bystanders);
        let per_second = count(per_second as u64);
        writeln!(
            out,
            "connected    {connected} in {seconds:.2} s, {per_second} per second"
        )?;
        if report.published > 0 {
            deliveries(out, report)?;
        }
        if let Some(reconnected) = &report.storm {
            storm(out, reconnected)?;
        }
        if let Some(server) = &report.server {
            server_use(out, server)?;
        }
        if report.latency_us.is_some() || report.publish_us.is_some() {
            let heads = ["p50", "p90", "p99", "p99.9", "max", "mean"];
            writeln!(
                out,
                "\n{:<12}{}",
                "",
                heads.map(|head| format!(" {head:>9}")).concat()
            )?;
            times(out, "latency", report.latency_us.as_ref())?;
            times(out, "answer", report.publish_us.as_ref())?;
        }
        Ok(())
    }
}

fn deliveries(out: &mut Formatter<'_>, report: &Report) -> fmt::Result {
    let Deliveries {
        expected,
        received,
        lost,
        duplicated,
        out_of_order,
        per_second,
    } = report.deliveries;
    let failed = match report.publish_errors {
        0 => String::new(),
        failed => format!("; {} failed", count(failed)),
    };
    let (published, seconds) = (count(report.published), report.seconds);
    writeln!(out, "published    {published} in {seconds:.2} s{failed}")?;
    let [received, expected, per_second] = [received, expected, per_second as u64].map(count);
    writeln!(
        out,
        "delivered    {received} of {expected}, {per_second} per second"
    )?;
    let [lost, duplicated, out_of_order] = [lost, duplicated, out_of_order].map(count);
    writeln!(
        out,
        "             {lost} lost, {duplicated} duplicated, {out_of_order} out of order"
    )
}

fn storm(out: &mut Formatter<'_>, storm: &Storm) -> fmt::Result {
    let (open, resumed, live) = (
        storm.open_seconds,
        storm.resumed_seconds,
        storm.live_seconds,
    );
    writeln!(
        out,
        "returned     all open after {open:.2} s, with what they missed after {resumed:.2} s, live after {live:.2} s"
    )?;
    let Some((before, peak)) = storm.rss_bytes_before.zip(storm.rss_bytes_peak) else {
        return Ok(());
    };
    let more = megabytes(peak.saturating_sub(before));
    let [before, peak] = [before, peak].map(megabytes);
    writeln!(
        out,
        "             server RAM {before} before, {peak} at most meanwhile: {more} more"
    )
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
        let publish = server.cpu_us_per_publish.map(|publish| {
            let publish = duration(publish);
            format!(", {publish} per publish")
        });
        let publish = publish.unwrap_or_default();
        writeln!(
            out,
            "server CPU   {seconds:.2} s, {each:.2} µs per delivery{publish}"
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
pub(super) fn count(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
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
        let counts = [0_u64, 999, 1000, 1_234_567].map(count);
        assert_eq!(counts, ["0", "999", "1,000", "1,234,567"]);
        let durations = [0.25, 12.34, 999.0, 1500.0, 2_345_678.0].map(duration);
        assert_eq!(
            durations,
            ["0.25 µs", "12.3 µs", "999 µs", "1.50 ms", "2.35 s"]
        );
    }
}
