//! What an event name and an id may be.

use tidings_sse::{EventId, EventName, InvalidField};

#[test]
fn a_name_is_not_empty_and_has_no_line_break_and_no_nul() {
    assert_eq!(EventName::try_from(""), Err(InvalidField::Empty));
    for text in ["a\nb", "a\rb", "\r\n", "a\n"] {
        assert_eq!(
            EventName::try_from(text),
            Err(InvalidField::LineBreak),
            "{text:?}"
        );
    }
    assert_eq!(EventName::try_from("a\0"), Err(InvalidField::Nul));
}

#[test]
fn an_id_may_be_empty_but_has_no_line_break_and_no_nul() {
    assert_eq!(EventId::try_from("").unwrap().as_str(), "");
    for text in ["a\nb", "a\rb", "\r\n", "a\n"] {
        assert_eq!(
            EventId::try_from(text),
            Err(InvalidField::LineBreak),
            "{text:?}"
        );
    }
    assert_eq!(EventId::try_from("\0"), Err(InvalidField::Nul));
}

#[test]
fn any_other_text_is_kept_as_it_is() {
    for text in [
        "message",
        " x ",
        "a:b",
        "\u{2028}\u{85}\u{b}\u{c}",
        "\u{feff}",
        "日本語 🦀",
    ] {
        let name: EventName = text.parse().unwrap();
        assert_eq!(
            (name.as_str(), name.as_ref(), name.to_string().as_str()),
            (text, text, text)
        );
        let id = EventId::try_from(text.to_owned()).unwrap();
        assert_eq!(
            (id.as_str(), id.as_ref(), id.to_string().as_str()),
            (text, text, text)
        );
    }
}

#[test]
fn a_refusal_says_what_to_do() {
    let refusals = [
        InvalidField::LineBreak,
        InvalidField::Nul,
        InvalidField::Empty,
    ];
    assert_eq!(
        refusals.map(|refusal| refusal.to_string()),
        [
            "contains a line break; remove CR and LF",
            "contains a NUL character; remove it",
            "is empty; leave an event's name out to have it received as `message`",
        ]
    );
}
