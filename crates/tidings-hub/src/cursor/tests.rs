use std::time::Duration;

use tidings_sse::Event;
use tokio::time::Instant;

use super::*;
use crate::{message::Message, settings::History, topic::Topic};

fn epoch() -> Epoch {
    Epoch::parse(b"0123abcv").unwrap()
}

fn topic(name: &str) -> Topic {
    Topic::try_from(name).unwrap()
}

fn window(messages: usize) -> Window {
    Window::new(History {
        messages,
        bytes: usize::MAX,
        age: Duration::MAX,
    })
}

fn publish(window: &mut Window, name: &str) {
    let offset = window.head().next();
    let message = Message::from(Event::new(offset.to_string())).topics([topic(name)]);
    let entry = message.encode().place(Position::at(epoch(), offset));
    window.push(offset, entry, Instant::now());
}

/// A cursor on topic `a` that starts after `offset`.
fn cursor(offset: u64, window: &Window) -> Cursor {
    let interest = Interest::in_topics([topic("a")]);
    Cursor::new(interest, Located::At(Offset(offset)), window)
}

/// The numbers of the messages that are due.
fn read(cursor: &mut Cursor, window: &Window) -> Vec<u64> {
    read_at_most(cursor, window, usize::MAX)
}

fn read_at_most(cursor: &mut Cursor, window: &Window, messages: usize) -> Vec<u64> {
    let mut frames = VecDeque::new();
    let bytes = usize::MAX;
    let read = cursor.read(
        window,
        Offset::LAST,
        Budget {
            messages,
            bytes,
            looks: usize::MAX,
        },
        &mut frames,
    );
    read.expect("the cursor stands in the window");
    let number = |frame: Frame| {
        let event = String::from_utf8(frame.event().to_vec()).unwrap();
        let data = event.lines().find_map(|line| line.strip_prefix("data: "));
        data.unwrap().parse().unwrap()
    };
    frames.into_iter().map(number).collect()
}

fn gap(requested: &str, reason: Reason, from: u64) -> Option<Gap> {
    Some(Gap {
        requested: requested.into(),
        reason,
        from: Position::at(epoch(), Offset(from)),
    })
}

#[test]
fn a_new_cursor_looks_for_itself_and_is_live_at_the_head() {
    let mut window = window(9);
    for _ in 0..3 {
        publish(&mut window, "a");
    }
    let mut cursor = cursor(1, &window);
    assert!(!cursor.is_live());
    assert_eq!(cursor.take_gap(&window, epoch()), None);
    assert_eq!(read(&mut cursor, &window), [2, 3]);
    assert!(cursor.is_live());
}

#[test]
fn a_live_cursor_reads_nothing_until_it_is_marked() {
    let mut window = window(9);
    let mut cursor = cursor(0, &window);
    assert!(read(&mut cursor, &window).is_empty());
    publish(&mut window, "a");
    assert!(read(&mut cursor, &window).is_empty());
    cursor.mark(Offset(1));
    assert!(!cursor.is_live());
    assert_eq!(read(&mut cursor, &window), [1]);
    assert!(cursor.is_live());
}

#[test]
fn a_live_cursor_steps_over_what_it_is_handed_and_a_cursor_that_is_behind_does_not() {
    let mut window = window(0);
    let mut cursor = cursor(0, &window);
    assert!(!cursor.step(Offset(1)), "it looks for itself first");
    assert!(read(&mut cursor, &window).is_empty());
    publish(&mut window, "a");
    assert!(cursor.step(Offset(1)));
    assert!(!cursor.step(Offset(1)), "once");
    publish(&mut window, "a");
    cursor.mark(Offset(2));
    assert_eq!(read(&mut cursor, &window), [2]);
}

#[test]
fn a_cursor_whose_budget_is_used_up_stays_behind() {
    let mut window = window(9);
    for _ in 0..3 {
        publish(&mut window, "a");
    }
    publish(&mut window, "b");
    let mut cursor = cursor(0, &window);
    assert_eq!(read_at_most(&mut cursor, &window, 2), [1, 2]);
    assert!(!cursor.is_live());
    assert_eq!(read_at_most(&mut cursor, &window, 2), [3]);
    assert!(cursor.is_live());
}

#[test]
fn a_mark_for_what_was_read_already_repeats_nothing() {
    let mut window = window(9);
    publish(&mut window, "a");
    publish(&mut window, "a");
    let mut cursor = cursor(0, &window);
    assert_eq!(read(&mut cursor, &window), [1, 2]);
    cursor.mark(Offset(1));
    assert!(read(&mut cursor, &window).is_empty());
    publish(&mut window, "a");
    cursor.mark(Offset::START);
    assert_eq!(read(&mut cursor, &window), [3]);
}

/// A mark says that nothing was due since the cursor became live. One that is behind was never
/// told that.
#[test]
fn a_mark_does_not_move_a_cursor_that_is_behind() {
    let mut window = window(9);
    for _ in 0..3 {
        publish(&mut window, "a");
    }
    let mut cursor = cursor(0, &window);
    cursor.mark(Offset(3));
    assert_eq!(read(&mut cursor, &window), [1, 2, 3]);
}

#[test]
fn a_live_cursor_never_falls_however_much_of_other_topics_passes() {
    let mut window = window(2);
    let mut cursor = cursor(0, &window);
    assert!(read(&mut cursor, &window).is_empty());
    for _ in 0..100 {
        publish(&mut window, "b");
        assert_eq!(cursor.take_gap(&window, epoch()), None);
        assert!(read(&mut cursor, &window).is_empty());
    }
    publish(&mut window, "a");
    cursor.mark(Offset(101));
    assert_eq!(cursor.take_gap(&window, epoch()), None);
    assert_eq!(read(&mut cursor, &window), [101]);
}

#[test]
fn what_left_the_window_unread_is_a_gap_before_what_is_left() {
    let mut window = window(2);
    let mut cursor = cursor(0, &window);
    assert!(read(&mut cursor, &window).is_empty());
    publish(&mut window, "b");
    for _ in 0..4 {
        publish(&mut window, "a");
    }
    cursor.mark(Offset(2));
    // Up to 1 nothing was due.
    let told = gap("0123abcv-1", Reason::Expired, 3);
    assert_eq!(cursor.take_gap(&window, epoch()), told);
    assert_eq!(cursor.take_gap(&window, epoch()), None);
    assert_eq!(read(&mut cursor, &window), [4, 5]);
}

#[test]
fn the_place_at_the_floor_has_missed_nothing() {
    let mut window = window(2);
    let mut cursor = cursor(0, &window);
    assert!(read(&mut cursor, &window).is_empty());
    for _ in 0..3 {
        publish(&mut window, "a");
    }
    cursor.mark(Offset(2));
    assert_eq!(cursor.take_gap(&window, epoch()), None);
    assert_eq!(read(&mut cursor, &window), [2, 3]);
}

#[test]
fn who_falls_while_catching_up_is_told_where() {
    let mut window = window(3);
    for _ in 0..3 {
        publish(&mut window, "a");
    }
    let mut cursor = cursor(0, &window);
    assert_eq!(read_at_most(&mut cursor, &window, 1), [1]);
    for _ in 0..3 {
        publish(&mut window, "a");
    }
    let told = gap("0123abcv-1", Reason::Expired, 3);
    assert_eq!(cursor.take_gap(&window, epoch()), told);
    assert_eq!(read(&mut cursor, &window), [4, 5, 6]);
}

#[test]
fn a_lost_start_is_told_first_and_with_what_was_asked_for() {
    let mut window = window(2);
    for _ in 0..4 {
        publish(&mut window, "a");
    }
    let lost = Located::Lost {
        requested: "what".into(),
        reason: Reason::Unknown,
    };
    let mut cursor = Cursor::new(Interest::in_topics([topic("a")]), lost, &window);
    // More is lost before the first look: still one gap, that of the start.
    publish(&mut window, "a");
    let told = gap("what", Reason::Unknown, 3);
    assert_eq!(cursor.take_gap(&window, epoch()), told);
    assert_eq!(cursor.take_gap(&window, epoch()), None);
    assert_eq!(read(&mut cursor, &window), [4, 5]);
}

#[test]
fn a_cursor_that_has_not_taken_its_gap_cannot_read() {
    let mut window = window(1);
    let mut cursor = cursor(0, &window);
    publish(&mut window, "a");
    publish(&mut window, "a");
    let all = Budget {
        messages: usize::MAX,
        bytes: usize::MAX,
        looks: usize::MAX,
    };
    let mut frames = VecDeque::new();
    assert_eq!(
        cursor.read(&window, Offset::LAST, all, &mut frames),
        Err(Fallen)
    );
    assert!(frames.is_empty());
}

/// A cursor used to have one place only: what is ephemeral could not leave before what lasts.
#[test]
fn who_has_lost_ephemeral_messages_is_told_once_and_goes_on_where_it_was() {
    let mut window = window(8);
    publish(&mut window, "a");
    publish(&mut window, "a");
    for _ in 0..3 {
        let offset = window.head().next();
        let message = Message::from(Event::new(offset.to_string()));
        let message = message.topics([topic("a")]).ephemeral();
        let entry = message.encode().place(Position::at(epoch(), offset));
        window.push(offset, entry, Instant::now());
    }
    let mut beginning = Cursor::new(
        Interest::in_topics([topic("a")]),
        Located::Beginning,
        &window,
    );
    let mut cursor = cursor(1, &window);
    let told = gap("0123abcv-1", Reason::Expired, 1);
    assert_eq!(cursor.take_gap(&window, epoch()), told);
    assert_eq!(cursor.take_gap(&window, epoch()), None);
    assert_eq!(read(&mut cursor, &window), [2, 5]);
    // All that is held was asked for, and is given.
    assert_eq!(beginning.take_gap(&window, epoch()), None);
    assert_eq!(read(&mut beginning, &window), [1, 2, 5]);
}
