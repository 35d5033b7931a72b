//! Which regular expressions mean the same here as in the URL Pattern standard, which says ECMAScript with the flag `v`.
//!
//! The syntax of the regex crates is close to it, and what they lack (look-around, back references) is refused by their
//! compiler. What they have on top, or read differently, is refused here, so that a pattern never matches what it would
//! not match elsewhere. Where a character stands for itself although ECMAScript wants it escaped, it is let through.

/// Whether both read this expression alike, as far as the compiler doesn't check that itself.
pub(super) fn reads_alike(expression: &str) -> bool {
    let mut rest = expression.as_bytes();
    let mut class_depth = 0_usize;
    loop {
        rest = match rest {
            [] => return true,
            [b'\\', after @ ..] => match escape(after, class_depth > 0) {
                Some(length) => &after[length..],
                None => return false,
            },
            // An empty class, which the regex crates take for the beginning of one that has the bracket in it.
            [b'[', b']', ..] | [b'[', b'^', b']', ..] => return false,
            // A POSIX class for the one, a nested class of a colon and letters for the other.
            [b'[', b':', ..] if class_depth > 0 => return false,
            // A symmetric difference for the one, an error for the other.
            [b'~', b'~', ..] if class_depth > 0 => return false,
            [b'[', after @ ..] => {
                class_depth += 1;
                after
            }
            [b']', after @ ..] => {
                class_depth = class_depth.saturating_sub(1);
                after
            }
            [b'(', b'?', after @ ..] if class_depth == 0 => {
                if !opens_group(after) {
                    return false;
                }
                after
            }
            [_, after @ ..] => after,
        };
    }
}

/// The length of what follows a backslash, when it means the same to both.
fn escape(after: &[u8], in_class: bool) -> Option<usize> {
    let hexadecimal = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match after {
        [
            b'd' | b'D' | b'w' | b'W' | b's' | b'S' | b't' | b'n' | b'r' | b'v' | b'f',
            ..,
        ] => Some(1),
        // With a brace, a word boundary of another kind.
        [b'b', b'{', ..] => None,
        [b'b' | b'B', ..] if !in_class => Some(1),
        [b'p' | b'P', b'{', ..] => Some(2),
        [b'x', a, b, ..] if hexadecimal(&[*a, *b]) => Some(3),
        [b'u', b'{', ..] => Some(2),
        [b'u', a, b, c, d, ..] if hexadecimal(&[*a, *b, *c, *d]) => Some(5),
        // Outside a class these are boundaries of words, not characters.
        [b'<' | b'>', ..] => None,
        [mark, ..] if mark.is_ascii_punctuation() => Some(1),
        _ => None,
    }
}

/// Whether `(?` is followed by what ECMAScript knows: a group without a number, one with a name, or modifiers for the
/// group; not by flags for the rest, nor by flags that it doesn't have. Look-around the compiler refuses.
fn opens_group(after: &[u8]) -> bool {
    match after {
        [b'<' | b'=' | b'!', ..] => true,
        _ => after
            .iter()
            .find(|byte| !b"ims-".contains(byte))
            .is_some_and(|end| *end == b':'),
    }
}

#[cfg(test)]
mod tests {
    use super::reads_alike;

    #[test]
    fn what_both_read_alike_is_let_through() {
        for same in [
            r"^/books/([^/]+?)$",
            r"(\d+)|(?:a|b)?",
            r"(?<year>\d{4})",
            r"(?i:a)(?s-m:b)",
            r"[\w\-.~]",
            r"[[a-z]--a]",
            r"[\d&&[0-1]]",
            r"\x41\u0041\u{41}\p{L}",
            r"\/\.\(\[\]\)\bx\B",
            r"[(?i)~]~~",
        ] {
            assert!(reads_alike(same), "{same}");
        }
    }

    #[test]
    fn what_they_read_differently_is_refused() {
        for different in [
            "(?i)a",
            "(?R)",
            "(?x: a)",
            "(?P<a>b)",
            "(?u:a)",
            "(?U:a)",
            "(?i",
            "[]a]",
            "[^]a]",
            "[[:alpha:]]",
            "[a~~b]",
            r"\A",
            r"\z",
            r"\a",
            r"\pL",
            r"\x{41}",
            r"\U0001F600",
            r"\<a",
            r"\b{start}",
            r"[\b]",
            r"\u41",
            r"\h",
            r"\0",
            r"\1",
            r"\cA",
            "\\",
        ] {
            assert!(!reads_alike(different), "{different}");
        }
    }
}
