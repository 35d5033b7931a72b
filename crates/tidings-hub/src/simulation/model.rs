//! What the simulation is checked against: a list of all messages, and an account per subscriber.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use tidings_sse::EventId;
use tokio::time::Instant;

use crate::{
    position::{Epoch, Offset, Position},
    resume::Start,
    selector::{Pattern, Selector},
    settings::History,
    topic::Topic,
    window,
};

/// Every message there ever was.
pub(super) struct Published {
    pub(super) epoch: Epoch,
    limits: History,
    messages: Vec<Message>,
    /// Ids that the hub can no longer resume by: of several messages, not all are held any more.
    ambiguous: HashSet<EventId>,
    floor: Offset,
    /// Ephemeral messages that have left, though others from before them may be held.
    pub(super) lost: Vec<Offset>,
    /// Ids that stand for places: those of lost messages, and those that clients were given to come back
    /// with.
    pub(super) bookmarks: HashMap<String, Offset>,
}

/// Up to where messages have left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Floors {
    pub(super) all: Offset,
    /// Ephemeral ones.
    pub(super) lost: Offset,
}

pub(super) struct Message {
    pub(super) topics: Arc<[Topic]>,
    pub(super) private: bool,
    pub(super) ephemeral: bool,
    pub(super) id: Option<EventId>,
    pub(super) data: String,
    pub(super) size: usize,
    pub(super) at: Instant,
}

impl Published {
    pub(super) fn new(epoch: Epoch, limits: History) -> Self {
        Self {
            epoch,
            limits,
            messages: Vec::new(),
            ambiguous: HashSet::new(),
            floor: Offset::START,
            lost: Vec::new(),
            bookmarks: HashMap::new(),
        }
    }

    pub(super) fn head(&self) -> Offset {
        Offset(self.messages.len() as u64)
    }

    /// The place before the oldest message that the limits allow to be kept.
    pub(super) fn floor(&self) -> Offset {
        self.floor
    }

    /// The last of the ephemeral messages that have left before their time.
    pub(super) fn lost(&self) -> Offset {
        self.lost.last().copied().unwrap_or_default()
    }

    pub(super) fn floors(&self) -> Floors {
        Floors {
            all: self.floor,
            lost: self.lost(),
        }
    }

    fn held(&self) -> impl DoubleEndedIterator<Item = Offset> {
        let offsets = (self.floor.0 + 1..=self.head().0).map(Offset);
        offsets.filter(|offset| self.lost.binary_search(offset).is_err())
    }

    pub(super) fn push(&mut self, message: Message) {
        let now = message.at;
        self.messages.push(message);
        loop {
            let ephemeral = self.held().filter(|offset| self.message(*offset).ephemeral);
            let ephemeral: Vec<Offset> = ephemeral.collect();
            let weight = ephemeral.iter().map(|offset| weight(self.message(*offset)));
            let (messages, bytes) = (self.limits.messages / 8, self.limits.bytes / 8);
            let fit = ephemeral.len() <= messages && weight.sum::<usize>() <= bytes;
            if fit || ephemeral.len() == 1 {
                break;
            }
            let oldest = ephemeral[0];
            let id = self.message(oldest).id.clone();
            let known = id.filter(|id| !self.ambiguous.contains(id));
            self.lost.push(oldest);
            self.forget(oldest);
            if let Some(id) = known.filter(|id| !self.carries(id.as_str())) {
                let id = id.as_str().to_owned();
                self.bookmarks.entry(id).or_insert(oldest);
            }
        }
        loop {
            let kept: Vec<&Message> = self.held().map(|offset| self.message(offset)).collect();
            let (count, bytes) = (kept.len(), size(&kept));
            if count == 1 || (count <= self.limits.messages && bytes <= self.limits.bytes) {
                break;
            }
            self.forget_oldest();
        }
        self.expire(now);
    }

    /// Whether a message that is held carries this id.
    fn carries(&self, id: &str) -> bool {
        self.held().any(|offset| {
            let own = self.message(offset).id.as_ref();
            own.is_some_and(|own| own.as_str() == id)
        })
    }

    fn forget_oldest(&mut self) {
        let oldest = self.held().next().expect("one that is held");
        self.floor = oldest;
        self.forget(oldest);
    }

    /// The message there is held no more.
    fn forget(&mut self, offset: Offset) {
        let Some(id) = self.message(offset).id.clone() else {
            return;
        };
        match self.carries(id.as_str()) {
            true => self.ambiguous.insert(id),
            false => self.ambiguous.remove(&id),
        };
    }

    pub(super) fn expire(&mut self, now: Instant) {
        let age = self.limits.age;
        while self
            .held()
            .next()
            .is_some_and(|oldest| now - self.message(oldest).at >= age)
        {
            self.forget_oldest();
        }
    }

    pub(super) fn message(&self, offset: Offset) -> &Message {
        &self.messages[offset.0 as usize - 1]
    }

    /// The first message after `after` that is for one who wants this.
    pub(super) fn next_for(&self, wish: &Wish, after: Offset) -> Option<Offset> {
        let offsets = (after.0 + 1..=self.head().0).map(Offset);
        offsets
            .into_iter()
            .find(|offset| wish.wants(self.message(*offset)))
    }

    /// The bytes of the message on the wire.
    pub(super) fn wire(&self, offset: Offset) -> String {
        let message = self.message(offset);
        let id = match &message.id {
            Some(id) => id.as_str().to_owned(),
            None => self.id(offset),
        };
        format!("id: {id}\ndata: {}\n\n", message.data)
    }

    pub(super) fn id(&self, offset: Offset) -> String {
        Position::at(self.epoch, offset).to_string()
    }

    /// After which message a stream starts, and why it must open with a gap.
    pub(super) fn start(&self, start: &Start) -> (Offset, Option<&'static str>) {
        let id = match start {
            Start::Now => return (self.head(), None),
            Start::Earliest => return (self.floor, None),
            Start::After(id) => std::str::from_utf8(id).unwrap(),
        };
        let own = |offset: &Offset| {
            let own = self.message(*offset).id.as_ref();
            own.is_some_and(|own| own.as_str() == id && !self.ambiguous.contains(own))
        };
        let marked = self.bookmarks.get(id).copied();
        if let Some(offset) = self.held().find(own) {
            return (marked.map_or(offset, |marked| marked.min(offset)), None);
        }
        if let Some(offset) = marked.filter(|_| !self.carries(id)) {
            return (offset, None);
        }
        let Some(position) = Position::parse(id.as_bytes()) else {
            return (self.floor, Some("unknown"));
        };
        if position.epoch != self.epoch {
            (self.floor, Some("other-epoch"))
        } else if position.offset > self.head() {
            (self.floor, Some("unknown"))
        } else if position.offset < self.floor {
            (position.offset, Some("expired"))
        } else {
            (position.offset, None)
        }
    }
}

/// What messages take in memory, with what it takes to find them.
fn size(messages: &[&Message]) -> usize {
    let topics = messages.iter().flat_map(|message| message.topics.iter());
    let ids = messages.iter().filter_map(|message| message.id.as_ref());
    let keys = topics.collect::<HashSet<_>>().len() + ids.collect::<HashSet<_>>().len();
    let messages = messages.iter().map(|message| message.size);
    messages.sum::<usize>() + keys * window::KEY
}

/// What an ephemeral message counts for.
fn weight(message: &Message) -> usize {
    let keys = message.topics.len() + usize::from(message.id.is_some());
    message.size + keys * window::KEY
}

/// What a subscriber wants, and may have.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) selectors: Vec<Selector>,
    /// What it may see of what is private.
    pub(super) permitted: Vec<Selector>,
}

impl Wish {
    pub(super) fn wants(&self, message: &Message) -> bool {
        let any = |selectors: &[Selector]| {
            let selected = |topic: &Topic| selectors.iter().any(|one| one.selects(topic));
            message.topics.iter().any(selected)
        };
        any(&self.selectors) && (!message.private || any(&self.permitted))
    }

    /// Whether it might have, had the message had other topics of its kind.
    pub(super) fn might_want(&self, message: &Message) -> bool {
        let may = |selectors: &[Selector]| {
            selectors.iter().any(|one| match one {
                Selector::Exact(topic) => topic.as_str().starts_with(HERE),
                _ => true,
            })
        };
        let here = |topic: &Topic| topic.as_str().starts_with(HERE);
        assert!(message.topics.iter().all(here));
        may(&self.selectors) && (!message.private || may(&self.permitted))
    }
}

/// The topics of ephemeral messages begin with this.
pub(super) const HERE: &str = "here/";

/// The topics whose names are among these letters.
#[derive(Debug)]
pub(super) struct Among(pub(super) &'static str);

impl Pattern for Among {
    fn name(&self) -> &str {
        self.0
    }

    fn matches(&self, topic: &Topic) -> bool {
        self.0.contains(topic.as_str())
    }
}
