//! What the simulation cannot see: whether others get their turn, and times at the edge.

use std::{
    ops::ControlFlow,
    pin::pin,
    task::{Context, Poll, Waker},
};

use tidings_sse::Event;

use super::*;
use crate::{
    message::Message,
    pace::Pace,
    position::{Epoch, Position},
    settings::Settings,
    workers::Workers,
};

fn core(settings: Settings) -> Arc<Core> {
    Core::new(Epoch::random(), settings, Pace::default(), 1).0
}

fn publish(core: &Core) {
    core.write_window(|window| {
        let offset = window.head().next();
        let message = Message::from(Event::new("x")).encode();
        let entry = message.place(Position::at(core.epoch, offset));
        window.push(offset, entry, Instant::now());
    });
}

/// A worker with subscribers that never look.
fn worker(core: &Arc<Core>, subscribers: u32) -> Worker {
    let (_, mut desks) = Workers::new(1);
    let registry = mio::Poll::new().unwrap().registry().try_clone().unwrap();
    let mut worker = Worker::new(Arc::clone(core), &desks.remove(0), registry);
    for id in 0..subscribers {
        let signal = Arc::new(Signal::new(Instant::now()));
        let interest = Interest::in_broadcast();
        worker.attach(MemberId(id), &interest, signal, None);
    }
    worker
}

/// A pass used to go on for as long as it found anything new. A publisher that never paused kept
/// the worker in it for ever: new subscribers were not attached and got nothing, those who had left
/// were kept, and no heartbeat was sent.
#[test]
fn a_pass_ends_also_where_publishers_never_pause() {
    let core = core(Settings::default());
    let mut worker = worker(&core, 0);
    for id in 0..500 {
        let signal = Arc::new(Signal::new(Instant::now()));
        let interest = Interest::in_broadcast();
        // Not through `attach`, whose mark would make the pass find nobody to wake.
        worker
            .fanout
            .attach(MemberId(id), &interest, Listener::Signalled(signal));
    }
    publish(&core);
    let mut pass = pin!(worker.pass());
    let mut context = Context::from_waker(Waker::noop());
    let mut turns = 0;
    while pass.as_mut().poll(&mut context).is_pending() {
        turns += 1;
        assert!(turns < 100, "the pass does not end");
        publish(&core);
    }
    // The turns grow longer with what waits, and so does this publisher's patience.
    assert!((20..=500 / 16).contains(&turns), "{turns}");
}

/// Only wake-ups used to count. Subscribers that do not read are woken once and no more, so a pass
/// over many of them held its thread until it was through: a thousand messages for ten thousand
/// such subscribers took a second, in which nothing else ran there. (Now each is marked once.)
#[test]
fn a_pass_over_those_who_do_not_read_gives_others_their_turn() {
    let core = core(Settings::default());
    let turn = u32::try_from(core.pace.turn(0)).unwrap();
    let mut worker = worker(&core, 10 * turn);
    publish(&core);
    let mut pass = pin!(worker.pass());
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..10 {
        assert!(pass.as_mut().poll(&mut context).is_pending());
    }
    assert!(matches!(
        pass.poll(&mut context),
        Poll::Ready(ControlFlow::Break(()))
    ));
}

#[test]
fn a_pass_is_bounded_and_says_that_there_is_more() {
    let core = core(Settings::default());
    let mut worker = worker(&core, 0);
    for _ in 0..core.pace.pass + 1 {
        publish(&core);
    }
    let mut context = Context::from_waker(Waker::noop());
    let mut passes = vec![];
    while passes.last() != Some(&ControlFlow::Break(())) {
        match pin!(worker.pass()).poll(&mut context) {
            Poll::Ready(more) => passes.push(more),
            Poll::Pending => panic!("nobody is woken"),
        }
    }
    assert_eq!(passes, [ControlFlow::Continue(()), ControlFlow::Break(())]);
    assert_eq!(worker.passed, core.read_window(Window::head));
}

/// A heartbeat of `Duration::MAX`, for none at all, used to be added to the present moment: the
/// worker panicked at its first subscriber, and all streams stood still.
#[test]
fn the_longest_heartbeat_is_none() {
    let settings = Settings {
        heartbeat: Duration::MAX,
        ..Settings::default()
    };
    let worker = worker(&core(settings), 1);
    let soonest = worker.deadline().unwrap();
    assert!(soonest <= Instant::now() + EXPIRY, "only history's");
}

/// There may be very many idle subscribers; ARCHITECTURE.md says what one costs.
#[cfg(target_pointer_width = "64")]
#[test]
fn a_subscriber_takes_64_bytes_of_its_worker_and_8_to_be_found() {
    assert!(size_of::<crate::fanout::Member<Listener>>() <= 64);
    assert_eq!(crate::fanout::PLACE_BYTES, 8);
}
