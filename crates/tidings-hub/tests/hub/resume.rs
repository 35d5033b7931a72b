//! From an id, from the earliest, over several topics, and what cannot be resumed.

use super::*;

/// The parts of a gap event: id, requested, reason, from.
fn gap(event: &str) -> (String, String, String, String) {
    assert_eq!(field(event, "event"), "gap");
    let data: serde_json::Value = serde_json::from_str(field(event, "data")).unwrap();
    assert_eq!(data.as_object().unwrap().len(), 3);
    let text = |key: &str| data[key].as_str().unwrap().to_owned();
    let id = field(event, "id").to_owned();
    (id, text("requested"), text("reason"), text("from"))
}

fn small_history(messages: usize) -> Hub {
    Hub::with_settings(settings(|settings| settings.history.messages = messages))
}

#[tokio::test]
async fn exactly_what_was_missed_then_live() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    for number in 0..50 {
        publish(&hub, "broadcast", number.to_string()).await;
    }
    all_data(&mut subscription, 49).await;
    let last = event(&mut subscription).await;
    drop(subscription);
    for number in 50..100 {
        publish(&hub, "broadcast", number.to_string()).await;
    }
    let last = Start::from_last_event_id(field(&last, "id").as_bytes());
    let mut subscription = hub.subscribe([], last).unwrap();
    let missed: Vec<String> = (50..100).map(|number| number.to_string()).collect();
    assert_eq!(all_data(&mut subscription, 50).await, missed);
    assert_nothing_due(&hub, &mut subscription, "broadcast").await;
}

#[tokio::test]
async fn one_id_resumes_several_topics() {
    let hub = Hub::new();
    let names = ["a", "b", "c", "unheard"];
    let mut last = publish(&hub, "a", "seen").await;
    for number in 0..200 {
        let id = publish(&hub, names[number % 4], number.to_string()).await;
        if number == 0 {
            // Of another topic than the first that was missed.
            last = id;
        }
    }
    let mut subscription = hub
        .subscribe(topics(&["c", "b", "a"]), after(&last))
        .unwrap();
    let missed: Vec<String> = (1..200)
        .filter(|number| number % 4 != 3)
        .map(|number| number.to_string())
        .collect();
    assert_eq!(all_data(&mut subscription, missed.len()).await, missed);
    assert_nothing_due(&hub, &mut subscription, "b").await;
}

#[tokio::test]
async fn earliest_is_all_that_history_holds() {
    let hub = small_history(3);
    for number in 0..5 {
        publish(&hub, "broadcast", number.to_string()).await;
    }
    let earliest = Start::from_last_event_id(b"earliest");
    let mut subscription = hub.subscribe([], earliest).unwrap();
    assert_eq!(all_data(&mut subscription, 3).await, ["2", "3", "4"]);
    assert_nothing_due(&hub, &mut subscription, "broadcast").await;
}

#[tokio::test]
async fn an_id_of_the_publishers_resumes_too() {
    let hub = Hub::new();
    let own = |id| Message::new(id).id(EventId::try_from(id).unwrap());
    let first = hub.publish(own("first")).await.unwrap();
    assert_eq!(first.as_str(), "first");
    hub.publish(own("second")).await.unwrap();
    let mut subscription = hub.subscribe([], after(&first)).unwrap();
    assert_eq!(
        event(&mut subscription).await,
        "id: second\ndata: second\n\n"
    );
    assert_nothing_due(&hub, &mut subscription, "broadcast").await;
}

#[tokio::test]
async fn a_position_of_another_hub_is_a_gap() {
    let other = Hub::new()
        .publish(Message::new("before the restart"))
        .await
        .unwrap();
    let hub = Hub::new();
    let held = publish(&hub, "broadcast", "held").await;
    let mut subscription = hub.subscribe([], after(&other)).unwrap();
    let told = gap(&event(&mut subscription).await);
    let floor = held.as_str().replace("-1", "-0");
    assert_eq!(
        told,
        (
            floor.clone(),
            other.as_str().into(),
            "other-epoch".into(),
            floor
        )
    );
    assert_eq!(data(&mut subscription).await, "held");
    assert_nothing_due(&hub, &mut subscription, "broadcast").await;
    assert_eq!(hub.stats().gaps, 1);
}

#[tokio::test]
async fn what_history_no_longer_holds_is_a_gap_that_is_told_once() {
    let hub = small_history(2);
    let first = publish(&hub, "broadcast", "0").await;
    for number in 1..5 {
        publish(&hub, "broadcast", number.to_string()).await;
    }
    let mut subscription = hub.subscribe([], after(&first)).unwrap();
    let (id, requested, reason, from) = gap(&event(&mut subscription).await);
    assert_eq!(
        (requested.as_str(), reason.as_str()),
        (first.as_str(), "expired")
    );
    assert_eq!(id, from);
    // The connection is lost right behind the gap.
    let mut subscription = hub
        .subscribe([], Start::from_last_event_id(id.as_bytes()))
        .unwrap();
    assert_eq!(all_data(&mut subscription, 2).await, ["3", "4"]);
    assert_nothing_due(&hub, &mut subscription, "broadcast").await;
}

#[tokio::test]
async fn an_unknown_id_is_a_gap_and_cannot_break_the_line() {
    let hub = Hub::new();
    let id = b"\xff\n\ndata: injected\n\n";
    let mut subscription = hub.subscribe([], Start::from_last_event_id(id)).unwrap();
    let event = event(&mut subscription).await;
    assert_eq!(event.matches('\n').count(), 4, "three fields: {event:?}");
    let (_, requested, reason, _) = gap(&event);
    assert_eq!(reason, "unknown");
    assert_eq!(requested, "\u{fffd}\n\ndata: injected\n\n");
    assert_nothing_due(&hub, &mut subscription, "broadcast").await;
}

/// It used to go on as if nothing were missing.
#[tokio::test]
async fn where_gaps_are_not_told_a_stream_that_loses_something_ends() {
    let hub = Hub::with_settings(settings(|settings| {
        settings.history.messages = 2;
        settings.gap_event = false;
    }));
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    assert!(subscription.found_start());
    for number in 0..5 {
        publish(&hub, "broadcast", number.to_string()).await;
    }
    // It has been given nothing, so it is told where it was.
    let last = event(&mut subscription).await;
    assert!(subscription.next().await.is_none());
    assert_eq!(hub.stats().gaps, 1);
    let id = last.strip_prefix("id: ").unwrap().trim_end();
    let resume = Start::from_last_event_id(id.as_bytes());
    let mut subscription = hub.subscribe([], resume).unwrap();
    assert!(!subscription.found_start(), "it has lost something");
    assert_eq!(all_data(&mut subscription, 2).await, ["3", "4"]);
    assert_nothing_due(&hub, &mut subscription, "broadcast").await;
    assert_eq!(hub.stats().gaps, 2, "counted nevertheless");
}

/// An announcement that had left history was an id like any other that is not known: its client was
/// given all of history once more.
#[tokio::test]
async fn who_comes_back_with_an_ephemeral_message_that_has_left_goes_on_where_it_was() {
    let hub = small_history(80);
    publish(&hub, "news", "seen").await;
    let here = |number: i32| {
        let id = EventId::try_from(format!("here-{number}")).unwrap();
        let message = Message::new("here").topics([topic("here/x")]);
        message.ephemeral().id(id)
    };
    let last = hub.publish(here(0)).await.unwrap();
    publish(&hub, "news", "missed").await;
    for number in 1..=20 {
        hub.publish(here(number)).await.unwrap();
    }
    let listen = Listen::to([Selector::All]).start(after(&last));
    let mut subscription = hub.listen(listen).unwrap();
    assert!(!subscription.found_start());
    let (_, _, reason, from) = gap(&event(&mut subscription).await);
    assert_eq!(reason, "expired");
    assert!(from.ends_with("-2"), "{from}");
    assert_eq!(all_data(&mut subscription, 2).await, ["missed", "here"]);
    // Who does not listen there has lost nothing.
    let subscription = hub.subscribe([topic("news")], after(&last)).unwrap();
    assert!(subscription.found_start());
}

#[tokio::test]
async fn who_falls_behind_is_told_in_the_middle_of_the_stream() {
    let hub = small_history(2);
    let mut subscription = hub.subscribe([], Start::Now).unwrap();
    let seen = publish(&hub, "broadcast", "seen").await;
    assert_eq!(data(&mut subscription).await, "seen");
    for number in 0..5 {
        publish(&hub, "broadcast", number.to_string()).await;
    }
    let (_, requested, reason, _) = gap(&event(&mut subscription).await);
    assert_eq!(
        (requested.as_str(), reason.as_str()),
        (seen.as_str(), "expired")
    );
    assert_eq!(all_data(&mut subscription, 2).await, ["3", "4"]);
    assert_nothing_due(&hub, &mut subscription, "broadcast").await;
}

#[tokio::test]
async fn a_quiet_subscriber_is_told_nothing_however_much_of_other_topics_passes() {
    let hub = small_history(2);
    let mut quiet = hub.subscribe(topics(&["quiet"]), Start::Now).unwrap();
    publish(&hub, "quiet", "first").await;
    assert_eq!(data(&mut quiet).await, "first");
    let quiet = tokio::spawn(async move { data(&mut quiet).await });
    let mut busy = hub.subscribe(topics(&["busy"]), Start::Now).unwrap();
    for number in 0..100 {
        publish(&hub, "busy", number.to_string()).await;
        assert_eq!(data(&mut busy).await, number.to_string());
    }
    publish(&hub, "quiet", "second").await;
    assert_eq!(quiet.await.unwrap(), "second");
    assert_eq!(hub.stats().gaps, 0);
}

/// Everyone who came and went used to be in history like what was published, and pushed it out.
#[tokio::test]
async fn a_flood_of_ephemeral_messages_takes_nothing_from_those_who_listen_to_others() {
    let hub = small_history(80);
    let first = publish(&hub, "news", "first").await;
    publish(&hub, "news", "second").await;
    for number in 0..1_000 {
        let name = format!("here/{number}");
        let message = Message::new("here").topics([topic(&name)]).ephemeral();
        hub.publish(message).await.unwrap();
    }
    assert_eq!(hub.stats().history_messages, 2 + 80 / 8);
    let mut subscription = hub.subscribe([topic("news")], after(&first)).unwrap();
    assert!(subscription.found_start());
    assert_eq!(all_data(&mut subscription, 1).await, ["second"]);
    assert_nothing_due(&hub, &mut subscription, "news").await;
    // Who listens to everything has lost some, and hears of it before all that is left.
    let listen = Listen::to([Selector::All]).start(after(&first));
    let mut subscription = hub.listen(listen).unwrap();
    assert!(!subscription.found_start());
    let (id, requested, reason, from) = gap(&event(&mut subscription).await);
    assert_eq!((&*requested, &*reason), (first.as_str(), "expired"));
    assert_eq!((id, from), (requested.clone(), requested));
    let held = all_data(&mut subscription, 1 + 80 / 8).await;
    assert_eq!((&*held[0], &*held[10]), ("second", "here"));
}
