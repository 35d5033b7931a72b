//! The fan-out: which subscribers a message is for.
//!
//! Fourth step of a message's way, and the pure core of a [`worker`](crate::worker): an index from
//! topic to subscribers, so a message costs what its own subscribers cost, whatever the number of
//! others. Attaching and detaching cost the topics of the one subscriber.

use std::{collections::HashMap, sync::Arc};

use crate::{message::Entry, signal::Signal, topic::Topic};

/// Names a subscriber within its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct MemberId(pub(crate) u64);

#[derive(Debug, Default)]
pub(crate) struct Fanout {
    members: HashMap<MemberId, Member>,
    by_topic: HashMap<Topic, Vec<Listener>>,
}

#[derive(Debug)]
struct Member {
    signal: Arc<Signal>,
    /// For each topic, where in the topic's list this member stands.
    places: Vec<(Topic, usize)>,
}

/// One entry of a topic's list.
#[derive(Debug)]
struct Listener {
    id: MemberId,
    signal: Arc<Signal>,
}

impl Fanout {
    pub(crate) fn attach(&mut self, id: MemberId, topics: &[Topic], signal: Arc<Signal>) {
        let places = topics
            .iter()
            .map(|topic| {
                let listeners = self.by_topic.entry(topic.clone()).or_default();
                listeners.push(Listener {
                    id,
                    signal: Arc::clone(&signal),
                });
                (topic.clone(), listeners.len() - 1)
            })
            .collect();
        self.members.insert(id, Member { signal, places });
    }

    pub(crate) fn detach(&mut self, id: MemberId) {
        let Some(member) = self.members.remove(&id) else {
            return;
        };
        for (topic, place) in member.places {
            let Some(listeners) = self.by_topic.get_mut(topic.as_str()) else {
                continue;
            };
            listeners.swap_remove(place);
            if let Some(moved) = listeners.get(place) {
                let moved = self
                    .members
                    .get_mut(&moved.id)
                    .expect("listeners are members");
                let places = moved.places.iter_mut().find(|(name, _)| *name == topic);
                places.expect("a member knows its places").1 = place;
            }
            if listeners.is_empty() {
                self.by_topic.remove(topic.as_str());
            }
        }
    }

    pub(crate) fn signal(&self, id: MemberId) -> Option<&Arc<Signal>> {
        self.members.get(&id).map(|member| &member.signal)
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = MemberId> {
        self.members.keys().copied()
    }

    pub(crate) fn signals(&self) -> impl Iterator<Item = &Signal> {
        self.members.values().map(|member| &*member.signal)
    }

    /// Those who listen to a topic of `entry`; one who listens to several of its
    /// topics comes several times.
    pub(crate) fn listeners<'a>(&'a self, entry: &'a Entry) -> impl Iterator<Item = &'a Signal> {
        let topics = entry.topics.iter();
        topics
            .filter_map(|topic| self.by_topic.get(topic.as_str()))
            .flatten()
            .map(|listener| &*listener.signal)
    }
}

#[cfg(test)]
mod tests;
