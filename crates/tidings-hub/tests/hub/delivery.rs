//! Many subscribers, many publishers, random disconnects: one order, nothing lost.

use tokio::task::JoinSet;

use super::*;

/// Reads until `count` messages have come, leaving at random and resuming where it left.
async fn read_with_disconnects(hub: Hub, names: &[&str], count: usize) -> Vec<String> {
    let mut subscription = hub.subscribe(topics(names), Start::Earliest).unwrap();
    let mut received = Vec::with_capacity(count);
    while received.len() < count {
        let event = event(&mut subscription).await;
        received.push(field(&event, "data").to_owned());
        if fastrand::u8(..20) == 0 {
            let last = Start::from_last_event_id(field(&event, "id").as_bytes());
            drop(subscription);
            subscription = hub.subscribe(topics(names), last).unwrap();
        }
    }
    received
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everyone_gets_everything_in_order_however_often_they_leave() {
    const MESSAGES: usize = 1_000;
    let hub = Hub::new();
    let names = ["a", "b", "c"];
    let mut readers = JoinSet::new();
    for number in 0..60 {
        let hub = hub.clone();
        readers.spawn(async move {
            // Those who listen to one topic, to two, and to all.
            let first = number % 3;
            let names: Vec<&str> = (0..=number / 3 % 3)
                .map(|n| names[(first + n) % 3])
                .collect();
            let is_for = |n: &usize| names.contains(&["a", "b", "c"][n % 3]);
            let expected: Vec<usize> = (0..MESSAGES).filter(is_for).collect();
            let received = read_with_disconnects(hub, &names, expected.len()).await;
            let expected = expected.iter().map(usize::to_string);
            assert!(received.into_iter().eq(expected));
        });
    }
    for number in 0..MESSAGES {
        publish(&hub, names[number % 3], number.to_string()).await;
        if number % 10 == 0 {
            tokio::task::yield_now().await;
        }
    }
    while let Some(reader) = readers.join_next().await {
        reader.unwrap();
    }
    assert_eq!(hub.stats().gaps, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_publishers_have_one_order() {
    const EACH: usize = 200;
    const PUBLISHERS: usize = 8;
    let hub = Hub::new();
    let mut readers = JoinSet::new();
    for _ in 0..16 {
        let mut subscription = hub.subscribe([], Start::Now).unwrap();
        readers.spawn(async move { all_data(&mut subscription, PUBLISHERS * EACH).await });
    }
    let mut publishers = JoinSet::new();
    for publisher in 0..PUBLISHERS {
        let hub = hub.clone();
        publishers.spawn(async move {
            for number in 0..EACH {
                publish(&hub, "broadcast", format!("{publisher} {number:03}")).await;
            }
        });
    }
    while let Some(publisher) = publishers.join_next().await {
        publisher.unwrap();
    }
    let order = readers.join_next().await.unwrap().unwrap();
    while let Some(other) = readers.join_next().await {
        assert_eq!(other.unwrap(), order);
    }
    // Each publisher's own messages stand in the order in which it published them.
    for publisher in 0..PUBLISHERS {
        let prefix = format!("{publisher} ");
        let own = order.iter().filter(|data| data.starts_with(&prefix));
        assert!(own.clone().is_sorted());
        assert_eq!(own.count(), EACH);
    }
}

#[tokio::test]
async fn a_message_for_several_topics_comes_once() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe(topics(&["a", "b", "a"]), Start::Now).unwrap();
    let message = Message::new("both").topics(topics(&["b", "a", "b"]));
    hub.publish(message).await.unwrap();
    assert_eq!(data(&mut subscription).await, "both");
    assert_nothing_due(&hub, &mut subscription, "a").await;
}

#[tokio::test]
async fn without_a_topic_it_is_broadcast() {
    let hub = Hub::new();
    let mut all = hub.subscribe([], Start::Now).unwrap();
    let mut other = hub.subscribe(topics(&["other"]), Start::Now).unwrap();
    let id = hub.publish(Message::new("hello")).await.unwrap();
    assert_eq!(event(&mut all).await, format!("id: {id}\ndata: hello\n\n"));
    assert_nothing_due(&hub, &mut other, "other").await;
}

#[tokio::test]
async fn a_large_message_arrives_whole() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    let large = "x".repeat(1 << 20);
    for _ in 0..3 {
        hub.publish(Message::new(large.as_str())).await.unwrap();
    }
    for _ in 0..3 {
        assert!(data(&mut subscription).await == large);
    }
}

/// A pass of a worker used to go on for as long as it found anything new. Under a publisher that
/// never paused, a new subscriber was not attached, and got nothing after its first look.
#[tokio::test]
async fn a_new_subscriber_is_served_while_publishers_never_pause() {
    const MESSAGES: usize = 1_000;
    let hub = Hub::new();
    let mut readers = JoinSet::new();
    for _ in 0..100 {
        let mut subscription = hub.subscribe([], Start::Now).unwrap();
        readers.spawn(async move { while data(&mut subscription).await != "last" {} });
    }
    let mut late = None;
    for number in 0..MESSAGES {
        publish(&hub, "broadcast", number.to_string()).await;
        tokio::task::yield_now().await;
        if number == 100 {
            let mut subscription = hub.subscribe([], Start::Now).unwrap();
            // The first it may find by itself; for the others it must be woken.
            late = Some(tokio::spawn(
                async move { all_data(&mut subscription, 3).await },
            ));
        }
        if number == MESSAGES / 2 {
            let late = late.as_ref().expect("it has come");
            assert!(late.is_finished(), "nothing for hundreds of messages");
        }
    }
    assert_eq!(late.unwrap().await.unwrap(), ["101", "102", "103"]);
    publish(&hub, "broadcast", "last").await;
    while let Some(reader) = readers.join_next().await {
        reader.unwrap();
    }
}
