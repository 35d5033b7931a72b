//! Publishing: the first step of a message's way.

use std::sync::atomic::Ordering;

use tidings_sse::EventId;

use crate::{
    gap,
    hub::Hub,
    log::AppendError,
    message::Message,
    resume::{self, InvalidOwnId},
    stats,
};

/// Why a message was not published. It is not in the log then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The message is for more topics than [`Settings::max_topics`](crate::Settings::max_topics).
    #[error("a message may be for at most {limit} topics")]
    TooManyTopics {
        /// The most there may be.
        limit: usize,
    },
    /// The event has the name under which the hub tells subscribers that history is lost. It may
    /// be published where [`Settings::gap_event`](crate::Settings::gap_event) is off.
    #[error("the name `gap` is the hub's own, for telling that history is lost")]
    ReservedName,
    /// Clients could not resume by the id that the publisher gave.
    #[error(transparent)]
    Id(#[from] InvalidOwnId),
    /// The hub is draining: publish to another one, or to this one when it is back.
    #[error("the hub is draining")]
    Draining,
    /// The log did not take it.
    #[error(transparent)]
    Log(#[from] AppendError),
}

impl Hub {
    /// Publishes `message`: when this returns, it is in the log, and every subscriber to one of
    /// its topics will get it. Returns the id that the event carries. Where publishers are faster
    /// than the hub's workers for long, it takes longer to return.
    ///
    /// # Errors
    /// [`PublishError`]; the message has not been published then.
    pub async fn publish(&self, message: impl Into<Message>) -> Result<EventId, PublishError> {
        let core = &self.inner.core;
        let message = message.into();
        if core.draining.load(Ordering::Acquire) {
            return Err(PublishError::Draining);
        }
        let own_id = message.own_id().cloned();
        if let Some(id) = &own_id {
            resume::check_own_id(id, core.epoch)?;
        }
        if core.settings.gap_event
            && message
                .name()
                .is_some_and(|name| name.as_str() == gap::NAME)
        {
            return Err(PublishError::ReservedName);
        }
        let encoded = message.encode();
        let limit = core.settings.max_topics;
        if encoded.topics().len() > limit {
            return Err(PublishError::TooManyTopics { limit });
        }
        let position = self.inner.log.append(encoded).await?;
        stats::add(&core.counters.published, 1);
        core.keep_up(position.offset).await;
        Ok(own_id.unwrap_or_else(|| {
            EventId::try_from(position.to_string()).expect("a position is printable ASCII")
        }))
    }
}
