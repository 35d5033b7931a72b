//! The hub, from outside: the public API on a real runtime.
//!
//! * `delivery`: many subscribers, many publishers, random disconnects: one order, nothing lost
//! * `resume`: from an id, from the earliest, over several topics, and what cannot be resumed
//! * `heartbeat`: when a comment comes, and when not
//! * `drain`: how streams end when the hub is asked to go
//! * `close`: how streams end when the last handle is gone
//! * `limits`: each bound reached, and what the stats say
//! * `slow`: subscribers that do not read
//! * `log`: a log of another kind behind the public trait

#![allow(
    clippy::unwrap_used,
    reason = "a test's helper functions may unwrap as the test itself may"
)]

mod close;
mod delivery;
mod drain;
mod heartbeat;
mod limits;
mod log;
mod resume;
mod slow;

use tidings_hub::{EventId, Hub, Listen, Message, Selector, Settings, Start, Subscription, Topic};

fn topic(name: &str) -> Topic {
    Topic::try_from(name).unwrap()
}

fn topics(names: &[&str]) -> Vec<Topic> {
    names.iter().map(|name| topic(name)).collect()
}

/// The default settings with something changed.
fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings);
    settings
}

async fn publish(hub: &Hub, name: &str, data: impl Into<String>) -> EventId {
    let message = Message::new(data).topics([topic(name)]);
    hub.publish(message).await.unwrap()
}

fn after(id: &EventId) -> Start {
    Start::from_last_event_id(id.as_str().as_bytes())
}

/// The next event as text.
async fn event(subscription: &mut Subscription) -> String {
    let frame = subscription.next().await.expect("the stream goes on");
    String::from_utf8(frame.event().to_vec()).unwrap()
}

/// The value of a field of an event.
fn field<'a>(event: &'a str, name: &str) -> &'a str {
    let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix(": ");
    let value = event.lines().find_map(value);
    value.unwrap_or_else(|| panic!("no {name} in {event:?}"))
}

/// The data of the next event.
async fn data(subscription: &mut Subscription) -> String {
    field(&event(subscription).await, "data").to_owned()
}

/// The data of all events to come, which must be so many.
async fn all_data(subscription: &mut Subscription, count: usize) -> Vec<String> {
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        all.push(data(subscription).await);
    }
    all
}

/// Whether nothing is due: a message published now is the next.
async fn assert_nothing_due(hub: &Hub, subscription: &mut Subscription, name: &str) {
    publish(hub, name, "the next").await;
    assert_eq!(data(subscription).await, "the next");
}
