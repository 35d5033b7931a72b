//! From the settings on trust to the keys that verify: for the server, and for `tidings token --inspect`.
//!
//! Sets of keys come from outside and may be slow or missing. They are read once before anything is verified, all at the
//! same time and with a deadline; what cannot be had is told in the log, and tried again by who runs the refreshers.

use anyhow::Context;
use tidings_mercure::token::{
    JwksRefresher, JwksSettings, KeyError, KeySource, Roles, TrustedKey, TrustedKeys,
};
use tokio::task::JoinSet;

use crate::settings::{KeyWithAlgorithm, Trust};

/// All keys, and what keeps the sets among them fresh.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub(crate) trusted: TrustedKeys,
    pub(crate) sets: Vec<KeySet>,
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
        let (mut keys, mut sets) = (Vec::new(), Vec::new());
        for trust in trusted {
            let sources = fixed(trust).context("a key cannot be used")?;
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

fn fixed(trust: &Trust) -> Result<Vec<(Roles, KeySource)>, KeyError> {
    let verifying = |key: &Option<KeyWithAlgorithm>, roles| {
        let key = key.as_ref()?;
        Some(key.verifying().map(|source| (roles, source)))
    };
    let keys = if trust.publisher == trust.subscriber {
        vec![verifying(&trust.publisher, Roles::Both)]
    } else {
        vec![
            verifying(&trust.publisher, Roles::Publish),
            verifying(&trust.subscriber, Roles::Subscribe),
        ]
    };
    keys.into_iter().flatten().collect()
}

fn trusted_key(trust: &Trust, roles: Roles, source: KeySource) -> TrustedKey {
    match &trust.issuer {
        None => TrustedKey::legacy(roles, source),
        Some(issuer) if trust.legacy => TrustedKey::of_issuer(issuer, roles, source).with_legacy(),
        Some(issuer) => TrustedKey::of_issuer(issuer, roles, source),
    }
}
