//! Who listens to what: the list of active subscriptions, and the events that tell of its changes
//! (draft-dunglas-mercure-08, section Active Subscriptions).
//!
//! A change costs an entry in a list, and one message to the one topic that names the subscription,
//! whatever the number of others. One task publishes the messages ([`announce`]), and who comes waits
//! for room in its queue before its stream opens: who comes and goes faster than that can be told of
//! is slowed down. A subscription is in the list from when its stream is open until it ends; of one
//! that ends before its turn has come nobody hears, unless a list has shown it ([`telling`]).

mod announce;
mod list;
mod telling;
#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    ptr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use serde_json::{Value, value::RawValue};
use tidings_hub::Hub;
use uuid::Uuid;

use super::{
    authorize::Reader,
    document::{Matched, Subscription},
};
use crate::{
    Matcher,
    token::{Dialect, TopicMatcher},
};
use announce::Announcer;
pub(crate) use announce::Room;
use list::List;
pub(crate) use list::{Page, PageSize, Place};
pub(crate) use telling::Telling;

#[derive(Debug, Clone)]
pub(crate) struct Presence {
    list: Arc<List>,
    state: Arc<State>,
    announcer: Announcer,
}

/// What tells one state of the list from another, of this process or a former one.
#[derive(Debug)]
struct State {
    process: Uuid,
    changes: AtomicU64,
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
        let state = State {
            process: Uuid::new_v4(),
            changes: AtomicU64::new(0),
        };
        Self {
            list: Arc::default(),
            state: Arc::new(state),
            announcer: Announcer::on(hub),
        }
    }

    /// Waits until so many beginnings have room in the queue: before the stream opens, so that who is
    /// made to wait has nothing yet that could change meanwhile, and leaves nothing behind.
    pub(crate) async fn room(&self, beginnings: usize) -> Room<'_> {
        self.announcer.room(beginnings).await
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
                telling: Telling::default(),
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

    /// Another text after each change of the list, also after a restart.
    pub(crate) fn state(&self) -> String {
        let changes = self.state.changes.load(Ordering::Acquire);
        format!("{}-{changes}", self.state.process.simple())
    }

    /// After the change itself: whoever has read the state before has another one than who reads it
    /// afterwards.
    fn changed(&self) {
        self.state.changes.fetch_add(1, Ordering::Release);
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
    /// How many beginnings there are to announce.
    pub(crate) fn len(&self) -> usize {
        self.subscriptions.len()
    }

    /// Lists them, and announces in this room that they begin.
    pub(crate) fn begin(&self, mut room: Room<'_>) {
        for (place, subscription) in &self.subscriptions {
            self.presence.list.insert(*place, subscription.clone());
            self.presence.changed();
            room.begin(subscription);
        }
        self.begun.store(true, Ordering::Release);
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        if !*self.begun.get_mut() {
            return;
        }
        let presence = &self.presence;
        for (place, subscription) in &self.subscriptions {
            // First from the list: what that has shown until now is told of.
            let dialect = subscription.matched.dialect();
            presence.list.remove(*place, dialect);
            presence.changed();
            presence.announcer.end(subscription);
        }
    }
}
