//! The bar: what tidings has to reach, as ratios of medians of one comparison.

use crate::{
    contender::Contender::{self, Axum, Body, Direct, Floor},
    report::format,
    results::{Figure, Outcome, Results, Run},
    work::Work::{
        self, BusyCrowd, Eager, FewTopics, Flood, Idle, ManyTopics, Stalled, Steady, Storm,
    },
};

/// A line of the bar, and what the results say to it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) what: &'static str,
    pub(crate) asked: String,
    pub(crate) measured: String,
    /// `None` where it was not measured.
    pub(crate) is_met: Option<bool>,
}

/// A ratio of two medians and where it has to lie.
struct Ratio {
    what: &'static str,
    figure: Figure,
    of: (Contender, Work),
    over: (Contender, Work),
    limit: Limit,
}

#[derive(Clone, Copy)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}
use Limit::{AtLeast, AtMost};

const RATIOS: &[Ratio] = &[
    Ratio {
        what: "CPU per delivery at a steady rate, direct lane over floor",
        figure: Figure::CpuPerDelivery,
        of: (Direct, Steady),
        over: (Floor, Steady),
        limit: AtMost(1.10),
    },
    Ratio {
        what: "p99 latency there, direct lane over floor",
        figure: Figure::LatencyP99,
        of: (Direct, Steady),
        over: (Floor, Steady),
        limit: AtMost(1.3),
    },
    Ratio {
        what: "CPU per delivery there, axum `Sse` over direct lane",
        figure: Figure::CpuPerDelivery,
        of: (Axum, Steady),
        over: (Direct, Steady),
        limit: AtLeast(1.4),
    },
    Ratio {
        what: "CPU per delivery there, body lane over axum `Sse`",
        figure: Figure::CpuPerDelivery,
        of: (Body, Steady),
        over: (Axum, Steady),
        limit: AtMost(0.9),
    },
    Ratio {
        what: "deliveries/s with one publisher, direct lane over axum `Sse`",
        figure: Figure::DeliveriesPerSecond,
        of: (Direct, Eager),
        over: (Axum, Eager),
        limit: AtLeast(2.5),
    },
    Ratio {
        what: "p99 latency there, direct lane over axum `Sse`",
        figure: Figure::LatencyP99,
        of: (Direct, Eager),
        over: (Axum, Eager),
        limit: AtMost(0.5),
    },
    Ratio {
        what: "deliveries/s with many publishes in flight, direct lane over axum `Sse`",
        figure: Figure::DeliveriesPerSecond,
        of: (Direct, Flood),
        over: (Axum, Flood),
        limit: AtLeast(6.0),
    },
    Ratio {
        what: "memory per idle subscriber, axum `Sse` over direct lane",
        figure: Figure::IdleBytes,
        of: (Axum, Idle),
        over: (Direct, Idle),
        limit: AtLeast(25.0),
    },
    Ratio {
        what: "p99 latency of the others when a tenth more stall, direct lane, with over without",
        figure: Figure::LatencyP99,
        of: (Direct, Stalled),
        over: (Direct, Steady),
        limit: AtMost(1.10),
    },
    Ratio {
        what: "CPU per publish to a topic of one subscriber, direct lane, with many other topics over with few (a limit \
               of our own)",
        figure: Figure::CpuPerPublish,
        of: (Direct, ManyTopics),
        over: (Direct, FewTopics),
        limit: AtMost(1.25),
    },
];

/// A median and what it may be at most.
struct Ceiling {
    what: &'static str,
    figure: Figure,
    of: (Contender, Work),
    /// In the unit of the figure.
    at_most: f64,
}

const CEILINGS: &[Ceiling] = &[
    Ceiling {
        what: "memory per idle subscriber, direct lane",
        figure: Figure::IdleBytes,
        of: (Direct, Idle),
        at_most: 1024.0,
    },
    Ceiling {
        what: "median time to the answer to a publish while a pass over a crowd runs, direct lane",
        figure: Figure::PublishP50,
        of: (Direct, BusyCrowd),
        at_most: 2000.0,
    },
];

/// All lines of the bar.
pub(crate) fn judge(results: &Results) -> Vec<Verdict> {
    let ratios = RATIOS.iter().map(|ratio| ratio.judge(results));
    let ceilings = CEILINGS.iter().map(|ceiling| ceiling.judge(results));
    ratios
        .chain(ceilings)
        .chain([storm(results), faults(results)])
        .collect()
}

impl Ratio {
    fn judge(&self, results: &Results) -> Verdict {
        let summary = |(contender, work)| results.summary(contender, work, self.figure);
        let ratio = summary(self.of)
            .zip(summary(self.over))
            .and_then(|(of, over)| of.over(over));
        Verdict {
            what: self.what,
            asked: self.limit.to_string(),
            measured: ratio.map_or("not measured".into(), format::ratio),
            is_met: ratio.map(|ratio| self.limit.holds(ratio)),
        }
    }
}

impl Limit {
    /// Of what was measured, not of what is shown: nothing is rounded in anybody's favour.
    fn holds(self, ratio: f64) -> bool {
        match self {
            AtMost(most) => ratio <= most,
            AtLeast(least) => ratio >= least,
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AtMost(most) => write!(f, "≤ {}", format::ratio(*most)),
            AtLeast(least) => write!(f, "≥ {}", format::ratio(*least)),
        }
    }
}

impl Ceiling {
    fn judge(&self, results: &Results) -> Verdict {
        let (contender, work) = self.of;
        let summary = results.summary(contender, work, self.figure);
        Verdict {
            what: self.what,
            asked: format!("≤ {}", self.figure.show(self.at_most)),
            measured: summary.map_or("not measured".into(), |summary| {
                self.figure.show(summary.median)
            }),
            is_met: summary.map(|summary| summary.median <= self.at_most),
        }
    }
}

/// Nothing may be lost; time and memory are told.
fn storm(results: &Results) -> Verdict {
    let runs = results.runs.iter();
    let mut runs = runs.filter(|run| (run.contender, run.work) == (Direct, Storm));
    let faulty: Vec<String> = runs.clone().filter_map(fault).collect();
    let figures = [
        (Figure::StormLive, "all live after"),
        (Figure::StormBytesMore, "more memory at the peak:"),
    ];
    let shown = figures.iter().filter_map(|(figure, what)| {
        let summary = results.summary(Direct, Storm, *figure)?;
        Some(format!("{what} {}", figure.show(summary.median)))
    });
    let is_measured = runs.next().is_some();
    let measured = match faulty.as_slice() {
        [] if !is_measured => vec!["not measured".into()],
        [] => ["0".to_owned()].into_iter().chain(shown).collect(),
        faulty => faulty.to_vec(),
    };
    Verdict {
        what: "lost, duplicated, out of order when all return at once, direct lane",
        asked: "0".into(),
        measured: measured.join("; "),
        is_met: is_measured.then_some(faulty.is_empty()),
    }
}

/// Of all runs but those of the peers, which cannot fail tidings. A run that did not come to its end has lost everything.
fn faults(results: &Results) -> Verdict {
    let runs = results.runs.iter();
    let runs: Vec<&Run> = runs.filter(|run| !run.contender.is_peer()).collect();
    let faulty: Vec<String> = runs.iter().copied().filter_map(fault).collect();
    Verdict {
        what: "lost, duplicated, out of order, publishes refused, in every run of floor, tidings and axum",
        asked: "0".into(),
        measured: match faulty.as_slice() {
            [] if runs.is_empty() => "not measured".into(),
            [] => "0".into(),
            faulty => faulty.join("; "),
        },
        is_met: (!runs.is_empty()).then_some(faulty.is_empty()),
    }
}

fn fault(run: &Run) -> Option<String> {
    let who = format!("{}, {}", run.contender.plain_label(), run.work.name());
    match &run.outcome {
        Outcome::Measured(measured) => {
            let faults = measured.faults();
            (faults > 0).then(|| format!("{who}: {}", format::count(faults as f64)))
        }
        Outcome::Failed(_) => Some(format!("{who}: did not come to its end")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_kept_where_it_lies() {
        assert!(AtMost(1.1).holds(1.1) && !AtMost(1.1).holds(1.100_001));
        assert!(AtLeast(6.0).holds(6.0) && !AtLeast(6.0).holds(5.999_999));
        assert_eq!(AtMost(1.1).to_string(), "≤ 1.10");
    }
}
