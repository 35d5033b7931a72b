//! What a watcher is told, through a real hub.

use std::time::Duration;

use serde::Deserialize;
use tidings_hub::{Selector, Settings, Start, Subscription as Stream};
use tokio::{task::JoinSet, time::timeout};

use super::{announce::MAX_BEGINNINGS, *};
use crate::{HubUrl, MatcherType};

const ALL: PageSize = PageSize {
    subscriptions: usize::MAX,
    bytes: usize::MAX,
};

/// What is told of a subscription.
#[derive(Debug, Deserialize)]
struct Told {
    id: String,
    active: bool,
}

/// History for all that a test has published.
fn hub() -> (Hub, Presence) {
    let mut settings = Settings::default();
    settings.history.messages = 10_000_000;
    settings.history.bytes = 1 << 30;
    settings.max_topics = 1;
    let hub = Hub::with_settings(settings);
    (hub.clone(), Presence::on(hub))
}

fn watch(hub: &Hub) -> Stream {
    let listen = tidings_hub::Listen::to([Selector::All]).start(Start::Now);
    hub.listen(listen).unwrap()
}

async fn next(watcher: &mut Stream) -> Told {
    let frame = timeout(Duration::from_secs(60), watcher.next()).await;
    let event = frame.expect("something is told").unwrap().event();
    let event = str::from_utf8(&event).unwrap();
    let data = event.lines().find_map(|line| line.strip_prefix("data: "));
    serde_json::from_str(data.expect("it has data")).unwrap()
}

/// A connection with so many subscriptions, not yet open.
fn connection(presence: &Presence, count: usize) -> Announced {
    let url = HubUrl::parse("https://hub.example/.well-known/mercure").unwrap();
    let matcher = |n| Matcher::parse(MatcherType::Exact, &format!("topic-{n}"), &url).unwrap();
    let matchers: Vec<Matcher> = (0..count).map(matcher).collect();
    presence.prepare(&matchers, &Reader::default())
}

async fn open(presence: &Presence, count: usize) -> Announced {
    let announced = connection(presence, count);
    announced.begin(presence.room(count).await);
    announced
}

fn listed(presence: &Presence) -> usize {
    let page = presence.page(Dialect::V1, None, None, ALL);
    page.subscriptions.len()
}

/// The queue had no bound: connections with a hundred matchers each, opened and closed for some seconds, left millions
/// of announcements behind, and gigabytes. Here the task has no turn until someone waits.
#[tokio::test]
async fn n56_who_comes_waits_while_the_queue_is_full() {
    let (hub, presence) = hub();
    let mut watcher = watch(&hub);
    let many = connection(&presence, MAX_BEGINNINGS);
    many.begin(presence.room(MAX_BEGINNINGS).await);

    let one = connection(&presence, 1);
    let room = timeout(Duration::ZERO, presence.room(MAX_BEGINNINGS)).await;
    assert!(room.is_err(), "there is none");
    drop(room);
    // Who has left while waiting has left nothing behind, and is not told of.
    one.begin(presence.room(1).await);
    for _ in 0..=MAX_BEGINNINGS {
        assert!(next(&mut watcher).await.active);
    }
    drop((many, one));
    for _ in 0..=MAX_BEGINNINGS {
        assert!(!next(&mut watcher).await.active);
    }
    let room = presence.room(MAX_BEGINNINGS).await;
    drop(room);
    let _all_given_back = presence.room(MAX_BEGINNINGS).await;
}

#[tokio::test]
async fn n56_who_has_gone_before_anyone_knew_is_not_told_of() {
    let (hub, presence) = hub();
    let mut watcher = watch(&hub);
    // Without a turn for the task.
    let gone = connection(&presence, 10);
    gone.begin(presence.room(10).await);
    drop(gone);
    let stays = connection(&presence, 1);
    stays.begin(presence.room(1).await);
    let (_, subscription) = &stays.subscriptions[0];
    let told = next(&mut watcher).await;
    assert_eq!(
        (told.id, told.active),
        (subscription.id().to_string(), true)
    );
}

/// Who has read of it would take it for active for ever.
#[tokio::test]
async fn n61_who_was_listed_is_told_of_even_if_gone() {
    let (hub, presence) = hub();
    let mut watcher = watch(&hub);
    for by_page in [true, false] {
        let gone = connection(&presence, 1);
        gone.begin(presence.room(1).await);
        let (_, subscription) = gone.subscriptions[0].clone();
        if by_page {
            assert_eq!(listed(&presence), 1);
        } else {
            let found = presence.find(&subscription.matched, subscription.subscriber);
            assert!(found.is_some());
        }
        drop(gone);
        assert_eq!(listed(&presence), 0);
        for active in [true, false] {
            let told = next(&mut watcher).await;
            let expected = (subscription.id().to_string(), active);
            assert_eq!((told.id, told.active), expected);
        }
    }
}

/// The list and its state, also where nothing has been told yet.
#[tokio::test]
async fn n62_each_change_of_the_list_is_another_state() {
    let (_hub, presence) = hub();
    let mut states = HashSet::from([presence.state()]);
    let connection = connection(&presence, 1);
    assert!(!states.insert(presence.state()), "nobody has come yet");
    connection.begin(presence.room(1).await);
    assert_eq!(listed(&presence), 1);
    assert!(states.insert(presence.state()));
    drop(connection);
    assert_eq!(listed(&presence), 0);
    assert!(states.insert(presence.state()));
}

#[tokio::test]
async fn nobody_waits_for_a_hub_that_drains() {
    let (hub, presence) = hub();
    let mut open_ones = Vec::new();
    hub.drain(Duration::ZERO).await;
    for _ in 0..3 * MAX_BEGINNINGS / 100 {
        open_ones.push(open(&presence, 100).await);
    }
    // What was not announced has no end to tell of.
    drop(presence.room(MAX_BEGINNINGS).await);
    for one in open_ones.iter().flat_map(|one| &one.subscriptions) {
        assert!(!one.1.telling.end());
    }
}

/// Connections that come and go as they like, on several threads, with a reader of the list among them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn n56_each_beginning_has_its_end_whoever_comes_and_goes() {
    const CONNECTIONS: usize = 500;
    const EACH: usize = 20;
    let (hub, presence) = hub();
    let mut watcher = watch(&hub);
    let mut churn = JoinSet::new();
    for lane in 0..4 {
        let presence = presence.clone();
        churn.spawn(async move {
            for n in 0..CONNECTIONS {
                let connection = open(&presence, EACH).await;
                // Some stay for a moment, some are gone at once, some are seen.
                for _ in 0..n % 3 {
                    tokio::task::yield_now().await;
                }
                if lane == 0 && n % 50 == 0 {
                    listed(&presence);
                }
                drop(connection);
            }
        });
    }
    churn.join_all().await;
    assert_eq!(listed(&presence), 0);
    let last = open(&presence, 1).await;
    let last = last.subscriptions[0].1.id().to_string();
    let (mut begun, mut active) = (HashSet::new(), HashSet::new());
    loop {
        let told = next(&mut watcher).await;
        if told.id == last {
            break;
        }
        if told.active {
            assert!(begun.insert(told.id.clone()), "it begins once: {told:?}");
            active.insert(told.id);
        } else {
            assert!(
                active.remove(&told.id),
                "it ends once, after that: {told:?}"
            );
        }
    }
    assert_eq!(active, HashSet::new(), "what has begun has ended");
}
