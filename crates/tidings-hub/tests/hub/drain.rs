//! How streams end when the hub is asked to go. In paused time.

use std::{collections::HashSet, time::Duration};

use tidings_hub::{PublishError, SubscribeError};
use tokio::{task::JoinSet, time::Instant};

use super::*;

const WINDOW: Duration = Duration::from_secs(10);

/// What a stream gives until it ends, and when it ended.
async fn to_the_end(mut subscription: Subscription) -> (Vec<String>, Instant) {
    let mut events = Vec::new();
    while let Some(frame) = subscription.next().await {
        events.push(String::from_utf8(frame.event().to_vec()).unwrap());
    }
    assert!(subscription.next().await.is_none(), "it stays at its end");
    (events, Instant::now())
}

#[tokio::test(start_paused = true)]
async fn each_stream_ends_at_its_own_moment_after_what_was_due_to_it() {
    const STREAMS: usize = 400;
    let hub = Hub::new();
    let mut streams = JoinSet::new();
    for _ in 0..STREAMS {
        streams.spawn(to_the_end(hub.subscribe([], Start::Now).unwrap()));
    }
    publish(&hub, "broadcast", "a").await;
    publish(&hub, "broadcast", "b").await;
    let start = Instant::now();
    hub.drain(WINDOW).await;
    assert!(start.elapsed() <= WINDOW);
    assert_eq!(hub.stats().subscribers, 0);
    let mut returns = HashSet::new();
    let mut quarters = [0; 4];
    while let Some(stream) = streams.join_next().await {
        let (events, end) = stream.unwrap();
        let [a, b, retry] = &events[..] else {
            panic!("{events:?}");
        };
        assert_eq!((field(a, "data"), field(b, "data")), ("a", "b"));
        let retry = retry.strip_prefix("retry: ").unwrap();
        let millis: u64 = retry.strip_suffix("\n").unwrap().parse().unwrap();
        assert!((1_000..=5_000).contains(&millis), "{millis}");
        returns.insert(millis);
        // Four fifths of the window are for ending streams.
        let quarter = (end - start).as_secs_f64() / (0.8 * WINDOW.as_secs_f64()) * 4.0;
        quarters[(quarter as usize).min(3)] += 1;
    }
    assert!(returns.len() > STREAMS / 2, "all return at once");
    assert!(
        quarters.iter().all(|ended| *ended > STREAMS / 8),
        "all end at once: {quarters:?}"
    );
}

/// What was published last used to be lost where the moment to end a stream had come before its
/// worker had looked at the message.
#[tokio::test(start_paused = true)]
async fn what_was_published_last_is_delivered_however_short_the_time() {
    for _ in 0..50 {
        let hub = Hub::new();
        let stream = tokio::spawn(to_the_end(hub.subscribe([], Start::Now).unwrap()));
        tokio::task::yield_now().await;
        publish(&hub, "broadcast", "last").await;
        hub.drain(Duration::ZERO).await;
        let (events, _) = stream.await.unwrap();
        assert_eq!(events.len(), 2, "{events:?}");
        assert_eq!(field(&events[0], "data"), "last");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_let_in_any_more() {
    let hub = Hub::new();
    let _held = hub.subscribe([], Start::Now).unwrap();
    let draining = hub.clone();
    let drain = tokio::spawn(async move { draining.drain(WINDOW).await });
    while !hub.is_draining() {
        tokio::task::yield_now().await;
    }
    assert!(hub.stats().draining);
    let refused = hub.publish(Message::new("x")).await;
    assert!(matches!(refused, Err(PublishError::Draining)));
    let refused = hub.subscribe([], Start::Now);
    assert_eq!(refused.unwrap_err(), SubscribeError::Draining);
    assert_eq!(hub.stats().subscribers, 1, "the refused one took no seat");
    drain.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn it_returns_at_once_when_nobody_is_there() {
    let hub = Hub::new();
    drop(hub.subscribe([], Start::Now).unwrap());
    let start = Instant::now();
    hub.drain(WINDOW).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn it_does_not_wait_for_those_who_do_not_go() {
    let hub = Hub::new();
    let _held = hub.subscribe([], Start::Now).unwrap();
    let start = Instant::now();
    hub.drain(WINDOW).await;
    let late = start.elapsed() - WINDOW;
    assert!(late <= Duration::from_millis(1), "{late:?}");
    assert_eq!(hub.stats().subscribers, 1);
}

#[tokio::test(start_paused = true)]
async fn a_drain_may_take_for_ever() {
    let hub = Hub::new();
    let subscription = hub.subscribe([], Start::Now).unwrap();
    tokio::join!(hub.drain(Duration::MAX), async { drop(subscription) });
    assert_eq!(hub.stats().subscribers, 0);
}
