//! A guard in front of the crate `urlpattern`: it counts the brackets of a host name without a sign, and so a `]` too many
//! is an overflow, which is a panic where these are checked. No host has such a bracket, so a pattern with one could match
//! nothing.

/// Refuses a closing bracket without an opening one in what could be the host of a pattern: in what comes before the
/// first slash that is not one of `://`. What is in groups is passed over, because the crate does so too.
pub(super) fn check_brackets(pattern: &str) -> Result<(), &'static str> {
    let bytes = pattern.as_bytes();
    if !has_protocol(bytes) {
        return Ok(());
    }
    let (mut at, mut braces, mut brackets) = (0, 0_usize, 0_usize);
    let mut previous = b' ';
    while let Some(byte) = bytes.get(at) {
        at += 1;
        let mut token = *byte;
        match byte {
            // Escaped, a character is itself, and still ends or begins what it would otherwise, but no group.
            b'\\' => {
                token = bytes.get(at).copied().unwrap_or(b'\\');
                at += 1;
            }
            b'(' => at += group_length(&bytes[at..]).unwrap_or(0),
            b'{' => braces += 1,
            b'}' => braces = braces.saturating_sub(1),
            _ => {}
        }
        if braces == 0 {
            match token {
                b'[' => brackets += 1,
                b']' if brackets == 0 => return Err("its host has a `]` without a `[`"),
                b']' => brackets -= 1,
                // What came before was a user's name, and its brackets don't count.
                b'@' => brackets = 0,
                b'/' if !matches!(previous, b':' | b'/') => return Ok(()),
                b'#' => return Ok(()),
                _ => {}
            }
        }
        previous = token;
    }
    Ok(())
}

/// Whether there is a colon that is not the beginning of a name: only behind one can there be a host.
fn has_protocol(pattern: &[u8]) -> bool {
    // A letter beyond ASCII may begin one as well; then a pattern that needn't be is looked at.
    let begins_name = |byte: &u8| byte.is_ascii_alphabetic() || b"_$".contains(byte);
    pattern.iter().enumerate().any(|(at, byte)| {
        let escaped = at > 0 && pattern[at - 1] == b'\\';
        *byte == b':' && (escaped || !pattern.get(at + 1).is_some_and(begins_name))
    })
}

/// The length of a group behind its opening parenthesis; `None` where the standard's tokenizer sees no group, and takes
/// what follows as single characters.
fn group_length(after: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 1);
    loop {
        match after.get(at)? {
            byte if !byte.is_ascii() => return None,
            b'?' if at == 0 => return None,
            b'\\' => {
                after.get(at + 1).filter(|byte| byte.is_ascii())?;
                at += 1;
            }
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return (at > 0).then_some(at + 1);
                }
            }
            b'(' => {
                after.get(at + 1).filter(|byte| **byte == b'?')?;
                depth += 1;
            }
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::check_brackets;

    #[test]
    fn a_bracket_too_many_is_seen_where_a_host_can_be() {
        for bad in [
            "https://]",
            "https://[::1]]/x",
            "x:\\/\\/]",
            "https:]",
            "*://{a/}]",
            "http://([)]",
            "http://(?]",
            "http://\\]",
            ":p://a:1]",
            "*:[:@(]/",
            "h:h:\u{5c7}w]w",
            "https://{\\}[}]",
        ] {
            assert!(check_brackets(bad).is_err(), "{bad}");
        }
        for good in [
            "a]",
            "/a]/:id",
            "https://[::1]/a]",
            "https://([a-z]+).example.com/*",
            "x]y/:id",
            "https://a#]",
            "https://*/]",
            "?a[]=]",
            "/a]?b:c",
        ] {
            assert_eq!(check_brackets(good), Ok(()), "{good}");
        }
    }
}
