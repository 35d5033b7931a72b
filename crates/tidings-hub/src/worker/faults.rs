//! Faults that reviewers have found and the simulation had not, each with its story.

use std::{
    io::{self, IoSlice},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    task::{JoinSet, yield_now},
    time::timeout,
};

use super::*;
use crate::{
    direct::Socket, hub::Hub, message::Message, resume::Start, settings::Settings,
    subscribe::Listen,
};

/// A socket that takes everything, but for a moment in which the system has no memory for it.
#[derive(Debug, Default, Clone)]
struct Flaky {
    fails: Arc<AtomicBool>,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Socket for Flaky {
    fn try_write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.fails.swap(false, Ordering::Relaxed) {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let mut written = self.written.lock().unwrap();
        slices
            .iter()
            .for_each(|slice| written.extend_from_slice(slice));
        Ok(slices.iter().map(|slice| slice.len()).sum())
    }

    fn try_read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn register(&mut self, _: &Registry, _: mio::Token) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self) {}

    fn stall_timeout(&self) -> Duration {
        Duration::MAX
    }
}

fn hub(change: impl FnOnce(&mut Settings)) -> Hub {
    let mut settings = Settings {
        workers: Some(1),
        ..Settings::default()
    };
    change(&mut settings);
    Hub::with_settings(settings)
}

async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

/// A write that failed in a pass was forgotten: the subscriber counted as live and lost the message.
#[tokio::test]
async fn a_failed_write_of_a_pass_ends_the_stream() {
    let hub = hub(|_| {});
    let flaky = Flaky::default();
    let subscription = hub.subscribe([], Start::Now).unwrap();
    subscription.hand_over(flaky.clone());
    settle().await;
    for (data, fails) in [("one", false), ("two", true), ("three", false)] {
        flaky.fails.store(fails, Ordering::Relaxed);
        hub.publish(Message::new(data)).await.unwrap();
        settle().await;
    }
    let written = String::from_utf8(flaky.written.lock().unwrap().clone()).unwrap();
    assert!(written.contains("data: one") && !written.contains("data: three"));
    assert_eq!(hub.stats().subscribers, 0);
}

/// The end came only when nothing was due. Who was always a little behind went on after its time,
/// and got what was private to those whose tokens were still good.
#[tokio::test(start_paused = true)]
async fn who_reads_slowly_does_not_outlive_its_time() {
    let hub = hub(|_| {});
    let until = Instant::now() + Duration::from_secs(10);
    let mut subscription = hub.listen(Listen::to([]).until(until)).unwrap();
    hub.publish(Message::new("in time")).await.unwrap();
    tokio::time::advance(Duration::from_secs(3600)).await;
    settle().await;
    while let Some(frame) = subscription.next().await {
        let event = String::from_utf8(frame.event().to_vec()).unwrap();
        assert!(!event.contains("late"), "{event:?}");
        hub.publish(Message::new("late").private()).await.unwrap();
        settle().await;
    }
}

/// The moment that a drain gave a stream took the place of an earlier one.
#[tokio::test]
async fn a_drain_does_not_lengthen_a_time() {
    let (core, mut desks) = Core::new(
        crate::Epoch::random(),
        Settings::default(),
        crate::pace::Pace::default(),
        1,
    );
    let registry = mio::Poll::new().unwrap().registry().try_clone().unwrap();
    let mut worker = Worker::new(core, &desks.remove(0), registry);
    let signal = Arc::new(Signal::new(Instant::now()));
    let until = Instant::now() + Duration::from_millis(200);
    worker.attach(MemberId(0), &Interest::in_broadcast(), signal, Some(until));
    worker.schedule_ends(Duration::from_secs(360_000));
    assert!(worker.ends.next().unwrap() <= until);
}

/// Publishers were held back by the number of messages only: large ones left the window unseen.
#[tokio::test]
async fn a_flood_of_large_messages_makes_no_gaps() {
    let hub = hub(|settings| settings.history.bytes = 1 << 20);
    for _ in 0..2_000 {
        let subscription = hub.subscribe([], Start::Now).unwrap();
        subscription.hand_over(Flaky::default());
    }
    settle().await;
    let mut publishers = JoinSet::new();
    for _ in 0..32 {
        let hub = hub.clone();
        publishers.spawn(async move {
            for _ in 0..20 {
                let message = Message::new("x".repeat(4096));
                hub.publish(message).await.unwrap();
            }
        });
    }
    while publishers.join_next().await.is_some() {}
    settle().await;
    assert_eq!(hub.stats().gaps, 0);
}

/// Orders were carried out until there were no more. Where subscribers came and went without a pause,
/// there were always more: nobody got a message, and ids were given out without end.
#[tokio::test]
async fn those_who_come_and_go_do_not_keep_messages_back() {
    const MOST: usize = 300;
    let hub = hub(|settings| settings.max_subscribers = MOST);
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let mut others = JoinSet::new();
    for _ in 0..200 {
        let (hub, stop) = (hub.clone(), Arc::clone(&stop));
        others.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let subscription = hub.subscribe([], Start::Now);
                yield_now().await;
                drop(subscription);
                yield_now().await;
            }
        });
    }
    for _ in 0..1_000 {
        yield_now().await;
    }
    hub.publish(Message::new("x")).await.unwrap();
    let got = timeout(Duration::from_secs(10), subscription.next()).await;
    stop.store(true, Ordering::Relaxed);
    while others.join_next().await.is_some() {}
    assert!(got.unwrap().unwrap().event().ends_with(b"data: x\n\n"));
    let given_out = hub.inner.core.workers.ids_given_out();
    assert!(given_out as usize <= MOST, "{given_out}");
}

/// Whose attaching a worker had not come to when it ended, heard nothing for ever.
#[tokio::test]
async fn who_is_not_attached_yet_is_not_left_waiting() {
    let (core, desks) = Core::new(
        crate::Epoch::random(),
        Settings::default(),
        crate::pace::Pace::default(),
        1,
    );
    let signal = Arc::new(Signal::new(Instant::now()));
    let interest = Interest::in_broadcast();
    core.workers.attach(interest, Arc::clone(&signal), None);
    drop(desks);
    assert_eq!(signal.take(Waker::noop()).end, Some(End::Closed));
}

/// Publishers waited for a worker that never ran.
#[test]
fn nobody_waits_for_a_worker_whose_runtime_is_gone() {
    let runtime = || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap()
    };
    let first = runtime();
    let hub = first.block_on(async { hub(|settings| settings.history.messages = 10) });
    drop(first);
    runtime().block_on(async {
        for _ in 0..20 {
            let publishing = hub.publish(Message::new("x"));
            let published = timeout(Duration::from_secs(5), publishing).await;
            published.unwrap().unwrap();
        }
    });
}
