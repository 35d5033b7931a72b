//! Ids for places in the log, where the message at a place has none that can be used.
//!
//! Two kinds of clients need one. Who is sent away without having been given anything for a while is
//! told where it is: not by the id of the last message, which may be private, or used twice; nor by its
//! number, which some hubs keep from their clients. And who was given an ephemeral message comes back
//! with its id when it has left history, where the place is still worth knowing.
//!
//! A bookmark that is gone is an id that is not known: its client is told of a gap.

use std::collections::{HashMap, VecDeque, hash_map::Entry};

use tidings_sse::EventId;

use crate::position::Offset;

#[derive(Debug, Default)]
pub(super) struct Bookmarks {
    places: HashMap<EventId, Offset>,
    /// The oldest first.
    ids: VecDeque<EventId>,
    /// The one that was asked for last.
    last: Option<(Offset, EventId)>,
}

/// So many are kept: some 150 bytes each, and what an id of a publisher's has beyond that.
const MOST: usize = 16_384;

impl Bookmarks {
    /// An id for the place after the message at `offset`.
    pub(super) fn at(&mut self, offset: Offset) -> EventId {
        if let Some((_, id)) = self.last.as_ref().filter(|(place, _)| *place == offset)
            && self.places.contains_key(id)
        {
            return id.clone();
        }
        let id = format!("{:032x}", fastrand::u128(..));
        let id = EventId::try_from(id).expect("digits are printable ASCII");
        self.keep(id.clone(), offset);
        self.last = Some((offset, id.clone()));
        id
    }

    /// Keeps the place of a message whose id this is. Of several, the oldest: who goes on from there may
    /// see a message again, but misses none.
    pub(super) fn keep(&mut self, id: EventId, offset: Offset) {
        if let Entry::Vacant(place) = self.places.entry(id.clone()) {
            place.insert(offset);
            self.ids.push_back(id);
        }
        if self.ids.len() > MOST
            && let Some(oldest) = self.ids.pop_front()
        {
            self.places.remove(&oldest);
        }
    }

    pub(super) fn locate(&self, id: &EventId) -> Option<Offset> {
        self.places.get(id).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_one_id_while_it_is_asked_for() {
        let mut bookmarks = Bookmarks::default();
        let id = bookmarks.at(Offset(7));
        assert_eq!(bookmarks.at(Offset(7)), id);
        assert_eq!(bookmarks.locate(&id), Some(Offset(7)));
        let other = bookmarks.at(Offset(8));
        assert_ne!(other, id);
        assert_eq!(bookmarks.locate(&id), Some(Offset(7)));
        assert_eq!(bookmarks.locate(&other), Some(Offset(8)));
    }

    #[test]
    fn of_two_messages_with_one_id_the_older_counts() {
        let mut bookmarks = Bookmarks::default();
        let id = EventId::try_from("x").unwrap();
        bookmarks.keep(id.clone(), Offset(5));
        bookmarks.keep(id.clone(), Offset(9));
        assert_eq!(bookmarks.locate(&id), Some(Offset(5)));
        assert_eq!(bookmarks.ids.len(), 1);
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut bookmarks = Bookmarks::default();
        let first = bookmarks.at(Offset(1));
        for offset in 2..=MOST as u64 {
            bookmarks.at(Offset(offset));
        }
        assert_eq!(bookmarks.locate(&first), Some(Offset(1)));
        let last = bookmarks.at(Offset(0));
        assert_eq!(bookmarks.locate(&first), None);
        assert_eq!(bookmarks.locate(&last), Some(Offset(0)));
        assert_eq!(bookmarks.ids.len(), bookmarks.places.len());
    }
}
