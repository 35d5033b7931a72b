use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*, sample::subsequence};
use tidings_sse::Event;

use super::*;
use crate::{
    message::Message,
    permit::Permit,
    position::{Epoch, Offset, Position},
    selector::{Pattern, Selector},
    topic::Topic,
};

const TOPICS: [&str; 4] = ["a", "b", "c", "d"];

/// A topic, all of them, or those whose names are among the letters after a question mark.
const SELECTORS: [&str; 6] = ["a", "b", "c", "*", "?ab", "?bcd"];

#[derive(Debug)]
struct Among(&'static str);

impl Pattern for Among {
    fn name(&self) -> &str {
        self.0
    }

    fn matches(&self, topic: &Topic) -> bool {
        self.0.contains(topic.as_str())
    }
}

fn interest(texts: &[&'static str]) -> Arc<Interest> {
    let selector = |text: &&'static str| match text.as_bytes() {
        b"*" => Selector::All,
        [b'?', ..] => Selector::Pattern(Arc::new(Among(&text[1..]))),
        _ => Topic::try_from(*text).unwrap().into(),
    };
    let selectors = texts.iter().map(selector);
    Arc::new(Interest::new(
        selectors,
        Permit::to([topic("a").into()]),
        true,
    ))
}

fn topic(name: &str) -> Topic {
    Topic::try_from(name).unwrap()
}

fn topics(names: &[&str]) -> Arc<[Topic]> {
    names.iter().map(|name| topic(name)).collect()
}

fn entries(messages: &[Vec<&str>]) -> Vec<(Offset, Arc<Entry>)> {
    let entry = |(index, names): (usize, &Vec<&str>)| {
        let offset = Offset(index as u64 + 1);
        let message = Message::from(Event::new("x")).topics(topics(names).iter().cloned());
        let position = Position::at(Epoch::parse(b"0123abcv").unwrap(), offset);
        (offset, Arc::new(message.encode().place(position)))
    };
    messages.iter().enumerate().map(entry).collect()
}

impl<L> Fanout<L> {
    fn due(&mut self, entries: &[(Offset, Arc<Entry>)]) -> Vec<Due> {
        for (number, (_, entry)) in (0..).zip(entries) {
            self.note(number, entry);
        }
        self.take_due()
    }

    /// Everyone is where the indexes say, and nothing is kept for nobody.
    fn assert_exact(&self) {
        let mut listed = 0;
        for (key, audience) in &self.audiences {
            assert!(!audience.members.is_empty() && audience.due.is_empty());
            assert_eq!(self.by_interest[&audience.interest], key);
            let selectors = audience.interest.selectors().iter();
            for (selector, place) in selectors.zip(&audience.listed) {
                assert_eq!(self.index.at(selector, *place), key);
                listed += 1;
            }
            for (index, member) in audience.members.iter().enumerate() {
                let place = self.places[member.id.0 as usize].unwrap();
                assert_eq!(place.get(), (key, index));
            }
        }
        assert_eq!(self.by_interest.len(), self.audiences.len());
        assert_eq!(self.index.len(), listed);
        let members = self
            .audiences
            .iter()
            .map(|(_, audience)| audience.members.len());
        assert_eq!(self.places.iter().flatten().count(), members.sum::<usize>());
    }

    fn assert_empty(&self) {
        assert!(self.is_empty() && self.places.iter().all(Option::is_none));
        assert!(self.by_interest.is_empty() && self.index.is_empty());
    }
}

#[test]
fn subscribers_to_the_same_topics_are_one_audience() {
    let mut fanout = Fanout::default();
    for id in 0..100 {
        fanout.attach(MemberId(id), &interest(&["a", "b"]), ());
    }
    fanout.attach(MemberId(100), &interest(&["b"]), ());
    let due = fanout.due(&entries(&[vec!["a", "b"], vec!["c"], vec!["b"]]));
    assert_eq!(due.len(), 2);
    assert_eq!(due[0].entries, [0, 2]);
    assert_eq!(fanout.audience_mut(due[0].audience).members.len(), 100);
    assert_eq!(due[1].entries, [0, 2]);
    assert_eq!(fanout.audience_mut(due[1].audience).members.len(), 1);
}

#[test]
fn who_was_never_attached_can_be_detached() {
    let mut fanout = Fanout::default();
    fanout.attach(MemberId(1), &interest(&["a"]), "one");
    assert_eq!(fanout.detach(MemberId(2)), None);
    fanout.assert_exact();
    assert_eq!(fanout.detach(MemberId(1)), Some("one"));
    assert_eq!(fanout.detach(MemberId(1)), None);
    fanout.assert_empty();
    assert!(fanout.get_mut(MemberId(1)).is_none());
}

#[test]
fn a_private_message_is_for_those_only_whose_permit_allows_one_of_its_topics() {
    let mut fanout = Fanout::default();
    for (id, texts) in [vec!["a"], vec!["b"], vec!["*"], vec!["?bcd"]]
        .iter()
        .enumerate()
    {
        fanout.attach(MemberId(id as u32), &interest(texts), id);
    }
    let message = |names: &[&str]| {
        Message::new("x")
            .topics(topics(names).iter().cloned())
            .private()
    };
    let mut whom = |names: &[&str]| {
        let position = Position::at(Epoch::parse(b"0123abcv").unwrap(), Offset(1));
        let entry = Arc::new(message(names).encode().place(position));
        let due = fanout.due(&[(Offset(1), entry)]);
        let member = |due: Due| fanout.audience_mut(due.audience).members[0].listener;
        let mut whom: Vec<usize> = due.into_iter().map(member).collect();
        whom.sort_unstable();
        whom
    };
    assert_eq!(whom(&["a"]), [0, 2]);
    assert_eq!(whom(&["b"]), [0; 0]);
    // Whichever of its topics is allowed.
    assert_eq!(whom(&["a", "b"]), [0, 1, 2, 3]);
}

proptest! {
    /// In whatever order subscribers come and go, the index knows who listens to what.
    #[test]
    fn the_index_is_exact(
        steps in vec((0_u32..8, subsequence(SELECTORS.to_vec(), 1..=4)), 0..60),
        messages in vec(subsequence(TOPICS.to_vec(), 1..=4), 0..5),
        more in vec(subsequence(TOPICS.to_vec(), 1..=4), 0..5),
    ) {
        let mut fanout = Fanout::default();
        let mut model = BTreeMap::new();
        for (id, names) in steps {
            // Who is there goes; who is not comes.
            if model.remove(&id).is_some() {
                prop_assert_eq!(fanout.detach(MemberId(id)), Some(id));
            } else {
                fanout.attach(MemberId(id), &interest(&names), id);
                model.insert(id, names);
            }
            fanout.assert_exact();
            prop_assert_eq!(fanout.ids().count(), model.len());
            // What is remembered of this must not be wrong later.
            fanout.due(&entries(&more));
        }
        let mut found = BTreeMap::new();
        for due in fanout.due(&entries(&messages)) {
            for member in &fanout.audience_mut(due.audience).members {
                prop_assert!(found.insert(member.listener, due.entries.clone()).is_none());
            }
        }
        fanout.assert_exact();
        for (id, names) in &model {
            let interest = interest(names);
            let listens = |message: &Vec<&str>| {
                let selectors = interest.selectors().iter();
                message.iter().any(|name| selectors.clone().any(|one| one.selects(&topic(name))))
            };
            let expected = (0..).zip(&messages).filter(|(_, message)| listens(message));
            let expected = expected.map(|(number, _)| number);
            let found = found.remove(id).unwrap_or_default();
            prop_assert_eq!(found, expected.collect::<Vec<u32>>());
        }
        for id in model.keys() {
            fanout.detach(MemberId(*id));
        }
        fanout.assert_empty();
    }
}
