//! What the dice say: topics, what a subscriber wants, and where it starts.

use std::sync::Arc;

use super::World;
use crate::{
    position::{Offset, Position},
    resume::Start,
    selector::Selector,
    simulation::model::{Among, HERE},
    topic::Topic,
};

impl World {
    pub(super) fn topic(&mut self) -> Topic {
        let names = ["a", "b", "c", "d", "e"];
        Topic::try_from(names[self.rng.usize(..names.len())]).unwrap()
    }

    /// Where ephemeral messages are published.
    pub(super) fn place_of_presence(&mut self) -> Topic {
        let place = self.rng.u8(..3);
        Topic::try_from(&*format!("{HERE}{place}")).unwrap()
    }

    pub(super) fn selectors(&mut self, least: usize) -> Vec<Selector> {
        let patterns = ["ab", "bcd", "e", "z", "here/1", "here/0here/2"];
        let count = self.rng.usize(least..4);
        let selector = |_| match self.rng.u8(..8) {
            0 => Selector::All,
            1 | 2 => {
                let letters = patterns[self.rng.usize(..patterns.len())];
                Selector::Pattern(Arc::new(Among(letters)))
            }
            3 => self.place_of_presence().into(),
            _ => self.topic().into(),
        };
        (0..count).map(selector).collect()
    }

    pub(super) fn start(&mut self) -> Start {
        let position = |offset| Position::at(self.core.epoch, Offset(offset)).to_string();
        let head = self.published.head().0;
        let id = match self.rng.u8(..12) {
            0..3 => return Start::Now,
            3 => return Start::Earliest,
            4..8 if !self.left.is_empty() => {
                let index = self.rng.usize(..self.left.len());
                return Start::from_last_event_id(&self.left.swap_remove(index));
            }
            4..9 => position(self.rng.u64(..=head)),
            9 => position(head + self.rng.u64(..9)),
            10 => format!("vvvvvvvv-{}", self.rng.u64(..=head)),
            _ => format!("own-{}", self.rng.u64(..9)),
        };
        Start::from_last_event_id(id.as_bytes())
    }
}
