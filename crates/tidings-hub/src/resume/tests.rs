use std::time::Duration;

use proptest::prelude::*;
use tidings_sse::Event;
use tokio::time::Instant;

use super::*;
use crate::{message::Message, settings::History};

fn epoch() -> Epoch {
    Epoch::parse(b"0123abcv").unwrap()
}

/// Holds the messages 3 to 5; 4 has the id `own`, and 5 one of 1,024 bytes.
fn window() -> Window {
    let mut window = Window::new(History {
        messages: 3,
        bytes: usize::MAX,
        age: Duration::MAX,
    });
    let longest = "x".repeat(Start::MAX_OWN_ID_BYTES);
    for (offset, id) in [
        (1, Some("gone")),
        (2, None),
        (3, None),
        (4, Some("own")),
        (5, Some(longest.as_str())),
    ] {
        let mut message = Message::from(Event::new("x"));
        if let Some(id) = id {
            message = message.id(EventId::try_from(id).unwrap());
        }
        let offset = Offset(offset);
        let entry = message.encode().place(Position::at(epoch(), offset));
        window.push(offset, entry, Instant::now());
    }
    window
}

fn locate(id: impl AsRef<[u8]>) -> Located {
    Start::from_last_event_id(id.as_ref()).locate(&window(), epoch())
}

fn lost(requested: &str, reason: Reason) -> Located {
    Located::Lost {
        requested: requested.into(),
        reason,
    }
}

#[test]
fn the_start_a_client_asks_for() {
    for (id, start) in [
        (&b""[..], Start::Now),
        (b"earliest", Start::Earliest),
        (b"Earliest", Start::After(b"Earliest".to_vec())),
        (b" ", Start::After(b" ".to_vec())),
        (b"\xff\0", Start::After(b"\xff\0".to_vec())),
    ] {
        assert_eq!(Start::from_last_event_id(id), start);
    }
    assert_eq!(Start::default(), Start::Now);
}

#[test]
fn now_is_the_head_and_earliest_the_beginning() {
    let window = window();
    let now = Start::Now.locate(&window, epoch());
    assert_eq!(now, Located::At(Offset(5)));
    let earliest = Start::Earliest.locate(&window, epoch());
    assert_eq!(earliest, Located::Beginning);
}

#[test]
fn a_position_is_known_from_the_floor_to_the_head() {
    assert_eq!(locate("0123abcv-0"), lost("0123abcv-0", Reason::Expired));
    assert_eq!(locate("0123abcv-1"), lost("0123abcv-1", Reason::Expired));
    assert_eq!(locate("0123abcv-2"), Located::At(Offset(2)));
    assert_eq!(locate("0123abcv-5"), Located::At(Offset(5)));
    assert_eq!(locate("0123abcv-6"), lost("0123abcv-6", Reason::Unknown));
    let huge = format!("0123abcv-{}", u64::MAX);
    assert_eq!(locate(&huge), lost(&huge, Reason::Unknown));
    let beyond = "0123abcv-18446744073709551616";
    assert_eq!(locate(beyond), lost(beyond, Reason::Unknown));
}

#[test]
fn a_position_in_another_log_is_never_taken_for_one_in_this() {
    for id in ["0123abcu-3", "vvvvvvvv-0", "00000000-18446744073709551615"] {
        assert_eq!(locate(id), lost(id, Reason::OtherEpoch));
    }
}

#[test]
fn an_id_of_the_publishers_leads_to_its_message() {
    assert_eq!(locate("own"), Located::At(Offset(4)));
    assert_eq!(locate("gone"), lost("gone", Reason::Unknown));
    assert_eq!(locate("owN"), lost("owN", Reason::Unknown));
}

#[test]
fn an_id_has_at_most_1024_bytes() {
    let longest = "x".repeat(1024);
    assert_eq!(locate(&longest), Located::At(Offset(5)));
    // Not taken for its beginning.
    let longer = "x".repeat(1025);
    assert_eq!(locate(&longer), lost(&longest, Reason::Unknown));
    let endless = "x".repeat(1 << 20);
    assert_eq!(locate(&endless), lost(&longest, Reason::Unknown));
    let unbounded = Start::After(endless.into_bytes());
    let located = unbounded.locate(&window(), epoch());
    assert_eq!(located, lost(&longest, Reason::Unknown));
}

#[test]
fn bytes_that_are_no_text_are_unknown() {
    assert_eq!(locate(b"\xffown"), lost("\u{fffd}own", Reason::Unknown));
    assert_eq!(locate(b"a\0b\r\nc"), lost("a\0b\r\nc", Reason::Unknown));
    // Cut in the middle of a character.
    let shown = format!("{}\u{fffd}", "é".repeat(511) + "x");
    let id = "é".repeat(511) + "xéé";
    assert_eq!(locate(&id), lost(&shown, Reason::Unknown));
}

proptest! {
    #[test]
    fn whatever_a_client_sends_is_located_within_the_window(id in any::<Vec<u8>>()) {
        if let Located::At(offset) = locate(id) {
            prop_assert!((Offset(2)..=Offset(5)).contains(&offset));
        }
    }
}

#[test]
fn an_own_id_is_one_that_a_client_can_send_back() {
    let check = |id: &str| check_own_id(&EventId::try_from(id).unwrap(), epoch());
    let longest = "x".repeat(1024);
    for id in [
        "a",
        "a b",
        "é",
        "urn:uuid:x",
        "0123abcv",
        "earliest ever",
        "products-7",
        &longest,
    ] {
        assert_eq!(check(id), Ok(()), "{id:?}");
    }
    let longer = "x".repeat(1025);
    for (id, error) in [
        ("", InvalidOwnId::Empty),
        (&longer, InvalidOwnId::TooLong),
        (" a", InvalidOwnId::NotAHeaderValue),
        ("a ", InvalidOwnId::NotAHeaderValue),
        ("a\tb", InvalidOwnId::NotAHeaderValue),
        ("a\u{7f}", InvalidOwnId::NotAHeaderValue),
        ("earliest", InvalidOwnId::Reserved),
        ("0123abcv-7", InvalidOwnId::Reserved),
    ] {
        assert_eq!(check(id), Err(error), "{id:?}");
    }
}
