use std::time::Duration;

use proptest::{collection::vec, prelude::*};
use tidings_sse::{Event, EventId};

use super::*;
use crate::{message::Message, position::Epoch, position::Position, topic::Topic};

mod ephemeral;

const ALL: Budget = Budget {
    messages: usize::MAX,
    bytes: usize::MAX,
    looks: usize::MAX,
};

fn topic(name: &str) -> Topic {
    Topic::try_from(name).unwrap()
}

fn topics(names: &[&str]) -> Vec<Topic> {
    names.iter().map(|name| topic(name)).collect()
}

fn limits() -> History {
    History {
        messages: usize::MAX,
        bytes: usize::MAX,
        age: Duration::MAX,
    }
}

fn entry(offset: Offset, names: &[&str], id: Option<&str>, data: &str) -> Entry {
    let mut message = Message::from(Event::new(data)).topics(topics(names));
    if let Some(id) = id {
        message = message.id(EventId::try_from(id).unwrap());
    }
    let epoch = Epoch::parse(b"0123abcv").unwrap();
    message.encode().place(Position::at(epoch, offset))
}

impl Window {
    fn add(&mut self, names: &[&str], id: Option<&str>, now: Instant) {
        let offset = self.head().next();
        let entry = entry(offset, names, id, "x");
        self.push(offset, entry, now);
    }

    /// The offsets of what a read gives, and how far it came.
    fn offsets(&self, names: &[&str], after: u64, budget: Budget) -> (Vec<u64>, Read) {
        let mut frames = VecDeque::new();
        let read = self.read(
            &Interest::in_topics(topics(names)),
            Offset(after),
            Offset::LAST,
            budget,
            &mut frames,
        );
        let offset = |frame: Frame| {
            let event = String::from_utf8(frame.event().to_vec()).unwrap();
            let id = event.lines().next().unwrap().strip_prefix("id: ").unwrap();
            Position::parse(id.as_bytes()).unwrap().offset.0
        };
        (frames.into_iter().map(offset).collect(), read.unwrap())
    }

    /// The indexes hold what the entries say, and nothing else.
    fn assert_exact(&self) {
        let entries = self.newer(self.floor(), usize::MAX);
        self.index.assert_exact(&entries);
        let sizes = entries.iter().map(|(_, entry)| entry.size);
        assert_eq!(self.bytes(), sizes.sum::<usize>() + self.index.bytes());
    }
}

#[test]
fn an_empty_window_stands_before_the_first_message() {
    let window = Window::new(limits());
    assert_eq!(window.head(), Offset::START);
    assert_eq!(window.floor(), Offset::START);
    assert_eq!(
        window.offsets(&["a"], 0, ALL),
        (vec![], Read::ToHead(Offset(0)))
    );
    assert!(window.newer(Offset(0), 9).is_empty());
}

#[test]
fn as_many_messages_are_kept_as_the_limit_says() {
    let now = Instant::now();
    let mut window = Window::new(History {
        messages: 3,
        ..limits()
    });
    for kept in [1, 2, 3, 3, 3] {
        window.add(&["a"], None, now);
        assert_eq!(window.messages(), kept);
    }
    assert_eq!((window.floor(), window.head()), (Offset(2), Offset(5)));
}

#[test]
fn one_message_is_kept_where_the_limit_says_none() {
    let mut window = Window::new(History {
        messages: 0,
        ..limits()
    });
    window.add(&["a"], None, Instant::now());
    window.add(&["a"], None, Instant::now());
    assert_eq!((window.floor(), window.head()), (Offset(1), Offset(2)));
}

#[test]
fn as_many_bytes_are_kept_as_the_limit_says() {
    let now = Instant::now();
    let size = entry(Offset(1), &["a"], None, "x").size;
    let mut window = Window::new(History {
        bytes: KEY + 3 * size,
        ..limits()
    });
    for _ in 0..3 {
        window.add(&["a"], None, now);
    }
    assert_eq!((window.messages(), window.bytes()), (3, KEY + 3 * size));
    window.add(&["a"], None, now);
    assert_eq!((window.messages(), window.bytes()), (3, KEY + 3 * size));
    // Of twice the size: two have to go.
    let data = "x".repeat(size + 1);
    window.push(Offset(5), entry(Offset(5), &["a"], None, &data), now);
    assert_eq!((window.messages(), window.bytes()), (2, KEY + 3 * size));
}

#[test]
fn the_newest_message_is_kept_whatever_its_size() {
    let now = Instant::now();
    let mut window = Window::new(History {
        bytes: 1,
        ..limits()
    });
    window.add(&["a"], None, now);
    window.add(&["a"], None, now);
    assert_eq!(
        window.offsets(&["a"], 1, ALL),
        (vec![2], Read::ToHead(Offset(2)))
    );
}

#[test]
fn messages_expire_at_their_age_also_the_newest() {
    let start = Instant::now();
    let second = Duration::from_secs(1);
    let mut window = Window::new(History {
        age: 10 * second,
        ..limits()
    });
    window.add(&["a"], None, start);
    window.add(&["a"], None, start + 5 * second);
    window.expire(start + 10 * second - Duration::from_nanos(1));
    assert_eq!(window.messages(), 2);
    window.expire(start + 10 * second);
    assert_eq!(window.messages(), 1);
    window.add(&["a"], None, start + 15 * second);
    assert_eq!((window.floor(), window.head()), (Offset(2), Offset(3)));
    window.expire(start + 25 * second);
    assert_eq!((window.floor(), window.head()), (Offset(3), Offset(3)));
    window.assert_exact();
    window.add(&["a"], None, start + 26 * second);
    assert_eq!((window.floor(), window.head()), (Offset(3), Offset(4)));
}

#[test]
fn a_message_for_several_of_a_readers_topics_comes_once() {
    let now = Instant::now();
    let mut window = Window::new(limits());
    for names in [
        &["a", "b"][..],
        &["c"],
        &["b", "c"],
        &["a", "b", "c"],
        &["d"],
        &["a"],
    ] {
        window.add(names, None, now);
    }
    let head = Read::ToHead(Offset(6));
    for (names, offsets) in [
        (&["a"][..], vec![1, 4, 6]),
        (&["a", "b"], vec![1, 3, 4, 6]),
        (&["a", "b", "c"], vec![1, 2, 3, 4, 6]),
        (&["a", "b", "c", "d"], vec![1, 2, 3, 4, 5, 6]),
        (&["unheard", "d"], vec![5]),
        (&["unheard"], vec![]),
    ] {
        assert_eq!(window.offsets(names, 0, ALL), (offsets, head));
    }
    assert_eq!(window.offsets(&["a", "b"], 1, ALL), (vec![3, 4, 6], head));
    assert_eq!(window.offsets(&["a", "b"], 6, ALL), (vec![], head));
}

#[test]
fn a_read_stops_before_the_message_that_is_beyond_its_budget() {
    let now = Instant::now();
    let mut window = Window::new(limits());
    for names in [["a"], ["b"], ["a"], ["b"], ["a"]] {
        window.add(&names, None, now);
    }
    let messages = |messages| Budget { messages, ..ALL };
    for (budget, offsets, read) in [
        (0, vec![1], Read::ToBudget(Offset(2))),
        (1, vec![1], Read::ToBudget(Offset(2))),
        (2, vec![1, 3], Read::ToBudget(Offset(4))),
        (3, vec![1, 3, 5], Read::ToHead(Offset(5))),
    ] {
        assert_eq!(window.offsets(&["a"], 0, messages(budget)), (offsets, read));
    }
    let size = window.entry(Offset(1)).unwrap().frame.len();
    let bytes = |bytes| Budget { bytes, ..ALL };
    for (budget, offsets, read) in [
        (0, vec![1], Read::ToBudget(Offset(2))),
        (2 * size - 1, vec![1], Read::ToBudget(Offset(2))),
        (2 * size, vec![1, 3], Read::ToBudget(Offset(4))),
        (3 * size, vec![1, 3, 5], Read::ToHead(Offset(5))),
    ] {
        assert_eq!(window.offsets(&["a"], 0, bytes(budget)), (offsets, read));
    }
}

#[test]
fn who_is_before_the_floor_has_fallen() {
    let mut window = Window::new(History {
        messages: 2,
        ..limits()
    });
    for _ in 0..5 {
        window.add(&["a"], None, Instant::now());
    }
    let mut frames = VecDeque::new();
    for after in 0..3 {
        // Also one who listens to nothing that was ever published.
        for name in ["a", "b"] {
            let read = window.read(
                &Interest::in_topics(topics(&[name])),
                Offset(after),
                Offset::LAST,
                ALL,
                &mut frames,
            );
            assert_eq!(read, Err(Fallen));
        }
    }
    assert!(frames.is_empty());
    assert_eq!(window.offsets(&["a"], 3, ALL).0, [4, 5]);
}

#[test]
fn an_id_leads_to_the_oldest_message_unless_that_has_left() {
    let mut window = Window::new(History {
        messages: 4,
        ..limits()
    });
    for id in [Some("x"), Some("y"), None, Some("x")] {
        window.add(&["a"], id, Instant::now());
    }
    assert_eq!(window.locate("x"), Some(Offset(1)));
    assert_eq!(window.locate("y"), Some(Offset(2)));
    window.add(&["a"], None, Instant::now());
    // The newer one used to be taken then. A client that had seen only the older lost, without a
    // word, what was between them.
    assert_eq!(window.locate("x"), None);
    window.add(&["a"], None, Instant::now());
    assert_eq!(window.locate("y"), None);
    for id in ["", "z", "0123abcv-3", "x\n", "x\0"] {
        assert_eq!(window.locate(id), None, "{id:?}");
    }
}

#[test]
fn what_is_new_is_what_comes_after_and_is_still_held() {
    let mut window = Window::new(History {
        messages: 4,
        ..limits()
    });
    for _ in 0..6 {
        window.add(&["a"], None, Instant::now());
    }
    let newer = |after, most| {
        let newer = window.newer(Offset(after), most);
        let offsets = newer.into_iter().map(|(offset, entry)| {
            assert!(std::ptr::eq(&*entry, window.entry(offset).unwrap()));
            offset.0
        });
        offsets.collect::<Vec<_>>()
    };
    assert_eq!(newer(0, 9), [3, 4, 5, 6]);
    assert_eq!(newer(2, 9), [3, 4, 5, 6]);
    assert_eq!(newer(4, 9), [5, 6]);
    assert_eq!(newer(2, 3), [3, 4, 5]);
    assert!(newer(6, 9).is_empty());
}

proptest! {
    /// However messages come and go, the indexes hold what the entries say; when the entries are
    /// gone, the indexes are empty.
    #[test]
    fn the_indexes_are_exact(
        messages in 1_usize..40,
        pushes in vec(
            (
                proptest::sample::subsequence(vec!["a", "b", "c", "d"], 1..4),
                proptest::option::of(proptest::sample::select(vec!["x", "y", "z"])),
                any::<bool>(),
                0_u64..8,
            ),
            0..40,
        ),
    ) {
        let start = Instant::now();
        let age = Duration::from_secs(10);
        let mut window = Window::new(History { messages, age, ..limits() });
        let mut now = start;
        for (names, id, ephemeral, seconds) in pushes {
            now += Duration::from_secs(seconds);
            let offset = window.head().next();
            let mut entry = entry(offset, &names, id, "x");
            entry.ephemeral = ephemeral;
            window.push(offset, entry, now);
            window.assert_exact();
        }
        window.expire(now + age);
        window.assert_exact();
        prop_assert_eq!((window.messages(), window.bytes()), (0, 0));
    }
}

#[test]
fn a_read_looks_at_so_many_and_no_more_whether_they_are_wanted_or_not() {
    let mut window = Window::new(limits());
    for _ in 0..10 {
        window.add(&["a"], None, Instant::now());
    }
    window.add(&["b"], None, Instant::now());
    #[derive(Debug)]
    struct IsB;
    impl crate::Pattern for IsB {
        fn name(&self) -> &str {
            "is b"
        }
        fn matches(&self, topic: &Topic) -> bool {
            topic.as_str() == "b"
        }
    }
    let selectors = [crate::Selector::Pattern(std::sync::Arc::new(IsB))];
    let interest = Interest::new(selectors, crate::Permit::public(), true);
    let budget = Budget { looks: 4, ..ALL };
    let mut frames = VecDeque::new();
    let mut after = Offset::START;
    for come_to in [4, 8] {
        let read = window.read(&interest, after, Offset::LAST, budget, &mut frames);
        after = Offset(come_to);
        assert_eq!(read, Ok(Read::ToBudget(after)));
        assert!(frames.is_empty());
    }
    let read = window.read(&interest, after, Offset::LAST, budget, &mut frames);
    assert_eq!(read, Ok(Read::ToHead(Offset(11))));
    assert_eq!(frames.len(), 1);
}
