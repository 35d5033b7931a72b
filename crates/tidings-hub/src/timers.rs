//! Who is due when: one queue for all subscribers of a worker, so that none needs a timer of its
//! own.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use tokio::time::Instant;

use crate::fanout::MemberId;

/// Further away than any timer needs to be set, near enough that adding it to an [`Instant`] never
/// overflows: a setting of [`Duration::MAX`] means never.
pub(crate) const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// At most one moment for each member.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    queue: BTreeSet<(Instant, MemberId)>,
    set: HashMap<MemberId, Instant>,
}

impl Timers {
    pub(crate) fn set(&mut self, id: MemberId, at: Instant) {
        if let Some(old) = self.set.insert(id, at) {
            self.queue.remove(&(old, id));
        }
        self.queue.insert((at, id));
    }

    /// Sets it unless its moment comes sooner already.
    pub(crate) fn bring_forward(&mut self, id: MemberId, at: Instant) {
        if self.set.get(&id).is_none_or(|set| *set > at) {
            self.set(id, at);
        }
    }

    pub(crate) fn remove(&mut self, id: MemberId) {
        if let Some(at) = self.set.remove(&id) {
            self.queue.remove(&(at, id));
        }
    }

    pub(crate) fn is_set(&self, id: MemberId) -> bool {
        self.set.contains_key(&id)
    }

    /// The moment that comes first.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.queue.first().map(|(at, _)| *at)
    }

    /// Takes out a member whose moment is `now` or earlier.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<MemberId> {
        self.next().filter(|at| *at <= now)?;
        let (_, id) = self.queue.pop_first()?;
        self.set.remove(&id);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_out_in_the_order_of_their_moments() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut timers = Timers::default();
        timers.set(MemberId(1), at(3));
        timers.set(MemberId(2), at(2));
        timers.set(MemberId(3), at(1));
        timers.set(MemberId(1), at(0));
        timers.remove(MemberId(3));
        timers.bring_forward(MemberId(1), at(5));
        assert_eq!(timers.next(), Some(at(0)));
        assert_eq!(timers.pop(at(1)), Some(MemberId(1)));
        assert_eq!(timers.pop(at(1)), None);
        assert_eq!(timers.pop(at(9)), Some(MemberId(2)));
        assert_eq!(timers.next(), None);
    }
}
