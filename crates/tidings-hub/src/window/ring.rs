//! Messages in the order of their offsets, with or without holes between them.

use std::{
    collections::{VecDeque, vec_deque},
    iter::Map,
    sync::Arc,
};

use tokio::time::Instant;

use crate::{message::Entry, position::Offset};

#[derive(Debug)]
pub(super) struct Ring {
    entries: VecDeque<Placed>,
    /// What a message counts for.
    weigh: fn(&Entry) -> usize,
}

/// Messages with their offsets.
pub(super) type Iter<'a> = Map<vec_deque::Iter<'a, Placed>, fn(&Placed) -> (Offset, &Entry)>;

#[derive(Debug)]
pub(super) struct Placed {
    offset: Offset,
    entry: Arc<Entry>,
    at: Instant,
    /// The weights of all messages up to this one.
    total: u64,
}

impl Ring {
    pub(super) fn new(weigh: fn(&Entry) -> usize) -> Self {
        Self {
            entries: VecDeque::new(),
            weigh,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What all of it weighs.
    pub(super) fn weight(&self) -> usize {
        self.weight_from(0)
    }

    /// What the messages after `offset` weigh.
    pub(super) fn weight_after(&self, offset: Offset) -> usize {
        self.weight_from(self.index_after(offset))
    }

    fn weight_from(&self, index: usize) -> usize {
        let (Some(first), Some(newest)) = (self.entries.get(index), self.entries.back()) else {
            return 0;
        };
        let before = first.total - (self.weigh)(&first.entry) as u64;
        usize::try_from(newest.total - before).unwrap_or(usize::MAX)
    }

    pub(super) fn count_after(&self, offset: Offset) -> usize {
        self.entries.len() - self.index_after(offset)
    }

    pub(super) fn first(&self) -> Option<Offset> {
        self.entries.front().map(|placed| placed.offset)
    }

    /// When its oldest message came.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.entries.front().map(|placed| placed.at)
    }

    pub(super) fn newest(&self) -> Option<(Offset, &Entry)> {
        let newest = self.entries.back()?;
        Some((newest.offset, &newest.entry))
    }

    pub(super) fn get(&self, offset: Offset) -> Option<&Entry> {
        let index = self.index_after(offset.previous());
        let placed = self.entries.get(index)?;
        (placed.offset == offset).then_some(&*placed.entry)
    }

    pub(super) fn after(&self, offset: Offset) -> Iter<'_> {
        let after = self.entries.range(self.index_after(offset)..);
        after.map(|placed| (placed.offset, &placed.entry))
    }

    /// Appends the messages after `after`, at most `most`.
    pub(super) fn newer(&self, after: Offset, most: usize, newer: &mut Vec<(Offset, Arc<Entry>)>) {
        let placed = self.entries.range(self.index_after(after)..).take(most);
        newer.extend(placed.map(|placed| (placed.offset, Arc::clone(&placed.entry))));
    }

    pub(super) fn push(&mut self, offset: Offset, entry: Entry, at: Instant) {
        let before = self.entries.back().map_or(0, |placed| placed.total);
        self.entries.push_back(Placed {
            offset,
            total: before + (self.weigh)(&entry) as u64,
            entry: Arc::new(entry),
            at,
        });
    }

    pub(super) fn drop_oldest(&mut self) -> Option<(Offset, Arc<Entry>)> {
        let oldest = self.entries.pop_front()?;
        Some((oldest.offset, oldest.entry))
    }

    /// Where the first message after `offset` stands. Without holes it is where it would be.
    fn index_after(&self, offset: Offset) -> usize {
        let Some(first) = self.first().filter(|first| *first <= offset) else {
            return 0;
        };
        let index = usize::try_from(offset.0 - first.0).unwrap_or(usize::MAX);
        match self.entries.get(index) {
            Some(placed) if placed.offset == offset => index + 1,
            _ => self
                .entries
                .partition_point(|placed| placed.offset <= offset),
        }
    }
}
