//! Ephemeral messages have a share of history, and who may have missed one that has left is known.
//!
//! They used to be kept like all others. Clients that came and went, each announced, pushed out what
//! had been published.

use super::*;
use crate::{permit::Permit, selector::Selector};

fn window(messages: usize) -> Window {
    Window::new(History {
        messages,
        ..limits()
    })
}

impl Window {
    fn announce(&mut self, name: &str) {
        let offset = self.head().next();
        let mut entry = entry(offset, &[name], None, "x");
        (entry.ephemeral, entry.private) = (true, true);
        self.push(offset, entry, Instant::now());
    }

    fn publish(&mut self) {
        self.add(&["a"], None, Instant::now());
    }

    fn may_miss(&self, interest: &Interest, after: u64) -> bool {
        let floors = self.floors();
        floors.may_miss(interest, Offset(after), Offset::START)
    }
}

fn to(selectors: impl IntoIterator<Item = Selector>, permit: Permit) -> Interest {
    Interest::new(selectors, permit, true)
}

fn exactly(name: &str) -> Selector {
    topic(name).into()
}

#[test]
fn they_push_each_other_out_and_nothing_else() {
    let mut window = window(32);
    window.publish();
    for number in 0..100 {
        window.announce(&format!("here/{number}"));
    }
    window.publish();
    assert_eq!(window.messages(), 2 + 32 / EPHEMERAL_SHARE);
    assert_eq!((window.floor(), window.head()), (Offset(0), Offset(102)));
    window.assert_exact();
    assert_eq!(
        window.offsets(&["a"], 0, ALL),
        (vec![1, 102], Read::ToHead(Offset(102)))
    );
    let newer = window.newer(Offset(0), 3);
    assert_eq!(
        newer.iter().map(|(offset, _)| offset.0).collect::<Vec<_>>(),
        [1, 98, 99]
    );
}

#[test]
fn their_share_counts_bytes_too_and_the_newest_stays() {
    let mut window = Window::new(History {
        bytes: 16 << 10,
        ..limits()
    });
    window.publish();
    for number in 0..100 {
        window.announce(&format!("here/{number}"));
        assert!(
            window
                .newest()
                .is_some_and(|(offset, _)| offset == window.head())
        );
    }
    let taken = window.bytes();
    assert!(taken < (16 << 10) / EPHEMERAL_SHARE + 1000, "{taken}");
    assert_eq!(window.floor(), Offset(0));
    window.assert_exact();
}

#[test]
fn who_cannot_have_wanted_them_has_missed_nothing() {
    let mut window = window(8);
    window.publish();
    for name in ["here/1", "here/2", "here/20"] {
        window.announce(name);
    }
    // The first two have left.
    let everything = Permit::everything;
    for interest in [
        to([exactly("a")], everything()),
        to([exactly("her"), exactly("there/1")], everything()),
        to([Selector::All], Permit::public()),
        to([Selector::All], Permit::to([exactly("a")])),
    ] {
        assert!(!window.may_miss(&interest, 1), "{interest:?}");
    }
    for interest in [
        to([exactly("here/7")], everything()),
        to([Selector::All], everything()),
        to(
            [exactly("a"), Selector::All],
            Permit::to([exactly("here/1")]),
        ),
    ] {
        assert!(window.may_miss(&interest, 2), "{interest:?}");
        assert!(!window.may_miss(&interest, 3), "{interest:?}");
        let told = window.floors().ephemeral;
        assert!(!window.floors().may_miss(&interest, Offset(1), told));
    }
}

#[test]
fn what_is_old_leaves_in_the_order_in_which_it_came() {
    let mut window = window(16);
    for _ in 0..8 {
        window.publish();
    }
    window.announce("here/1");
    for _ in 0..7 {
        window.publish();
    }
    assert_eq!((window.floor(), window.messages()), (Offset(0), 16));
    for _ in 0..9 {
        window.publish();
    }
    assert_eq!((window.floor(), window.messages()), (Offset(9), 16));
    assert!(!window.may_miss(&to([Selector::All], Permit::everything()), 9));
    window.assert_exact();
}

#[test]
fn publishers_wait_where_they_would_leave_unseen() {
    let mut window = window(32);
    let seen = window.head();
    for number in 0..2 {
        window.announce(&format!("here/{number}"));
        assert!(window.can_wait(seen));
    }
    window.announce("here/2");
    assert!(!window.can_wait(seen));
    assert!(window.can_wait(seen.next()));
}
