//! The figures of a run, as an object of JSON; [`super::table`] prints them for people.

use hdrhistogram::Histogram;
use serde::Serialize;

use super::server::Server;
use super::tally::Tally;

/// All figures. What was not measured is null.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) subscribers: u32,
    pub(super) topics: u32,
    pub(super) published: u32,
    pub(super) publish_errors: u32,
    pub(super) deliveries: Deliveries,
    pub(super) latency_us: Option<Times>,
    pub(super) publish_us: Option<Times>,
    pub(super) connect: Connect,
    pub(super) seconds: f64,
    pub(super) server: Option<ServerUse>,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Deliveries {
    pub(super) expected: u64,
    pub(super) received: u64,
    pub(super) lost: u64,
    pub(super) duplicated: u64,
    pub(super) out_of_order: u64,
    pub(super) per_second: f64,
}

/// A distribution of times, in microseconds.
#[derive(Debug, Serialize)]
pub(super) struct Times {
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
    pub(super) max: f64,
    pub(super) mean: f64,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Connect {
    pub(super) per_second: f64,
    pub(super) seconds: f64,
}

/// What the server took of the machine.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct ServerUse {
    /// From the first publish to the last delivery.
    pub(super) cpu_seconds: Option<f64>,
    pub(super) cpu_us_per_delivery: Option<f64>,
    /// Before the first subscriber.
    pub(super) rss_bytes_before: Option<u64>,
    /// When all subscribers were there and nothing was published yet.
    pub(super) rss_bytes_idle: Option<u64>,
    pub(super) rss_bytes_peak: Option<u64>,
    pub(super) bytes_per_idle_subscriber: Option<f64>,
}

/// Collects the figures of the server during a run.
#[derive(Debug)]
pub(super) struct ServerWatch {
    server: Server,
    measured: ServerUse,
    cpu_before: Option<f64>,
}

impl ServerWatch {
    /// Begins before the first subscriber.
    pub(super) fn start(pid: u32) -> anyhow::Result<ServerWatch> {
        let server = Server::find(pid)?;
        let before = server.memory();
        Ok(ServerWatch {
            server,
            measured: ServerUse {
                rss_bytes_before: before,
                rss_bytes_peak: before,
                ..ServerUse::default()
            },
            cpu_before: None,
        })
    }

    /// All subscribers are there.
    pub(super) fn idle(&mut self, subscribers: u32) {
        self.server.look_again();
        let idle = self.server.memory();
        self.measured.rss_bytes_idle = idle;
        self.measured.bytes_per_idle_subscriber = self
            .measured
            .rss_bytes_before
            .zip(idle)
            .map(|(before, idle)| rounded((idle as f64 - before as f64) / f64::from(subscribers)));
        self.look();
    }

    /// The first message is about to be published.
    pub(super) fn begin(&mut self) {
        self.server.look_again();
        self.cpu_before = self.server.cpu_seconds();
    }

    /// Now and then: looks for the peak.
    pub(super) fn look(&mut self) {
        self.measured.rss_bytes_peak = self.measured.rss_bytes_peak.max(self.server.memory());
    }

    /// The last delivery has come.
    pub(super) fn end(&mut self, deliveries: u64) {
        self.look();
        self.server.look_again();
        let after = self.server.cpu_seconds();
        let used = self
            .cpu_before
            .zip(after)
            .map(|(before, after)| (after - before).max(0.0));
        self.measured.cpu_seconds = used.map(|used| (used * 1e3).round() / 1e3);
        self.measured.cpu_us_per_delivery = used
            .filter(|_| deliveries > 0)
            .map(|used| (used * 1e9 / deliveries as f64).round() / 1e3);
    }
}

impl Report {
    pub(super) fn new(
        (subscribers, topics): (u32, u32),
        tally: &Tally,
        connect: Connect,
        server: Option<&ServerWatch>,
    ) -> Report {
        let (published, publish_errors) = tally.published_and_failed();
        let counts = tally.deliveries();
        let seconds = tally.span() as f64 / 1e9;
        Report {
            subscribers,
            topics,
            published,
            publish_errors,
            deliveries: Deliveries {
                expected: counts.expected,
                received: counts.received,
                lost: counts.lost,
                duplicated: counts.duplicated,
                out_of_order: counts.out_of_order,
                per_second: per_second(counts.received, seconds),
            },
            latency_us: Times::of(&tally.latency),
            publish_us: Times::of(&tally.publish),
            connect,
            seconds,
            server: server.map(|server| server.measured.clone()),
        }
    }
}

impl Connect {
    pub(super) fn new(subscribers: u32, nanoseconds: u64) -> Connect {
        let seconds = nanoseconds as f64 / 1e9;
        Connect {
            per_second: per_second(u64::from(subscribers), seconds),
            seconds,
        }
    }
}

impl Times {
    /// The distribution of times in nanoseconds; none if there are none.
    fn of(times: &Histogram<u64>) -> Option<Times> {
        let microseconds = |nanoseconds: f64| rounded(nanoseconds / 1e3);
        let quantile = |quantile| microseconds(times.value_at_quantile(quantile) as f64);
        (!times.is_empty()).then(|| Times {
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            p999: quantile(0.999),
            max: microseconds(times.max() as f64),
            mean: microseconds(times.mean()),
        })
    }
}

fn per_second(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        rounded(count as f64 / seconds)
    } else {
        0.0
    }
}

/// To a tenth.
fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
