//! The log: it alone decides the order of messages and gives each its place.
//!
//! Second step of a message's way: from [`publish`](crate::Hub::publish) to the window. A log of
//! another kind (durable, or shared by several machines) is another implementation of [`Log`]; the
//! rest of the engine does not change.

use std::{fmt, pin::Pin};

use crate::{
    message::Encoded,
    position::{Epoch, Offset, Position},
};

mod memory;
mod tail;

pub use memory::MemoryLog;
pub use tail::Tail;

/// One order for all messages of all topics.
pub trait Log: fmt::Debug + Send + Sync + 'static {
    /// Which log this is. A durable log keeps its epoch; a log in memory has a new one each time.
    fn epoch(&self) -> Epoch;

    /// The offset of its newest message when the hub is made; [`Offset::START`] if it is empty.
    fn head(&self) -> Offset {
        Offset::START
    }

    /// Called once, before the first [`append`](Self::append): from now on the log hands every
    /// message to `tail`, in the order of their offsets, each exactly once, without holes, from
    /// the one after its [`head`](Self::head) on.
    fn follow(&self, tail: Tail);

    /// Gives `message` the next place. Resolves when the message is as safe as this log makes
    /// messages *and* has been handed to the tail; a publish is answered only then (invariant 2).
    ///
    /// # Errors
    /// [`AppendError`] where the message is not in the log and never will be.
    fn append(&self, message: Encoded) -> Appending<'_>;
}

/// The future of [`Log::append`].
pub type Appending<'a> = Pin<Box<dyn Future<Output = Result<Position, AppendError>> + Send + 'a>>;

/// Why a log did not take a message.
#[derive(Debug, thiserror::Error)]
#[error("the log did not take the message")]
pub struct AppendError(#[from] Box<dyn std::error::Error + Send + Sync>);

impl Position {
    pub(crate) fn at(epoch: Epoch, offset: Offset) -> Self {
        Self { epoch, offset }
    }
}
