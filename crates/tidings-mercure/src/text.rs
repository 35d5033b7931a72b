//! Which characters a topic, a matcher, an id and a type may have. The first thing that is asked of each of them.
//!
//! Specification: section Terminology. No controls, because these texts travel in headers and in one-line fields; no
//! format characters, because they are invisible and let one name pass for another.

use icu_properties::{CodePointMapData, props::GeneralCategory};

/// A character that the protocol does not allow: a control character (C0, DEL, C1), or an invisible one (general
/// category `Cf` of Unicode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it has the {} U+{:04X} at byte {at}; remove it", self.kind(), u32::from(*.character))]
pub struct BadCharacter {
    /// The first such character.
    pub character: char,
    /// Where it starts,.
    pub at: usize,
}

impl BadCharacter {
    fn kind(&self) -> &'static str {
        if self.character.is_control() {
            "control character"
        } else {
            "invisible character"
        }
    }
}

/// Finds the first character that is not allowed.
pub(crate) fn check(text: &str) -> Result<(), BadCharacter> {
    if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return Ok(());
    }
    let categories = CodePointMapData::<GeneralCategory>::new();
    let bad = |character: char| {
        character.is_control() || categories.get(character) == GeneralCategory::Format
    };
    match text.char_indices().find(|(_, character)| bad(*character)) {
        Some((at, character)) => Err(BadCharacter { character, at }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use regex_automata::meta::Regex;

    use super::*;

    /// Two sources of Unicode data, of different origin: ICU's for the program, the regex crates' here.
    #[test]
    fn n6_exactly_controls_and_format_characters_are_refused() {
        let refused = Regex::new(r"^[\x00-\x1f\x7f\u{80}-\u{9f}\p{Cf}]$").unwrap();
        for character in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let text = character.to_string();
            assert_eq!(
                check(&text).is_err(),
                refused.is_match(text.as_str()),
                "U+{:04X}",
                u32::from(character)
            );
        }
    }

    #[test]
    fn the_refusal_names_the_character_and_its_place() {
        let error = check("caf\u{e9}\u{200b}!").unwrap_err();
        assert_eq!(
            error,
            BadCharacter {
                character: '\u{200b}',
                at: 5
            }
        );
        assert_eq!(
            error.to_string(),
            "it has the invisible character U+200B at byte 5; remove it"
        );
        assert_eq!(
            check("a\tb").unwrap_err().to_string(),
            "it has the control character U+0009 at byte 1; remove it"
        );
        assert_eq!(check("caf\u{e9} \u{1f6b2}"), Ok(()));
    }
}
