//! A log of another kind behind the public trait.

use std::{
    fmt,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tidings_hub::{
    AppendError, Appending, Encoded, Epoch, Log, Offset, Position, PublishError, Tail,
};
use tokio::sync::{mpsc, oneshot};

use super::*;

type Ask = (Encoded, oneshot::Sender<Position>);

/// A log that gives places on a task of its own, as one does that writes to a disk or asks a
/// cluster.
struct TaskLog {
    epoch: Epoch,
    asks: mpsc::Sender<Ask>,
    /// Until the hub follows.
    waiting: Mutex<Option<mpsc::Receiver<Ask>>>,
    full: AtomicBool,
}

impl TaskLog {
    fn new() -> Self {
        let (asks, waiting) = mpsc::channel(4);
        Self {
            epoch: Epoch::parse(b"0123abcv").unwrap(),
            asks,
            waiting: Mutex::new(Some(waiting)),
            full: AtomicBool::new(false),
        }
    }
}

impl fmt::Debug for TaskLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TaskLog")
    }
}

impl Log for TaskLog {
    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn follow(&self, tail: Tail) {
        let mut asks = self.waiting.lock().unwrap().take().unwrap();
        let epoch = self.epoch;
        tokio::spawn(async move {
            let mut offset = Offset::START;
            while let Some((message, answer)) = asks.recv().await {
                assert!(!message.topics().is_empty());
                offset = offset.next();
                tokio::task::yield_now().await;
                tail.accept(offset, message);
                // Who asked may have gone; the message is in the log.
                let _ = answer.send(Position { epoch, offset });
            }
        });
    }

    fn append(&self, message: Encoded) -> Appending<'_> {
        Box::pin(async move {
            if self.full.load(Ordering::Relaxed) {
                let full: Box<dyn std::error::Error + Send + Sync> = "the disk is full".into();
                return Err(AppendError::from(full));
            }
            let (answer, position) = oneshot::channel();
            let gone =
                |_| AppendError::from(Box::<dyn std::error::Error + Send + Sync>::from("gone"));
            self.asks
                .send((message, answer))
                .await
                .map_err(|_| gone(()))?;
            position.await.map_err(|_| gone(()))
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_log_that_orders_on_a_task_of_its_own() {
    let hub = Hub::with_log(TaskLog::new(), Settings::default());
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    let mut publishers = tokio::task::JoinSet::new();
    for publisher in 0..8 {
        let hub = hub.clone();
        publishers.spawn(async move {
            for number in 0..50 {
                publish(&hub, "broadcast", format!("{publisher}-{number}")).await;
            }
        });
    }
    let mut ids = Vec::new();
    for _ in 0..400 {
        let event = event(&mut subscription).await;
        ids.push(field(&event, "id").to_owned());
    }
    while let Some(publisher) = publishers.join_next().await {
        publisher.unwrap();
    }
    let expected: Vec<String> = (1..=400).map(|n| format!("0123abcv-{n}")).collect();
    assert_eq!(ids, expected);
    assert_eq!(hub.stats().position, "0123abcv-400");
}

#[tokio::test]
async fn a_publish_is_answered_when_the_message_can_be_read() {
    let hub = Hub::with_log(TaskLog::new(), Settings::default());
    for number in 1..=20 {
        let id = publish(&hub, "broadcast", "x").await;
        assert_eq!(id.as_str(), format!("0123abcv-{number}"));
        assert_eq!(hub.stats().history_messages, number);
    }
}

#[tokio::test]
async fn what_the_log_does_not_take_is_not_published() {
    let log = TaskLog::new();
    log.full.store(true, Ordering::Relaxed);
    let hub = Hub::with_log(log, Settings::default());
    let error = hub.publish(Message::new("x")).await.unwrap_err();
    assert!(matches!(error, PublishError::Log(_)));
    let cause = std::error::Error::source(&error).unwrap();
    assert_eq!(cause.to_string(), "the disk is full");
    assert_eq!(
        (hub.stats().published, hub.stats().history_messages),
        (0, 0)
    );
}
