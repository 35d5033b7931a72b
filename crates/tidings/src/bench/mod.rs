//! `tidings bench`: a load test for this hub, and for any other server of event streams.
//!
//! What is asked for ([`options`]) goes to a server of this machine ([`target`]). The run ([`mod@run`], or a reconnect
//! [`storm`]) opens subscribers ([`subscribers`]) and publishers ([`publishers`]), who share [`socket`], [`wait`],
//! [`request`] and [`response`]. Who listens to what is in [`listening`]. A message is due by the [`schedule`], stamped
//! ([`message`]), found again in a stream ([`scan`]) and counted ([`tally`]).
//! In the end the figures ([`report`]), with those of the [`server`]'s process, become a [`table`], JSON or a [`plot`].
//!
//! Invariants: the load test is not what limits the result, and says so where it may be; it never waits without an end;
//! what a server loses, repeats or reorders is counted, and no fault of the load test is counted as the server's.

mod listening;
mod message;
mod options;
mod plot;
mod progress;
mod publishers;
mod report;
mod request;
mod response;
mod run;
mod scan;
mod schedule;
mod server;
mod socket;
mod storm;
mod subscribers;
mod table;
mod tally;
mod target;
mod template;
mod wait;

use std::process::ExitCode;

use anyhow::{Context, bail};

pub(crate) use options::Bench;
use run::Load;
use table::{Table, count};
use target::Target;

use crate::serve::descriptors;
use crate::{cli, console};

/// From this share of a core on, the load test may be what limits the result.
const BUSY: f64 = 0.95;

/// Measures, and prints the figures.
pub(crate) fn run(asked: &Bench) -> anyhow::Result<ExitCode> {
    if let Some(conflict) = asked.conflict() {
        console::say(format_args!("{conflict}"));
        return Ok(ExitCode::from(cli::EXIT_USAGE));
    }
    let target = Target::find(&asked.url, asked.beyond_loopback)?;
    make_room(asked.streams() as usize + asked.in_flight as usize)?;
    let mut load = Load::new(asked, &target)?;
    let report = load.run()?;
    let title = title(asked, &target);
    if let Some(file) = &asked.plot {
        std::fs::write(file, plot::svg(&title, &load.tally.latency))
            .with_context(|| format!("cannot write the plot to {}", file.display()))?;
    }
    say_what_was_amiss(&load);
    if let (0, Some(why)) = (report.published, load.first_failure()) {
        bail!(
            "nothing was published: {why}; check --publish-path, --body, --content-type, --header and --token"
        );
    }
    drop(load);
    let printed = if asked.json {
        let mut json = serde_json::to_string_pretty(&report).context("cannot write the figures")?;
        json.push('\n');
        json
    } else {
        Table {
            title: &title,
            report: &report,
        }
        .to_string()
    };
    console::print(printed.as_bytes()).context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}

/// Raises the limit of open files as far as the connections need it.
fn make_room(connections: usize) -> anyhow::Result<()> {
    let room = descriptors::make_room(connections);
    if room < connections {
        bail!(
            "{connections} connections need as many open files, and the system allows {room}; raise the limit, \
             as with `ulimit -n {}`, or take fewer subscribers",
            connections + 1000
        );
    }
    Ok(())
}

/// What is measured, in one line.
fn title(asked: &Bench, target: &Target) -> String {
    let mut title = format!("{}: {} subscribers", target.shown, count(asked.subscribers));
    if asked.bystanders > 0 {
        let (bystanders, topics) = (count(asked.bystanders), count(asked.bystander_topics));
        title += &format!(" and {bystanders} bystanders with {topics} topics");
    }
    if asked.stalled > 0 {
        title += &format!(" and {} stalled", count(asked.stalled));
    }
    if asked.topics > 1 {
        title += &format!(", {} topics", count(asked.topics));
    }
    if let Some(seconds) = asked.idle {
        return title + &format!(", idle for {seconds} s");
    }
    if let Some(missed) = asked.storm {
        let missed = count(missed);
        return title
            + &format!(
                ", all return {missed} messages of {} bytes later",
                asked.size
            );
    }
    let messages = count(asked.messages());
    title += &format!(", {messages} messages of {} bytes, ", asked.size);
    title += &match asked.rate {
        Some(rate) => format!("{rate} per second"),
        None => format!("{} in flight", asked.in_flight),
    };
    title
}

/// Says on standard error what explains the figures, or puts them into question.
fn say_what_was_amiss(load: &Load<'_>) {
    if load.cut() > 0 {
        let cut = count(load.cut());
        console::say(format_args!(
            "the server ended {cut} of the streams during the run"
        ));
    }
    if let Some(why) = load.first_failure() {
        console::say(format_args!("the first publish that failed: {why}"));
    }
    if let Some(share) = load.own_load.filter(|share| *share >= BUSY) {
        console::say(format_args!(
            "the load test took {:.0} % of a core: it may be what limits the result",
            share * 100.0
        ));
    }
}
