//! Where the messages of a topic are, and those with an id of their publisher's.

use std::collections::{HashMap, VecDeque};

use tidings_sse::EventId;

use crate::{message::Entry, position::Offset, topic::Topic};

#[derive(Debug, Default)]
pub(super) struct Index {
    by_topic: HashMap<Topic, VecDeque<Offset>>,
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

impl Index {
    /// What its keys and lists take. (Their entries are counted with the messages.)
    pub(super) fn bytes(&self) -> usize {
        KEY * (self.by_topic.len() + self.by_id.len())
    }

    /// The messages of a topic, oldest first.
    pub(super) fn of_topic(&self, topic: &Topic) -> Option<&VecDeque<Offset>> {
        self.by_topic.get(topic.as_str())
    }

    /// Where the message that carries this id of its publisher's stands. Of several, the oldest:
    /// who resumes there may see a message again, but misses none. `None` also where an older one
    /// was there and has left.
    pub(super) fn locate(&self, id: &EventId) -> Option<Offset> {
        let carriers = self.by_id.get(id)?;
        let known = carriers.held.front().filter(|_| !carriers.ambiguous);
        known.copied()
    }

    /// Whether a message that is held carries this id.
    pub(super) fn carries(&self, id: &EventId) -> bool {
        self.by_id.contains_key(id)
    }

    pub(super) fn note(&mut self, offset: Offset, entry: &Entry) {
        for topic in entry.topics.iter() {
            match self.by_topic.get_mut(topic.as_str()) {
                Some(offsets) => offsets.push_back(offset),
                None => {
                    let offsets = VecDeque::from([offset]);
                    self.by_topic.insert(topic.clone(), offsets);
                }
            }
        }
        if let Some(id) = &entry.id {
            match self.by_id.get_mut(id) {
                Some(carriers) => carriers.held.push_back(offset),
                None => {
                    self.by_id.insert(id.clone(), Carriers::new(offset));
                }
            }
        }
    }

    pub(super) fn forget(&mut self, offset: Offset, entry: &Entry) {
        for topic in entry.topics.iter() {
            if let Some(offsets) = self.by_topic.get_mut(topic) {
                remove(offsets, offset);
                if offsets.is_empty() {
                    self.by_topic.remove(topic);
                }
            }
        }
        if let Some(id) = &entry.id
            && let Some(carriers) = self.by_id.get_mut(id)
        {
            remove(&mut carriers.held, offset);
            carriers.ambiguous = true;
            if carriers.held.is_empty() {
                self.by_id.remove(id);
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

/// Takes `offset` out of a list that is sorted; mostly it is the first.
fn remove(offsets: &mut VecDeque<Offset>, offset: Offset) {
    match offsets.front() {
        Some(first) if *first == offset => {
            offsets.pop_front();
        }
        _ => {
            if let Ok(index) = offsets.binary_search(&offset) {
                offsets.remove(index);
            }
        }
    }
}

#[cfg(test)]
impl Index {
    /// It holds what these entries say, and nothing else.
    pub(super) fn assert_exact(&self, entries: &[(Offset, std::sync::Arc<Entry>)]) {
        let mut by_topic: HashMap<Topic, VecDeque<Offset>> = HashMap::new();
        let mut by_id: HashMap<EventId, VecDeque<Offset>> = HashMap::new();
        for (offset, entry) in entries {
            for topic in entry.topics.iter() {
                by_topic
                    .entry(topic.clone())
                    .or_default()
                    .push_back(*offset);
            }
            if let Some(id) = &entry.id {
                by_id.entry(id.clone()).or_default().push_back(*offset);
            }
        }
        assert_eq!(self.by_topic, by_topic);
        let carriers = self.by_id.iter();
        let held = carriers.map(|(id, carriers)| (id.clone(), carriers.held.clone()));
        assert_eq!(held.collect::<HashMap<_, _>>(), by_id);
    }
}
