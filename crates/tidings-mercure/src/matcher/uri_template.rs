//! URI templates as matchers: the rule of the former dialect for its parameter `topic` and its bare claims.
//!
//! RFC 6570 says how a template becomes a URI. The former hubs ask the reverse, and answer it with an expression that takes
//! somewhat more than any expansion gives: each expression of a template may be absent, and neither the names of
//! variables nor the lengths after a colon play a part. The expressions are those that the Go library
//! `github.com/yosida95/uritemplate/v3` (3.0.2) was seen to make; `template_vectors.txt` has what it answers.
//!
//! | expression | matches nothing, or | a run is any number of | between runs |
//! |---|---|---|---|
//! | `{x}` | runs | unreserved, `,`, `%` with two hexadecimal digits | `,` |
//! | `{+x}` | runs | the same, and all that is reserved (`:/?#[]@!$&'()*+,;=`) | `,` |
//! | `{#x}` | `#`, runs | as `{+x}` | `,` |
//! | `{.x}` | `.`, runs | as `{x}` | `.` |
//! | `{/x}` | `/`, runs | as `{x}` | `/` |
//! | `{;x}` | `;`, runs | as `{x}`, and `=` | `;` |
//! | `{?x}` | `?`, runs | as `{x}`, and `=` | `&` |
//! | `{&x}` | `&`, runs | as `{x}`, and `=` | `&` |
//!
//! There may be as many runs as variables; with an exploded one (`{x*}`) any number, and then a run may have `=` too. A run
//! may be empty. Literal text stands for itself, byte by byte. A text that is no template, because it has an error or no
//! expression, is only compared.

mod parse;

#[cfg(test)]
mod tests;

use parse::{Piece, Variables};

use super::expression::{Expression, Unusable};

/// The most expressions in a template: each costs the compiler, and no topic needs so many.
const MAX_EXPRESSIONS: usize = 64;

/// A compiled template: its fixed ends, and what is between them.
pub(super) struct UriTemplate {
    prefix: Box<str>,
    suffix: Box<str>,
    middle: Box<Expression>,
}

impl UriTemplate {
    /// `None` when the text is no template, or one without expressions.
    pub(super) fn compile(text: &str) -> Result<Option<Self>, Unusable> {
        let Some(pieces) = parse::parse(text) else {
            return Ok(None);
        };
        let is_expression = |piece: &Piece<'_>| matches!(piece, Piece::Variables(_));
        match pieces.iter().filter(|piece| is_expression(piece)).count() {
            0 => return Ok(None),
            1..=MAX_EXPRESSIONS => {}
            _ => return Err(Unusable::TooCostly),
        }
        let (prefix, pieces) = match &pieces[..] {
            [Piece::Literal(prefix), rest @ ..] => (*prefix, rest),
            all => ("", all),
        };
        let (suffix, pieces) = match pieces {
            [rest @ .., Piece::Literal(suffix)] => (*suffix, rest),
            all => ("", all),
        };
        let mut expression = String::from("^");
        for piece in pieces {
            match piece {
                Piece::Literal(literal) => push_literal(&mut expression, literal),
                Piece::Variables(variables) => variables.push(&mut expression),
            }
        }
        expression.push('$');
        // It is well-formed by construction, and so can only be too big.
        let middle = Expression::compile(&expression)?;
        Ok(Some(Self {
            prefix: prefix.into(),
            suffix: suffix.into(),
            middle: Box::new(middle),
        }))
    }

    /// What it took to compile its expression.
    pub(super) fn steps(&self) -> usize {
        self.middle.steps()
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.middle.bytes()
    }

    /// `false`: it matches no topic that begins so.
    pub(super) fn may_match_below(&self, beginning: &str) -> bool {
        let Some(rest) = beginning.strip_prefix(&*self.prefix) else {
            return self.prefix.starts_with(beginning);
        };
        self.middle.may_begin_before(&self.suffix, rest)
    }

    pub(super) fn matches(&self, topic: &str) -> bool {
        topic
            .strip_prefix(&*self.prefix)
            .and_then(|rest| rest.strip_suffix(&*self.suffix))
            .is_some_and(|rest| self.middle.is_match(rest))
    }
}

impl Variables {
    fn push(&self, expression: &mut String) {
        let reserved = matches!(self.operator, b'+' | b'#');
        let named = matches!(self.operator, b';' | b'?' | b'&');
        let class = match (reserved, named || self.exploded) {
            (true, _) => r"\-.0-9A-Z_a-z~!#$\&'()*+,/:;=?@\[\]",
            (false, true) => r",=\-.0-9A-Z_a-z~",
            (false, false) => r",\-.0-9A-Z_a-z~",
        };
        let run = format!("(?:[{class}]|%[0-9A-Fa-f][0-9A-Fa-f])*");
        let separator = match self.operator {
            b'/' => "/",
            b';' => ";",
            b'?' | b'&' => "&",
            // The separator of these is itself in the run, which so takes all runs at once.
            _ => "",
        };
        expression.push_str("(?:");
        if matches!(self.operator, b'#' | b'.' | b'/' | b';' | b'?' | b'&') {
            push_literal(expression, &char::from(self.operator).to_string());
        }
        expression.push_str(&run);
        if !separator.is_empty() && self.exploded {
            expression.push_str(&format!("(?:{separator}{run})*"));
        } else if !separator.is_empty() && self.count > 1 {
            expression.push_str(&format!("(?:{separator}{run}){{0,{}}}", self.count - 1));
        }
        expression.push_str(")?");
    }
}

fn push_literal(expression: &mut String, literal: &str) {
    for character in literal.chars() {
        if character.is_ascii_punctuation() {
            expression.push('\\');
        }
        expression.push(character);
    }
}
