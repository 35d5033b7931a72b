//! The engine simulated from a seed, and checked against a list of all messages.
//!
//! What runs is the engine itself: the window, [`Worker`](crate::worker::Worker)s with their
//! orders, [`Subscription`](crate::Subscription)s with their cursors and signals. What is missing
//! is the runtime: the [`World`](world::World) decides who takes the next step. A step is what one
//! side does under one lock: a publisher pushes, or wakes the workers; a subscriber's place is
//! fixed, or it is attached; a subscription takes its news, or reads the window; a worker carries
//! out orders, begins a pass, or marks a few more. So every order in which threads could do these
//! things is within reach, also those in which someone is held up for a whole window.
//!
//! The [`model`] knows no windows, cursors or marks. It keeps every message there ever was, and an
//! [`account`] of each subscriber. It asserts invariant 1: every matching message after the start
//! position exactly once, in log order, or a gap that says so, or the end of the stream; and of
//! gaps, that they are true (see [`Account::gap`](account::Account::gap)).
//!
//! Each run takes new seeds. A failure names its seed; `TIDINGS_SEED=<seed>` runs that one again.

mod account;
mod bench;
mod model;
mod pipe;
mod reader;
mod world;

use std::{env, panic};

use world::{Temper, World};

/// Whatever the timing, everyone gets everything or is told.
#[test]
fn no_subscriber_ever_loses_a_message_in_silence() {
    for_seeds(4_000, |seed| World::run(seed, Temper::Any));
}

/// Where nobody is ever held up, a stream has no gap but the one it may open with: a cursor that is
/// live and for which nothing comes never falls out of the window, however far that moves.
#[test]
fn no_gap_is_told_where_everyone_is_prompt() {
    for_seeds(1_000, |seed| World::run(seed, Temper::Prompt));
}

fn for_seeds(cases: usize, run: impl Fn(u64) + panic::RefUnwindSafe) {
    if let Ok(seed) = env::var("TIDINGS_SEED") {
        return run(seed.parse().expect("TIDINGS_SEED is a number"));
    }
    for _ in 0..cases {
        let seed = fastrand::u64(..);
        if panic::catch_unwind(|| run(seed)).is_err() {
            panic!("that was TIDINGS_SEED={seed}");
        }
    }
}
