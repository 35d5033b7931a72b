//! One run: `tidings bench` puts a server under load, and says in JSON what came of it.

use std::{
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::{
    contender::{Dialect, Server},
    cores,
    scale::Scale,
    work::{Bystanders, Pace, Shape},
};

/// The load generator and where it runs.
#[derive(Debug)]
pub(crate) struct Generator<'a> {
    pub(crate) program: &'a Path,
    pub(crate) cores: &'a [usize],
    pub(crate) scale: &'a Scale,
}

/// What `tidings bench --json` prints. Times are in microseconds unless named otherwise; what a run does not have is
/// null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) subscribers: u64,
    pub(crate) published: u64,
    pub(crate) publish_errors: u64,
    pub(crate) deliveries: Deliveries,
    /// From the publish, at the time intended for it, to its arrival.
    pub(crate) latency_us: Option<Percentiles>,
    /// From the publish to its answer.
    pub(crate) publish_us: Option<Percentiles>,
    /// From the first publish to the last delivery.
    pub(crate) seconds: Option<f64>,
    pub(crate) storm: Option<Storm>,
    pub(crate) server: Option<ServerCost>,
}

/// From when the first subscriber sets out to return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Storm {
    /// Until all streams were open.
    pub(crate) open_seconds: f64,
    /// Until all had what they missed.
    pub(crate) resumed_seconds: f64,
    /// Until all had a message that was published then.
    pub(crate) live_seconds: f64,
    /// With all subscribers live before the storm.
    pub(crate) rss_bytes_before: Option<f64>,
    pub(crate) rss_bytes_peak: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Deliveries {
    pub(crate) expected: u64,
    pub(crate) received: u64,
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
    pub(crate) out_of_order: u64,
    pub(crate) per_second: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Percentiles {
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    pub(crate) max: f64,
    pub(crate) mean: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServerCost {
    pub(crate) cpu_seconds: Option<f64>,
    pub(crate) cpu_us_per_delivery: Option<f64>,
    pub(crate) cpu_us_per_publish: Option<f64>,
    pub(crate) rss_bytes_before: Option<f64>,
    pub(crate) rss_bytes_idle: Option<f64>,
    pub(crate) rss_bytes_peak: Option<f64>,
    pub(crate) bytes_per_idle_subscriber: Option<f64>,
}

/// Between two looks at the generator.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

impl Measured {
    /// Deliveries that were not as promised, and publishes that failed.
    pub(crate) fn faults(&self) -> u64 {
        let deliveries = &self.deliveries;
        deliveries.lost + deliveries.duplicated + deliveries.out_of_order + self.publish_errors
    }
}

impl Generator<'_> {
    /// Puts `server` under load; gives the figures, and what the generator has remarked. `messages` is for work whose
    /// shape does not say how many. Meanwhile it calls `look` again and again.
    ///
    /// # Errors
    /// The generator fails, says something else than JSON, or is not done in time; the text has what it said.
    pub(crate) fn run(
        &self,
        server: &Server,
        dialect: Dialect,
        shape: &Shape,
        messages: u64,
        look: impl FnMut(),
    ) -> anyhow::Result<(Measured, Vec<String>)> {
        let mut command = Command::new(self.program);
        command
            .args(self.arguments(server, dialect, shape, messages))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let generator = cores::on(self.cores, || command.spawn())
            .with_context(|| format!("cannot pin the generator to the cores {:?}", self.cores))?
            .with_context(|| format!("cannot start {command:?}"))?;
        let within = Duration::from_secs(self.scale.deadline_seconds);
        let (json, remarks) = finish(generator, within, look)?;
        let measured = serde_json::from_str(&json)
            .with_context(|| format!("the generator has not said what is agreed: {json}"))?;
        Ok((measured, remarks.lines().map(str::to_owned).collect()))
    }

    fn arguments(
        &self,
        server: &Server,
        dialect: Dialect,
        shape: &Shape,
        messages: u64,
    ) -> Vec<String> {
        let mut arguments = vec!["bench".to_owned(), server.url(), "--json".to_owned()];
        let mut give = |name: &str, value: &dyn ToString| {
            arguments.extend([format!("--{name}"), value.to_string()]);
        };
        give("server-pid", &server.pid());
        give("subscribe-path", &dialect.subscribe_path);
        give("publish-path", &dialect.publish_path);
        give("body", &dialect.body);
        give("content-type", &dialect.content_type);
        give("size", &self.scale.message_bytes);
        give("subscribers", &shape.subscribers);
        match shape.pace {
            Pace::Rate {
                per_second,
                messages,
            } => {
                give("rate", &per_second);
                give("messages", &messages);
            }
            Pace::AsAnswered { in_flight } => {
                give("in-flight", &in_flight);
                give("messages", &messages);
            }
            Pace::Idle { seconds } => give("idle", &seconds),
            Pace::Storm { missed } => give("storm", &missed),
        }
        if let Some(Bystanders { count, topics }) = shape.bystanders {
            give("bystanders", &count);
            give("bystander-topics", &topics);
        }
        arguments
    }
}

/// Waits until the generator is done, and gives what it has printed, to standard output and error.
fn finish(
    mut generator: Child,
    within: Duration,
    mut look: impl FnMut(),
) -> anyhow::Result<(String, String)> {
    let output = collect(generator.stdout.take());
    let errors = collect(generator.stderr.take());
    let deadline = Instant::now() + within;
    let status = loop {
        if let Some(status) = generator.try_wait()? {
            break status;
        }
        if Instant::now() > deadline {
            generator.kill()?;
            generator.wait()?;
            bail!("not done within {} s", within.as_secs());
        }
        look();
        thread::sleep(LOOK_AGAIN);
    };
    let (output, errors) = (output.join(), errors.join());
    let errors = errors.unwrap_or_default();
    ensure!(
        status.success(),
        "the generator, {status}: {}",
        errors.trim()
    );
    Ok((output.unwrap_or_default(), errors))
}

/// Takes what comes until its end, so that the program never waits for a reader.
fn collect(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What has come until an error is still worth showing.
            let _ = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
