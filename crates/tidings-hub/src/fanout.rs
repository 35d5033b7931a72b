//! The fan-out: which subscribers a message is for.
//!
//! Fourth step of a message's way, and the pure core of a [`worker`](crate::worker). Subscribers to
//! the same topics form an **audience**: what is due to one of them is due to all, so it is found
//! and put together once for all of them. An index leads from a topic to its audiences, so a
//! message costs what its own subscribers cost, whatever the number of others. Attaching and
//! detaching cost the topics of the one subscriber.

use std::{collections::HashMap, num::NonZero, sync::Arc};

use slab::Slab;

use crate::{message::Entry, position::Offset, topic::Topic};

/// Names a subscriber within its worker: a small number, which is used again when it has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct MemberId(pub(crate) u32);

/// Audiences, and where everyone is. `L` is what the worker keeps for a subscriber.
#[derive(Debug)]
pub(crate) struct Fanout<L> {
    audiences: Slab<Audience<L>>,
    by_topics: HashMap<Arc<[Topic]>, usize>,
    by_topic: HashMap<Topic, Vec<usize>>,
    /// By id.
    places: Vec<Option<Place>>,
}

/// The subscribers to the same topics.
#[derive(Debug)]
pub(crate) struct Audience<L> {
    pub(crate) topics: Arc<[Topic]>,
    pub(crate) members: Vec<Member<L>>,
    /// For each topic, where in the topic's list this audience stands.
    listed: Vec<usize>,
    /// Which of the new messages are for this audience; empty between two passes.
    due: Vec<usize>,
}

#[derive(Debug)]
pub(crate) struct Member<L> {
    pub(crate) id: MemberId,
    pub(crate) listener: L,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    /// Plus one, so that the absence of a place takes no room.
    audience: NonZero<u32>,
    index: u32,
}

#[cfg(test)]
pub(crate) const PLACE_BYTES: usize = size_of::<Option<Place>>();

/// New messages for an audience: their indexes among those that were asked about, ascending.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) audience: usize,
    pub(crate) entries: Vec<usize>,
}

impl<L> Fanout<L> {
    pub(crate) fn attach(&mut self, id: MemberId, topics: &Arc<[Topic]>, listener: L) {
        let audience = match self.by_topics.get(topics) {
            Some(audience) => *audience,
            None => self.add_audience(topics),
        };
        let members = &mut self.audiences[audience].members;
        let place = Place::new(audience, members.len());
        members.push(Member { id, listener });
        let id = id.0 as usize;
        if self.places.len() <= id {
            self.places.resize(id + 1, None);
        }
        self.places[id] = Some(place);
    }

    pub(crate) fn detach(&mut self, id: MemberId) -> Option<L> {
        let place = self.places.get_mut(id.0 as usize)?.take()?;
        let (audience, index) = place.get();
        let members = &mut self.audiences[audience].members;
        let member = members.swap_remove(index);
        if let Some(moved) = members.get(index) {
            self.places[moved.id.0 as usize] = Some(place);
        }
        if members.is_empty() {
            self.remove_audience(audience);
        }
        Some(member.listener)
    }

    pub(crate) fn get_mut(&mut self, id: MemberId) -> Option<(&Arc<[Topic]>, &mut L)> {
        let place = *self.places.get(id.0 as usize)?;
        let (audience, index) = place?.get();
        let audience = &mut self.audiences[audience];
        Some((&audience.topics, &mut audience.members[index].listener))
    }

    pub(crate) fn audience_mut(&mut self, audience: usize) -> &mut Audience<L> {
        &mut self.audiences[audience]
    }

    pub(crate) fn audiences_mut(&mut self) -> impl Iterator<Item = &mut Audience<L>> {
        self.audiences.iter_mut().map(|(_, audience)| audience)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = MemberId> {
        let audiences = self.audiences.iter();
        audiences.flat_map(|(_, audience)| audience.members.iter().map(|member| member.id))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.audiences.is_empty()
    }

    /// Whom the new messages are for.
    pub(crate) fn due(&mut self, entries: &[(Offset, Arc<Entry>)]) -> Vec<Due> {
        let mut touched = Vec::new();
        for (index, (_, entry)) in entries.iter().enumerate() {
            let topics = entry.topics.iter();
            let audiences = topics.filter_map(|topic| self.by_topic.get(topic.as_str()));
            for audience in audiences.flatten() {
                let due = &mut self.audiences[*audience].due;
                if due.is_empty() {
                    touched.push(*audience);
                }
                // A message may be for several topics of an audience.
                if due.last() != Some(&index) {
                    due.push(index);
                }
            }
        }
        let take = |audience: usize| Due {
            audience,
            entries: std::mem::take(&mut self.audiences[audience].due),
        };
        touched.into_iter().map(take).collect()
    }

    fn add_audience(&mut self, topics: &Arc<[Topic]>) -> usize {
        let entry = self.audiences.vacant_entry();
        let audience = entry.key();
        let listed = topics.iter().map(|topic| {
            let list = self.by_topic.entry(topic.clone());
            let list = list.or_insert_with(|| Vec::with_capacity(1));
            list.push(audience);
            list.len() - 1
        });
        entry.insert(Audience {
            topics: Arc::clone(topics),
            // Most audiences are either of one or of very many.
            members: Vec::with_capacity(1),
            listed: listed.collect(),
            due: Vec::new(),
        });
        self.by_topics.insert(Arc::clone(topics), audience);
        audience
    }

    fn remove_audience(&mut self, audience: usize) {
        let Audience { topics, listed, .. } = self.audiences.remove(audience);
        self.by_topics.remove(&topics);
        for (topic, place) in topics.iter().zip(listed) {
            let Some(list) = self.by_topic.get_mut(topic.as_str()) else {
                continue;
            };
            list.swap_remove(place);
            if let Some(moved) = list.get(place) {
                let moved = &mut self.audiences[*moved];
                let at = moved.topics.binary_search(topic);
                moved.listed[at.expect("an audience knows its topics, sorted")] = place;
            }
            if list.is_empty() {
                self.by_topic.remove(topic.as_str());
            }
        }
    }
}

impl Place {
    fn new(audience: usize, index: usize) -> Self {
        let number = |number: usize| u32::try_from(number).ok();
        let audience = number(audience + 1).and_then(NonZero::new);
        Self {
            audience: audience.expect("there are no more audiences than ids"),
            index: number(index).expect("there are no more members than ids"),
        }
    }

    /// Audience, and index in it.
    fn get(self) -> (usize, usize) {
        (self.audience.get() as usize - 1, self.index as usize)
    }
}

impl<L> Default for Fanout<L> {
    fn default() -> Self {
        Self {
            audiences: Slab::new(),
            by_topics: HashMap::new(),
            by_topic: HashMap::new(),
            places: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
