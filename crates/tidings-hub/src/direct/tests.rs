//! What the simulation does not look at: clients that talk, and what is written when.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tokio::time::Instant;

use super::*;
use crate::{
    clock::Clock,
    fanout::MemberId,
    message::Message,
    pace::Pace,
    position::{Epoch, Position},
    settings::Settings,
    subscribe::Seat,
    workers::Whereabouts,
};

/// A socket that takes everything, of a client that never stops talking.
#[derive(Debug, Default, Clone)]
struct Talker {
    said: Arc<AtomicUsize>,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Socket for Talker {
    fn try_write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut written = self.written.lock().unwrap();
        slices
            .iter()
            .for_each(|slice| written.extend_from_slice(slice));
        Ok(slices.iter().map(|slice| slice.len()).sum())
    }

    fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.said.fetch_add(buffer.len(), Ordering::Relaxed);
        Ok(buffer.len())
    }

    fn register(&mut self, _: &Registry, _: Token) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self) {}

    fn stall_timeout(&self) -> Duration {
        Duration::MAX
    }
}

fn now() -> Tick {
    let now = Instant::now();
    Clock::start(now).tick(now)
}

fn interest() -> Arc<Interest> {
    Interest::in_broadcast()
}

/// A live subscriber, and the core that it belongs to.
fn direct(socket: Talker) -> (Direct, Arc<Core>) {
    let (core, _) = Core::new(Epoch::random(), Settings::default(), Pace::default(), 1);
    let at = Whereabouts {
        worker: 0,
        id: MemberId(1),
    };
    let membership = Membership::new(Seat::take(&core).unwrap(), at);
    let cursor = Cursor::behind(interest(), Offset::START);
    let mut direct = Direct::new(Box::new(socket), membership, cursor, VecDeque::new(), now());
    let next = direct.forward(&core, Offset::START, now());
    assert_eq!(next, Next::Live);
    (direct, core)
}

/// One who came to the head with the last batch of its turn used to be said to wait for its
/// socket. Nothing ever took that back, and after the stall timeout a client that had everything
/// was cut off.
#[test]
fn who_has_everything_at_the_end_of_its_turn_is_live() {
    let (mut direct, core) = direct(Talker::default());
    // The last of so many looks into the window finds nothing more to read.
    let messages = (BATCHES - 1) * core.pace.batch.messages;
    for _ in 0..messages {
        core.write_window(|window| {
            let offset = window.head().next();
            let message = Message::new("x").encode();
            let entry = message.place(Position::at(core.epoch, offset));
            window.push(offset, entry, Instant::now());
        });
    }
    direct.miss(&interest(), Offset::START);
    let passed = Offset(messages as u64);
    assert_eq!(direct.forward(&core, passed, now()), Next::Live);
    assert!(direct.is_live());
}

#[test]
fn who_talks_after_its_request_is_heard_for_a_while_and_then_cut_off() {
    let talker = Talker::default();
    let (mut direct, _core) = direct(talker.clone());
    assert!(direct.hear(&mut [0; 1000]).is_break());
    let said = u16::try_from(talker.said.load(Ordering::Relaxed)).unwrap();
    assert!((MAX_HEARD..=MAX_HEARD + 1000).contains(&said), "{said}");
}

#[test]
fn a_heartbeat_is_written_after_silence_and_not_before() {
    let talker = Talker::default();
    let (mut direct, _core) = direct(talker.clone());
    let second = Duration::from_secs(1);
    let clock = Clock::start(Instant::now());
    let at = |seconds| clock.tick(Instant::now() + seconds * second);
    assert!(!direct.is_idle(15 * second, at(14)));
    assert!(direct.is_idle(15 * second, at(16)));
    let heartbeat = Share::heartbeat(Offset::START);
    let next = direct.give(&heartbeat, &interest(), at(16));
    assert_eq!(next, Next::Live);
    assert!(!direct.is_idle(15 * second, at(30)));
    assert_eq!(*talker.written.lock().unwrap(), b"2\r\n:\n\r\n");
}

#[test]
fn the_end_is_a_retry_and_the_last_chunk() {
    let talker = Talker::default();
    let (mut direct, core) = direct(talker.clone());
    let end = End::Return(Duration::from_millis(1500));
    direct.end(&interest(), Offset::START, end);
    let next = direct.forward(&core, Offset::START, now());
    assert_eq!(next, Next::Gone);
    let written = String::from_utf8(talker.written.lock().unwrap().clone()).unwrap();
    assert_eq!(written, "c\r\nretry: 1500\n\r\n0\r\n\r\n");
}
