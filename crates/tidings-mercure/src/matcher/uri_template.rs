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

use super::expression::{Expression, TooCostly};

/// A compiled template.
pub(super) struct UriTemplate(Box<Expression>);

impl UriTemplate {
    /// `None` when the text is no template, or one without expressions.
    pub(super) fn compile(text: &str) -> Result<Option<Self>, TooCostly> {
        let Some(pieces) = parse::parse(text) else {
            return Ok(None);
        };
        if !pieces.iter().any(|piece| matches!(piece, Piece::Variables(_))) {
            return Ok(None);
        }
        let mut expression = String::from("^");
        for piece in pieces {
            match piece {
                Piece::Literal(literal) => push_literal(&mut expression, literal),
                Piece::Variables(variables) => variables.push(&mut expression),
            }
        }
        expression.push('$');
        // What is written above is always an expression: it can only be too big, or have more runs than can be counted.
        match Expression::compile(&expression) {
            Ok(expression) => Ok(Some(Self(Box::new(expression)))),
            Err(_) => Err(TooCostly),
        }
    }

    pub(super) fn matches(&self, topic: &str) -> bool {
        self.0.is_match(topic)
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
