//! From the settings on trust to the keys that verify: for the server, and for `tidings token --inspect`.
//!
//! Keys in files of their own have been read with the settings; the server has them read again while it runs.
//!
//! Sets of keys come from outside and may be slow or missing. They are read once before anything is verified, all at the
//! same time and with a deadline; what cannot be had is told in the log, and tried again by who runs the refreshers.

use std::path::PathBuf;

use anyhow::Context;
use tidings_mercure::token::{
    Algorithm, JwksRefresher, JwksSettings, KeyError, KeySource, Roles, TrustedKey, TrustedKeys,
};
use tokio::task::JoinSet;

use crate::settings::{KeyWithAlgorithm, Trust};

/// All keys, and what keeps the sets among them fresh.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub(crate) trusted: TrustedKeys,
    pub(crate) sets: Vec<KeySet>,
    pub(crate) files: Vec<KeyFile>,
}

/// A file with one key. Settings that name the same one share it, so that what becomes of it is told once.
#[derive(Debug)]
pub(crate) struct KeyFile {
    path: PathBuf,
    algorithm: Algorithm,
    source: KeySource,
    pub(crate) refresher: JwksRefresher,
}

/// A set of keys that changes.
#[derive(Debug)]
pub(crate) struct KeySet {
    /// Whose it is, to be told by.
    pub(crate) issuer: String,
    pub(crate) refresher: JwksRefresher,
}

impl Keys {
    /// The keys of all who are trusted; sets are empty yet.
    ///
    /// # Errors
    ///
    /// No client for the URL of a set can be made.
    pub(crate) fn of(trusted: &[Trust]) -> anyhow::Result<Self> {
        let (mut keys, mut sets, mut files) = (Vec::new(), Vec::new(), Vec::new());
        for trust in trusted {
            let sources = single(trust, &mut files).context("a key cannot be used")?;
            for (roles, source) in sources {
                keys.push(trusted_key(trust, roles, source));
            }
            if let Some(place) = &trust.jwks {
                let (jwks, refresher) = JwksRefresher::new(place.clone(), JwksSettings::default())?;
                let issuer = trust.issuer.clone();
                sets.push(KeySet {
                    issuer: issuer.unwrap_or_else(|| "tokens of 0.x".to_owned()),
                    refresher,
                });
                keys.push(trusted_key(trust, Roles::Both, KeySource::jwks(jwks)));
            }
        }
        Ok(Keys {
            trusted: TrustedKeys::new(keys),
            sets,
            files,
        })
    }

    /// Reads all sets once.
    pub(crate) async fn load(&mut self) {
        let mut loading = JoinSet::new();
        for mut set in self.sets.drain(..) {
            loading.spawn(async move {
                if let Err(error) = set.refresher.refresh().await {
                    let (error, issuer) = (&error as &dyn std::error::Error, &set.issuer);
                    tracing::warn!(
                        error,
                        issuer,
                        "a key set is not loaded yet; it is tried again"
                    );
                }
                set
            });
        }
        self.sets = loading.join_all().await;
    }
}

fn single(trust: &Trust, files: &mut Vec<KeyFile>) -> Result<Vec<(Roles, KeySource)>, KeyError> {
    let keys: &[_] = if trust.publisher == trust.subscriber {
        &[(&trust.publisher, Roles::Both)]
    } else {
        &[
            (&trust.publisher, Roles::Publish),
            (&trust.subscriber, Roles::Subscribe),
        ]
    };
    let given = keys
        .iter()
        .filter_map(|(key, roles)| Some((*roles, key.as_ref()?)));
    given
        .map(|(roles, key)| Ok((roles, source(key, files)?)))
        .collect()
}

fn source(key: &KeyWithAlgorithm, files: &mut Vec<KeyFile>) -> Result<KeySource, KeyError> {
    let Some(path) = key.key.file() else {
        return key.verifying();
    };
    let algorithm = key.algorithm;
    let mut known = files.iter();
    if let Some(file) = known.find(|file| file.path == *path && file.algorithm == algorithm) {
        return Ok(file.source.clone());
    }
    let (source, refresher) = KeySource::file(path.clone(), algorithm, key.key.text())?;
    files.push(KeyFile {
        path: path.clone(),
        algorithm,
        source: source.clone(),
        refresher,
    });
    Ok(source)
}

fn trusted_key(trust: &Trust, roles: Roles, source: KeySource) -> TrustedKey {
    match &trust.issuer {
        None => TrustedKey::legacy(roles, source),
        Some(issuer) if trust.legacy => TrustedKey::of_issuer(issuer, roles, source).with_legacy(),
        Some(issuer) => TrustedKey::of_issuer(issuer, roles, source),
    }
}
