//! Who listens to what: the list of active subscriptions, and the events that tell of its changes
//! (draft-dunglas-mercure-08, section Active Subscriptions).
//!
//! A change costs an entry in a list, and one message to the one topic that names the subscription,
//! whatever the number of others. The messages are published by one task, in the order of the
//! changes: so nobody hears of an end before its beginning. They are ephemeral: a log need not keep
//! them, because after a restart nobody is there, and in history they push out only each other.

mod list;

use std::{
    collections::HashSet,
    ptr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use serde_json::{Value, value::RawValue};
use tidings_hub::{Event, EventId, EventName, Hub, Message, Topic};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    authorize::Reader,
    document::{Matched, Subscription},
};
use crate::{
    Matcher,
    token::{Dialect, TopicMatcher},
};
use list::List;
pub(crate) use list::{Page, PageSize, Place};

#[derive(Debug, Clone)]
pub(crate) struct Presence {
    list: Arc<List>,
    state: Arc<State>,
    /// In fact bounded: a beginning and an end for each subscription there is.
    changes: mpsc::UnboundedSender<Change>,
}

/// What tells one state of the list from another, of this process or a former one.
#[derive(Debug)]
struct State {
    process: Uuid,
    changes: AtomicU64,
}

#[derive(Debug)]
struct Change {
    subscription: Arc<Subscription>,
    active: bool,
}

/// The subscriptions of one connection, which has them for as long as it lasts: they end when it is
/// dropped.
#[derive(Debug)]
pub(crate) struct Announced {
    presence: Presence,
    subscriptions: Vec<(Place, Arc<Subscription>)>,
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
        let state = State {
            process: Uuid::new_v4(),
            changes: AtomicU64::new(0),
        };
        Self {
            list: Arc::default(),
            state: Arc::new(state),
            changes,
        }
    }

    /// The subscriptions of a connection, for [`Announced::begin`] to announce once there is one.
    pub(crate) fn prepare(&self, matchers: &[Matcher], reader: &Reader) -> Announced {
        let subscriber = Uuid::new_v4();
        let mut payloads = Payloads::default();
        let subscription = |matcher: &Matcher| {
            let matched = Matched::by(matcher);
            let place = Place::of(&matched, subscriber);
            let payload = reader.payload_of(matcher);
            let subscription = Subscription {
                matched,
                subscriber,
                payload: payload.and_then(|payload| payloads.shared(payload)),
            };
            (place, Arc::new(subscription))
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

    /// The subscription of this subscriber by this matcher.
    pub(crate) fn find(&self, matched: &Matched, subscriber: Uuid) -> Option<Arc<Subscription>> {
        self.list.find(matched, subscriber)
    }

    /// Those of a dialect, or those by one matcher of it, that stand behind a place.
    pub(crate) fn page(
        &self,
        dialect: Dialect,
        matched: Option<&Matched>,
        after: Option<Place>,
        size: PageSize,
    ) -> Page {
        self.list.page(dialect, matched, after, size)
    }

    /// Another text after each change.
    pub(crate) fn state(&self) -> String {
        let changes = self.state.changes.load(Ordering::Acquire);
        format!("{}-{changes}", self.state.process.simple())
    }

    fn begin(&self, place: Place, subscription: &Arc<Subscription>) {
        self.list.insert(place, subscription.clone());
        self.tell(subscription, true);
    }

    fn end(&self, place: Place, subscription: &Arc<Subscription>) {
        self.list.remove(place, subscription.matched.dialect());
        self.tell(subscription, false);
    }

    fn tell(&self, subscription: &Arc<Subscription>, active: bool) {
        self.state.changes.fetch_add(1, Ordering::Release);
        // Without the task the hub is going down.
        let _ = self.changes.send(Change {
            subscription: subscription.clone(),
            active,
        });
    }
}

/// Payloads as JSON: where several subscriptions have the same, they share it.
#[derive(Default)]
struct Payloads<'a>(Vec<(&'a Value, Arc<RawValue>)>);

impl<'a> Payloads<'a> {
    fn shared(&mut self, payload: &'a Value) -> Option<Arc<RawValue>> {
        if let Some((_, json)) = self.0.iter().find(|(known, _)| ptr::eq(*known, payload)) {
            return Some(json.clone());
        }
        let json: Arc<RawValue> = serde_json::value::to_raw_value(payload).ok()?.into();
        self.0.push((payload, json.clone()));
        Some(json)
    }
}

impl Change {
    /// `None` where the hub cannot have such a topic: the name is longer than it takes.
    fn message(&self) -> Option<Message> {
        let topic = Topic::try_from(self.subscription.id().to_string().as_str()).ok()?;
        let document = serde_json::to_string(&self.subscription.document(self.active));
        let message = Message::from(Event::new(document.expect("its names are texts")));
        // Like any other message's: a number would tell how many there have been.
        let id = EventId::try_from(Uuid::new_v4().urn().to_string()).expect("an id on one line");
        let message = message.topics([topic]).private().ephemeral().id(id);
        Some(match self.subscription.matched.dialect() {
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
    fn payload_of(&self, matcher: &Matcher) -> Option<&Value> {
        let claims = self.claims.as_ref()?;
        let matches = |granted: &TopicMatcher| {
            let same = |one: &&Matcher| one.kind() == granted.kind && one.as_str() == granted.text;
            let granted = self.granted.iter().find(same);
            granted.is_some_and(|granted| granted.matches(matcher.as_str()))
        };
        claims.payload_for(matches)
    }
}

impl Announced {
    /// Announces that they begin.
    pub(crate) fn begin(&self) {
        for (place, subscription) in &self.subscriptions {
            self.presence.begin(*place, subscription);
        }
        self.begun.store(true, Ordering::Release);
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        if !*self.begun.get_mut() {
            return;
        }
        for (place, subscription) in &self.subscriptions {
            self.presence.end(*place, subscription);
        }
    }
}
