//! Publishing that subscriptions begin and end: two queues, and the task that empties them.
//!
//! Beginnings wait in a queue with [`MAX_BEGINNINGS`] places, and who comes waits for a place there. Ends come from
//! `Drop`, which cannot wait. They have a queue of their own, without a bound of its own: only what was announced has an
//! entry there ([`Telling`](super::Telling)), and the task announces nothing more before that queue is empty; so there are
//! never more of them than announced subscriptions were active at once. Both queues give back the memory of a burst.
//!
//! One task publishes, one message after the other, so nobody hears of an end before its beginning. The messages are
//! ephemeral: a log need not keep them, because after a restart nobody is there, and in history they push out only each
//! other. While the hub drains nothing is published, and nobody would hear it: the queues empty themselves all the same.

use std::sync::Arc;

use tidings_hub::{Event, EventId, EventName, Hub, Message, Topic};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{super::document::Subscription, telling::Turn};
use crate::token::Dialect;

/// How many subscriptions may wait to be announced, before others wait for them. More than the matchers of one request,
/// which have room all at once or not at all; so few that who comes last waits for some hundredths of a second.
pub(super) const MAX_BEGINNINGS: usize = 4_096;

/// Hands over to the task, which lasts as long as there is one of these.
#[derive(Debug, Clone)]
pub(super) struct Announcer {
    beginnings: mpsc::Sender<Arc<Subscription>>,
    ends: mpsc::UnboundedSender<Arc<Subscription>>,
}

/// Room for the beginnings of one connection, given back where it is not used.
#[derive(Debug)]
pub(crate) struct Room<'a>(Option<mpsc::PermitIterator<'a, Arc<Subscription>>>);

/// The other side of an [`Announcer`].
struct Queues {
    beginnings: mpsc::Receiver<Arc<Subscription>>,
    ends: mpsc::UnboundedReceiver<Arc<Subscription>>,
}

impl Announcer {
    /// Announces on `hub`, in a task.
    pub(super) fn on(hub: Hub) -> Self {
        let (beginnings, begun) = mpsc::channel(MAX_BEGINNINGS);
        let (ends, ended) = mpsc::unbounded_channel();
        let queues = Queues {
            beginnings: begun,
            ends: ended,
        };
        tokio::spawn(queues.publish_on(hub));
        Self { beginnings, ends }
    }

    /// Waits for room, in the order in which it was asked for.
    pub(super) async fn room(&self, beginnings: usize) -> Room<'_> {
        // It fails without the task, where the hub is going down; or for more than the forms of requests let through.
        Room(self.beginnings.reserve_many(beginnings).await.ok())
    }

    /// It has ended.
    pub(super) fn end(&self, subscription: &Arc<Subscription>) {
        if subscription.telling.end() {
            // Without the task the hub is going down.
            let _ = self.ends.send(subscription.clone());
        }
    }
}

impl Room<'_> {
    /// It begins.
    pub(super) fn begin(&mut self, subscription: &Arc<Subscription>) {
        if let Some(place) = self.0.as_mut().and_then(Iterator::next) {
            place.send(subscription.clone());
        }
    }
}

impl Queues {
    async fn publish_on(mut self, hub: Hub) {
        loop {
            // In this order: the ends are bounded because nothing is announced while there are any.
            tokio::select! {
                biased;
                Some(ended) = self.ends.recv() => {
                    if ended.telling.is_announced() {
                        publish(&hub, &ended, false).await;
                    }
                }
                Some(begun) = self.beginnings.recv() => announce(&hub, &begun).await,
                else => return,
            }
        }
    }
}

async fn announce(hub: &Hub, subscription: &Subscription) {
    let turn = subscription.telling.turn();
    if turn == Turn::Nothing {
        return;
    }
    if !publish(hub, subscription, true).await {
        subscription.telling.silence();
    } else if turn == Turn::BeginningAndEnd {
        publish(hub, subscription, false).await;
    }
}

/// Whether it has been published.
async fn publish(hub: &Hub, subscription: &Subscription, active: bool) -> bool {
    let Some(message) = message(subscription, active) else {
        return false;
    };
    let published = hub.publish(message).await;
    if let Err(error) = &published {
        tracing::debug!(%error, active, "a subscription is not announced");
    }
    published.is_ok()
}

/// `None` where the hub cannot have such a topic: the name is longer than it takes.
fn message(subscription: &Subscription, active: bool) -> Option<Message> {
    let topic = Topic::try_from(subscription.id().to_string().as_str()).ok()?;
    let document = serde_json::to_string(&subscription.document(active));
    let message = Message::from(Event::new(document.expect("its names are texts")));
    // Like any other message's: a number would tell how many there have been.
    let id = EventId::try_from(Uuid::new_v4().urn().to_string()).expect("an id on one line");
    let message = message.topics([topic]).private().ephemeral().id(id);
    Some(match subscription.matched.dialect() {
        Dialect::V1 => {
            let name = EventName::try_from("mercure").expect("a name on one line");
            message.event(name)
        }
        // The pages of 0.x listen to events without a name.
        Dialect::Legacy => message,
    })
}
