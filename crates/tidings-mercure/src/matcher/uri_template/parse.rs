//! The syntax of URI templates (RFC 6570, section 2), of which only what matters for matching is kept.

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text that stands for itself.
    Literal(&'a str),
    /// What is in braces.
    Variables(Variables),
}

/// An expression of a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Variables {
    /// The operator, or a space where there is none.
    pub(super) operator: u8,
    /// How many variables there are.
    pub(super) count: usize,
    /// Whether one of them is exploded.
    pub(super) exploded: bool,
}

/// `None` when the text is no template.
pub(super) fn parse(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (literal, expression) = rest.split_at(open);
        let (expression, after) = expression[1..].split_once('}')?;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(is_literal(literal).then_some(literal)?));
        }
        pieces.push(Piece::Variables(variables(expression)?));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(is_literal(rest).then_some(rest)?));
    }
    Some(pieces)
}

fn variables(expression: &str) -> Option<Variables> {
    let operator = *expression.as_bytes().first()?;
    let (operator, list) = match operator {
        b'+' | b'#' | b'.' | b'/' | b';' | b'?' | b'&' => (operator, &expression[1..]),
        _ => (b' ', expression),
    };
    let mut exploded = false;
    let mut count = 0;
    for variable in list.split(',') {
        let name = if let Some(name) = variable.strip_suffix('*') {
            exploded = true;
            name
        } else if let Some((name, length)) = variable.split_once(':') {
            is_length(length).then_some(name)?
        } else {
            variable
        };
        is_name(name).then_some(())?;
        count += 1;
    }
    Some(Variables {
        operator,
        count,
        exploded,
    })
}

/// One to four digits, the first of them not 0.
fn is_length(length: &str) -> bool {
    (1..=4).contains(&length.len())
        && !length.starts_with('0')
        && length.bytes().all(|digit| digit.is_ascii_digit())
}

fn is_name(name: &str) -> bool {
    name.split('.').all(|part| {
        !part.is_empty() && escapes_are_whole(part) && {
            let in_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'%';
            part.bytes().all(in_name)
        }
    })
}

fn is_literal(text: &str) -> bool {
    escapes_are_whole(text) && text.chars().all(may_be_literal)
}

fn escapes_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// RFC 6570, section 2.1, and the `ucschar` and `iprivate` of RFC 3987 it names.
fn may_be_literal(character: char) -> bool {
    match character {
        '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => false,
        '!'..='~' => true,
        _ => {
            let plane = u32::from(character) & 0xffff;
            match u32::from(character) {
                0xa0..=0xd7ff | 0xe000..=0xfdcf | 0xfdf0..=0xffef => true,
                0x1_0000..=0xd_ffff | 0xe_1000..=0x10_ffff => plane < 0xfffe,
                _ => false,
            }
        }
    }
}
