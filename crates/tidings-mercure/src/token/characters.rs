//! Which characters a topic matcher may hold (draft-dunglas-mercure-08, "Subscription"): no C0, DEL or C1 control
//! characters, and none of Unicode's general category Cf, which cannot be seen.

use std::ops::RangeInclusive;

/// General category Cf of Unicode 17.
const FORMAT: [RangeInclusive<u32>; 21] = [
    0xAD..=0xAD,
    0x600..=0x605,
    0x61C..=0x61C,
    0x6DD..=0x6DD,
    0x70F..=0x70F,
    0x890..=0x891,
    0x8E2..=0x8E2,
    0x180E..=0x180E,
    0x200B..=0x200F,
    0x202A..=0x202E,
    0x2060..=0x2064,
    0x2066..=0x206F,
    0xFEFF..=0xFEFF,
    0xFFF9..=0xFFFB,
    0x110BD..=0x110BD,
    0x110CD..=0x110CD,
    0x13430..=0x1343F,
    0x1BCA0..=0x1BCA3,
    0x1D173..=0x1D17A,
    0xE0001..=0xE0001,
    0xE0020..=0xE007F,
];

/// The first character that must not be there.
pub(crate) fn forbidden(text: &str) -> Option<char> {
    text.chars().find(|&character| {
        character.is_control()
            || (!character.is_ascii()
                && FORMAT
                    .iter()
                    .any(|range| range.contains(&u32::from(character))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_forbidden() {
        for bad in [
            "a\u{0}",
            "a\nb",
            "\u{7f}",
            "\u{85}",
            "\u{9f}",
            "\u{ad}",
            "\u{200b}",
            "\u{202e}",
            "\u{feff}",
            "\u{1343f}",
            "\u{e0041}",
        ] {
            assert!(forbidden(bad).is_some(), "{bad:?}");
        }
        for good in [
            "",
            "https://example.com/{id}",
            "Bücher 本 🎉",
            "\u{a0}",
            "\u{2065}",
        ] {
            assert_eq!(forbidden(good), None, "{good:?}");
        }
    }
}
