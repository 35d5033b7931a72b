//! What the simulation is checked against: a list of all messages, and an account per subscriber.

use std::{cell::Cell, collections::HashSet, sync::Arc, time::Duration};

use tidings_sse::EventId;
use tokio::time::Instant;

use crate::{
    frame::Frame,
    permit::Permit,
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
}

pub(super) struct Message {
    pub(super) topics: Arc<[Topic]>,
    pub(super) private: bool,
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
        }
    }

    pub(super) fn head(&self) -> Offset {
        Offset(self.messages.len() as u64)
    }

    /// The place before the oldest message that the limits allow to be kept.
    pub(super) fn floor(&self) -> Offset {
        self.floor
    }

    pub(super) fn push(&mut self, message: Message) {
        let now = message.at;
        self.messages.push(message);
        loop {
            let kept = &self.messages[self.floor.0 as usize..];
            let (count, bytes) = (kept.len(), size(kept));
            if count == 1 || (count <= self.limits.messages && bytes <= self.limits.bytes) {
                break;
            }
            self.forget_oldest();
        }
        self.expire(now);
    }

    fn forget_oldest(&mut self) {
        self.floor = self.floor.next();
        let (forgotten, kept) = self.messages.split_at(self.floor.0 as usize);
        let Some(id) = forgotten.last().and_then(|message| message.id.clone()) else {
            return;
        };
        match kept.iter().any(|message| message.id.as_ref() == Some(&id)) {
            true => self.ambiguous.insert(id),
            false => self.ambiguous.remove(&id),
        };
    }

    pub(super) fn expire(&mut self, now: Instant) {
        while self.floor < self.head()
            && now - self.message(self.floor.next()).at >= self.limits.age
        {
            self.forget_oldest();
        }
    }

    pub(super) fn message(&self, offset: Offset) -> &Message {
        &self.messages[offset.0 as usize - 1]
    }

    /// The first message after `after` that is for one who wants this.
    fn next_for(&self, wish: &Wish, after: Offset) -> Option<Offset> {
        let offsets = (after.0 + 1..=self.head().0).map(Offset);
        let is_for = |offset: &Offset| {
            let message = self.message(*offset);
            let selected = |topic: &Topic| wish.selectors.iter().any(|one| one.selects(topic));
            let may_see = !message.private || wish.permit.allows(&message.topics);
            message.topics.iter().any(selected) && may_see
        };
        offsets.into_iter().find(is_for)
    }

    /// The bytes of the message on the wire.
    fn wire(&self, offset: Offset) -> String {
        let message = self.message(offset);
        let id = match &message.id {
            Some(id) => id.as_str().to_owned(),
            None => self.id(offset),
        };
        format!("id: {id}\ndata: {}\n\n", message.data)
    }

    fn id(&self, offset: Offset) -> String {
        Position::at(self.epoch, offset).to_string()
    }

    /// After which message a stream starts, and why it must open with a gap.
    fn start(&self, start: &Start) -> (Offset, Option<&'static str>) {
        let id = match start {
            Start::Now => return (self.head(), None),
            Start::Earliest => return (self.floor, None),
            Start::After(id) => std::str::from_utf8(id).unwrap(),
        };
        let held = || (self.floor.0 + 1..=self.head().0).map(Offset);
        let own = |offset: &Offset| {
            let own = self.message(*offset).id.as_ref();
            own.is_some_and(|own| own.as_str() == id && !self.ambiguous.contains(own))
        };
        if let Some(offset) = held().find(own) {
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
fn size(messages: &[Message]) -> usize {
    let topics = messages.iter().flat_map(|message| message.topics.iter());
    let ids = messages.iter().filter_map(|message| message.id.as_ref());
    let keys = topics.collect::<HashSet<_>>().len() + ids.collect::<HashSet<_>>().len();
    let messages = messages.iter().map(|message| message.size);
    messages.sum::<usize>() + keys * window::KEY
}

/// What a subscriber wants, and may have.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) selectors: Vec<Selector>,
    pub(super) permit: Permit,
}

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

/// What one subscriber has been given, and is owed.
pub(super) struct Account {
    wish: Wish,
    /// Every message for it up to here it has been given, or told that it is lost.
    served: Offset,
    /// Between there and here is nothing for it: the list need not be searched again.
    searched: Cell<Offset>,
    /// What the client asked for, where the stream must open with a gap, and the reason.
    opening: Option<(String, &'static str)>,
    /// Told by the world: someone was held up until the place of this subscriber's cursor had left
    /// the window. From then to its next look, a gap may be told although nothing was lost.
    pub(super) held_up: bool,
}

impl Account {
    pub(super) fn open(published: &Published, wish: Wish, start: &Start) -> Self {
        let (served, reason) = published.start(start);
        let opening = match start {
            Start::After(id) => reason.map(|reason| {
                let id = String::from_utf8_lossy(id).into_owned();
                (id, reason)
            }),
            _ => None,
        };
        Self {
            wish,
            served,
            searched: Cell::default(),
            opening,
            held_up: false,
        }
    }

    /// Before anything has been given: after which message the stream starts.
    pub(super) fn start(&self) -> Offset {
        self.served
    }

    /// The next message for this subscriber, if there is one.
    pub(super) fn owed(&self, published: &Published) -> Option<Offset> {
        let after = self.served.max(self.searched.get());
        let next = published.next_for(&self.wish, after);
        self.searched
            .set(next.unwrap_or(published.head().next()).previous());
        next
    }

    /// A frame with a message: it must be the next one.
    pub(super) fn message(&mut self, published: &Published, frame: &Frame) {
        let event = frame.event();
        assert!(self.opening.is_none(), "a gap was due before {event:?}");
        let next = self.owed(published);
        let next = next.unwrap_or_else(|| panic!("nothing was due, but {event:?} came"));
        assert_eq!(event, published.wire(next), "not the next message");
        let chunk = [format!("{:x}\r\n", event.len()).as_bytes(), &event, b"\r\n"].concat();
        assert_eq!(frame.chunk(), chunk);
        self.served = next;
    }

    /// A gap. It is *true* if a message for this subscriber has left the window ungiven. Told
    /// without that, it is a false alarm, allowed in two cases only, where the engine cannot know:
    ///
    /// * the stream opens with it, because the client's id names a place that history no longer
    ///   holds, or none: whom what came since was for, is forgotten;
    /// * the subscriber had been called to look, or its worker had to look for it, and whoever it
    ///   was did not do so before the window had moved on past the cursor's place.
    pub(super) fn gap(&mut self, published: &Published, frame: &Frame, floor: Offset) {
        let event = String::from_utf8(frame.event().to_vec()).unwrap();
        let (id, requested, reason) = read_gap(&event);
        assert_eq!(id, published.id(floor), "it goes on with all that is held");
        match self.opening.take() {
            Some((asked, why)) => assert_eq!((requested, reason.as_str()), (asked, why)),
            None => {
                assert_eq!(reason, "expired");
                let requested = Position::parse(requested.as_bytes()).expect("a position");
                assert_eq!(requested.epoch, published.epoch);
                let next = self.owed(published);
                let truly_lost = next.is_some_and(|next| next <= floor);
                assert!(
                    truly_lost || self.held_up,
                    "a false alarm: {event:?} after {:?}, floor {floor}",
                    self.served
                );
                // What is said to be missing begins before the first message that is.
                assert!(
                    self.served <= requested.offset && requested.offset < floor,
                    "{event:?}, served {:?}",
                    self.served
                );
                assert!(next.is_none_or(|next| requested.offset < next));
            }
        }
        self.served = floor.max(self.served);
    }

    /// Where history began when this gap was told.
    pub(super) fn floor_of(gap: &Frame) -> Offset {
        let event = String::from_utf8(gap.event().to_vec()).unwrap();
        let (from, ..) = read_gap(&event);
        Position::parse(from.as_bytes()).expect("a position").offset
    }

    /// The stream is about to end properly.
    pub(super) fn settled(&self, published: &Published) {
        assert!(self.opening.is_none(), "a gap was never told");
        assert_eq!(self.owed(published), None, "was never delivered");
    }
}

/// The id, what was requested, and the reason.
fn read_gap(event: &str) -> (String, String, String) {
    let [id, name, data, "", ""] = *event.split('\n').collect::<Vec<_>>() else {
        panic!("not a gap: {event:?}");
    };
    assert_eq!(name, "event: gap");
    let id = id.strip_prefix("id: ").unwrap();
    let data: serde_json::Value =
        serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(data["from"], id);
    let text = |key: &str| data[key].as_str().unwrap().to_owned();
    (id.to_owned(), text("requested"), text("reason"))
}

/// A heartbeat, or the `retry` that asks a client to return.
pub(super) enum Line {
    Heartbeat,
    Retry(Duration),
}

impl Line {
    pub(super) fn read(frame: &Frame) -> Option<Self> {
        let event = String::from_utf8(frame.event().to_vec()).unwrap();
        if event == ":\n" {
            return Some(Self::Heartbeat);
        }
        let millis = event.strip_prefix("retry: ")?.strip_suffix('\n')?;
        Some(Self::Retry(Duration::from_millis(millis.parse().unwrap())))
    }
}
