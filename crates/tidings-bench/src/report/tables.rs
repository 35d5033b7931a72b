//! The tables: one of the bar, one of each work.

use super::{format, table::Table};
use crate::{
    bar,
    contender::Contender,
    results::{Entry, Figure, Results, State},
    scale::Scale,
    work::Work,
};

/// What stands in a column.
#[derive(Debug, Clone, Copy)]
enum Column {
    Is(Figure),
    /// The figure over that of another contender at the same work.
    Over(Figure, Contender),
    /// The figure over that of the same contender at another work.
    OverWork(Figure, Work),
}
use Column::{Is, Over, OverWork};

/// The bar, line by line.
pub(super) fn bar(results: &Results) -> String {
    let mut table = Table::new(["", "asked", "measured", ""]);
    for verdict in bar::judge(results) {
        let is_met = match verdict.is_met {
            Some(true) => "met",
            Some(false) => "**not met**",
            None => "–",
        };
        let what = verdict.what.to_owned();
        table.push(vec![what, verdict.asked, verdict.measured, is_met.into()]);
    }
    table.to_string()
}

/// The works that were done: what each is, and its table.
pub(super) fn works(results: &Results) -> Vec<(String, String)> {
    let works = Work::all().iter().filter(|work| results.has(**work));
    works
        .map(|work| (title(*work, &results.scale), of(results, *work)))
        .collect()
}

/// The table of a work.
pub(super) fn of(results: &Results, work: Work) -> String {
    let columns = columns(work);
    let mut table = Table::new(
        [String::new()]
            .into_iter()
            .chain(columns.iter().map(|column| column.heading())),
    );
    let entries = results.contenders.iter();
    for entry in entries.filter(|entry| work.is_for(entry.contender)) {
        table.push(row(results, work, entry, columns));
    }
    table.to_string()
}

/// What a work is, as a heading.
pub(super) fn title(work: Work, scale: &Scale) -> String {
    let count = |count: u64| format::thousands(count as f64);
    let subscribers = count(scale.subscribers);
    let in_flight = scale.in_flight;
    match work {
        Work::Steady => format!(
            "{subscribers} subscribers, {} messages/s",
            scale.steady_rate
        ),
        Work::Stalled => format!(
            "{subscribers} subscribers, {} messages/s, and a tenth more that never read",
            scale.steady_rate
        ),
        Work::Eager => format!("{subscribers} subscribers, as fast as answers come"),
        Work::Flood => format!("{subscribers} subscribers, {in_flight} publishes in flight"),
        Work::Crowd => crowd(scale, scale.crowd_rate),
        Work::BusyCrowd => crowd(scale, scale.busy_crowd_rate),
        Work::Storm => format!(
            "{} subscribers return at once, {} messages behind",
            count(scale.crowd),
            count(scale.storm_missed)
        ),
        Work::FewTopics => topics(scale, scale.few_topics),
        Work::ManyTopics => topics(scale, scale.many_topics),
        Work::Idle => format!("{} subscribers, nothing published", count(scale.idle)),
        Work::EagerTwoCores => "As fast as answers come, two cores for the server".into(),
        Work::FloodTwoCores => format!("{in_flight} publishes in flight, two cores for the server"),
    }
}

fn crowd(scale: &Scale, rate: u64) -> String {
    let subscribers = format::thousands(scale.crowd as f64);
    let messages = if rate == 1 { "message" } else { "messages" };
    format!("{subscribers} subscribers, {rate} {messages}/s")
}

fn topics(scale: &Scale, topics: u64) -> String {
    let [topics, subscribers] = [topics, scale.crowd].map(|count| format::thousands(count as f64));
    format!("{topics} topics among {subscribers} subscribers, one of the topics published to")
}

/// What a figure is called.
pub(super) fn heading(figure: Figure) -> &'static str {
    match figure {
        Figure::CpuPerDelivery => "CPU per delivery",
        Figure::CpuPerPublish => "CPU per publish",
        Figure::DeliveriesPerSecond => "deliveries/s",
        Figure::LatencyP50 => "latency p50",
        Figure::LatencyP99 => "latency p99",
        Figure::PublishP50 => "answer p50",
        Figure::PublishP99 => "answer p99",
        Figure::IdleBytes => "memory each",
        Figure::StormOpen => "all streams open",
        Figure::StormResumed => "all caught up",
        Figure::StormLive => "all live",
        Figure::StormBytesBefore => "memory before",
        Figure::StormBytesPeak => "at its peak",
        Figure::StormBytesMore => "more",
        Figure::Busy { .. } => "server busy",
    }
}

fn columns(work: Work) -> &'static [Column] {
    use Figure::{
        Busy, CpuPerDelivery, CpuPerPublish, DeliveriesPerSecond, IdleBytes, LatencyP50,
        LatencyP99, PublishP50, PublishP99, StormBytesBefore, StormBytesMore, StormBytesPeak,
        StormLive, StormOpen, StormResumed,
    };
    match work {
        Work::Steady => &[
            Is(CpuPerDelivery),
            Over(CpuPerDelivery, Contender::Floor),
            Is(LatencyP50),
            Is(LatencyP99),
            Is(PublishP50),
        ],
        Work::Stalled => &[
            Is(CpuPerDelivery),
            Is(LatencyP50),
            Is(LatencyP99),
            OverWork(LatencyP99, Work::Steady),
        ],
        Work::Crowd => &[
            Is(CpuPerDelivery),
            Is(LatencyP50),
            Is(LatencyP99),
            Is(PublishP50),
            Is(PublishP99),
        ],
        Work::BusyCrowd => &[
            Is(PublishP50),
            Is(PublishP99),
            Is(CpuPerDelivery),
            Is(LatencyP50),
            Is(LatencyP99),
            Is(Busy { cores: 1 }),
        ],
        Work::Storm => &[
            Is(StormOpen),
            Is(StormResumed),
            Is(StormLive),
            Is(CpuPerDelivery),
            Is(StormBytesBefore),
            Is(StormBytesPeak),
            Is(StormBytesMore),
        ],
        Work::FewTopics => &[Is(CpuPerPublish), Is(LatencyP50), Is(LatencyP99)],
        Work::ManyTopics => &[
            Is(CpuPerPublish),
            OverWork(CpuPerPublish, Work::FewTopics),
            Is(LatencyP50),
            Is(LatencyP99),
        ],
        Work::Eager | Work::Flood => &[
            Is(DeliveriesPerSecond),
            Over(DeliveriesPerSecond, Contender::Axum),
            Is(CpuPerDelivery),
            Is(LatencyP50),
            Is(LatencyP99),
            Is(Busy { cores: 1 }),
        ],
        Work::Idle => &[Is(IdleBytes), Over(IdleBytes, Contender::Direct)],
        Work::EagerTwoCores => &[
            Is(DeliveriesPerSecond),
            OverWork(DeliveriesPerSecond, Work::Eager),
            Is(CpuPerDelivery),
            Is(LatencyP99),
            Is(Busy { cores: 2 }),
        ],
        Work::FloodTwoCores => &[
            Is(DeliveriesPerSecond),
            OverWork(DeliveriesPerSecond, Work::Flood),
            Is(CpuPerDelivery),
            Is(LatencyP99),
            Is(Busy { cores: 2 }),
        ],
    }
}

fn row(results: &Results, work: Work, entry: &Entry, columns: &[Column]) -> Vec<String> {
    let contender = entry.contender;
    let mut row = vec![contender.label().to_owned()];
    if let State::Missing(_) = entry.state {
        row.push("not there".into());
    } else if let Some(why) = results.failure(contender, work) {
        // The rest is in the results.
        let why = why.lines().next().unwrap_or_default();
        row.push(format!("failed: {}", why.replace('|', "\\|")));
    } else {
        row.extend(
            columns
                .iter()
                .map(|column| column.show(results, contender, work)),
        );
    }
    row
}

impl Column {
    fn heading(self) -> String {
        match self {
            Is(figure) => heading(figure).into(),
            Over(_, other) => match other {
                Contender::Floor => "× floor".into(),
                Contender::Axum => "× axum".into(),
                other => format!("× {}", other.plain_label()),
            },
            OverWork(figure, Work::Steady) => format!("{}, with over without", heading(figure)),
            OverWork(_, Work::FewTopics) => "many over few".into(),
            OverWork(..) => "two cores over one".into(),
        }
    }

    fn show(self, results: &Results, contender: Contender, work: Work) -> String {
        let nothing = || "–".to_owned();
        let (figure, other) = match self {
            Is(figure) => {
                let summary = results.summary(contender, work, figure);
                return summary.map_or_else(nothing, |summary| figure.show_summary(summary));
            }
            Over(figure, other) => (figure, (other, work)),
            OverWork(figure, other) => (figure, (contender, other)),
        };
        let this = results.summary(contender, work, figure);
        let other = results.summary(other.0, other.1, figure);
        let ratio = this.zip(other).and_then(|(this, other)| this.over(other));
        ratio.map_or_else(nothing, format::ratio)
    }
}
