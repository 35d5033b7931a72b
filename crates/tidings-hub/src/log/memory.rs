//! The log of one process, gone with it: order, and nothing else.
//!
//! What it holds is what the window holds. Appending takes one lock, so the order in which offsets
//! are given is the order in which the tail sees the messages.

use std::{
    future,
    sync::{Mutex, OnceLock},
};

use crate::{
    log::{Appending, Log, Tail},
    message::Encoded,
    position::{Epoch, Offset, Position},
};

/// A [`Log`] in memory, with a new random epoch.
#[derive(Debug)]
pub struct MemoryLog {
    epoch: Epoch,
    tail: OnceLock<Tail>,
    /// The offset given last. Held while the tail takes the message: that is what keeps the order.
    last: Mutex<Offset>,
}

impl MemoryLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self {
            epoch: Epoch::random(),
            tail: OnceLock::new(),
            last: Mutex::new(Offset::START),
        }
    }
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::new()
    }
}

impl Log for MemoryLog {
    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn follow(&self, tail: Tail) {
        // A second hub on the same log would split its order; the first one keeps it.
        let _ = self.tail.set(tail);
    }

    fn append(&self, message: Encoded) -> Appending<'_> {
        let mut last = self.last.lock().expect("nothing panics under the lock");
        let offset = last.next();
        if let Some(tail) = self.tail.get() {
            tail.accept(offset, message);
        }
        *last = offset;
        let position = Position::at(self.epoch, offset);
        Box::pin(future::ready(Ok(position)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tidings_sse::Event;

    use super::*;
    use crate::{hub::Core, message::Message, pace::Pace, settings::Settings, window::Window};

    fn message(data: String) -> Encoded {
        Message::from(Event::new(data)).encode()
    }

    /// A log, and a hub that follows it.
    fn followed() -> (MemoryLog, Arc<Core>) {
        let log = MemoryLog::new();
        let (core, _) = Core::new(log.epoch(), Settings::default(), Pace::default(), 1);
        log.follow(Tail::new(Arc::downgrade(&core)));
        (log, core)
    }

    #[tokio::test]
    async fn places_are_given_in_the_order_in_which_the_window_gets_them() {
        let (log, core) = followed();
        let log = &log;
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    for number in 0..500 {
                        drop(log.append(message(format!("{thread}-{number}"))));
                    }
                });
            }
        });
        let position = log.append(message("last".into())).await.unwrap();
        assert_eq!(position, Position::at(log.epoch(), Offset(2001)));
        // The window would not have taken them out of order.
        assert_eq!(core.read_window(Window::head), Offset(2001));
        assert_eq!(core.read_window(Window::messages), 2001);
    }

    #[test]
    fn each_log_has_its_own_epoch() {
        assert_ne!(MemoryLog::new().epoch(), MemoryLog::new().epoch());
    }

    #[tokio::test]
    async fn a_second_hub_gets_nothing() {
        let (log, core) = followed();
        let (second, _) = Core::new(log.epoch(), Settings::default(), Pace::default(), 1);
        log.follow(Tail::new(Arc::downgrade(&second)));
        log.append(message("x".into())).await.unwrap();
        assert_eq!(core.read_window(Window::messages), 1);
        assert_eq!(second.read_window(Window::messages), 0);
    }

    #[tokio::test]
    async fn a_log_outlives_its_hub() {
        let (log, core) = followed();
        drop(core);
        let position = log.append(message("x".into())).await.unwrap();
        assert_eq!(position.offset, Offset(1));
    }
}
