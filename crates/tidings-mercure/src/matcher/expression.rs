//! Regular expressions with a bound: what URL Patterns and URI templates become where plain comparisons don't do.
//!
//! What is matched is ASCII wherever a group can see it: the components of a URL are, and so is what an expression of a
//! template matches. So classes mean ASCII, which keeps the automaton of `\w` from growing a thousandfold; literal text of
//! a template may still be any UTF-8. The engine is linear in the text that is matched; the factor is bounded by
//! [`AUTOMATON_BYTES`].

use regex_automata::{
    meta::Regex,
    nfa::thompson::WhichCaptures,
    util::syntax,
};

/// The biggest automaton, in bytes. An ordinary pattern takes one or two thousand, and each state costs each byte of a
/// topic a step in the worst case.
const AUTOMATON_BYTES: usize = 24 << 10;

/// How much of the automaton is kept as a deterministic one, for each thread that matches at the same time.
const CACHE_BYTES: usize = 32 << 10;

/// How many threads that match at the same time keep their cache.
const CACHES: usize = 8;

/// How deep groups may be nested: the compiler recurses.
const NESTING: u32 = 32;

/// A compiled expression, which matches a text as a whole.
#[derive(Debug)]
pub(super) struct Expression(Regex);

/// It would need a bigger automaton than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooCostly;

/// Why an expression can't be compiled.
#[derive(Debug)]
pub(super) enum Unusable {
    Syntax,
    TooCostly,
}

impl Expression {
    /// Compiles an expression that has its anchors.
    pub(super) fn compile(pattern: &str) -> Result<Self, Unusable> {
        let syntax = syntax::Config::new()
            .unicode(names_unicode(pattern))
            .utf8(false)
            .nest_limit(NESTING);
        let config = Regex::config()
            .nfa_size_limit(Some(AUTOMATON_BYTES))
            .hybrid_cache_capacity(CACHE_BYTES)
            .pool_capacity(CACHES)
            .which_captures(WhichCaptures::None)
            .onepass(false)
            .backtrack(false)
            .dfa(false);
        Regex::builder()
            .configure(config)
            .syntax(syntax)
            .build(pattern)
            .map(Self)
            .map_err(|error| match error.size_limit() {
                Some(_) => Unusable::TooCostly,
                None => Unusable::Syntax,
            })
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// Whether characters are named that only Unicode classes know: they are compiled as such, at their cost.
fn names_unicode(pattern: &str) -> bool {
    [r"\p", r"\P", r"\u"].iter().any(|escape| pattern.contains(escape))
}
