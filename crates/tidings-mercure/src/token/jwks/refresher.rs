//! The task that keeps keys fresh: on a schedule, and a set also when a token names a key that is not in it.
//!
//! What fails is told once, and once more when the reason is another one or it is over: a file that is gone for a week
//! must not fill the log.

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
use crate::token::algorithm::Algorithm;
use crate::token::trust::{KeySource, weakness};

/// A file is looked at this often: it costs next to nothing, and is how fast a change takes effect.
const FILE_INTERVAL: Duration = Duration::from_secs(10);

/// After a failure. Keys may be missing meanwhile, so this is earlier than the next regular time.
const RETRY: Duration = Duration::from_secs(30);

/// Reads a set, or the key in a file, again and again. Dropping it, or ending its [`run`](Self::run), leaves what it
/// keeps fresh with the last good keys.
#[derive(Debug)]
pub struct JwksRefresher {
    place: Place,
    settings: JwksSettings,
    state: watch::Sender<State>,
    asked: Arc<Notify>,
    /// Why the last refresh has failed, if it has.
    failure: Option<String>,
}

/// Where to read from, and with what.
#[derive(Debug)]
enum Place {
    File(PathBuf),
    Url(Url, Client),
    /// One key, for one algorithm.
    Key(PathBuf, Algorithm),
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
        Ok(Self::at(place, settings, Arc::new([])))
    }

    /// The key in a file, which was `known` a moment ago.
    pub(in crate::token) fn of_key(
        path: PathBuf,
        algorithm: Algorithm,
        known: Arc<[VerificationKey]>,
    ) -> (Jwks, Self) {
        Self::at(Place::Key(path, algorithm), JwksSettings::default(), known)
    }

    fn at(place: Place, settings: JwksSettings, keys: Arc<[VerificationKey]>) -> (Jwks, Self) {
        let (sender, state) = watch::channel(State {
            keys,
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
            failure: None,
        };
        (jwks, refresher)
    }

    /// Reads it once, and gives the number of keys. Worth doing before the hub serves, to tell the operator of a
    /// mistake; a failure need not keep the hub from starting.
    ///
    /// # Errors
    ///
    /// When it cannot be had. The last good one stays.
    pub async fn refresh(&mut self) -> Result<usize, JwksError> {
        let keys = self.read().await;
        let attempted = Some(Instant::now());
        self.failure = keys.as_ref().err().map(reason);
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
                tracing::info!(keys = count, place = %self.place, "{} has changed", self.place.what());
                if let Some(weakness) = weakness(&keys) {
                    tracing::warn!(place = %self.place, "{weakness}");
                }
                state.keys = keys;
            }
            state.attempted = attempted;
        });
        Ok(count)
    }

    /// Keeps it fresh for as long as it is polled. Failures are logged, each once.
    pub async fn run(mut self) {
        loop {
            let attempted = self.state.borrow().attempted;
            if let Some(attempted) = attempted {
                self.wait(attempted).await;
            }
            let before = self.failure.take();
            let refreshed = self.refresh().await;
            let (place, what) = (&self.place, self.place.what());
            match refreshed {
                Ok(_) if before.is_some() => tracing::info!(%place, "{what} can be read again"),
                Err(error) if self.failure != before => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, %place, "{what} not refreshed, keeping the last good one");
                }
                Ok(_) | Err(_) => {}
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
            Place::File(_) | Place::Key(..) => FILE_INTERVAL.min(self.settings.refresh),
            Place::Url(..) => self.settings.refresh,
        };
        match self.failure {
            None => regular,
            Some(_) => regular.min(RETRY),
        }
    }

    async fn read(&self) -> Result<Arc<[VerificationKey]>, JwksError> {
        match &self.place {
            Place::File(path) => self.settings.read(&read(path).await?, true),
            Place::Url(url, client) => self.settings.read(&fetch(client, url).await?, false),
            Place::Key(path, algorithm) => read_key(&read(path).await?, *algorithm),
        }
    }
}

/// Editors end a file with a line end, which is no part of what was meant.
fn read_key(contents: &[u8], algorithm: Algorithm) -> Result<Arc<[VerificationKey]>, JwksError> {
    let text = std::str::from_utf8(contents).map_err(|_| JwksError::NotText)?;
    let text = text.trim_end_matches(['\r', '\n']);
    let key = KeySource::text(text, algorithm).map_err(JwksError::Key)?;
    Ok(key.current())
}

/// What went wrong in all its layers, to be compared.
fn reason(error: &JwksError) -> String {
    let source = std::error::Error::source(error).map(ToString::to_string);
    format!("{error}: {}", source.unwrap_or_default())
}

impl Place {
    /// What is there, to be told by.
    fn what(&self) -> &'static str {
        match self {
            Self::File(_) | Self::Url(..) => "key set",
            Self::Key(..) => "key",
        }
    }
}

impl fmt::Display for Place {
    /// Without what a URL may hold of secrets: a name, a password, a query.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) | Self::Key(path, _) => path.display().fmt(f),
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
