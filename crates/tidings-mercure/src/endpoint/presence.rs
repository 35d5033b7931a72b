//! Who listens to what: the list of active subscriptions, and the events that tell of its changes
//! (draft-dunglas-mercure-08, section Active Subscriptions).
//!
//! A change costs an entry in a list, and one message to the one topic that names the subscription,
//! whatever the number of others. The messages are published by one task, in the order of the
//! changes: so nobody hears of an end before its beginning. They are ephemeral: a log need not keep
//! them, because after a restart nobody is there, and in history they push out only each other.

use std::{
    collections::{BTreeMap, HashSet},
    ops::Bound,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;
use tidings_hub::{Event, EventId, EventName, Hub, Message, Topic};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{authorize::Reader, document::Subscription};
use crate::{
    Matcher,
    token::{Dialect, TopicMatcher},
};

#[derive(Debug, Clone)]
pub(crate) struct Presence {
    list: Arc<Mutex<BTreeMap<String, Subscription>>>,
    /// In fact bounded: a beginning and an end for each subscription there is.
    changes: mpsc::UnboundedSender<Change>,
}

#[derive(Debug)]
struct Change {
    subscription: Subscription,
    active: bool,
}

/// The subscriptions of one connection, which has them for as long as it lasts: they end when it is
/// dropped.
#[derive(Debug)]
pub(crate) struct Announced {
    presence: Presence,
    subscriptions: Vec<Subscription>,
    begun: AtomicBool,
}

impl Presence {
    /// Announces on `hub`, for as long as there is someone to announce.
    pub(crate) fn on(hub: Hub) -> Self {
        let (changes, mut received) = mpsc::unbounded_channel::<Change>();
        tokio::spawn(async move {
            while let Some(change) = received.recv().await {
                if let Some(message) = change.message() {
                    // It is not published while the hub drains; nobody would hear it.
                    if let Err(error) = hub.publish(message).await {
                        tracing::debug!(%error, "a subscription is not announced");
                    }
                }
            }
        });
        Self {
            list: Arc::default(),
            changes,
        }
    }

    /// The subscriptions of a connection, for [`Announced::begin`] to announce once there is one.
    pub(crate) fn prepare(&self, matchers: &[Matcher], reader: &Reader) -> Announced {
        let subscriber = Uuid::new_v4().urn().to_string();
        let subscription = |matcher: &Matcher| {
            let payload = reader.payload_of(matcher);
            Subscription::of(matcher, &subscriber, payload)
        };
        // One asked for twice is one.
        let mut seen = HashSet::new();
        let matchers = matchers.iter().filter(|matcher| seen.insert(*matcher));
        Announced {
            presence: self.clone(),
            subscriptions: matchers.map(subscription).collect(),
            begun: AtomicBool::new(false),
        }
    }

    /// The subscription of this id.
    pub(crate) fn find(&self, id: &str) -> Option<Subscription> {
        self.list().get(id).cloned()
    }

    /// Those whose ids lie below `collection`, of this dialect, `most` at most.
    pub(crate) fn below(
        &self,
        collection: &str,
        dialect: Dialect,
        most: usize,
    ) -> Vec<Subscription> {
        let start = format!("{collection}/");
        let list = self.list();
        list.range::<str, _>((Bound::Included(&*start), Bound::Unbounded))
            .take_while(|(id, _)| id.starts_with(&start))
            .map(|(_, subscription)| subscription)
            .filter(|subscription| subscription.dialect() == dialect)
            .take(most)
            .cloned()
            .collect()
    }

    fn tell(&self, subscription: &Subscription, active: bool) {
        let subscription = subscription.clone();
        // Without the task the hub is going down.
        let _ = self.changes.send(Change {
            subscription,
            active,
        });
    }

    fn list(&self) -> MutexGuard<'_, BTreeMap<String, Subscription>> {
        self.list.lock().expect("nothing panics under the lock")
    }
}

impl Change {
    /// `None` where the hub cannot have such a topic: the name is longer than it takes.
    fn message(&self) -> Option<Message> {
        let topic = Topic::try_from(self.subscription.id().as_str()).ok()?;
        let document = Value::Object(self.subscription.to_json(self.active));
        let message = Message::from(Event::new(document.to_string()));
        // Like any other message's: a number would tell how many there have been.
        let id = EventId::try_from(Uuid::new_v4().urn().to_string()).expect("an id on one line");
        let message = message.topics([topic]).private().ephemeral().id(id);
        Some(match self.subscription.dialect() {
            Dialect::V1 => {
                let name = EventName::try_from("mercure").expect("a name on one line");
                message.event(name)
            }
            // The pages of 0.x listen to events without a name.
            Dialect::Legacy => message,
        })
    }
}

impl Reader {
    /// What its token says that others are told of a subscription of its.
    fn payload_of(&self, matcher: &Matcher) -> Option<Value> {
        let claims = self.claims.as_ref()?;
        let matches = |granted: &TopicMatcher| {
            let same = |one: &&Matcher| one.kind() == granted.kind && one.as_str() == granted.text;
            let granted = self.granted.iter().find(same);
            granted.is_some_and(|granted| granted.matches(matcher.as_str()))
        };
        claims.payload_for(matches).cloned()
    }
}

impl Announced {
    /// Announces that they begin.
    pub(crate) fn begin(&self) {
        for subscription in &self.subscriptions {
            let mut list = self.presence.list();
            list.insert(subscription.id(), subscription.clone());
            drop(list);
            self.presence.tell(subscription, true);
        }
        self.begun.store(true, Ordering::Release);
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        if !*self.begun.get_mut() {
            return;
        }
        for subscription in &self.subscriptions {
            self.presence.list().remove(&subscription.id());
            self.presence.tell(subscription, false);
        }
    }
}
