//! What the simulation knows of one subscriber: what it has been given, and is owed.

use std::{cell::Cell, time::Duration};

use super::model::{Published, Wish};
use crate::{
    frame::Frame,
    position::{Offset, Position},
    resume::Start,
};

/// What one subscriber has been given, and is owed.
pub(super) struct Account {
    wish: Wish,
    /// Every message for it up to here it has been given, or told that it is lost.
    served: Offset,
    /// It has been told that ephemeral messages up to here may be lost. (On the direct lane it was
    /// told before it reads it: some may have come all the same.)
    pub(super) told: Offset,
    /// It has been given a message, or a gap.
    begun: bool,
    /// Between there and here is nothing for it: the list need not be searched again.
    searched: Cell<Offset>,
    /// What the client asked for, where the stream must open with a gap, and the reason.
    opening: Option<(String, &'static str)>,
    /// Told by the world: someone was held up until the place of this subscriber's cursor had left
    /// the window. From then to its next look, a gap may be told although nothing was lost.
    pub(super) held_up: bool,
    /// The same of ephemeral messages that have left before their time.
    pub(super) lagged: bool,
    /// It is told of no gap: its stream ends instead.
    silent: bool,
    /// What it has lost before its first look, the client is told by other means.
    pub(super) excused: bool,
    /// It has been given an id to come back with, or the end.
    ended: bool,
}

impl Account {
    pub(super) fn open(published: &Published, wish: Wish, start: &Start, silent: bool) -> Self {
        let (mut served, reason) = published.start(start);
        if silent && reason.is_some() {
            served = published.floor();
        }
        let opening = match start {
            Start::After(id) if !silent => reason.map(|reason| {
                let id = String::from_utf8_lossy(id).into_owned();
                (id, reason)
            }),
            _ => None,
        };
        // Who asks for all that is held, and who is told that he gets that, need not be told more.
        let told = match (start, reason) {
            (Start::Earliest, _) | (_, Some(_)) => published.lost(),
            _ => Offset::START,
        };
        Self {
            wish,
            served,
            told,
            begun: false,
            searched: Cell::default(),
            opening,
            held_up: false,
            lagged: false,
            silent,
            excused: false,
            ended: false,
        }
    }

    /// The engine says that it begins just where it was asked to.
    pub(super) fn finds_its_start(&self, published: &Published) {
        let next = self.surely_owed(published);
        let lost = |next: Offset| next <= published.floor() || published.lost.contains(&next);
        assert!(!next.is_some_and(lost), "{next:?} is lost");
    }

    /// It looks into the window.
    pub(super) fn look(&mut self, published: &Published) {
        if std::mem::take(&mut self.excused) {
            self.served = self.served.max(published.floor());
            self.told = published.floors().lost;
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
        loop {
            let next = self.owed(published);
            let next = next.unwrap_or_else(|| panic!("nothing was due, but {event:?} came"));
            let came = event == published.wire(next);
            assert!(
                came || self.is_told_of(published, next),
                "not the next message: {event:?}"
            );
            self.served = next;
            if came {
                break;
            }
        }
        let chunk = [format!("{:x}\r\n", event.len()).as_bytes(), &event, b"\r\n"].concat();
        assert_eq!(frame.chunk(), chunk);
        self.begun = true;
    }

    /// The next one that it has not been told of.
    fn surely_owed(&self, published: &Published) -> Option<Offset> {
        let mut next = self.owed(published)?;
        while self.is_told_of(published, next) {
            next = published.next_for(&self.wish, next)?;
        }
        Some(next)
    }

    fn is_told_of(&self, published: &Published, offset: Offset) -> bool {
        offset <= self.told && published.lost.binary_search(&offset).is_ok()
    }

    /// A gap. It is *true* if a message for this subscriber has left the window ungiven. Told
    /// without that, it is a false alarm, allowed in two cases only, where the engine cannot know:
    ///
    /// * the stream opens with it, because the client's id names a place that history no longer
    ///   holds, or none: whom what came since was for, is forgotten;
    /// * the subscriber had been called to look, or its worker had to look for it, and whoever it
    ///   was did not do so before the window had moved on past the cursor's place.
    /// * ephemeral messages have left that it might have wanted, as far as is known: see
    ///   [`may_have_lost`](Self::may_have_lost).
    ///
    /// `floor` is where history began when it was told.
    pub(super) fn gap(&mut self, published: &Published, frame: &Frame, floor: Offset) {
        assert!(!self.silent, "it is told of no gap");
        let event = String::from_utf8(frame.event().to_vec()).unwrap();
        let (id, requested, reason) = read_gap(&event);
        match self.opening.take() {
            Some((asked, why)) => {
                assert_eq!((requested, reason.as_str()), (asked, why));
                assert_eq!(id, published.id(floor), "it goes on with all that is held");
            }
            None => {
                assert_eq!(reason, "expired");
                let place = Position::parse(requested.as_bytes()).expect("a position");
                assert_eq!(place.epoch, published.epoch);
                assert!(
                    self.served <= place.offset,
                    "{event:?}, served {:?}",
                    self.served
                );
                let next = self.surely_owed(published);
                // What is said to be missing begins before the first message that is.
                assert!(
                    next.is_none_or(|next| place.offset < next),
                    "{event:?}, next {next:?}"
                );
                if place.offset < floor {
                    assert_eq!(id, published.id(floor), "it goes on with all that is held");
                    let truly_lost = next.is_some_and(|next| next <= floor);
                    // A bookmark may be of a place that has left.
                    assert!(
                        truly_lost || self.held_up || !self.begun,
                        "a false alarm: {event:?} after {:?}, floor {floor}",
                        self.served
                    );
                } else {
                    assert_eq!(id, requested, "it goes on where it was");
                    assert!(
                        self.may_have_lost(published, place.offset),
                        "a false alarm: {event:?} after {:?}, lost {:?}",
                        self.served,
                        published.lost
                    );
                }
            }
        }
        self.begun = true;
        self.told = published.lost();
        self.served = floor.max(self.served);
    }

    /// Whether an ephemeral message has left, after `after`, that was for it; or, where it cannot be
    /// known because the stream has just begun or someone was held up, that might have been.
    fn may_have_lost(&self, published: &Published, after: Offset) -> bool {
        let after = match self.lagged {
            // Up to where it was told before, is not known.
            true => after,
            false => after.max(self.told),
        };
        let lost = published.lost.iter().filter(|offset| **offset > after);
        let mut lost = lost.map(|offset| published.message(*offset));
        match self.begun && !self.lagged {
            true => lost.any(|message| self.wish.wants(message)),
            false => lost.any(|message| self.wish.might_want(message)),
        }
    }

    /// Where history began when this gap was told.
    pub(super) fn floor_of(gap: &Frame) -> Offset {
        let event = String::from_utf8(gap.event().to_vec()).unwrap();
        let (from, ..) = read_gap(&event);
        Position::parse(from.as_bytes()).expect("a position").offset
    }

    /// The stream has ended: with everything, or because something was lost that could not be told.
    pub(super) fn ends(&mut self, published: &Published) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let floor = published.floor();
        let next = self.surely_owed(published);
        let truly_lost = next.is_some_and(|next| next <= floor);
        let lost = truly_lost || self.held_up || self.may_have_lost(published, self.served);
        if !self.silent || !lost {
            self.settled(published);
        }
    }

    /// Its client is told to come back to this place.
    pub(super) fn bookmark(&self, published: &Published, place: Offset) {
        let next = self.surely_owed(published);
        assert!(
            next.is_none_or(|next| place < next),
            "{next:?}, but {place:?}"
        );
    }

    /// The stream is about to end properly.
    pub(super) fn settled(&self, published: &Published) {
        assert!(self.opening.is_none(), "a gap was never told");
        assert_eq!(self.surely_owed(published), None, "was never delivered");
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

/// What is no event: a heartbeat, or what is said at the end.
pub(super) enum Line {
    Heartbeat,
    /// An id without an event.
    Bookmark(String),
    Retry(Duration),
}

impl Line {
    pub(super) fn read(frame: &Frame) -> Option<Self> {
        let event = String::from_utf8(frame.event().to_vec()).unwrap();
        if event == ":\n" {
            return Some(Self::Heartbeat);
        }
        if let Some(id) = event.strip_prefix("id: ")
            && let Some(id) = id.strip_suffix("\n\n")
            && !id.contains('\n')
        {
            return Some(Self::Bookmark(id.to_owned()));
        }
        let millis = event.strip_prefix("retry: ")?.strip_suffix('\n')?;
        Some(Self::Retry(Duration::from_millis(millis.parse().unwrap())))
    }
}
