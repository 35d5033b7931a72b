//! The plots of the page: which figures, in which pictures.

use super::{
    plot::{self, Bar, Row},
    tables,
};
use crate::{
    contender::Contender,
    results::{Figure, Results},
    work::Work,
};

/// A picture: its file, what it shows, and the figures of each row.
pub(super) struct Picture {
    pub(super) file: &'static str,
    pub(super) work: Work,
    what: &'static str,
    figures: &'static [Figure],
}

pub(super) const PICTURES: &[Picture] = &[
    Picture {
        file: "cpu.svg",
        work: Work::Steady,
        what: "CPU time per delivery",
        figures: &[Figure::CpuPerDelivery],
    },
    Picture {
        file: "latency.svg",
        work: Work::Steady,
        what: "latency, median and 99th percentile",
        figures: &[Figure::LatencyP50, Figure::LatencyP99],
    },
    Picture {
        file: "eager.svg",
        work: Work::Eager,
        what: "deliveries per second",
        figures: &[Figure::DeliveriesPerSecond],
    },
    Picture {
        file: "flood.svg",
        work: Work::Flood,
        what: "deliveries per second",
        figures: &[Figure::DeliveriesPerSecond],
    },
    Picture {
        file: "memory.svg",
        work: Work::Idle,
        what: "memory per subscriber",
        figures: &[Figure::IdleBytes],
    },
];

/// File names and pictures; none of a work that was not done.
pub(super) fn all(results: &Results) -> Vec<(&'static str, String)> {
    let pictures = PICTURES.iter().filter(|picture| results.has(picture.work));
    pictures
        .map(|picture| (picture.file, picture.draw(results)))
        .collect()
}

impl Picture {
    /// What it shows, for those who do not see it.
    pub(super) fn title(&self, results: &Results) -> String {
        let work = tables::title(self.work, &results.scale);
        format!("{work}: {}", self.what)
    }

    fn draw(&self, results: &Results) -> String {
        let entries = results.contenders.iter();
        let rows: Vec<Row> = entries
            .filter_map(|entry| self.row(results, entry.contender))
            .collect();
        plot::bars(&self.title(results), &rows)
    }

    fn row(&self, results: &Results, contender: Contender) -> Option<Row> {
        let bars = self.figures.iter().filter_map(|figure| {
            let summary = results.summary(contender, self.work, *figure)?;
            Some(Bar {
                summary,
                shown: figure.show(summary.median),
            })
        });
        let bars: Vec<Bar> = bars.collect();
        (!bars.is_empty()).then(|| Row {
            label: contender.plain_label(),
            is_ours: matches!(contender, Contender::Direct | Contender::Body),
            // One that is a hundred times slower would leave nothing to see of the others.
            may_leave: contender.is_peer(),
            bars,
        })
    }
}
