//! What was measured, where, with what: all that the page is made from.
//!
//! Kept as JSON beside the page, so that it can be rendered again, and checked by whoever doubts it.

use std::{fs, path::Path};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::{
    contender::Contender, cores::Cores, load::Measured, machine::Machine, scale::Scale,
    statistics::Summary, work::Work,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Results {
    /// When the comparison began, in UTC.
    pub(crate) began: String,
    pub(crate) minutes: u64,
    pub(crate) machine: Machine,
    /// What `rustc --version` says.
    pub(crate) compiler: String,
    pub(crate) cores: Cores,
    pub(crate) rounds: u32,
    /// The same for the peers that no bar rests on.
    pub(crate) peer_rounds: u32,
    pub(crate) scale: Scale,
    /// In the order of the tables.
    pub(crate) contenders: Vec<Entry>,
    /// In the order in which they were done.
    pub(crate) runs: Vec<Run>,
}

/// A contender that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) contender: Contender,
    pub(crate) state: State,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// It was there, in this version.
    Version(String),
    /// It was not, for this reason.
    Missing(String),
}

/// One contender at one work, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) round: u32,
    pub(crate) work: Work,
    pub(crate) contender: Contender,
    pub(crate) outcome: Outcome,
    /// What the load generator found worth saying, such as that it was the limit itself.
    pub(crate) remarks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    Measured(Box<Measured>),
    /// It did not come to its end, for this reason.
    Failed(String),
}

/// A figure that can be read off a run, in the unit of the load generator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Figure {
    CpuPerDelivery,
    CpuPerPublish,
    DeliveriesPerSecond,
    LatencyP50,
    LatencyP99,
    PublishP50,
    PublishP99,
    IdleBytes,
    /// Of a storm, until all streams were open.
    StormOpen,
    /// Until everybody had what it missed.
    StormResumed,
    /// Until everybody was live again.
    StormLive,
    /// Memory with all subscribers live before the storm.
    StormBytesBefore,
    /// The most memory during the storm.
    StormBytesPeak,
    /// How much more that is than before.
    StormBytesMore,
    /// Which part of the time a server with so many cores was busy, in per cent of all of them.
    Busy {
        cores: usize,
    },
}

impl Results {
    /// # Errors
    /// There is no such file, or it is not one of these.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not what `compare` keeps", path.display()))
    }

    pub(crate) fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("all keys are strings");
        text + "\n"
    }

    /// What the rounds of a contender at a work have given.
    pub(crate) fn measured(
        &self,
        contender: Contender,
        work: Work,
    ) -> impl Iterator<Item = &Measured> {
        let runs = self.runs.iter();
        let runs = runs.filter(move |run| run.contender == contender && run.work == work);
        runs.filter_map(|run| match &run.outcome {
            Outcome::Measured(measured) => Some(&**measured),
            Outcome::Failed(_) => None,
        })
    }

    /// Why a contender failed at a work, if it did in any round.
    pub(crate) fn failure(&self, contender: Contender, work: Work) -> Option<&str> {
        let mut runs = self.runs.iter();
        runs.find_map(|run| match &run.outcome {
            Outcome::Failed(why) if run.contender == contender && run.work == work => {
                Some(why.as_str())
            }
            _ => None,
        })
    }

    /// A figure over all rounds.
    pub(crate) fn summary(
        &self,
        contender: Contender,
        work: Work,
        figure: Figure,
    ) -> Option<Summary> {
        let measured = self.measured(contender, work);
        Summary::of(measured.filter_map(|measured| figure.of(measured)))
    }

    /// Whether a work was done at all.
    pub(crate) fn has(&self, work: Work) -> bool {
        self.runs.iter().any(|run| run.work == work)
    }
}

impl Figure {
    pub(crate) fn of(self, measured: &Measured) -> Option<f64> {
        let server = measured.server.as_ref();
        let latency = measured.latency_us.as_ref();
        let publish = measured.publish_us.as_ref();
        let storm = measured.storm.as_ref();
        let microseconds = |seconds: f64| seconds * 1e6;
        match self {
            Self::CpuPerDelivery => server?.cpu_us_per_delivery,
            Self::CpuPerPublish => server?.cpu_us_per_publish,
            Self::DeliveriesPerSecond => measured.deliveries.per_second,
            Self::LatencyP50 => latency.map(|latency| latency.p50),
            Self::LatencyP99 => latency.map(|latency| latency.p99),
            Self::PublishP50 => publish.map(|publish| publish.p50),
            Self::PublishP99 => publish.map(|publish| publish.p99),
            Self::IdleBytes => server?.bytes_per_idle_subscriber,
            Self::StormOpen => Some(microseconds(storm?.open_seconds)),
            Self::StormResumed => Some(microseconds(storm?.resumed_seconds)),
            Self::StormLive => Some(microseconds(storm?.live_seconds)),
            Self::StormBytesBefore => storm?.rss_bytes_before,
            Self::StormBytesPeak => storm?.rss_bytes_peak,
            Self::StormBytesMore => Some(storm?.rss_bytes_peak? - storm?.rss_bytes_before?),
            Self::Busy { cores } => {
                let seconds = measured.seconds.filter(|seconds| *seconds > 0.0)?;
                Some(100.0 * server?.cpu_seconds? / seconds / cores as f64)
            }
        }
    }
}
