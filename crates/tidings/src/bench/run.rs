//! The run: open the subscribers, wait, publish, receive what is still to come.
//!
//! One thread and one loop of readiness for all connections: what is measured is the server, so the load should take one
//! core at most, and none of it for handing work around. Each turn of the loop takes the events that are there, sends
//! what is due, and goes back to waiting. Invariant: every wait has an end, whatever the server does.

use anyhow::{Context, bail};
use mio::Events;

use super::message::Run;
use super::options::Bench;
use super::progress::Progress;
use super::publishers::Publishers;
use super::report::{Connect, Report, ServerWatch};
use super::request::Requests;
use super::schedule::Schedule;
use super::socket::Origin;
use super::subscribers::Subscribers;
use super::tally::Tally;
use super::target::Target;
use super::wait::{Clock, Wait, own_cpu_time};

pub(super) const SECOND: u64 = 1_000_000_000;

/// Connections that are being opened at a time. The queue of a listener holds 128 on older systems.
const OPENING: u32 = 100;

/// How long none of the connections that are being opened may come about. In a storm many find the server's queue full, and
/// the kernel tries again after 1, 2, 4, 8 and 16 s.
const OPENING_TIMEOUT: u64 = 20 * SECOND;

/// Rest between the last subscriber and the first message: a server may still be at work on its connections.
pub(super) const SETTLING: u64 = SECOND;

/// When so long nothing has come, nothing more will.
const QUIET: u64 = 5 * SECOND;

/// How long one more delivery is waited for when all are there: it would be one too many.
const LINGERING: u64 = SECOND / 10;

/// How often things are looked after that need no haste.
const TICK: u64 = SECOND / 10;

/// Everything there is in a run.
pub(super) struct Load<'a> {
    pub(super) asked: &'a Bench,
    pub(super) clock: Clock,
    wait: Wait,
    events: Events,
    pub(super) origin: Origin,
    pub(super) requests: Requests,
    pub(super) subscribers: Subscribers,
    publishers: Publishers,
    pub(super) tally: Tally,
    pub(super) server: Option<ServerWatch>,
    progress: Progress,
    next_tick: u64,
    /// The share of a core that this program took while it published and received.
    pub(super) own_load: Option<f64>,
}

impl<'a> Load<'a> {
    pub(super) fn new(asked: &'a Bench, target: &Target) -> anyhow::Result<Load<'a>> {
        let run = Run::random();
        let wait = Wait::new().context("cannot wait for sockets")?;
        let registry = wait
            .registry()
            .try_clone()
            .context("cannot wait for sockets")?;
        Ok(Load {
            asked,
            clock: Clock::start(),
            wait,
            events: Wait::events(),
            origin: Origin {
                target: target.address,
                registry,
            },
            requests: Requests::new(asked, run, &target.host, &target.path)?,
            subscribers: Subscribers::new(asked.listeners(), asked.storm.is_some(), run),
            publishers: Publishers::new(asked.in_flight, asked.streams()),
            tally: Tally::new(asked.subscribers, asked.topics, asked.in_flight),
            server: asked.server_pid.map(ServerWatch::start).transpose()?,
            progress: Progress::new(),
            next_tick: 0,
            own_load: None,
        })
    }

    /// Does it all.
    pub(super) fn run(&mut self) -> anyhow::Result<Report> {
        let begun = self.clock.now();
        let listeners = self.asked.listeners();
        self.open("opening subscribers", listeners)?;
        let connect = Connect::new(listeners, self.clock.now() - begun);
        match self.asked.idle {
            None => self.rest("settling", SETTLING)?,
            // The option is bounded: it fits.
            Some(seconds) => self.rest("idle", (seconds * SECOND as f64) as u64)?,
        }
        if let Some(server) = &mut self.server {
            server.idle(listeners);
        }
        let mut storm = None;
        if let Some(missed) = self.asked.storm {
            storm = Some(self.storm(missed)?);
        } else if self.asked.idle.is_none() {
            self.open("opening those that stall", self.asked.streams())?;
            self.publish_and_receive()?;
        }
        Ok(Report::new(
            self.asked,
            &self.tally,
            connect,
            storm,
            self.server.as_ref(),
        ))
    }

    /// Why the first publish failed that did.
    pub(super) fn first_failure(&self) -> Option<&str> {
        self.publishers.first_failure.as_deref()
    }

    /// How many streams ended before the run did.
    pub(super) fn cut(&self) -> u32 {
        self.subscribers.cut
    }

    /// Opens subscribers until there are so many.
    pub(super) fn open(&mut self, what: &'static str, wanted: u32) -> anyhow::Result<()> {
        let first = self.subscribers.opened;
        if first == wanted {
            return Ok(());
        }
        let begun = self.clock.now();
        let mut last_opened = (begun, self.subscribers.opened);
        self.progress.begin(what, u64::from(wanted - first));
        while self.subscribers.opened < wanted {
            let now = self.clock.now();
            let allowed = self.asked.connect_rate.map_or(wanted, |rate| {
                let since = (now - begun) as f64 / SECOND as f64;
                // Saturates, as it should.
                wanted.min(first.saturating_add((since * rate) as u32 + 1))
            });
            while self.subscribers.begun() < allowed && self.subscribers.under_way() < OPENING {
                self.subscribers.open(&self.origin, &self.requests)?;
            }
            let is_held_back =
                self.subscribers.begun() < wanted && self.subscribers.under_way() < OPENING;
            self.turn(if is_held_back { SECOND / 1000 } else { TICK })?;
            self.progress.at(u64::from(self.subscribers.opened - first));
            if self.subscribers.opened > last_opened.1 || self.subscribers.under_way() == 0 {
                last_opened = (now, self.subscribers.opened);
            } else if now - last_opened.0 > OPENING_TIMEOUT {
                bail!(
                    "the server opened {} of {wanted} streams, and then no more for 20 s; does it have a limit?",
                    self.subscribers.opened
                );
            }
        }
        Ok(())
    }

    /// Lets time pass.
    pub(super) fn rest(&mut self, what: &'static str, time: u64) -> anyhow::Result<()> {
        let begun = self.clock.now();
        self.progress.begin(what, time / SECOND);
        while self.clock.now() - begun < time {
            self.turn(TICK)?;
            self.progress.at((self.clock.now() - begun) / SECOND);
        }
        Ok(())
    }

    fn publish_and_receive(&mut self) -> anyhow::Result<()> {
        self.measure(|load| {
            load.publish("publishing", load.asked.messages(), load.asked.rate)?;
            load.receive()?;
            load.linger()
        })
    }

    /// Takes what the server and this program take while `work` is done.
    pub(super) fn measure<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        if let Some(server) = &mut self.server {
            server.begin();
        }
        let (begun, own_time) = (self.clock.now(), own_cpu_time());
        let done = work(self)?;
        let taken = own_cpu_time()
            .zip(own_time)
            .map(|(after, before)| after - before);
        self.own_load =
            taken.map(|taken| taken / (self.clock.now() - begun).max(1) as f64 * SECOND as f64);
        if let Some(server) = &mut self.server {
            let (published, _) = self.tally.published_and_failed();
            // In a storm it is those who return that cost, not the one message that is published then.
            let published = match self.asked.storm {
                Some(_) => 0,
                None => published,
            };
            server.end(self.tally.measured_deliveries(), published);
        }
        Ok(done)
    }

    /// Publishes until so many messages were, and waits for the answers.
    pub(super) fn publish(
        &mut self,
        what: &'static str,
        messages: u32,
        rate: Option<f64>,
    ) -> anyhow::Result<()> {
        self.progress.begin(what, u64::from(messages));
        let schedule = Schedule::new(self.clock.now(), messages, rate);
        while self.tally.settled < messages && !self.publishers.is_hopeless() {
            let longest = self.publish_what_is_due(&schedule);
            self.turn(longest)?;
            self.progress.at(u64::from(self.tally.settled));
        }
        self.publishers.give_up_all(&mut self.tally);
        Ok(())
    }

    /// Publishes what is due and finds a publisher free; returns how long it is until something more is due.
    fn publish_what_is_due(&mut self, schedule: &Schedule) -> u64 {
        while self.publishers.is_free() && !self.publishers.is_hopeless() {
            let now = self.clock.now();
            match schedule.due(self.tally.sent_so_far(), now) {
                None => return TICK,
                Some(due) if due > now => return due - now,
                Some(due) => {
                    self.publishers.publish(
                        due,
                        now,
                        &self.origin,
                        &mut self.requests,
                        &mut self.tally,
                    );
                }
            }
        }
        TICK
    }

    /// Waits for the last deliveries.
    pub(super) fn receive(&mut self) -> anyhow::Result<()> {
        let begun = self.clock.now();
        while !self.tally.is_complete() && !self.subscribers.are_all_cut() {
            let last = self.tally.last_delivery().max(begun);
            if self.clock.now().saturating_sub(last) > QUIET {
                break;
            }
            self.turn(TICK)?;
        }
        Ok(())
    }

    /// Waits whether there are deliveries too many.
    pub(super) fn linger(&mut self) -> anyhow::Result<()> {
        let complete = self.clock.now();
        while self.clock.now() - complete < LINGERING {
            self.turn(TICK)?;
        }
        Ok(())
    }

    /// One turn of the loop: waits for events, for so long at most, and does what they call for.
    pub(super) fn turn(&mut self, longest: u64) -> anyhow::Result<()> {
        self.wait
            .wait(&mut self.events, longest)
            .context("cannot wait for sockets")?;
        let first_publisher = self.asked.streams() as usize;
        for event in &self.events {
            match event.token().0 {
                number if number < first_publisher => {
                    self.subscribers.ready(
                        number,
                        event,
                        &self.origin.registry,
                        self.clock,
                        &mut self.tally,
                    )?;
                }
                number => {
                    let now = self.clock.now();
                    self.publishers
                        .ready(number - first_publisher, event, now, &mut self.tally);
                }
            }
        }
        let now = self.clock.now();
        if now >= self.next_tick {
            self.next_tick = now + TICK;
            self.publishers.give_up_late(now, &mut self.tally);
            if let Some(server) = &mut self.server {
                server.look();
            }
        }
        Ok(())
    }
}
