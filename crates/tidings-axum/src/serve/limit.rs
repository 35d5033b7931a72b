//! How many connections there may be.
//!
//! Up to the limit they are served. Some beyond it are accepted too, for as long as it takes to
//! turn their client away so that it comes back; a connection that is not accepted, or closed
//! without a word, would only look like a fault. Beyond those, new ones wait in the kernel's queue.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{Semaphore, SemaphorePermit};

#[derive(Debug)]
pub(crate) struct Connections {
    limit: usize,
    open: AtomicUsize,
    places: Semaphore,
}

/// An open connection's place; free again when dropped. (It is kept for every subscriber on the
/// direct lane, so it is small: it stands for a permit of the semaphore.)
#[derive(Debug)]
pub(crate) struct Open {
    connections: Arc<Connections>,
    pub(crate) surplus: bool,
}

/// Places beyond the limit: enough to turn away what arrives in a burst, each for the time of one
/// request.
const SURPLUS: usize = 256;

impl Connections {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        let places = limit.saturating_add(SURPLUS).min(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            limit,
            open: AtomicUsize::new(0),
            places: Semaphore::new(places),
        })
    }

    /// Waits for a place, before there is a connection for it.
    pub(crate) async fn place(&self) -> SemaphorePermit<'_> {
        let place = self.places.acquire().await;
        place.expect("the semaphore is never closed")
    }

    /// Counts a connection that has arrived for `place`.
    pub(crate) fn open(self: &Arc<Self>, place: SemaphorePermit<'_>) -> Open {
        place.forget();
        let before = self.open.fetch_add(1, Ordering::Relaxed);
        Open {
            connections: Arc::clone(self),
            surplus: before >= self.limit,
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.connections.open.fetch_sub(1, Ordering::Relaxed);
        self.connections.places.add_permits(1);
    }
}
