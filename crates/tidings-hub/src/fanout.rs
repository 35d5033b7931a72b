//! The fan-out: which subscribers a message is for.
//!
//! Fourth step of a message's way, and the pure core of a [`worker`](crate::worker). Subscribers of
//! the same interest form an **audience**: what is due to one of them is due to all, so it is found
//! and put together once for all of them. An [`index`] leads from a topic to its audiences, so a
//! message costs what its own subscribers cost, whatever the number of others. Attaching and
//! detaching cost the selectors of the one subscriber. [Announcements](announced) have an index of
//! their own.

use std::{collections::HashMap, num::NonZero, sync::Arc};

use slab::Slab;

use crate::{interest::Interest, message::Entry};

mod announced;
mod index;

use announced::{Announced, Places};
use index::Index;

/// Names a subscriber within its worker: a small number, which is used again when it has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct MemberId(pub(crate) u32);

/// Audiences, and where everyone is. `L` is what the worker keeps for a subscriber.
#[derive(Debug)]
pub(crate) struct Fanout<L> {
    audiences: Slab<Audience<L>>,
    /// Those to which something is due.
    touched: Vec<usize>,
    by_interest: HashMap<Arc<Interest>, usize>,
    index: Index,
    announced: Announced,
    /// By id.
    places: Vec<Option<Place>>,
}

/// The subscribers of the same interest.
#[derive(Debug)]
pub(crate) struct Audience<L> {
    pub(crate) interest: Arc<Interest>,
    pub(crate) members: Vec<Member<L>>,
    /// For each selector, where in the selector's list this audience stands.
    listed: Vec<usize>,
    /// The same among those who may want announcements.
    announced: Places,
    /// Which of the new messages are for this audience; empty between two passes.
    due: Vec<u32>,
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

/// New messages for an audience, by the numbers they were noted by, ascending.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) audience: usize,
    pub(crate) entries: Vec<u32>,
}

impl<L> Fanout<L> {
    /// From now on messages that are ephemeral and private, and have all their topics below
    /// `beginning`, are looked up among those only that may want one.
    pub(crate) fn announce_below(&mut self, beginning: &Arc<str>) {
        if self.announced.come_below(beginning) {
            for (key, audience) in &mut self.audiences {
                audience.announced = self.announced.add(&audience.interest, key);
            }
        }
    }

    pub(crate) fn attach(&mut self, id: MemberId, interest: &Arc<Interest>, listener: L) {
        let audience = match self.by_interest.get(interest) {
            Some(audience) => *audience,
            None => self.add_audience(interest),
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

    pub(crate) fn get_mut(&mut self, id: MemberId) -> Option<(&Arc<Interest>, &mut L)> {
        let place = *self.places.get(id.0 as usize)?;
        let (audience, index) = place?.get();
        let audience = &mut self.audiences[audience];
        Some((&audience.interest, &mut audience.members[index].listener))
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

    /// Finds whom a new message is for, and notes it by this number. Says how many audiences.
    pub(crate) fn note(&mut self, number: u32, entry: &Entry) -> usize {
        let mut noted = 0;
        let is_announcement = self.announced.has(entry);
        for topic in entry.topics.iter() {
            let found = |key: usize| {
                let audience = &mut self.audiences[key];
                let due = &mut audience.due;
                // A message may be for an audience by several of its selectors.
                if due.last() != Some(&number) && audience.interest.may_see(entry) {
                    if due.is_empty() {
                        self.touched.push(key);
                    }
                    due.push(number);
                    noted += 1;
                }
            };
            match is_announcement {
                true => self.announced.find(topic, found),
                false => self.index.find(topic, found),
            }
        }
        noted
    }

    /// What was noted: for each audience, the numbers, ascending.
    pub(crate) fn take_due(&mut self) -> Vec<Due> {
        let audiences = &mut self.audiences;
        let take = |audience: usize| Due {
            audience,
            entries: std::mem::take(&mut audiences[audience].due),
        };
        self.touched.drain(..).map(take).collect()
    }

    fn add_audience(&mut self, interest: &Arc<Interest>) -> usize {
        let entry = self.audiences.vacant_entry();
        let audience = entry.key();
        let selectors = interest.selectors().iter();
        let listed = selectors.map(|selector| self.index.add(selector, audience));
        entry.insert(Audience {
            interest: Arc::clone(interest),
            // Most audiences are either of one or of very many.
            members: Vec::with_capacity(1),
            listed: listed.collect(),
            announced: self.announced.add(interest, audience),
            due: Vec::new(),
        });
        self.by_interest.insert(Arc::clone(interest), audience);
        audience
    }

    fn remove_audience(&mut self, audience: usize) {
        let Audience {
            interest,
            listed,
            announced,
            ..
        } = self.audiences.remove(audience);
        self.by_interest.remove(&interest);
        for (selector, place) in interest.selectors().iter().zip(listed) {
            if let Some(moved) = self.index.remove(selector, place) {
                let moved = &mut self.audiences[moved];
                moved.listed[moved.interest.place_of(selector)] = place;
            }
        }
        for (selector, place) in interest.selectors().iter().zip(announced) {
            let moved = place.and_then(|place| self.announced.remove(selector, place));
            if let Some(moved) = moved {
                let moved = &mut self.audiences[moved];
                moved.announced[moved.interest.place_of(selector)] = place;
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
            touched: Vec::new(),
            by_interest: HashMap::new(),
            index: Index::default(),
            announced: Announced::default(),
            places: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
