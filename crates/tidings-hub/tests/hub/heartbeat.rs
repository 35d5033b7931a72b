//! When a comment comes, and when not. In paused time: it moves when nobody has anything to do.

use std::time::Duration;

use tokio::time::{Instant, advance};

use super::*;

const HEARTBEAT: Duration = Duration::from_secs(15);
/// By so much a worker's timer may be late. Early it may be by the time between two looks.
const LATE: Duration = Duration::from_millis(100);

fn assert_about(elapsed: Duration, expected: Duration) {
    let early = expected / 8;
    assert!(
        (expected - early..=expected + LATE).contains(&elapsed),
        "{elapsed:?} instead of {expected:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_idle_stream_beats() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    let mut before = Instant::now();
    for _ in 0..4 {
        assert_eq!(event(&mut subscription).await, ":\n");
        assert_about(before.elapsed(), HEARTBEAT);
        before = Instant::now();
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_beats_only_so_long_after_its_last_message() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    for number in 0..10 {
        advance(Duration::from_secs(10)).await;
        publish(&hub, "broadcast", number.to_string()).await;
        assert_eq!(data(&mut subscription).await, number.to_string());
    }
    let last = Instant::now();
    assert_eq!(event(&mut subscription).await, ":\n");
    assert_about(last.elapsed(), HEARTBEAT);
}

#[tokio::test(start_paused = true)]
async fn messages_of_other_topics_do_not_keep_a_stream_alive() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe(topics(&["quiet"]), Start::Now).unwrap();
    let start = Instant::now();
    let publisher = hub.clone();
    let busy = tokio::spawn(async move {
        let mut interval = tokio::time::interval(Duration::from_secs(1));
        loop {
            interval.tick().await;
            publish(&publisher, "busy", "x").await;
        }
    });
    assert_eq!(event(&mut subscription).await, ":\n");
    assert_about(start.elapsed(), HEARTBEAT);
    busy.abort();
}

#[tokio::test(start_paused = true)]
async fn the_time_is_a_setting_and_may_be_none() {
    let second = Duration::from_secs(1);
    let hub = Hub::with_settings(settings(|settings| settings.heartbeat = second));
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    let start = Instant::now();
    assert_eq!(event(&mut subscription).await, ":\n");
    assert_about(start.elapsed(), second);

    let hub = Hub::with_settings(settings(|settings| settings.heartbeat = Duration::MAX));
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    let hour = Duration::from_secs(60 * 60);
    let silence = tokio::time::timeout(hour, subscription.next()).await;
    assert!(silence.is_err());
    let goes_on = assert_nothing_due(&hub, &mut subscription, "broadcast");
    tokio::time::timeout(hour, goes_on).await.unwrap();
}
