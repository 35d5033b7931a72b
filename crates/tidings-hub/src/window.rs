//! The window: the recent part of the log, in memory, bounded by count, bytes and age.
//!
//! Third step of a message's way. The [`Tail`](crate::Tail) pushes; subscriptions read what is
//! theirs through an index by topic, so a read costs what it finds and not what others publish;
//! workers read what is new.
//!
//! What leaves the window is gone: a cursor that still needed it is told so (see
//! [`Fallen`]), never moved on in silence. The newest message always stays, whatever its size,
//! because those who are connected have not read it yet.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use tidings_sse::EventId;
use tokio::time::Instant;

use crate::{
    frame::Frame, interest::Interest, message::Entry, position::Offset, settings::History,
    topic::Topic,
};

#[derive(Debug)]
pub(crate) struct Window {
    limits: History,
    entries: VecDeque<Placed>,
    /// The offset of the first entry, or of the next one to come.
    first: Offset,
    /// The sum of the entries' sizes.
    bytes: usize,
    by_topic: HashMap<Topic, VecDeque<Offset>>,
    /// Ids that publishers gave.
    by_id: HashMap<EventId, Carriers>,
}

/// The messages that carry an id.
#[derive(Debug)]
struct Carriers {
    /// Oldest first.
    held: VecDeque<Offset>,
    /// An older one has left the window. Which of them a client has seen cannot be told.
    ambiguous: bool,
}

/// What an index takes, in bytes, for a topic or an id that it did not have: its key and its list.
/// Measured, with messages of many new topics.
pub(crate) const KEY: usize = 176;

#[derive(Debug)]
struct Placed {
    entry: Arc<Entry>,
    at: Instant,
    /// Sizes of all entries up to this one.
    total: u64,
}

/// How far a [`Window::read`] has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// All there is, or was asked for, has been read, up to this offset.
    ToHead(Offset),
    /// The budget is used up: up to this offset, all has been read, and the next one is due.
    ToBudget(Offset),
}

/// The messages after the asked-for place have begun to leave the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fallen;

/// How much one [`Window::read`] may take. It takes one message at least.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
    /// Messages looked at, those that turn out not to be wanted included, or tests of a selector where
    /// there are more of these (see [`Interest::cost`]). At least one message is looked at.
    pub(crate) looks: usize,
}

impl Window {
    pub(crate) fn new(limits: History) -> Self {
        Self {
            limits,
            entries: VecDeque::new(),
            first: Offset::START.next(),
            bytes: 0,
            by_topic: HashMap::new(),
            by_id: HashMap::new(),
        }
    }

    /// Forgets everything, and goes on with the message after `head`.
    pub(crate) fn begin_after(&mut self, head: Offset) {
        *self = Self::new(self.limits.clone());
        self.first = head.next();
    }

    /// The offset of the newest message.
    pub(crate) fn head(&self) -> Offset {
        Offset(self.first.0 + self.entries.len() as u64 - 1)
    }

    /// The place before the oldest message: who has read up to here has missed nothing.
    pub(crate) fn floor(&self) -> Offset {
        self.first.previous()
    }

    /// What the messages after `offset` take.
    pub(crate) fn bytes_after(&self, offset: Offset) -> usize {
        let Some(newest) = self.entries.back() else {
            return 0;
        };
        let index = offset.0.checked_sub(self.first.0);
        let before = match index.and_then(|index| self.entries.get(usize::try_from(index).ok()?)) {
            Some(placed) => placed.total,
            None if offset >= self.head() => return 0,
            None => return self.bytes,
        };
        usize::try_from(newest.total - before).unwrap_or(usize::MAX)
    }

    pub(crate) fn newest(&self) -> Option<(Offset, &Entry)> {
        let newest = self.entries.back()?;
        Some((self.head(), &newest.entry))
    }

    pub(crate) fn messages(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes in the message at `offset`, and lets go what the limits no longer allow.
    pub(crate) fn push(&mut self, offset: Offset, entry: Entry, now: Instant) {
        if offset <= self.head() {
            tracing::error!(%offset, "the log has handed over a message twice; it is ignored");
            return;
        }
        if offset > self.head().next() {
            tracing::error!(%offset, "the log has a hole; what was before it counts as lost");
            self.begin_after(offset.previous());
        }
        for topic in entry.topics.iter() {
            match self.by_topic.get_mut(topic.as_str()) {
                Some(offsets) => offsets.push_back(offset),
                None => {
                    let offsets = VecDeque::from([offset]);
                    self.by_topic.insert(topic.clone(), offsets);
                    self.bytes += KEY;
                }
            }
        }
        if let Some(id) = &entry.id {
            match self.by_id.get_mut(id) {
                Some(carriers) => carriers.held.push_back(offset),
                None => {
                    self.by_id.insert(id.clone(), Carriers::new(offset));
                    self.bytes += KEY;
                }
            }
        }
        self.bytes += entry.size;
        let before = self.entries.back().map_or(0, |placed| placed.total);
        self.entries.push_back(Placed {
            total: before + entry.size as u64,
            entry: Arc::new(entry),
            at: now,
        });
        while self.entries.len() > 1
            && (self.entries.len() > self.limits.messages || self.bytes > self.limits.bytes)
        {
            self.drop_oldest();
        }
        self.expire(now);
    }

    /// Lets go what has become too old by `now`.
    pub(crate) fn expire(&mut self, now: Instant) {
        while let Some(oldest) = self.entries.front() {
            if now.saturating_duration_since(oldest.at) < self.limits.age {
                break;
            }
            self.drop_oldest();
        }
    }

    /// Appends to `frames` the messages after `after`, up to `upto`, that `interest` wants, in
    /// order. Those of named topics are found through the index; for a pattern, messages are looked
    /// at one after the other.
    pub(crate) fn read(
        &self,
        interest: &Interest,
        after: Offset,
        upto: Offset,
        budget: Budget,
        frames: &mut VecDeque<Frame>,
    ) -> Result<Read, Fallen> {
        if after < self.floor() {
            return Err(Fallen);
        }
        let mut due = Due::new(self, interest, after);
        let mut bytes = 0;
        let mut messages = 0;
        let mut looks = 0;
        while let Some(offset) = due.peek().filter(|offset| *offset <= upto) {
            if looks >= budget.looks {
                return Ok(Read::ToBudget(offset.previous()));
            }
            let entry = self.entry(offset);
            let wanted = match &due {
                Due::Listed(_) => interest.may_see(entry),
                Due::Any { .. } => interest.wants(entry),
            };
            looks += interest.cost(entry, matches!(due, Due::Any { .. }));
            if wanted {
                let size = entry.frame.len();
                if messages > 0 && (messages >= budget.messages || bytes + size > budget.bytes) {
                    return Ok(Read::ToBudget(offset.previous()));
                }
                messages += 1;
                bytes += size;
                frames.push_back(entry.frame.clone());
            }
            due.advance(offset);
        }
        Ok(Read::ToHead(upto.min(self.head()).max(after)))
    }

    /// The messages after `after`, of all topics, at most `most`: what a worker has not yet seen.
    /// Those that have already left the window are passed over.
    pub(crate) fn newer(&self, after: Offset, most: usize) -> Vec<(Offset, Arc<Entry>)> {
        let start = after.max(self.floor()).next();
        let skip = usize::try_from(start.0 - self.first.0).unwrap_or(usize::MAX);
        (start.0..)
            .map(Offset)
            .zip(self.entries.iter().skip(skip).take(most))
            .map(|(offset, placed)| (offset, Arc::clone(&placed.entry)))
            .collect()
    }

    /// Where the message that carries this id of its publisher's stands. Of several, the oldest:
    /// who resumes there may see a message again, but misses none. `None` also where an older one
    /// was there and has left.
    pub(crate) fn locate(&self, id: &str) -> Option<Offset> {
        let id = EventId::try_from(id).ok()?;
        let carriers = self.by_id.get(&id)?;
        let known = carriers.held.front().filter(|_| !carriers.ambiguous);
        known.copied()
    }

    fn entry(&self, offset: Offset) -> &Entry {
        let index = usize::try_from(offset.0 - self.first.0).expect("the window fits in memory");
        &self.entries[index].entry
    }

    fn drop_oldest(&mut self) {
        let Some(Placed { entry, .. }) = self.entries.pop_front() else {
            return;
        };
        self.first = self.first.next();
        self.bytes -= entry.size;
        for topic in entry.topics.iter() {
            if let Some(offsets) = self.by_topic.get_mut(topic) {
                offsets.pop_front();
                if offsets.is_empty() {
                    self.by_topic.remove(topic);
                    self.bytes -= KEY;
                }
            }
        }
        if let Some(id) = &entry.id
            && let Some(carriers) = self.by_id.get_mut(id)
        {
            carriers.held.pop_front();
            carriers.ambiguous = true;
            if carriers.held.is_empty() {
                self.by_id.remove(id);
                self.bytes -= KEY;
            }
        }
    }
}

impl Carriers {
    fn new(offset: Offset) -> Self {
        Self {
            held: VecDeque::from([offset]),
            ambiguous: false,
        }
    }
}

/// The offsets that may be due to a reader.
enum Due<'a> {
    /// Merged from the lists of its topics.
    Listed(Vec<std::iter::Peekable<std::collections::vec_deque::Iter<'a, Offset>>>),
    /// All that there are.
    Any { next: Offset, last: Offset },
}

impl<'a> Due<'a> {
    fn new(window: &'a Window, interest: &Interest, after: Offset) -> Self {
        let Some(topics) = interest.topics() else {
            let (next, last) = (after.next(), window.head());
            return Self::Any { next, last };
        };
        let lists = topics
            .filter_map(|topic| window.by_topic.get(topic.as_str()))
            .map(|offsets| {
                let start = offsets.partition_point(|offset| *offset <= after);
                offsets.range(start..).peekable()
            });
        Self::Listed(lists.collect())
    }

    fn peek(&mut self) -> Option<Offset> {
        match self {
            Self::Listed(lists) => {
                let heads = lists.iter_mut().filter_map(|list| list.peek());
                heads.min().map(|offset| **offset)
            }
            Self::Any { next, last } => (*next <= *last).then_some(*next),
        }
    }

    /// Passes `offset` on every list: a message may be for several of the reader's topics.
    fn advance(&mut self, offset: Offset) {
        match self {
            Self::Listed(lists) => {
                for list in lists {
                    list.next_if(|head| **head == offset);
                }
            }
            Self::Any { next, .. } => *next = offset.next(),
        }
    }
}

#[cfg(test)]
mod tests;
