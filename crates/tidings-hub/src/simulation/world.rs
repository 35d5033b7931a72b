//! Who takes the next step: the parts of the engine, driven one step at a time.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use tidings_sse::{Event, EventId};
use tokio::{
    runtime::{Builder, Runtime},
    time::Instant,
};

use super::{
    account::Account,
    bench::Bench,
    model::{HERE, Message, Published, Wish},
    reader::{HEARTBEAT, RETURN_WITHIN, Reader, Reading, Stage},
};
use crate::{
    cursor::Cursor,
    hub::Core,
    interest::Interest,
    message,
    pace::Pace,
    permit::Permit,
    position::{Epoch, Position},
    selector::Selector,
    settings::Settings,
    subscribe::Seat,
    topic::Topic,
    window::{Budget, Window},
};

mod dice;
mod ending;

/// How long the streams may take to end.
const DRAIN: Duration = Duration::from_secs(20);

/// Whether everyone takes their steps when they are due, or whenever the dice say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Temper {
    Any,
    Prompt,
}

pub(super) struct World {
    rng: Rng,
    /// Nothing runs in it; it keeps the time.
    clock: Runtime,
    core: Arc<Core>,
    published: Published,
    /// Messages that are in the window while their publisher has yet to wake the workers.
    unannounced: bool,
    benches: Vec<Bench>,
    readers: Vec<Reader>,
    /// Last event ids of those who left.
    left: Vec<Vec<u8>>,
    /// Every so many messages share an id of their publisher's.
    own_ids: u64,
    temper: Temper,
}

impl World {
    pub(super) fn run(seed: u64, temper: Temper) {
        let clock = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let guard = clock.handle().clone();
        let _context = guard.enter();
        fastrand::seed(seed);
        let mut world = Self::new(Rng::with_seed(seed), clock, temper);
        for _ in 0..world.rng.usize(20..200) {
            match temper {
                Temper::Any => world.any_step(),
                Temper::Prompt => world.prompt_step(),
            }
        }
        match world.rng.u8(..4) {
            0 => world.drain(),
            1 => world.close(),
            _ => world.settle(),
        }
    }

    fn new(mut rng: Rng, clock: Runtime, temper: Temper) -> Self {
        let mut settings = Settings {
            heartbeat: HEARTBEAT,
            return_within: RETURN_WITHIN,
            ..Settings::default()
        };
        let most = if rng.bool() { 12 } else { 60 };
        settings.history.messages = rng.usize(1..most);
        if rng.bool() {
            settings.history.bytes = rng.usize(100..4_000);
        }
        if rng.bool() {
            settings.history.age = Duration::from_secs(rng.u64(1..30));
        }
        let pace = Pace {
            batch: Budget {
                messages: rng.usize(1..5),
                bytes: rng.usize(20..600),
                looks: rng.usize(1..8),
            },
            pass: rng.usize(1..6),
            due: rng.usize(1..20),
            orders: usize::MAX,
            turns: 1..=rng.usize(1..5),
        };
        let epoch = Epoch::parse(b"0123abcv").unwrap();
        let published = Published::new(epoch, settings.history.clone());
        let (core, desks) = Core::new(epoch, settings, pace, rng.usize(1..4));
        // Carried out whenever a worker comes to it, or never.
        if rng.bool() {
            core.workers.announce_below(&HERE.into());
        }
        let bench = |desk| Bench::new(&core, desk);
        let benches = desks.into_iter().map(bench).collect();
        Self {
            own_ids: rng.u64(2..8),
            rng,
            clock,
            core,
            published,
            unannounced: false,
            benches,
            readers: Vec::new(),
            left: Vec::new(),
            temper,
        }
    }

    fn any_step(&mut self) {
        match self.rng.u8(..100) {
            0..25 => self.publish(),
            25..40 => self.announce(),
            40..46 => self.place(),
            46..54 => self.attach(),
            54..57 => self.leave(),
            57..78 => self.read(),
            78..95 => self.work(),
            95..99 => self.pass_time(),
            _ => self.settle(),
        }
    }

    fn prompt_step(&mut self) {
        match self.rng.u8(..100) {
            0..75 => self.publish(),
            75..83 => self.place(),
            83..90 => self.leave(),
            _ => self.pass_time(),
        }
        self.settle();
        for reader in &self.readers {
            assert!(!reader.account.held_up || reader.pace == Reading::Stalled);
        }
    }

    /// The first half of a publish: into the window.
    fn publish(&mut self) {
        let before = self.published.floors();
        let offset = self.published.head().next();
        let ephemeral = self.rng.u8(..3) == 0;
        let topics = 0..self.rng.usize(1..4);
        let topics: Vec<Topic> = match ephemeral {
            true => topics.map(|_| self.place_of_presence()).collect(),
            false => topics.map(|_| self.topic()).collect(),
        };
        let padding = if self.rng.bool() { 0 } else { 150 };
        let data = format!("{offset}{}", ".".repeat(self.rng.usize(..=padding)));
        let mut message = message::Message::from(Event::new(data.clone())).topics(topics);
        if self.rng.u8(..4) == 0 {
            let id = format!("own-{}", offset.0 % self.own_ids);
            message = message.id(EventId::try_from(id).unwrap());
        }
        if self.rng.u8(..4) == 0 {
            message = message.private();
        }
        if ephemeral {
            message = message.ephemeral();
        }
        let entry = message
            .encode()
            .place(Position::at(self.core.epoch, offset));
        let now = Instant::now();
        self.published.push(Message {
            topics: entry.topics.clone(),
            private: entry.private,
            ephemeral,
            id: entry.id.clone(),
            data,
            size: entry.size,
            at: now,
        });
        self.core
            .write_window(|window| window.push(offset, entry, now));
        self.unannounced = true;
        let floors = self.published.floors();
        self.core.read_window(|window| {
            assert_eq!(window.floors().all, floors.all);
            assert_eq!(window.floors().ephemeral, floors.lost);
        });
        for reader in &mut self.readers {
            if reader.is_called_to_read() {
                reader.comes_late_if_out(before, floors);
            }
        }
    }

    /// The second half: a word to the workers.
    fn announce(&mut self) {
        if std::mem::take(&mut self.unannounced) {
            self.core.wake_workers();
        }
    }

    /// The first half of subscribing: the place of the cursor.
    fn place(&mut self) {
        let wish = Wish {
            selectors: self.selectors(1),
            permitted: match self.rng.u8(..3) {
                0 => vec![Selector::All],
                _ => self.selectors(0),
            },
        };
        let permit = Permit::to(wish.permitted.clone());
        let silent = self.rng.u8(..4) == 0;
        let interest = Interest::new(wish.selectors.clone(), permit, !silent);
        let interest = Arc::new(interest);
        let start = self.start();
        let mut account = Account::open(&self.published, wish, &start, silent);
        let seat = Seat::take(&self.core).unwrap();
        let cursor = self.core.read_window(|window| {
            let located = start.locate(window, self.core.epoch);
            Cursor::new(Arc::clone(&interest), located, window)
        });
        match cursor.found_start() {
            true => account.finds_its_start(&self.published),
            false => account.excused = silent,
        }
        let pace = match self.rng.u8(..8) {
            0 => Reading::Stalled,
            1..4 => Reading::Slow,
            _ => Reading::Eager,
        };
        let stage = Stage::Placed(seat, cursor, interest);
        // On the direct lane nobody can tell from outside when its first look is.
        let goes_direct = self.rng.bool() && !account.excused;
        let mut reader = Reader::new(account, stage, pace);
        reader.goes_direct = goes_direct;
        reader.may_be_held_up = self.temper == Temper::Any;
        self.readers.push(reader);
    }

    /// The second half: to a worker.
    fn attach(&mut self) {
        let is_placed = |reader: &&mut Reader| reader.is_placed();
        let Some(reader) = self.readers.iter_mut().find(is_placed) else {
            return;
        };
        reader.attach(&self.core, &self.benches);
    }

    fn leave(&mut self) {
        let candidates: Vec<usize> = (0..self.readers.len())
            .filter(|index| !self.readers[*index].is_placed())
            .collect();
        if let Some(index) = self.rng.choice(candidates) {
            let reader = self.readers.swap_remove(index);
            reader.leave();
            self.left.extend(reader.last_id);
        }
    }

    fn read(&mut self) {
        if self.readers.is_empty() {
            return;
        }
        let index = self.rng.usize(..self.readers.len());
        let reader = &mut self.readers[index];
        let skips = match reader.pace {
            Reading::Eager => false,
            Reading::Slow => self.rng.u8(..6) > 0,
            Reading::Stalled => true,
        };
        // Now and then a lane polls although nobody has called it.
        let uncalled = self.rng.u8(..10) == 0;
        if !skips && (reader.wants_to_read() || uncalled) {
            reader.step(&self.published, self.rng.bool());
            reader.receive(&self.published, self.rng.usize(1..400));
            self.note_bookmark(index);
        }
    }

    /// One whose stream has ended may have been told where to go on.
    fn note_bookmark(&mut self, index: usize) {
        let reader = &mut self.readers[index];
        let Some(id) = reader.bookmark.take() else {
            return;
        };
        let place = self.core.read_window(|window| window.locate(&id));
        let place = place.expect("a bookmark is known");
        reader.account.bookmark(&self.published, place);
        self.left.push(id.clone().into_bytes());
        self.published.bookmarks.insert(id, place);
    }

    /// A step of a worker: what [`run`](crate::worker::run) would do next, had its `select` chosen
    /// so.
    fn work(&mut self) {
        let index = self.rng.usize(..self.benches.len());
        let mut sides = [0, 1, 2, 3];
        self.rng.shuffle(&mut sides);
        self.work_at(index, &sides);
    }

    /// Lets a worker do the first of these that it can: orders, news, time. Says whether it could
    /// do any.
    fn work_at(&mut self, index: usize, sides: &[u8]) -> bool {
        let called: Vec<bool> = self.readers.iter().map(Reader::is_called_to_read).collect();
        let before = self.published.floors();
        let bench = &mut self.benches[index];
        let orders_waited = bench.desk.orders.len() > 0;
        let worked = bench.step(sides);
        let carried_out = orders_waited && bench.desk.orders.len() == 0;
        if self.core.read_window(Window::floor) > before.all {
            // This worker lets history expire, and has done so.
            self.published.expire(Instant::now());
        }
        let floors = self.published.floors();
        let lagged = bench.passed < floors.all.max(floors.lost);
        for (reader, called_before) in self.readers.iter_mut().zip(called) {
            let here = reader.is_at(index);
            let attached_now = here && carried_out && !reader.attached;
            reader.attached |= attached_now;
            let called_late = here && lagged && reader.is_called_to_read();
            if attached_now || called_late {
                reader.is_held_up_if_out(floors);
            }
            if called_before {
                reader.comes_late_if_out(before, floors);
            }
        }
        worked
    }

    fn pass_time(&mut self) {
        let millis = self.rng.u64(1..6_000);
        self.advance(Duration::from_millis(millis));
    }

    fn advance(&mut self, time: Duration) {
        self.clock.block_on(tokio::time::advance(time));
    }
}
