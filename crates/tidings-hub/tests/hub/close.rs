//! How streams end when the last handle is gone.

use super::*;

#[tokio::test]
async fn the_streams_end_with_the_last_handle() {
    let hub = Hub::new();
    let other = hub.clone();
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    drop(hub);
    assert_nothing_due(&other, &mut subscription, "broadcast").await;
    drop(other);
    assert!(subscription.next().await.is_none());
    assert!(subscription.next().await.is_none());
}

/// Whether it was delivered used to depend on what the worker happened to look at first, the
/// message or the end.
#[tokio::test]
async fn what_was_published_before_is_delivered() {
    for _ in 0..50 {
        let hub = Hub::new();
        let mut subscription = hub.subscribe([], Start::Now).unwrap();
        assert_nothing_due(&hub, &mut subscription, "broadcast").await;
        let waiting = tokio::spawn(async move {
            let last = data(&mut subscription).await;
            (last, subscription.next().await.is_none())
        });
        tokio::task::yield_now().await;
        publish(&hub, "broadcast", "last").await;
        drop(hub);
        assert_eq!(waiting.await.unwrap(), ("last".into(), true));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_stream_of_every_worker_ends() {
    let hub = Hub::new();
    let mut streams = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let mut subscription = hub.subscribe([], Start::Now).unwrap();
        streams.spawn(async move { subscription.next().await.is_none() });
    }
    drop(hub);
    while let Some(ended) = streams.join_next().await {
        assert!(ended.unwrap());
    }
}
