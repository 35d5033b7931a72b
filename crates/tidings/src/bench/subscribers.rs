//! The subscribers: each opens a stream, and reads it to the tally.
//!
//! All share one read buffer, and read when there is something: a subscriber costs nothing while it waits, and no memory
//! but its place in the stream ([`Scanner`]). The clock is read once for each read. In a storm all leave, and those opened
//! after that return in their places, each with the id of the last event it had. Bad case: a stream that ends before
//! the run does is counted as cut, and what it misses is lost; a subscriber that the server refuses ends the run.

use anyhow::{Context, bail};
use mio::event::Event;
use mio::{Interest, Registry, Token};

use super::message::{Run, Stamp};
use super::request::Requests;
use super::response::{Framing, Head, HeadReader};
use super::scan::Scanner;
use super::socket::{Link, Origin, Reading};
use super::tally::Tally;
use super::wait::Clock;
use crate::console;

/// What is read at a time: enough for all that arrives between two reads, little enough to stay in the cache.
const BUFFER: usize = 256 * 1024;

/// How often one subscriber reads before the others have their turn.
const READS: usize = 8;

/// A short read leaves the socket empty, and the next bytes are an event of their own (epoll(7), question 9).
const SHORT_READ_EMPTIES: bool = cfg!(unix);

/// The connections that listen, and those that are to stall.
#[derive(Debug)]
pub(super) struct Subscribers {
    all: Vec<Subscriber>,
    /// Whether all are to leave and return.
    return_later: bool,
    /// The last event ids of those that have left, in their order; empty where there was none.
    left_with: Vec<Vec<u8>>,
    /// How many read; those behind them never do.
    reading: u32,
    run: Run,
    buffer: Vec<u8>,
    pub(super) opened: u32,
    pub(super) cut: u32,
}

#[derive(Debug)]
struct Subscriber {
    link: Link,
    state: State,
    scanner: Scanner,
}

#[derive(Debug)]
enum State {
    /// The connection does not stand yet.
    Connecting,
    /// The request is sent.
    Asked(Box<HeadReader>),
    /// The stream is open.
    Open(Framing),
    /// The stream is open, and nobody reads it.
    Stalled,
    /// The stream has ended, though the run has not.
    Cut,
}

impl Subscribers {
    /// None yet, of which the first `reading` are to read.
    pub(super) fn new(reading: u32, return_later: bool, run: Run) -> Subscribers {
        Subscribers {
            all: Vec::new(),
            return_later,
            left_with: Vec::new(),
            reading,
            run,
            buffer: vec![0; BUFFER],
            opened: 0,
            cut: 0,
        }
    }

    /// Begins to open one more.
    pub(super) fn open(&mut self, origin: &Origin, requests: &Requests) -> anyhow::Result<()> {
        let number = self.begun();
        let id = self.left_with.get(number as usize);
        let id = id.filter(|id| !id.is_empty()).map(Vec::as_slice);
        let reading = match number < self.reading {
            true => Reading::Always,
            false => Reading::HeadOnly,
        };
        let link = origin.open(number, requests.subscribe(number, id), reading);
        self.all.push(Subscriber {
            link: link.with_context(|| {
                format!(
                    "cannot open connection {}; are there ports left? see net.ipv4.ip_local_port_range",
                    number + 1
                )
            })?,
            state: State::Connecting,
            scanner: Scanner::new(self.return_later),
        });
        Ok(())
    }

    /// Closes all connections, each with a reset, as a network that fails would. Returns how many know what they have.
    pub(super) fn leave(&mut self) -> usize {
        let all = self.all.drain(..);
        self.left_with = all
            .map(|subscriber| subscriber.scanner.into_last_event_id())
            .collect();
        (self.opened, self.cut) = (0, 0);
        let with_id = self.left_with.iter().filter(|id| !id.is_empty());
        with_id.count()
    }

    /// How many were begun to open.
    pub(super) fn begun(&self) -> u32 {
        u32::try_from(self.all.len()).expect("the number of subscribers is a u32")
    }

    /// How many are being opened.
    pub(super) fn under_way(&self) -> u32 {
        self.begun() - self.opened
    }

    /// Whether nobody reads any more.
    pub(super) fn are_all_cut(&self) -> bool {
        self.cut >= self.reading
    }

    /// Does what a connection is ready for.
    ///
    /// # Errors
    /// The server refuses a subscriber.
    pub(super) fn ready(
        &mut self,
        number: usize,
        event: &Event,
        registry: &Registry,
        clock: Clock,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        let is_closing = event.is_read_closed() || event.is_error();
        let subscriber = &mut self.all[number];
        match subscriber.state {
            State::Stalled | State::Cut => return Ok(()),
            State::Connecting | State::Asked(_) if event.is_writable() => {
                if matches!(subscriber.state, State::Connecting) {
                    subscriber.state = State::Asked(Box::default());
                }
                let sent = subscriber.link.flush();
                sent.with_context(|| cannot_open(number))?;
            }
            _ => {}
        }
        if event.is_readable() || is_closing {
            self.read(number, is_closing, registry, clock, tally)?;
        }
        Ok(())
    }

    fn read(
        &mut self,
        number: usize,
        is_closing: bool,
        registry: &Registry,
        clock: Clock,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        for _ in 0..READS {
            let subscriber = &mut self.all[number];
            let length = match subscriber.link.read(&mut self.buffer) {
                Ok(None) => return Ok(()),
                Ok(Some(0)) => return self.end(number, "the connection was closed"),
                Ok(Some(length)) => length,
                Err(error) => return self.end(number, &error.to_string()),
            };
            let now = clock.now();
            let mut bytes = &self.buffer[..length];
            if let State::Asked(head) = &mut subscriber.state {
                let head = head.read(&mut bytes).with_context(|| cannot_open(number))?;
                let Some(head) = head else { continue };
                let accepted = subscriber.accept(&head, bytes);
                accepted.with_context(|| cannot_open(number))?;
                self.opened += 1;
                if number >= self.reading as usize {
                    return subscriber.stall(registry);
                }
            }
            let deliver = |stamp| tally.delivered(number, stamp, now);
            if subscriber.receive(bytes, self.run, deliver) {
                return self.end(number, "the stream has ended");
            }
            if SHORT_READ_EMPTIES && length < self.buffer.len() && !is_closing {
                return Ok(());
            }
        }
        // There may be more: this makes it an event once more, behind those of the others.
        let socket = &mut self.all[number].link.socket;
        registry
            .reregister(socket, Token(number), Interest::READABLE)
            .context("cannot wait for a subscriber")
    }

    /// Takes notice that a stream has ended.
    fn end(&mut self, number: usize, why: &str) -> anyhow::Result<()> {
        let subscriber = &mut self.all[number];
        if matches!(subscriber.state, State::Connecting | State::Asked(_)) {
            bail!("{}: {why}", cannot_open(number));
        }
        subscriber.state = State::Cut;
        self.cut += 1;
        Ok(())
    }
}

impl Subscriber {
    /// Takes the head of an answer, which must be that of a stream; `body` is what has come behind it.
    fn accept(&mut self, head: &Head, body: &[u8]) -> anyhow::Result<()> {
        if head.status != 200 {
            let detail = detail(head, body).map_or(String::new(), |detail| format!(" ({detail})"));
            bail!(
                "it answered with status {}{detail}; check --subscribe-path, --header and --token",
                head.status
            );
        }
        if !head.content_type.starts_with("text/event-stream") {
            let content_type = console::printable(&head.content_type);
            bail!(
                "it answered with `{content_type}`, not text/event-stream; check --subscribe-path"
            );
        }
        self.link.nothing_more_to_send();
        self.state = State::Open(head.framing);
        Ok(())
    }

    /// Never reads again.
    fn stall(&mut self, registry: &Registry) -> anyhow::Result<()> {
        self.state = State::Stalled;
        let stalled = self.link.stall(registry);
        stalled.context("cannot stall a subscriber")
    }

    /// Takes bytes of the body, and gives the stamps of the events that end in them; whether the stream is over.
    #[inline]
    fn receive(&mut self, mut bytes: &[u8], run: Run, mut deliver: impl FnMut(Stamp)) -> bool {
        let State::Open(framing) = &mut self.state else {
            return false;
        };
        loop {
            match framing.part(&mut bytes) {
                Ok(Some(part)) => self.scanner.scan(part, run, &mut deliver),
                Ok(None) => return framing.is_at_end(),
                // What comes after bytes that are no chunk cannot be read.
                Err(_) => return true,
            }
        }
    }
}

/// What a refusal says is wrong, where it is short enough to have come with its head, as a hub's own are.
fn detail(head: &Head, mut body: &[u8]) -> Option<String> {
    let mut framing = head.framing;
    let part = framing.part(&mut body).ok()??;
    let problem: serde_json::Value = serde_json::from_slice(part).ok()?;
    Some(console::printable(problem.get("detail")?.as_str()?))
}

fn cannot_open(number: usize) -> String {
    format!(
        "the server did not open the stream of subscriber {}",
        number + 1
    )
}
