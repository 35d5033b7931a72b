//! The comparison: round after round, every work with every contender.
//!
//! Rounds are interleaved, and each begins with another contender, so that what changes on the machine in the meantime
//! changes for all. Every run has a server of its own, freshly started.

use std::{
    collections::HashMap,
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Instant, SystemTime},
};

use anyhow::{Context, ensure};
use tempfile::TempDir;

use crate::{
    cli::{Compare, say},
    contender::{Contender, LaneCheck, Peers, Programs, Server},
    cores::Cores,
    load::{Generator, Measured},
    machine::Machine,
    report,
    results::{Entry, Outcome, Results, Run, State},
    scale::Scale,
    stalled::Stalled,
    work::{Pace, Work},
};

/// Where the page goes when all of it is measured.
const OUT: &str = "docs";

/// How many messages a contender gets at most in a work without a rate: less than the history of tidings holds, so that
/// a slow reader is slow, and not lost.
const MOST_MESSAGES: f64 = 90_000.0;

/// Messages of the first try, and the least of any run.
const FIRST_TRY: u64 = 20;

/// Measures, prints what came out, and writes the page where that is asked for.
///
/// # Errors
/// tidings cannot be built, nothing that was asked for is there, or the page cannot be written. A contender that fails
/// is a result, not an error.
pub(crate) fn run(asked: &Compare) -> anyhow::Result<()> {
    raise_open_files();
    let programs = Programs {
        tidings: asked.tidings.clone().map_or_else(build, Ok)?,
        peers: Peers::of_this_build()?,
    };
    if asked.install_peers {
        for failed in programs.peers.install() {
            say(format_args!("{failed}"));
        }
    }
    let results = Comparison::new(asked, &programs)?.run()?;
    report::print(&results)?;
    let is_all = asked.only.is_empty() && asked.work.is_empty() && !asked.quick;
    let out = asked.out.as_deref().or(is_all.then_some(Path::new(OUT)));
    match out {
        Some(out) => report::write(&results, out),
        None => Ok(()),
    }
}

struct Comparison<'a> {
    programs: &'a Programs,
    /// For what servers put down.
    scratch: TempDir,
    /// Messages that keep a contender busy for long enough, once they are known.
    messages: HashMap<(Contender, Work), u64>,
    works: Vec<Work>,
    results: Results,
}

impl<'a> Comparison<'a> {
    fn new(asked: &Compare, programs: &'a Programs) -> anyhow::Result<Self> {
        let machine = Machine::read();
        let contenders = or_all(&asked.only, Contender::all()).map(|contender| Entry {
            contender,
            state: match contender.version(programs) {
                Ok(version) => State::Version(version),
                Err(why) => State::Missing(why),
            },
        });
        Ok(Self {
            programs,
            scratch: TempDir::new().context("there is no room for temporary files")?,
            messages: HashMap::new(),
            works: or_all(&asked.work, Work::all()).collect(),
            results: Results {
                began: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
                minutes: 0,
                cores: Cores::share(asked.server_core, asked.generator_core, machine.cores),
                machine,
                compiler: compiler(),
                rounds: asked.rounds,
                peer_rounds: asked.peer_rounds,
                scale: if asked.quick {
                    Scale::QUICK
                } else {
                    Scale::FULL
                },
                contenders: contenders.collect(),
                runs: Vec::new(),
            },
        })
    }

    fn run(mut self) -> anyhow::Result<Results> {
        let began = Instant::now();
        let there = self.there();
        ensure!(!there.is_empty(), "none of the contenders is there");
        for round in 1..=self.results.rounds.max(self.results.peer_rounds) {
            let works = self.works.clone();
            let works = works.iter().flat_map(|work| vec![*work; work.repeats()]);
            for work in works.collect::<Vec<_>>() {
                let first = round as usize % there.len();
                for contender in there[first..].iter().chain(&there[..first]) {
                    if self.takes_part(*contender, work, round) {
                        self.one(round, work, *contender);
                    }
                }
            }
        }
        self.results.minutes = (began.elapsed().as_secs() + 30) / 60;
        Ok(self.results)
    }

    /// The contenders that are there; says which are not.
    fn there(&self) -> Vec<Contender> {
        let entries = self.results.contenders.iter();
        entries
            .filter_map(|entry| match &entry.state {
                State::Version(_) => Some(entry.contender),
                State::Missing(why) => {
                    say(format_args!("{}: {why}", entry.contender.plain_label()));
                    None
                }
            })
            .collect()
    }

    fn takes_part(&self, contender: Contender, work: Work, round: u32) -> bool {
        let rounds = match contender.is_peer() {
            true => self.results.peer_rounds,
            false => self.results.rounds,
        };
        round <= rounds && work.is_for(contender)
    }

    /// One run, whatever comes of it.
    fn one(&mut self, round: u32, work: Work, contender: Contender) {
        let messages = match work.shape(&self.results.scale).pace {
            Pace::AsAnswered { .. } => self.messages_for(work, contender),
            _ => Ok(0),
        };
        let measured = messages.and_then(|messages| self.measure(work, contender, messages));
        let (outcome, remarks) = match measured {
            Ok((measured, remarks)) => (Outcome::Measured(Box::new(measured)), remarks),
            Err(error) => (Outcome::Failed(format!("{error:#}")), Vec::new()),
        };
        let run = Run {
            round,
            work,
            contender,
            outcome,
            remarks,
        };
        say(format_args!("{}", report::line(&run)));
        self.results.runs.push(run);
    }

    fn measure(
        &self,
        work: Work,
        contender: Contender,
        messages: u64,
    ) -> anyhow::Result<(Measured, Vec<String>)> {
        let results = &self.results;
        let cores = match work.server_cores() {
            1 => &results.cores.server,
            _ => &results.cores.two_for_server,
        };
        let generator = Generator {
            program: &self.programs.tidings,
            cores: &results.cores.generator,
            scale: &results.scale,
        };
        let server = Server::start(contender, work, self.programs, cores, self.scratch.path())?;
        let shape = work.shape(&results.scale);
        let dialect = contender.dialect(work);
        let _stalled = Stalled::open(shape.stalled, &server, dialect)?;
        let mut lane = LaneCheck::of(contender, &server, shape.connections());
        let look = || lane.iter_mut().for_each(LaneCheck::look);
        let measured = generator.run(&server, dialect, &shape, messages, look)?;
        lane.map_or(Ok(()), LaneCheck::verdict)?;
        Ok(measured)
    }

    /// How many messages keep a contender busy for as long as the scale wants. Tried once, with few messages and then
    /// with more: the same number for all would be over in a moment for one and take minutes for another.
    fn messages_for(&mut self, work: Work, contender: Contender) -> anyhow::Result<u64> {
        if let Some(messages) = self.messages.get(&(contender, work)) {
            return Ok(*messages);
        }
        let wanted = self.results.scale.eager_seconds;
        let mut messages = FIRST_TRY;
        for part_of_wanted in [0.1, 1.0] {
            let (measured, _) = self.measure(work, contender, messages)?;
            let seconds = measured.seconds.unwrap_or(wanted).max(0.001);
            messages = messages_within(wanted * part_of_wanted, messages, seconds);
        }
        self.messages.insert((contender, work), messages);
        Ok(messages)
    }
}

/// How many messages take about `wanted` seconds, if `messages` took so many; in two significant digits.
fn messages_within(wanted: f64, messages: u64, seconds: f64) -> u64 {
    let estimate = (messages as f64 * wanted / seconds).clamp(FIRST_TRY as f64, MOST_MESSAGES);
    let unit = 10f64.powf(estimate.log10().floor() - 1.0);
    ((estimate / unit).floor() * unit).round() as u64
}

/// Those that were asked for, or all.
fn or_all<T: Copy + PartialEq>(asked: &[T], all: &'static [T]) -> impl Iterator<Item = T> {
    let chosen = all.iter().copied();
    chosen.filter(|one| asked.is_empty() || asked.contains(one))
}

/// Builds the program to measure as users do, and says where it is.
fn build() -> anyhow::Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "-p", "tidings"]);
    command.args(["--message-format", "json-render-diagnostics"]);
    let built = command.stderr(Stdio::inherit()).output();
    let built = built.context("cargo is not there; name a program with --tidings")?;
    ensure!(built.status.success(), "tidings cannot be built");
    let artifacts = serde_json::Deserializer::from_slice(&built.stdout).into_iter();
    let executables = artifacts.filter_map(|artifact: Result<serde_json::Value, _>| {
        Some(PathBuf::from(artifact.ok()?["executable"].as_str()?))
    });
    let tidings = executables.last();
    tidings.context("cargo has not said where it has put tidings")
}

/// The compiler that a build here uses.
fn compiler() -> String {
    let said = Command::new("rustc").arg("--version").output();
    let said = said.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned());
    said.unwrap_or_else(|_| "an unknown compiler".into())
}

/// As many open files as the system allows, for this program and what it starts: 15,000 subscribers are as many
/// sockets on either side.
fn raise_open_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        let all = Rlimit {
            current: maximum,
            maximum,
        };
        // Where it is refused, the run that needs it says so.
        let _ = setrlimit(Resource::Nofile, all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_fill_the_time_that_is_wanted() {
        assert_eq!(messages_within(4.0, 20, 1.0), 80);
        assert_eq!(messages_within(4.0, 1234, 1.0), 4900);
        assert_eq!(messages_within(4.0, 20, 0.001), 80_000);
        assert_eq!(messages_within(4.0, 20, 0.000_1), 90_000);
        assert_eq!(messages_within(0.1, 20, 30.0), 20);
    }
}
