use std::{collections::BTreeMap, task::Waker};

use proptest::{collection::vec, prelude::*, sample::subsequence};
use tidings_sse::Event;
use tokio::time::Instant;

use super::*;
use crate::{
    message::Message,
    position::{Epoch, Offset, Position},
};

const TOPICS: [&str; 4] = ["a", "b", "c", "d"];

fn topics(names: &[&str]) -> Vec<Topic> {
    let topic = |name: &&str| Topic::try_from(*name).unwrap();
    names.iter().map(topic).collect()
}

fn entry(names: &[&str]) -> Entry {
    let message = Message::from(Event::new("x")).topics(topics(names));
    let position = Position::at(Epoch::parse(b"0123abcv").unwrap(), Offset(1));
    message.encode().place(position)
}

fn signal() -> Arc<Signal> {
    Arc::new(Signal::new(Instant::now()))
}

impl Fanout {
    /// Every listener is where its member says, and nothing is kept for nobody.
    fn assert_exact(&self) {
        let mut places = 0;
        for (id, member) in &self.members {
            for (topic, place) in &member.places {
                let listener = &self.by_topic[topic][*place];
                assert_eq!(listener.id, *id);
                assert!(Arc::ptr_eq(&listener.signal, &member.signal));
                places += 1;
            }
        }
        assert_eq!(self.by_topic.values().map(Vec::len).sum::<usize>(), places);
        assert!(self.by_topic.values().all(|list| !list.is_empty()));
    }
}

#[test]
fn only_those_who_listen_are_marked() {
    let mut fanout = Fanout::default();
    let signals = [signal(), signal(), signal()];
    let listens = [&["a"][..], &["b", "c"], &["c"]];
    for (index, (signal, names)) in signals.iter().zip(listens).enumerate() {
        let id = MemberId(index as u64);
        fanout.attach(id, &topics(names), Arc::clone(signal));
    }
    for signal in fanout.listeners(&entry(&["b", "c"])) {
        signal.mark(Offset(1));
    }
    let marked = signals.map(|signal| signal.take(Waker::noop()).due);
    assert_eq!(marked, [None, Some(Offset(1)), Some(Offset(1))]);
}

#[test]
fn who_was_never_attached_can_be_detached() {
    let mut fanout = Fanout::default();
    fanout.attach(MemberId(1), &topics(&["a"]), signal());
    fanout.detach(MemberId(2));
    fanout.assert_exact();
    fanout.detach(MemberId(1));
    fanout.detach(MemberId(1));
    assert!(fanout.members.is_empty() && fanout.by_topic.is_empty());
    assert!(fanout.signal(MemberId(1)).is_none());
}

proptest! {
    /// In whatever order subscribers come and go, the index knows who listens to what.
    #[test]
    fn the_index_is_exact(
        steps in vec((0_u64..8, subsequence(TOPICS.to_vec(), 1..=4)), 0..60),
        message in subsequence(TOPICS.to_vec(), 1..=4),
    ) {
        let mut fanout = Fanout::default();
        let mut model = BTreeMap::new();
        for (id, names) in steps {
            let id = MemberId(id);
            // Who is there goes; who is not comes.
            if model.remove(&id).is_some() {
                fanout.detach(id);
            } else {
                let signal = signal();
                fanout.attach(id, &topics(&names), Arc::clone(&signal));
                model.insert(id, (names, signal));
            }
            fanout.assert_exact();
            prop_assert_eq!(fanout.members.len(), model.len());
        }
        for signal in fanout.listeners(&entry(&message)) {
            signal.mark(Offset(1));
        }
        for (id, (names, signal)) in &model {
            prop_assert!(Arc::ptr_eq(fanout.signal(*id).unwrap(), signal));
            let listens = names.iter().any(|name| message.contains(name));
            prop_assert_eq!(signal.take(Waker::noop()).due.is_some(), listens);
        }
        let ids: Vec<MemberId> = fanout.members().collect();
        for id in ids {
            fanout.detach(id);
        }
        prop_assert!(fanout.members.is_empty() && fanout.by_topic.is_empty());
    }
}
