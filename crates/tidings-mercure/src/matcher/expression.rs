//! Regular expressions with a bound: what URL Patterns and URI templates become where plain comparisons don't do.
//!
//! An expression is made into a deterministic automaton when the matcher is parsed, or refused. So no topic can make
//! matching slow, which takes one look-up for each byte; and nothing has to be given up in mid-stream, where a
//! subscriber would miss a message without being told.
//!
//! What is matched is ASCII wherever a group can see it: the components of a URL are, and so is what an expression of a
//! template takes. So classes mean ASCII, which keeps the automaton of `\w` from growing a thousandfold; literal text of a
//! template may still be any UTF-8.

use regex_automata::{
    Anchored, Input,
    dfa::{Automaton, StartKind, dense, sparse},
    nfa::thompson::{self, WhichCaptures},
    util::syntax,
};

/// The biggest automaton before it is determined, in bytes. An ordinary pattern takes one or two thousand.
const NONDETERMINISTIC_BYTES: usize = 24 << 10;

/// The biggest automaton, in bytes, and what may be used to make it. This is what a hostile pattern costs: its time is
/// that of filling these.
pub(super) const DETERMINISTIC_BYTES: usize = 16 << 10;
const WORKING_BYTES: usize = 32 << 10;

/// How deep groups may be nested: the compiler recurses.
const NESTING: u32 = 32;

/// A compiled expression, which matches a text as a whole.
#[derive(Debug)]
pub(super) struct Expression {
    automaton: sparse::DFA<Vec<u8>>,
    steps: usize,
}

/// Why an expression can't be compiled.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// It is invalid, or has what can't be matched in linear time.
    Syntax,
    /// It would need a bigger automaton than allowed.
    TooCostly,
}

impl Expression {
    /// Compiles an expression that has its anchors.
    pub(super) fn compile(pattern: &str) -> Result<Self, Unusable> {
        let syntax = syntax::Config::new()
            .unicode(names_unicode(pattern))
            .utf8(false)
            .nest_limit(NESTING);
        let parsed = syntax::parse_with(pattern, &syntax).map_err(|_| Unusable::Syntax)?;
        let nondeterministic = thompson::Compiler::new()
            .configure(
                thompson::Config::new()
                    .utf8(false)
                    .which_captures(WhichCaptures::None)
                    .nfa_size_limit(Some(NONDETERMINISTIC_BYTES)),
            )
            .build_from_hir(&parsed)
            .map_err(|_| Unusable::TooCostly)?;
        let deterministic = dense::Builder::new()
            .configure(
                dense::Config::new()
                    .start_kind(StartKind::Anchored)
                    .accelerate(false)
                    // For `\b` beside a Unicode class: right for ASCII, which is all there is.
                    .unicode_word_boundary(true)
                    .dfa_size_limit(Some(DETERMINISTIC_BYTES))
                    .determinize_size_limit(Some(WORKING_BYTES)),
            )
            .build_from_nfa(&nondeterministic)
            .map_err(|_| Unusable::TooCostly)?;
        let automaton = deterministic.to_sparse().map_err(|_| Unusable::TooCostly)?;
        // Each transition (four bytes) was found by looking at some of the undetermined states.
        let transitions = deterministic.memory_usage() / 4;
        let steps = transitions * nondeterministic.states().len();
        Ok(Self { automaton, steps })
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        let input = Input::new(text).anchored(Anchored::Yes);
        matches!(self.automaton.try_search_fwd(&input), Ok(Some(_)))
    }

    /// `false`: it matches no text that begins so.
    pub(super) fn may_begin(&self, beginning: &str) -> bool {
        let input = Input::new(beginning).anchored(Anchored::Yes);
        let Ok(mut state) = self.automaton.start_state_forward(&input) else {
            return true;
        };
        for byte in beginning.bytes() {
            state = self.automaton.next_state(state, byte);
        }
        // Once dead it stays so. (A byte that it does not take on is one that it cannot judge.)
        !self.automaton.is_dead_state(state)
    }

    /// `false`: it matches no text that begins so when this fixed end is put behind it.
    pub(super) fn may_begin_before(&self, suffix: &str, beginning: &str) -> bool {
        let ends = beginning.char_indices().map(|(index, _)| index);
        // It goes on beyond the beginning, or is over and the fixed end has begun.
        self.may_begin(beginning)
            || ends.chain([beginning.len()]).any(|end| {
                suffix.starts_with(&beginning[end..]) && self.is_match(&beginning[..end])
            })
    }

    /// At most so many steps it took to compile it.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.automaton.memory_usage()
    }
}

/// Whether characters are named that only Unicode classes know: they are compiled as such, at their cost.
fn names_unicode(pattern: &str) -> bool {
    [r"\p", r"\P", r"\u"]
        .iter()
        .any(|escape| pattern.contains(escape))
}
