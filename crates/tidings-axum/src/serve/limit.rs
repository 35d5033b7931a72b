//! How many connections there may be.
//!
//! Up to the limit they are served. Some beyond it are accepted too, for as long as it takes to
//! turn their client away so that it comes back; a connection that is not accepted, or closed
//! without a word, would only look like a fault. Beyond those, new ones wait in the kernel's queue.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

#[derive(Debug)]
pub(crate) struct Connections {
    limit: usize,
    open: Arc<AtomicUsize>,
    places: Arc<Semaphore>,
}

/// An open connection's place; free again when dropped.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) surplus: bool,
    open: Arc<AtomicUsize>,
    _place: OwnedSemaphorePermit,
}

/// Places beyond the limit: enough to turn away what arrives in a burst, each for the time of one
/// request.
const SURPLUS: usize = 256;

impl Connections {
    pub(crate) fn new(limit: usize) -> Self {
        let places = limit.saturating_add(SURPLUS).min(Semaphore::MAX_PERMITS);
        Self {
            limit,
            open: Arc::new(AtomicUsize::new(0)),
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// Waits for a place, before there is a connection for it.
    pub(crate) async fn place(&self) -> OwnedSemaphorePermit {
        let place = Arc::clone(&self.places).acquire_owned().await;
        place.expect("the semaphore is never closed")
    }

    /// Counts a connection that has arrived for `place`.
    pub(crate) fn open(&self, place: OwnedSemaphorePermit) -> Open {
        let before = self.open.fetch_add(1, Ordering::Relaxed);
        Open {
            surplus: before >= self.limit,
            open: Arc::clone(&self.open),
            _place: place,
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}
