//! The window: the recent part of the log, in memory, bounded by count, bytes and age.
//!
//! Third step of a message's way. The [`Tail`](crate::Tail) pushes; subscriptions read what is
//! theirs through an index by topic, so a read costs what it finds and not what others publish;
//! workers read what is new.
//!
//! What leaves the window is gone: a cursor that still needed it is told so (see
//! [`Floors`]), never moved on in silence. The newest message always stays, whatever its size,
//! because those who are connected have not read it yet.
//!
//! Ephemeral messages have a share of the limits and no more: those who come and go, and are
//! announced, push each other's announcements out, and not what others have published.

use std::{collections::VecDeque, sync::Arc};

use tidings_sse::EventId;
use tokio::time::Instant;

use crate::{
    frame::Frame, interest::Interest, message::Entry, position::Offset, settings::History,
};

mod bookmarks;
mod due;
mod floors;
mod index;
mod ring;

use bookmarks::Bookmarks;
use due::Due;
pub(crate) use floors::Floors;
use index::Index;
pub(crate) use index::KEY;
use ring::Ring;

#[derive(Debug)]
pub(crate) struct Window {
    limits: History,
    /// The offset of the newest message there was.
    head: Offset,
    lasting: Ring,
    ephemeral: Ring,
    floors: Floors,
    /// What the entries take, in bytes.
    bytes: usize,
    index: Index,
    /// Ids that were given to those who were sent away.
    bookmarks: Bookmarks,
    /// Those of ephemeral messages that have left. Apart from the others, so that many who come and go
    /// do not push these out.
    departed: Bookmarks,
}

/// Ephemeral messages may take one part in so many of what history may: of its messages, and of its
/// bytes.
pub(crate) const EPHEMERAL_SHARE: usize = 8;

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
            head: Offset::START,
            lasting: Ring::new(|entry| entry.size),
            ephemeral: Ring::new(weight),
            floors: Floors::default(),
            bytes: 0,
            index: Index::default(),
            bookmarks: Bookmarks::default(),
            departed: Bookmarks::default(),
        }
    }

    /// Forgets everything, and goes on with the message after `head`.
    pub(crate) fn begin_after(&mut self, head: Offset) {
        *self = Self::new(self.limits.clone());
        self.head = head;
        self.floors.all = head;
    }

    /// The offset of the newest message.
    pub(crate) fn head(&self) -> Offset {
        self.head
    }

    /// The place before the oldest message: who has read up to here has missed nothing that lasts.
    pub(crate) fn floor(&self) -> Offset {
        self.floors.all
    }

    /// Up to where messages have left.
    pub(crate) fn floors(&self) -> &Floors {
        &self.floors
    }

    /// Whether what came after `offset` may wait for a worker: it is at most half of what may be
    /// held, so that it will not leave before the worker has seen it.
    pub(crate) fn can_wait(&self, offset: Offset) -> bool {
        let (messages, bytes) = self.ephemeral_limits();
        let all = self.lasting.weight_after(offset) + self.ephemeral.weight_after(offset);
        all <= self.limits.bytes / 2
            && self.ephemeral.weight_after(offset) <= bytes / 2
            && self.ephemeral.count_after(offset) <= messages / 2
    }

    pub(crate) fn newest(&self) -> Option<(Offset, &Entry)> {
        let newest = [&self.lasting, &self.ephemeral];
        let newest = newest.into_iter().filter_map(Ring::newest);
        newest.max_by_key(|(offset, _)| *offset)
    }

    pub(crate) fn messages(&self) -> usize {
        self.lasting.len() + self.ephemeral.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.index.bytes()
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
        self.index.note(offset, &entry);
        self.bytes += entry.size;
        self.head = offset;
        match entry.ephemeral {
            true => self.ephemeral.push(offset, entry, now),
            false => self.lasting.push(offset, entry, now),
        }
        let (messages, bytes) = self.ephemeral_limits();
        while self.ephemeral.len() > 1
            && (self.ephemeral.len() > messages || self.ephemeral.weight() > bytes)
        {
            self.drop_oldest_ephemeral();
        }
        while self.messages() > 1
            && (self.messages() > self.limits.messages || self.bytes() > self.limits.bytes)
        {
            self.drop_oldest();
        }
        self.expire(now);
    }

    /// Messages and bytes.
    fn ephemeral_limits(&self) -> (usize, usize) {
        (
            self.limits.messages / EPHEMERAL_SHARE,
            self.limits.bytes / EPHEMERAL_SHARE,
        )
    }

    /// Lets go what has become too old by `now`.
    pub(crate) fn expire(&mut self, now: Instant) {
        while let Some(oldest) = self.oldest().and_then(Ring::oldest) {
            if now.saturating_duration_since(oldest) < self.limits.age {
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
        while let Some((offset, entry)) = due.peek(self).filter(|(offset, _)| *offset <= upto) {
            if looks >= budget.looks {
                return Ok(Read::ToBudget(offset.previous()));
            }
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
        let mut newer = Vec::new();
        self.lasting.newer(after, most, &mut newer);
        let lasting = newer.len();
        self.ephemeral.newer(after, most, &mut newer);
        if (1..newer.len()).contains(&lasting) {
            newer.sort_unstable_by_key(|(offset, _)| *offset);
            newer.truncate(most);
        }
        newer
    }

    /// The place that this id of a publisher's, or of [`bookmark`](Self::bookmark), stands for.
    pub(crate) fn locate(&self, id: &str) -> Option<Offset> {
        let id = EventId::try_from(id).ok()?;
        let departed = self.departed.locate(&id);
        match self.index.carries(&id) {
            // Used again since: the oldest counts.
            true => {
                let held = self.index.locate(&id)?;
                Some(departed.map_or(held, |departed| departed.min(held)))
            }
            false => departed.or_else(|| self.bookmarks.locate(&id)),
        }
    }

    /// An id to come back with for one that has everything up to `offset`.
    pub(crate) fn bookmark(&mut self, offset: Offset) -> EventId {
        self.bookmarks.at(offset)
    }

    fn entry(&self, offset: Offset) -> Option<&Entry> {
        let lasting = self.lasting.get(offset);
        lasting.or_else(|| self.ephemeral.get(offset))
    }

    /// Where the oldest message is.
    fn oldest(&self) -> Option<&Ring> {
        let rings = [&self.lasting, &self.ephemeral];
        let filled = rings.into_iter().filter(|ring| ring.len() > 0);
        filled.min_by_key(|ring| ring.first())
    }

    fn drop_oldest(&mut self) {
        let ephemeral_first = match (self.lasting.first(), self.ephemeral.first()) {
            (Some(lasting), Some(ephemeral)) => ephemeral < lasting,
            (lasting, _) => lasting.is_none(),
        };
        let ring = match ephemeral_first {
            true => &mut self.ephemeral,
            false => &mut self.lasting,
        };
        if let Some((offset, entry)) = ring.drop_oldest() {
            self.floors.all = offset;
            self.bytes -= entry.size;
            self.index.forget(offset, &entry);
        }
    }

    fn drop_oldest_ephemeral(&mut self) {
        if let Some((offset, entry)) = self.ephemeral.drop_oldest() {
            self.floors.lose(offset, &entry);
            self.bytes -= entry.size;
            let known = |id: &&EventId| self.index.locate(id) == Some(offset);
            let id = entry.id.as_ref().filter(known);
            self.index.forget(offset, &entry);
            // Who comes back with it has missed others of its kind, and nothing that is still held.
            if let Some(id) = id.filter(|id| !self.index.carries(id)) {
                self.departed.keep(id.clone(), offset);
            }
        }
    }
}

/// What an ephemeral message counts for: with its keys, which it rarely shares.
fn weight(entry: &Entry) -> usize {
    entry.size + KEY * (entry.topics.len() + usize::from(entry.id.is_some()))
}

#[cfg(test)]
mod tests;
