//! How a run of the world ends: everyone comes to rest, or all streams end.

use std::{sync::atomic::Ordering, time::Duration};

use super::{DRAIN, World};
use crate::simulation::reader::Reading;

impl World {
    /// Everyone does what is due, except the stalled: then nothing is left undone.
    pub(super) fn settle(&mut self) {
        self.announce();
        for reader in &mut self.readers {
            reader.attach(&self.core, &self.benches);
        }
        let mut steps = 0;
        while self.settle_a_little() {
            steps += 1;
            assert!(steps < 10_000, "it never settles");
        }
        for reader in &self.readers {
            if reader.pace != Reading::Stalled && !reader.ended {
                reader.account.settled(&self.published);
            }
        }
    }

    fn settle_a_little(&mut self) -> bool {
        let mut worked = false;
        for index in 0..self.benches.len() {
            let mut sides = [0, 1, 2, 3];
            self.rng.shuffle(&mut sides);
            worked |= self.work_at(index, &sides);
        }
        for index in 0..self.readers.len() {
            let reader = &mut self.readers[index];
            if reader.pace != Reading::Stalled && reader.wants_to_read() {
                reader.step(&self.published, self.rng.bool());
                reader.receive(&self.published, self.rng.usize(1..400));
                self.note_bookmark(index);
                worked = true;
            }
        }
        worked
    }

    /// All streams end within their time, each after what was due to it.
    pub(super) fn drain(&mut self) {
        self.announce();
        for reader in &mut self.readers {
            reader.attach(&self.core, &self.benches);
        }
        self.core.draining.store(true, Ordering::Release);
        self.core.workers.drain(DRAIN);
        for _ in 0..self.rng.u8(..30) {
            if self.rng.bool() {
                self.work();
            } else {
                self.read();
            }
        }
        self.settle_orders();
        self.advance(DRAIN + Duration::from_secs(1));
        self.settle();
        self.assert_all_have_ended();
    }

    /// All streams end, each after what was due to it.
    pub(super) fn close(&mut self) {
        self.announce();
        for reader in &mut self.readers {
            reader.attach(&self.core, &self.benches);
        }
        for reader in &mut self.readers {
            reader.goes_direct = false;
        }
        self.core.workers.close();
        self.settle();
        self.assert_all_have_ended();
    }

    /// Every worker knows of the drain; whatever else it has to do may still wait.
    fn settle_orders(&mut self) {
        for index in 0..self.benches.len() {
            while self.benches[index].is_passing() {
                self.work_at(index, &[]);
            }
            self.work_at(index, &[0]);
        }
    }

    fn assert_all_have_ended(&self) {
        let mut readers = self.readers.iter();
        assert!(readers.all(|reader| reader.ended || reader.pace == Reading::Stalled));
    }
}
