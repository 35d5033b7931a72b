//! Subscribers that do not read.

use super::*;

/// Memory of this process that is in use, in bytes.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let kilobytes = |line: &str| {
        line.strip_prefix("VmRSS:")?
            .strip_suffix("kB")?
            .trim()
            .parse()
            .ok()
    };
    let kilobytes: Option<usize> = status.lines().find_map(kilobytes);
    kilobytes.unwrap() << 10
}

/// 128 MB pass a hundred subscribers that have begun to read and then stopped.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_does_not_read_costs_constant_memory_and_delays_nobody() {
    let hub = Hub::with_settings(settings(|settings| settings.history.bytes = 8 << 20));
    let mut stalled = Vec::new();
    for _ in 0..100 {
        stalled.push(hub.subscribe([], Start::Now).unwrap());
    }
    let mut prompt = hub.subscribe([], Start::Now).unwrap();
    let payload = "x".repeat(32 << 10);
    for _ in 0..10 {
        hub.publish(Message::new(payload.as_str())).await.unwrap();
    }
    for subscription in stalled.iter_mut().chain([&mut prompt]) {
        data(subscription).await;
    }
    all_data(&mut prompt, 9).await;
    let before = resident();
    for _ in 0..4_000 {
        hub.publish(Message::new(payload.as_str())).await.unwrap();
        assert!(data(&mut prompt).await == payload);
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 48 << 20, "grown by {} MiB", grown >> 20);
    assert!(hub.stats().history_bytes <= 8 << 20);
    assert_eq!(hub.stats().gaps, 0);
    // What was lost, they are told when they read again: first the rest of what they had taken.
    for mut subscription in stalled {
        let mut rest = 0;
        while !event(&mut subscription).await.contains("event: gap") {
            rest += 1;
        }
        assert!(rest < 10);
    }
    assert_eq!(hub.stats().gaps, 100);
}

#[tokio::test]
async fn who_comes_back_late_is_brought_forward() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    for number in 0..10_000 {
        publish(&hub, "broadcast", number.to_string()).await;
    }
    for number in 0..10_000 {
        assert_eq!(data(&mut subscription).await, number.to_string());
    }
    assert_nothing_due(&hub, &mut subscription, "broadcast").await;
}

/// Publishers who wait for nobody used to be able to get so far ahead of the workers that messages
/// left the window before any worker had seen them; then everyone was told of a gap.
#[tokio::test]
async fn publishers_do_not_outrun_the_workers() {
    let hub = Hub::with_settings(settings(|settings| {
        settings.history.messages = 100;
        settings.workers = Some(1);
    }));
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    let reader = tokio::spawn(async move { all_data(&mut subscription, 5_000).await });
    let publishers = (0..50).map(|_| {
        let hub = hub.clone();
        tokio::spawn(async move {
            for _ in 0..100 {
                publish(&hub, "broadcast", "x").await;
            }
        })
    });
    for publisher in publishers.collect::<Vec<_>>() {
        publisher.await.unwrap();
    }
    assert_eq!(reader.await.unwrap().len(), 5_000);
    assert_eq!(hub.stats().gaps, 0);
}
