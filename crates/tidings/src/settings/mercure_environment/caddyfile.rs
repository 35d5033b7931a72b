//! Lines of a Caddyfile: directives, their arguments, and whether a block follows.
//!
//! Read as Caddy documents it: words between white space, `"…"` with `\"` for a quote in it, `` `…` `` as it is, `#`
//! for a comment, a backslash that joins a line with the next. What stands in a block is not kept.

/// A directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directive {
    /// Where it begins, counted from 1.
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
    /// Whether there is a block behind it.
    pub(super) block: bool,
}

/// A text that cannot be taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unclosed {
    /// Where the quote or the block begins.
    pub(super) line: usize,
    pub(super) what: &'static str,
}

#[derive(Debug)]
struct Word {
    line: usize,
    text: String,
    /// Whether it is the first of its line.
    first: bool,
    /// Within quotes, a brace is only a character.
    quoted: bool,
}

/// Takes a text apart.
pub(super) fn read(text: &str) -> Result<Vec<Directive>, Unclosed> {
    let mut directives: Vec<Directive> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for word in words(text)? {
        match (word.text.as_str(), word.quoted) {
            ("{", false) => {
                if let (true, Some(directive)) = (open.is_empty(), directives.last_mut()) {
                    directive.block = true;
                }
                open.push(word.line);
            }
            ("}", false) => {
                open.pop();
            }
            _ if !open.is_empty() => {}
            _ if word.first => directives.push(Directive {
                line: word.line,
                name: word.text,
                arguments: Vec::new(),
                block: false,
            }),
            _ => {
                if let Some(directive) = directives.last_mut() {
                    directive.arguments.push(word.text);
                }
            }
        }
    }
    match open.first() {
        None => Ok(directives),
        Some(line) => Err(Unclosed {
            line: *line,
            what: "block",
        }),
    }
}

fn words(text: &str) -> Result<Vec<Word>, Unclosed> {
    let mut words = Vec::new();
    let mut characters = text.chars().peekable();
    let (mut line, mut first) = (1, true);
    while let Some(c) = characters.next() {
        match c {
            '\n' => (line, first) = (line + 1, true),
            '\\' if characters.next_if_eq(&'\n').is_some() => line += 1,
            '#' => while characters.next_if(|c| *c != '\n').is_some() {},
            c if c.is_whitespace() => {}
            '"' | '`' => {
                let begin = line;
                let text = quoted(c, &mut characters, &mut line).ok_or(Unclosed {
                    line: begin,
                    what: "quote",
                })?;
                words.push(Word {
                    line: begin,
                    text,
                    first,
                    quoted: true,
                });
                first = false;
            }
            c => {
                let mut text = String::from(c);
                while let Some(next) = characters.next_if(|c| !c.is_whitespace()) {
                    text.push(next);
                }
                words.push(Word {
                    line,
                    text,
                    first,
                    quoted: false,
                });
                first = false;
            }
        }
    }
    Ok(words)
}

/// The text up to the closing quote; none if there is none.
fn quoted(
    quote: char,
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    line: &mut usize,
) -> Option<String> {
    let mut text = String::new();
    loop {
        match characters.next()? {
            c if c == quote => return Some(text),
            '\\' if quote == '"' && characters.next_if_eq(&'"').is_some() => text.push('"'),
            c => {
                *line += usize::from(c == '\n');
                text.push(c);
            }
        }
    }
}
