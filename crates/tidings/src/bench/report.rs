//! The figures of a run, as an object of JSON; [`super::table`] prints them for people.

use hdrhistogram::Histogram;
use serde::Serialize;

use super::options::Bench;
use super::server::Server;
use super::tally::Tally;

/// All figures. What was not measured is null.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) subscribers: u32,
    pub(super) topics: u32,
    pub(super) bystanders: u32,
    pub(super) bystander_topics: u32,
    pub(super) published: u32,
    pub(super) publish_errors: u32,
    pub(super) deliveries: Deliveries,
    pub(super) latency_us: Option<Times>,
    pub(super) publish_us: Option<Times>,
    pub(super) connect: Connect,
    pub(super) seconds: f64,
    pub(super) storm: Option<Storm>,
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

/// How a reconnect storm went. Times are from when the first has set out to return.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Storm {
    /// Messages that were published meanwhile, to all topics together.
    pub(super) missed: u32,
    /// Until all streams were open.
    pub(super) open_seconds: f64,
    /// Until all had what they missed.
    pub(super) resumed_seconds: f64,
    /// Until all had a message that was published then.
    pub(super) live_seconds: f64,
    /// Of the server, with all subscribers live before the storm.
    pub(super) rss_bytes_before: Option<u64>,
    /// Since the first has set out to return.
    pub(super) rss_bytes_peak: Option<u64>,
}

/// What the server took of the machine.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct ServerUse {
    /// From the first publish, or the first return in a storm, to the last delivery.
    pub(super) cpu_seconds: Option<f64>,
    pub(super) cpu_us_per_delivery: Option<f64>,
    /// Null in a storm.
    pub(super) cpu_us_per_publish: Option<f64>,
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
    /// Whether the kernel keeps the peak. Else it is the most of what was seen, ten times a second.
    kernel_keeps_peak: bool,
}

impl ServerWatch {
    /// Begins before the first subscriber.
    pub(super) fn start(pid: u32) -> anyhow::Result<ServerWatch> {
        let server = Server::find(pid)?;
        let mut watch = ServerWatch {
            measured: ServerUse {
                rss_bytes_before: server.memory(),
                ..ServerUse::default()
            },
            server,
            cpu_before: None,
            kernel_keeps_peak: false,
        };
        watch.begin_peak();
        Ok(watch)
    }

    /// Takes no account of memory that was taken before.
    pub(super) fn begin_peak(&mut self) {
        self.server.look_again();
        self.kernel_keeps_peak = self.server.begin_peak();
        self.measured.rss_bytes_peak = self.server.memory();
    }

    /// The memory now.
    pub(super) fn memory(&self) -> Option<u64> {
        self.server.memory()
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

    /// Now and then: looks for the peak, and tells it.
    pub(super) fn look(&mut self) -> Option<u64> {
        let seen = match self.kernel_keeps_peak {
            true => self.server.peak().max(self.server.memory()),
            false => self.server.memory(),
        };
        self.measured.rss_bytes_peak = self.measured.rss_bytes_peak.max(seen);
        self.measured.rss_bytes_peak
    }

    /// The last delivery has come.
    pub(super) fn end(&mut self, deliveries: u64, published: u32) {
        self.look();
        self.server.look_again();
        let after = self.server.cpu_seconds();
        let used = self
            .cpu_before
            .zip(after)
            .map(|(before, after)| (after - before).max(0.0));
        let each = |number: u64| {
            used.filter(|_| number > 0)
                .map(|used| (used * 1e9 / number as f64).round() / 1e3)
        };
        self.measured.cpu_us_per_delivery = each(deliveries);
        self.measured.cpu_us_per_publish = each(u64::from(published));
        self.measured.cpu_seconds = used.map(|used| (used * 1e6).round() / 1e6);
    }
}

impl Report {
    pub(super) fn new(
        asked: &Bench,
        tally: &Tally,
        connect: Connect,
        storm: Option<Storm>,
        server: Option<&ServerWatch>,
    ) -> Report {
        let (published, publish_errors) = tally.published_and_failed();
        let counts = tally.deliveries();
        let seconds = tally.span() as f64 / 1e9;
        Report {
            subscribers: asked.subscribers,
            topics: asked.topics,
            bystanders: asked.bystanders,
            bystander_topics: asked.bystander_topics,
            published,
            publish_errors,
            deliveries: Deliveries {
                expected: counts.expected,
                received: counts.received,
                lost: counts.lost,
                duplicated: counts.duplicated,
                out_of_order: counts.out_of_order,
                per_second: per_second(tally.measured_deliveries(), seconds),
            },
            latency_us: Times::of(&tally.latency),
            publish_us: Times::of(&tally.publish),
            connect,
            seconds,
            storm,
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
