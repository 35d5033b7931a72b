//! What a hub counts.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use serde::Serialize;

/// A look at a hub: what it holds now, and what it has done since it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Connected subscribers, now.
    pub subscribers: usize,
    /// Those of them that are written to directly (see
    /// [`Subscription::hand_over`](crate::Subscription::hand_over)), now.
    pub direct: usize,
    /// Messages held in history, now.
    pub history_messages: usize,
    /// Bytes of memory history takes, now.
    pub history_bytes: usize,
    /// The position of the newest message, as the text that events carry as their id.
    pub position: String,
    /// Whether the hub is draining.
    pub draining: bool,
    /// Messages taken into the log.
    pub published: u64,
    /// Messages handed to lanes: one for each subscriber a message went to.
    pub delivered: u64,
    /// Times a subscriber was found to have lost history.
    pub gaps: u64,
    /// Subscribers turned away because there were too many.
    pub refused: u64,
}

/// The counts behind [`Stats`]. They carry no proof, so their order against other memory does not
/// matter, with one exception: `subscribers` is a limit and is taken by compare-and-swap.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) subscribers: AtomicUsize,
    pub(crate) direct: AtomicUsize,
    pub(crate) published: AtomicU64,
    pub(crate) delivered: AtomicU64,
    pub(crate) gaps: AtomicU64,
    pub(crate) refused: AtomicU64,
}

pub(crate) fn add(counter: &AtomicU64, many: u64) {
    counter.fetch_add(many, Ordering::Relaxed);
}
