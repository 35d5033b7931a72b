//! Each bound reached, and what the stats say.

use std::sync::Arc;

use tidings_hub::{InvalidOwnId, Listen, PublishError, SubscribeError};
use tokio::time::Instant;

use super::*;

#[tokio::test]
async fn one_subscriber_too_many_is_refused_until_one_leaves() {
    let hub = Hub::with_settings(settings(|settings| settings.max_subscribers = 2));
    let _first = hub.subscribe([], Start::Now).unwrap();
    let second = hub.subscribe([], Start::Now).unwrap();
    for refused in 1..=3 {
        let error = hub.subscribe([], Start::Now).unwrap_err();
        assert_eq!(error, SubscribeError::TooManySubscribers { limit: 2 });
        assert_eq!(hub.stats().refused, refused);
        assert_eq!(hub.stats().subscribers, 2);
    }
    drop(second);
    // Its worker has to hear of it.
    while hub.stats().subscribers > 1 {
        tokio::task::yield_now().await;
    }
    hub.subscribe([], Start::Now).unwrap();
}

#[tokio::test]
async fn topics_are_counted_once_each_and_bounded() {
    let hub = Hub::with_settings(settings(|settings| settings.max_topics = 2));
    let repeated = topics(&["a", "b", "a", "b"]);
    let subscription = hub.subscribe(repeated.clone(), Start::Now);
    assert!(subscription.is_ok());
    let message = Message::new("x").topics(repeated);
    assert!(hub.publish(message).await.is_ok());

    let many = topics(&["a", "b", "c"]);
    let error = hub.subscribe(many.clone(), Start::Now).unwrap_err();
    assert_eq!(error, SubscribeError::TooManyTopics { limit: 2 });
    let error = hub.publish(Message::new("x").topics(many)).await;
    assert!(matches!(
        error,
        Err(PublishError::TooManyTopics { limit: 2 })
    ));
    assert_eq!(hub.stats().published, 1);
}

#[tokio::test]
async fn an_id_that_could_not_be_resumed_is_refused() {
    let hub = Hub::new();
    let message = |id: &str| Message::new("x").id(EventId::try_from(id).unwrap());
    for (id, reason) in [
        ("", InvalidOwnId::Empty),
        ("earliest", InvalidOwnId::Reserved),
        (&"x".repeat(1025), InvalidOwnId::TooLong),
    ] {
        let error = hub.publish(message(id)).await;
        assert!(matches!(error, Err(PublishError::Id(why)) if why == reason));
    }
    assert!(hub.publish(message(&"x".repeat(1024))).await.is_ok());
    assert_eq!(hub.stats().history_messages, 1);
}

#[tokio::test]
async fn history_is_bounded_by_count_and_bytes() {
    let hub = Hub::with_settings(settings(|settings| {
        settings.history.messages = 10;
        settings.history.bytes = 5_000;
    }));
    for number in 1..=100 {
        publish(&hub, "broadcast", "").await;
        assert_eq!(hub.stats().history_messages, number.min(10));
    }
    for _ in 0..100 {
        publish(&hub, "broadcast", "x".repeat(1_000)).await;
        assert!(hub.stats().history_bytes <= 5_000);
    }
    publish(&hub, "broadcast", "x".repeat(9_000)).await;
    assert_eq!(hub.stats().history_messages, 1, "the newest stays");
}

#[tokio::test(start_paused = true)]
async fn history_is_bounded_by_age_also_while_nothing_is_published() {
    let minute = std::time::Duration::from_secs(60);
    let hub = Hub::with_settings(settings(|settings| settings.history.age = minute));
    publish(&hub, "broadcast", "x").await;
    // A stream that beats is what makes the time pass.
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    for _ in 0..3 {
        event(&mut subscription).await;
        assert_eq!(hub.stats().history_messages, 1);
    }
    for _ in 0..2 {
        event(&mut subscription).await;
    }
    assert_eq!(
        (hub.stats().history_messages, hub.stats().history_bytes),
        (0, 0)
    );
    assert_nothing_due(&hub, &mut subscription, "broadcast").await;
    assert_eq!(hub.stats().gaps, 0);
}

#[tokio::test]
async fn the_stats_say_what_has_happened() {
    let hub = Hub::with_settings(settings(|settings| settings.history.messages = 1));
    let stats = hub.stats();
    assert_eq!((stats.published, stats.delivered, stats.gaps), (0, 0, 0));
    assert!(stats.position.ends_with("-0"));
    let mut first = hub.subscribe([], Start::Now).unwrap();
    let mut second = hub.subscribe([], Start::Now).unwrap();
    let id = publish(&hub, "broadcast", "x").await;
    publish(&hub, "unheard", "x").await;
    event(&mut first).await;
    assert!(event(&mut second).await.contains("event: gap"));
    let stats = hub.stats();
    assert_eq!(stats.subscribers, 2);
    assert_eq!(stats.published, 2);
    assert_eq!(stats.position, id.as_str().replace("-1", "-2"));
    assert_eq!((stats.history_messages, stats.draining), (1, false));
}

/// What is kept for a subscriber leaves with it, all of it, and with who is turned away too.
#[tokio::test]
async fn all_that_is_kept_for_a_subscriber_is_dropped_when_it_has_left() {
    let hub = Hub::with_settings(settings(|settings| settings.max_subscribers = 1));
    let kept = Arc::new(());
    let listen = || {
        Listen::to([])
            .keep(Arc::clone(&kept))
            .keep(Arc::clone(&kept))
    };
    let subscription = hub.listen(listen()).unwrap();
    hub.listen(listen()).unwrap_err();
    assert_eq!(Arc::strong_count(&kept), 3);
    drop(subscription);
    while Arc::strong_count(&kept) > 1 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn of_several_ends_the_first_counts() {
    let hub = Hub::new();
    let minute = std::time::Duration::from_secs(60);
    for [first, second] in [[1, 2], [2, 1]] {
        let begun = Instant::now();
        let listen = Listen::to([]).until(begun + first * minute);
        let listen = listen.until(begun + second * minute);
        let mut subscription = hub.listen(listen).unwrap();
        while subscription.next().await.is_some() {}
        let took = begun.elapsed();
        assert!(took <= minute && took > minute.mul_f64(0.9), "{took:?}");
    }
}
