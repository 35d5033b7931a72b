//! The publishers: each a connection that is kept, with one request under way at a time.
//!
//! HTTP/1.1 is written by hand here: a request of one write and an answer of mostly one read. Per publish that takes
//! about 4 µs in user mode with one request at a time and 1 µs with 64, the delivery to one subscriber included; hyper's
//! client took 7 and 3 without it, and would bring a runtime into the loop that reads the subscribers.
//!
//! Bad case: an answer that is no success, or none within [`ANSWER_TIMEOUT`], is a publish that failed. It is not tried
//! again, as the message may be published all the same; the first failure is kept to be told.

use std::collections::VecDeque;
use std::io;

use mio::event::Event;

use super::message::Stamp;
use super::request::Requests;
use super::response::{Framing, HeadReader};
use super::socket::{Link, Origin, Reading};
use super::tally::Tally;

/// How long an answer may take, in nanoseconds.
const ANSWER_TIMEOUT: u64 = 10_000_000_000;

/// So many failures in a row mean that there is no sense in going on.
const HOPELESS: u32 = 100;

/// How much of an answer that is no success is shown.
const EXCERPT: usize = 300;

/// The connections that publish.
#[derive(Debug)]
pub(super) struct Publishers {
    all: Vec<Publisher>,
    /// Those with no request under way, the one that rested longest in front.
    free: VecDeque<usize>,
    /// The number of the first connection, behind those of the subscribers.
    first: u32,
    buffer: Vec<u8>,
    failures_in_a_row: u32,
    /// Why the first publish failed that did.
    pub(super) first_failure: Option<String>,
}

#[derive(Debug, Default)]
struct Publisher {
    /// The connection; none before the first request and after the server has closed it.
    link: Option<Link>,
    is_connected: bool,
    under_way: Option<UnderWay>,
    head: HeadReader,
}

/// A request, and how much of its answer has come.
#[derive(Debug)]
struct UnderWay {
    stamp: Stamp,
    /// In nanoseconds of the run's clock.
    sent: u64,
    answer: Option<Answer>,
}

/// An answer whose head has come.
#[derive(Debug)]
struct Answer {
    status: u16,
    body: Framing,
    keep_alive: bool,
    /// The beginning of the body, if it is no success.
    excerpt: Vec<u8>,
}

/// What came of reading from a connection.
enum Outcome {
    /// The answer goes on.
    More,
    /// The answer is complete.
    Answered(Answer),
    /// There will be no answer.
    Failed(String),
}

impl Publishers {
    /// So many, with connections numbered from `first`.
    pub(super) fn new(in_flight: u32, first: u32) -> Publishers {
        Publishers {
            all: (0..in_flight).map(|_| Publisher::default()).collect(),
            free: (0..in_flight as usize).collect(),
            first,
            buffer: vec![0; 16 * 1024],
            failures_in_a_row: 0,
            first_failure: None,
        }
    }

    /// Whether one is free to publish.
    pub(super) fn is_free(&self) -> bool {
        !self.free.is_empty()
    }

    /// Whether publishing has failed so often that it is of no use.
    pub(super) fn is_hopeless(&self) -> bool {
        self.failures_in_a_row >= HOPELESS
    }

    /// Publishes the next message, with one that is free.
    pub(super) fn publish(
        &mut self,
        intended: u64,
        now: u64,
        origin: &Origin,
        requests: &mut Requests,
        tally: &mut Tally,
    ) {
        let Some(number) = self.free.pop_front() else {
            return;
        };
        let sequence = tally.sent(now);
        let stamp = Stamp { sequence, intended };
        let publisher = &mut self.all[number];
        publisher.under_way = Some(UnderWay {
            stamp,
            sent: now,
            answer: None,
        });
        let write = |to: &mut Vec<u8>| requests.publish(stamp, to);
        let connection = self.first + u32::try_from(number).expect("publishers are few");
        if let Err(error) = publisher.send(write, connection, origin) {
            self.fail(number, format!("cannot send: {error}"), tally);
        }
    }

    /// Does what a connection is ready for.
    pub(super) fn ready(&mut self, number: usize, event: &Event, now: u64, tally: &mut Tally) {
        let publisher = &mut self.all[number];
        let Some(link) = &mut publisher.link else {
            return;
        };
        let mut sent = Ok(());
        if event.is_writable() {
            publisher.is_connected = true;
            sent = link.flush();
        }
        let outcome = match sent {
            Ok(()) => publisher.read(&mut self.buffer),
            Err(error) => Outcome::Failed(error.to_string()),
        };
        match outcome {
            Outcome::More => {}
            Outcome::Answered(answer) => self.settle(number, &answer, now, tally),
            Outcome::Failed(why) => self.fail(number, why, tally),
        }
    }

    /// Gives up the requests that have waited for their answer for too long.
    pub(super) fn give_up_late(&mut self, now: u64, tally: &mut Tally) {
        for number in 0..self.all.len() {
            let sent = self.all[number]
                .under_way
                .as_ref()
                .map(|request| request.sent);
            if sent.is_some_and(|sent| now.saturating_sub(sent) > ANSWER_TIMEOUT) {
                self.fail(number, "no answer within 10 s".to_owned(), tally);
            }
        }
    }

    /// Gives up all requests that are under way.
    pub(super) fn give_up_all(&mut self, tally: &mut Tally) {
        for number in 0..self.all.len() {
            self.fail(number, "given up".to_owned(), tally);
        }
    }

    /// Takes an answer.
    fn settle(&mut self, number: usize, answer: &Answer, now: u64, tally: &mut Tally) {
        if !(200..300).contains(&answer.status) {
            let excerpt = String::from_utf8_lossy(&answer.excerpt);
            let why = format!(
                "status {} {}",
                answer.status,
                crate::console::printable(&excerpt)
            );
            self.note(why.trim_end().to_owned());
        }
        let publisher = &mut self.all[number];
        if !answer.keep_alive {
            publisher.close();
        }
        let Some(request) = publisher.under_way.take() else {
            return;
        };
        self.free.push_back(number);
        let Stamp { sequence, intended } = request.stamp;
        if (200..300).contains(&answer.status) {
            self.failures_in_a_row = 0;
            tally.published(sequence, intended, now);
        } else {
            tally.publish_failed(sequence);
        }
    }

    /// Closes a connection that cannot go on. A request under way on it has failed; without one, the server has merely
    /// had enough of an idle connection.
    fn fail(&mut self, number: usize, why: String, tally: &mut Tally) {
        self.all[number].close();
        if let Some(request) = self.all[number].under_way.take() {
            self.note(why);
            self.free.push_back(number);
            tally.publish_failed(request.stamp.sequence);
        }
    }

    fn note(&mut self, why: String) {
        self.failures_in_a_row += 1;
        self.first_failure.get_or_insert(why);
    }
}

impl Publisher {
    /// Sends a request, on a new connection if there is none.
    fn send(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>),
        connection: u32,
        origin: &Origin,
    ) -> io::Result<()> {
        match &mut self.link {
            Some(link) if self.is_connected => link.send(write),
            _ => {
                let mut request = Vec::new();
                write(&mut request);
                self.link = Some(origin.open(connection, request, Reading::Always)?);
                Ok(())
            }
        }
    }

    fn close(&mut self) {
        self.link = None;
        self.is_connected = false;
        self.head = HeadReader::default();
    }

    /// Reads on, until there is nothing more to read: only then is the next event of the connection told.
    fn read(&mut self, buffer: &mut [u8]) -> Outcome {
        let mut complete: Option<Answer> = None;
        loop {
            let Some(link) = &mut self.link else {
                return Outcome::More;
            };
            match (link.read(buffer), &mut complete) {
                (Ok(None), _) => return complete.map_or(Outcome::More, Outcome::Answered),
                // Whatever comes behind the answer, the connection is of no more use.
                (_, Some(answer)) => {
                    answer.keep_alive = false;
                    return complete.map_or(Outcome::More, Outcome::Answered);
                }
                (Ok(Some(0)), None) => return self.closed(),
                (Ok(Some(length)), None) => match self.receive(&buffer[..length]) {
                    Ok(answer) => complete = answer,
                    Err(why) => return Outcome::Failed(why),
                },
                (Err(error), None) => return Outcome::Failed(error.to_string()),
            }
        }
    }

    /// Takes bytes of an answer; gives the answer when it is complete.
    fn receive(&mut self, mut bytes: &[u8]) -> Result<Option<Answer>, String> {
        let Some(request) = &mut self.under_way else {
            return Err("the server answers what nobody asked".to_owned());
        };
        if request.answer.is_none() {
            let head = self
                .head
                .read(&mut bytes)
                .map_err(|error| error.to_string())?;
            request.answer = head.map(|head| Answer {
                status: head.status,
                body: head.framing,
                keep_alive: head.keep_alive,
                excerpt: Vec::new(),
            });
        }
        let is_complete = match &mut request.answer {
            Some(answer) => answer.receive(bytes)?,
            None => false,
        };
        Ok(request.answer.take_if(|_| is_complete))
    }

    /// The server has closed the connection: that may be the end of the answer.
    fn closed(&mut self) -> Outcome {
        let answer = self
            .under_way
            .as_mut()
            .and_then(|request| request.answer.take());
        match answer {
            Some(answer) if answer.body == Framing::UntilClose => Outcome::Answered(answer),
            _ => Outcome::Failed("the server closed the connection before it answered".to_owned()),
        }
    }
}

impl Answer {
    /// Takes a part of the body; whether it is complete.
    fn receive(&mut self, mut bytes: &[u8]) -> Result<bool, String> {
        loop {
            match self.body.part(&mut bytes) {
                Ok(Some(part)) if !(200..300).contains(&self.status) => {
                    let room = EXCERPT - self.excerpt.len().min(EXCERPT);
                    self.excerpt
                        .extend_from_slice(&part[..part.len().min(room)]);
                }
                Ok(Some(_)) => {}
                Ok(None) => return Ok(self.body.is_at_end()),
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}
