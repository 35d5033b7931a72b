//! Keys that change without a restart, kept fresh in the background: sets of them (JWKS, RFC 7517) from a file or a URL,
//! and single ones in files of their own, which are sets of one here.
//!
//! [`Jwks`] is the reading side, which a [`KeySource`](super::KeySource) holds; [`JwksRefresher`] the one task behind it.
//! A refresh that fails changes nothing: the last good set stays.

mod fetch;
mod refresher;
mod settings;

use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::time::{Duration, Instant};

pub use refresher::JwksRefresher;
pub use settings::{JwksError, JwksLocation, JwksSettings};

use super::key::{SetError, VerificationKey, read_set};

/// A set of keys as it is now. Cheap to clone.
///
/// Before the first successful refresh it is empty, and tokens of its issuer are refused. A token that names a key which
/// is not in it makes the refresher look again, at most once in [`JwksSettings::cooldown`], however many such tokens come.
#[derive(Debug, Clone)]
pub struct Jwks {
    state: watch::Receiver<State>,
    asked: Arc<Notify>,
    cooldown: Duration,
}

#[derive(Debug, Clone)]
struct State {
    keys: Arc<[VerificationKey]>,
    /// When the last refresh ended, well or not.
    attempted: Option<Instant>,
}

impl Jwks {
    /// A set that never changes.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or no key in it can be used.
    pub fn fixed(json: &[u8], settings: &JwksSettings) -> Result<Self, JwksError> {
        let keys = settings.read(json, true)?;
        let (_, state) = watch::channel(State {
            keys,
            attempted: None,
        });
        Ok(Self {
            state,
            asked: Arc::default(),
            cooldown: settings.cooldown,
        })
    }

    /// The keys.
    pub(crate) fn current(&self) -> Arc<[VerificationKey]> {
        self.state.borrow().keys.clone()
    }

    /// Has the set refreshed, unless that was done a moment ago. Says whether a refresh has been made; the wait for it is
    /// bounded, and there is none when nobody refreshes this set.
    pub(crate) async fn refresh_for_unknown_key(&self) -> bool {
        let mut state = self.state.clone();
        let attempted = state.borrow_and_update().attempted;
        if attempted.is_some_and(|at| at.elapsed() < self.cooldown) {
            return false;
        }
        self.asked.notify_one();
        // What waits here waits for the fetch, which has its own time limit, and a little for the task to get to it.
        let patience = fetch::TIMEOUT + Duration::from_secs(1);
        matches!(
            tokio::time::timeout(patience, state.changed()).await,
            Ok(Ok(()))
        )
    }
}
