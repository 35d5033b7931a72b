//! What is published.

use std::{mem, sync::Arc};

use tidings_sse::{Event, EventId, EventName};

use crate::{
    frame::{Frame, UnplacedFrame},
    position::Position,
    topic::{self, Topic},
};

/// What a publisher hands to the hub: an event, and the topics it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    event: Event,
    topics: Vec<Topic>,
    private: bool,
    ephemeral: bool,
}

/// A message with its bytes made, lacking only its place: what a [`Log`](crate::Log) is given.
#[derive(Debug)]
pub struct Encoded {
    frame: UnplacedFrame,
    id: Option<EventId>,
    topics: Arc<[Topic]>,
    private: bool,
    ephemeral: bool,
}

/// A message in its place: what the window holds.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) frame: Frame,
    pub(crate) id: Option<EventId>,
    pub(crate) topics: Arc<[Topic]>,
    pub(crate) private: bool,
    pub(crate) ephemeral: bool,
    /// Bytes it holds in memory, with what the window needs to find it.
    pub(crate) size: usize,
}

impl Message {
    /// A message for the topic `broadcast`.
    pub fn new(data: impl Into<String>) -> Self {
        Event::new(data).into()
    }

    /// The message for `topics` instead. It is delivered once to a subscriber that listens to
    /// several of them. An empty list means `broadcast`.
    #[must_use]
    pub fn topics(mut self, topics: impl IntoIterator<Item = Topic>) -> Self {
        self.topics = topics.into_iter().collect();
        self
    }

    /// The topics it is for, as they will be: at least one.
    #[must_use]
    pub fn listed_topics(&self) -> Vec<Topic> {
        match &*self.topics {
            [] => vec![Topic::broadcast()],
            topics => topics.to_vec(),
        }
    }

    /// The message for those only whose [`Permit`](crate::Permit) allows one of its topics.
    #[must_use]
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// The message for those who are there, such as word of who comes and goes: a log need not make
    /// it last. It has its place among the others all the same. In history, all ephemeral messages
    /// together have an eighth of what [`History`](crate::History) allows, so that they do not push
    /// others out.
    #[must_use]
    pub fn ephemeral(mut self) -> Self {
        self.ephemeral = true;
        self
    }

    /// The message with a name for its event (the `event` field).
    #[must_use]
    pub fn event(mut self, name: EventName) -> Self {
        self.event = self.event.with_name(name);
        self
    }

    /// The message with an id of its own, instead of the one that its position gives it. It should
    /// be used once: a client that resumes by an id which was used again may be told of a gap, or,
    /// where the older message was forgotten before the id came again, go on after the newer one.
    #[must_use]
    pub fn id(mut self, id: EventId) -> Self {
        self.event = self.event.with_id(id);
        self
    }

    /// The message with a reconnection time for those who receive it, in milliseconds on the wire.
    #[must_use]
    pub fn retry(mut self, retry: std::time::Duration) -> Self {
        self.event = self.event.with_retry(retry);
        self
    }

    /// The name of its event.
    #[must_use]
    pub fn name(&self) -> Option<&EventName> {
        self.event.name()
    }

    pub(crate) fn own_id(&self) -> Option<&EventId> {
        self.event.id()
    }

    pub(crate) fn encode(self) -> Encoded {
        let mut topics = topic::distinct(self.topics);
        if topics.is_empty() {
            topics = Arc::new([Topic::broadcast()]);
        }
        Encoded {
            frame: UnplacedFrame::encode(&self.event),
            id: self.event.id().cloned(),
            topics,
            private: self.private,
            ephemeral: self.ephemeral,
        }
    }
}

impl From<Event> for Message {
    fn from(event: Event) -> Self {
        Self {
            event,
            topics: Vec::new(),
            private: false,
            ephemeral: false,
        }
    }
}

impl From<&str> for Message {
    fn from(data: &str) -> Self {
        Self::new(data)
    }
}

impl From<String> for Message {
    fn from(data: String) -> Self {
        Self::new(data)
    }
}

impl Encoded {
    /// The id that the publisher gave the message, if any.
    #[must_use]
    pub fn id(&self) -> Option<&EventId> {
        self.id.as_ref()
    }

    /// The topics it is for: at least one, sorted, none twice.
    #[must_use]
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// Whether it is for those only whose permit allows one of its topics.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.private
    }

    /// Whether a log may forget it at a restart.
    #[must_use]
    pub fn is_ephemeral(&self) -> bool {
        self.ephemeral
    }

    pub(crate) fn place(self, position: Position) -> Entry {
        // An entry's share of the window's ring, its allocation, and per topic the name's pointer
        // and a slot in the topic's index. The names themselves are shared or short.
        let bookkeeping = mem::size_of::<Arc<Entry>>()
            + mem::size_of::<Entry>()
            + self.topics.len() * mem::size_of::<(Topic, u64)>()
            + self
                .topics
                .iter()
                .map(|topic| topic.as_str().len())
                .sum::<usize>()
            + self.id.as_ref().map_or(0, |id| id.as_str().len());
        let size = self.frame.size() + bookkeeping;
        let id_line = match self.id {
            Some(_) => String::new(),
            None => format!("id: {position}\n"),
        };
        Entry {
            frame: self.frame.finish(&id_line),
            id: self.id,
            topics: self.topics,
            private: self.private,
            ephemeral: self.ephemeral,
            size,
        }
    }
}
