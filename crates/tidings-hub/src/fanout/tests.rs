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

/// What announcements begin with. The selectors with a `^` are the topics that begin so.
const NEW: &str = "new/";
const TOPICS_AND_NEW: [&str; 5] = ["a", "b", "new/1", "new/2", "new"];
const SELECTORS_AND_NEW: [&str; 9] = [
    "a", "new/1", "new/2", "*", "?ab", "^new/", "^new/1", "^n", "^a",
];

#[derive(Debug)]
struct Beginning(&'static str);

impl Pattern for Beginning {
    fn name(&self) -> &str {
        self.0
    }

    fn matches(&self, topic: &Topic) -> bool {
        topic.as_str().starts_with(&self.0[1..])
    }

    fn may_match_below(&self, beginning: &str) -> bool {
        let own = &self.0[1..];
        own.starts_with(beginning) || beginning.starts_with(own)
    }
}

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
    interest_with(texts, &["a"])
}

fn interest_with(texts: &[&'static str], permitted: &[&'static str]) -> Arc<Interest> {
    let permit = Permit::to(permitted.iter().map(selector));
    Arc::new(Interest::new(texts.iter().map(selector), permit, true))
}

fn selector(text: &&'static str) -> Selector {
    match text.as_bytes() {
        b"*" => Selector::All,
        [b'?', ..] => Selector::Pattern(Arc::new(Among(&text[1..]))),
        [b'^', ..] => Selector::Pattern(Arc::new(Beginning(text))),
        _ => topic(text).into(),
    }
}

fn topic(name: &str) -> Topic {
    Topic::try_from(name).unwrap()
}

fn topics(names: &[&str]) -> Arc<[Topic]> {
    names.iter().map(|name| topic(name)).collect()
}

fn entries(messages: &[Vec<&str>]) -> Vec<(Offset, Arc<Entry>)> {
    let message =
        |names: &Vec<&str>| Message::from(Event::new("x")).topics(topics(names).iter().cloned());
    placed(messages.iter().map(message))
}

fn placed(messages: impl IntoIterator<Item = Message>) -> Vec<(Offset, Arc<Entry>)> {
    let place = |(number, message): (u64, Message)| {
        let offset = Offset(number);
        let position = Position::at(Epoch::parse(b"0123abcv").unwrap(), offset);
        (offset, Arc::new(message.encode().place(position)))
    };
    (1..).zip(messages).map(place).collect()
}

impl<L> Fanout<L> {
    fn due(&mut self, entries: &[(Offset, Arc<Entry>)]) -> Vec<Due> {
        for (number, (_, entry)) in (0..).zip(entries) {
            self.note(number, entry);
        }
        self.take_due()
    }

    /// What is due to each.
    fn due_to_each(&mut self, entries: &[(Offset, Arc<Entry>)]) -> BTreeMap<MemberId, Vec<u32>> {
        let mut found = BTreeMap::new();
        for due in self.due(entries) {
            for member in &self.audience_mut(due.audience).members {
                let twice = found.insert(member.id, due.entries.clone());
                assert_eq!(twice, None);
            }
        }
        found
    }

    /// Everyone is where the indexes say, and nothing is kept for nobody.
    fn assert_exact(&self) {
        let (mut listed, mut announced) = (0, 0);
        for (key, audience) in &self.audiences {
            assert!(!audience.members.is_empty() && audience.due.is_empty());
            assert_eq!(self.by_interest[&audience.interest], key);
            let selectors = audience.interest.selectors().iter();
            for (selector, place) in selectors.zip(&audience.listed) {
                assert_eq!(self.index.at(selector, *place), key);
                listed += 1;
            }
            let selectors = audience.interest.selectors().iter();
            for (selector, place) in selectors.zip(&audience.announced) {
                if let Some(place) = place {
                    assert_eq!(self.announced.index().at(selector, *place), key);
                    announced += 1;
                }
            }
            for (index, member) in audience.members.iter().enumerate() {
                let place = self.places[member.id.0 as usize].unwrap();
                assert_eq!(place.get(), (key, index));
            }
        }
        assert_eq!(self.by_interest.len(), self.audiences.len());
        assert_eq!(self.index.len(), listed);
        assert_eq!(self.announced.index().len(), announced);
        let members = self
            .audiences
            .iter()
            .map(|(_, audience)| audience.members.len());
        assert_eq!(self.places.iter().flatten().count(), members.sum::<usize>());
    }

    fn assert_empty(&self) {
        assert!(self.is_empty() && self.places.iter().all(Option::is_none));
        assert!(self.by_interest.is_empty() && self.index.is_empty());
        assert!(self.announced.index().is_empty());
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
        let due = fanout.due(&placed([message(names)]));
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

/// Each client that came or went used to be announced to every pattern of every subscriber: with
/// some thousand patterns, publishers waited for it.
#[test]
fn an_announcement_asks_nobody_who_cannot_want_it() {
    #[derive(Debug)]
    struct Unasked(&'static str);

    impl Pattern for Unasked {
        fn name(&self) -> &str {
            self.0
        }

        fn matches(&self, topic: &Topic) -> bool {
            panic!("{} is asked about {topic:?}", self.0)
        }

        fn may_match_below(&self, beginning: &str) -> bool {
            assert_eq!(beginning, NEW);
            self.0 == "may"
        }
    }

    let pattern = |name| Selector::Pattern(Arc::new(Unasked(name)));
    let attach = |fanout: &mut Fanout<()>, id, selectors: &[Selector], permit| {
        let interest = Interest::new(selectors.iter().cloned(), permit, true);
        fanout.attach(MemberId(id), &Arc::new(interest), ());
    };
    let mut fanout = Fanout::default();
    // There before the hub knows of announcements.
    attach(&mut fanout, 0, &[pattern("may")], Permit::public());
    fanout.announce_below(&NEW.into());
    attach(&mut fanout, 1, &[pattern("cannot")], Permit::everything());
    let narrow = Permit::to([topic("news").into()]);
    attach(&mut fanout, 2, &[pattern("may"), Selector::All], narrow);
    let watcher = [pattern("cannot"), topic("new/1").into()];
    attach(&mut fanout, 3, &watcher, Permit::everything());
    let message = Message::new("x").topics([topic("new/1")]);
    let due = fanout.due_to_each(&placed([message.private().ephemeral()]));
    assert_eq!(due, BTreeMap::from([(MemberId(3), vec![0])]));
}

proptest! {
    /// Whatever is published, and whenever it is said where announcements are: they reach the same.
    #[test]
    fn announcements_reach_those_that_they_would_reach_otherwise(
        steps in vec(
            (
                0_u32..8,
                subsequence(SELECTORS_AND_NEW.to_vec(), 1..=4),
                subsequence(SELECTORS_AND_NEW.to_vec(), 0..=2),
            ),
            0..40,
        ),
        said_after in 0_usize..40,
        messages in vec(
            (subsequence(TOPICS_AND_NEW.to_vec(), 1..=2), any::<bool>(), any::<bool>()),
            1..8,
        ),
    ) {
        let messages = messages.iter().map(|(names, private, ephemeral)| {
            let mut message = Message::new("x").topics(topics(names).iter().cloned());
            if *private {
                message = message.private();
            }
            if *ephemeral {
                message = message.ephemeral();
            }
            message
        });
        let entries = placed(messages);
        let mut plain = Fanout::default();
        let mut announcing = Fanout::default();
        for (number, (id, names, permitted)) in steps.iter().enumerate() {
            if number == said_after {
                announcing.announce_below(&"else".into());
                announcing.announce_below(&NEW.into());
            }
            let id = MemberId(*id);
            let there = plain.detach(id).is_some();
            prop_assert_eq!(announcing.detach(id).is_some(), there);
            if !there {
                let interest = interest_with(names, permitted);
                plain.attach(id, &interest, ());
                announcing.attach(id, &interest, ());
            }
            announcing.assert_exact();
            let expected = plain.due_to_each(&entries);
            prop_assert_eq!(announcing.due_to_each(&entries), expected);
        }
        for (id, ..) in steps {
            announcing.detach(MemberId(id));
        }
        announcing.assert_empty();
    }

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
        let mut found = fanout.due_to_each(&entries(&messages));
        fanout.assert_exact();
        for (id, names) in &model {
            let interest = interest(names);
            let listens = |message: &Vec<&str>| {
                let selectors = interest.selectors().iter();
                message.iter().any(|name| selectors.clone().any(|one| one.selects(&topic(name))))
            };
            let expected = (0..).zip(&messages).filter(|(_, message)| listens(message));
            let expected = expected.map(|(number, _)| number);
            let found = found.remove(&MemberId(*id)).unwrap_or_default();
            prop_assert_eq!(found, expected.collect::<Vec<u32>>());
        }
        for id in model.keys() {
            fanout.detach(MemberId(*id));
        }
        fanout.assert_empty();
    }
}
