//! The task that keeps a set of keys fresh: on a schedule, and when a token names a key that is not in it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};
use url::Url;

use super::fetch::{client, fetch, read};
use super::settings::{JwksError, JwksLocation, JwksSettings};
use super::{Jwks, State, VerificationKey};

/// A file is looked at this often: it costs next to nothing, and is how fast a change takes effect.
const FILE_INTERVAL: Duration = Duration::from_secs(10);

/// After a failure. Keys may be missing meanwhile, so this is earlier than the next regular time.
const RETRY: Duration = Duration::from_secs(30);

/// Reads a set again and again. Dropping it, or ending its [`run`](Self::run), leaves the [`Jwks`] with the last good set.
#[derive(Debug)]
pub struct JwksRefresher {
    place: Place,
    settings: JwksSettings,
    state: watch::Sender<State>,
    asked: Arc<Notify>,
    succeeded: bool,
}

/// Where to read from, and with what.
#[derive(Debug)]
enum Place {
    File(PathBuf),
    Url(Url, Client),
}

impl JwksRefresher {
    /// A set at this place, empty until the first [`refresh`](Self::refresh), and what keeps it fresh.
    ///
    /// # Errors
    ///
    /// When the URL is not http or https, or secrets were to be taken from it.
    pub fn new(location: JwksLocation, settings: JwksSettings) -> Result<(Jwks, Self), JwksError> {
        let place = match location {
            JwksLocation::File(path) => Place::File(path),
            JwksLocation::Url(url) => {
                if !matches!(url.scheme(), "http" | "https") {
                    return Err(JwksError::Scheme(url.scheme().to_owned()));
                }
                if let Some(algorithm) = settings.algorithms.iter().find(|a| a.is_hmac()) {
                    return Err(JwksError::SecretFromUrl(*algorithm));
                }
                let client = client(&url)?;
                Place::Url(url, client)
            }
        };
        let (sender, state) = watch::channel(State {
            keys: Arc::new([]),
            attempted: None,
        });
        let asked = Arc::new(Notify::new());
        let jwks = Jwks {
            state,
            asked: asked.clone(),
            cooldown: settings.cooldown,
        };
        let refresher = Self {
            place,
            settings,
            state: sender,
            asked,
            succeeded: false,
        };
        Ok((jwks, refresher))
    }

    /// Reads the set once, and gives the number of its keys. Worth doing before the hub serves, to tell the operator of a
    /// mistake; a failure need not keep the hub from starting.
    ///
    /// # Errors
    ///
    /// When it cannot be had. The last good one stays.
    pub async fn refresh(&mut self) -> Result<usize, JwksError> {
        let keys = self.read().await;
        let attempted = Some(Instant::now());
        self.succeeded = keys.is_ok();
        let keys = match keys {
            Ok(keys) => keys,
            Err(error) => {
                self.state.send_modify(|state| state.attempted = attempted);
                return Err(error);
            }
        };
        let count = keys.len();
        self.state.send_modify(|state| {
            if state.keys != keys {
                tracing::info!(keys = count, place = %self.place, "key set has changed");
                state.keys = keys;
            }
            state.attempted = attempted;
        });
        Ok(count)
    }

    /// Keeps the set fresh for as long as it is polled. Failures are logged.
    pub async fn run(mut self) {
        loop {
            let attempted = self.state.borrow().attempted;
            if let Some(attempted) = attempted {
                self.wait(attempted).await;
            }
            if let Err(error) = self.refresh().await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, place = %self.place, "key set not refreshed, keeping the last good one");
            }
        }
    }

    /// Waits until the next refresh is due, or is asked for and allowed.
    async fn wait(&self, attempted: Instant) {
        let due = attempted + self.interval();
        loop {
            tokio::select! {
                () = sleep_until(due) => return,
                () = self.asked.notified() => {
                    if attempted.elapsed() >= self.settings.cooldown {
                        return;
                    }
                }
            }
        }
    }

    fn interval(&self) -> Duration {
        let regular = match self.place {
            Place::File(_) => FILE_INTERVAL.min(self.settings.refresh),
            Place::Url(..) => self.settings.refresh,
        };
        if self.succeeded {
            regular
        } else {
            regular.min(RETRY)
        }
    }

    async fn read(&self) -> Result<Arc<[VerificationKey]>, JwksError> {
        match &self.place {
            Place::File(path) => self.settings.read(&read(path).await?, true),
            Place::Url(url, client) => self.settings.read(&fetch(client, url).await?, false),
        }
    }
}

impl fmt::Display for Place {
    /// Without what a URL may hold of secrets: a name, a password, a query.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url(url, _) => {
                let host = url.host_str().unwrap_or_default();
                write!(f, "{}://{host}", url.scheme())?;
                if let Some(port) = url.port() {
                    write!(f, ":{port}")?;
                }
                f.write_str(url.path())
            }
        }
    }
}
