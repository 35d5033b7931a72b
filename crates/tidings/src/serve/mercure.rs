//! Who may publish and subscribe, and the endpoint of the Mercure protocol: from the settings.

use tidings_mercure::token::{Role, TrustedKeys};
use tokio::task::JoinSet;

use crate::keys::Keys;
use crate::settings::Config;

/// Secrets that stand in examples and in the compose files made from them.
const SECRETS_OF_EXAMPLES: &[&str] = &[
    "!ChangeMe!",
    "!ChangeThisMercureHubJWTSecretKey!",
    "!UnsecureChangeMe!",
];

/// The keys of the server. Dropping it ends the tasks that keep sets of keys fresh.
#[derive(Debug)]
pub(super) struct Protection {
    #[expect(dead_code, reason = "for the endpoint, which joins here")]
    pub(super) keys: TrustedKeys,
    _refreshing: JoinSet<()>,
}

/// Loads the keys, says what is worth a warning about them, and has sets of keys refreshed from now on.
///
/// # Errors
///
/// No client for the URL of a set can be made.
pub(super) async fn protect(config: &Config) -> anyhow::Result<Protection> {
    let mut keys = Keys::of(&config.trusted)?;
    warn_of_weak_secrets(config, &keys.trusted);
    keys.load().await;
    let mut refreshing = JoinSet::new();
    for refresher in keys.refreshers {
        refreshing.spawn(refresher.run());
    }
    Ok(Protection {
        keys: keys.trusted,
        _refreshing: refreshing,
    })
}

fn warn_of_weak_secrets(config: &Config, keys: &TrustedKeys) {
    for key in keys.iter() {
        if let Some(weakness) = key.source().weakness() {
            let role = match key.roles().include(Role::Publish) {
                true => "publisher_jwt_key",
                false => "subscriber_jwt_key",
            };
            let issuer = key
                .issuer()
                .map(|issuer| format!(" of {issuer}"))
                .unwrap_or_default();
            tracing::warn!("{role}{issuer}: {weakness}");
        }
    }
    let secrets = config
        .trusted
        .iter()
        .flat_map(|trust| [&trust.publisher, &trust.subscriber]);
    let known = |text| SECRETS_OF_EXAMPLES.contains(&text);
    if secrets.flatten().any(|key| known(key.key.text())) {
        tracing::warn!(
            "a secret is one that stands in examples: everybody knows it, and can make tokens; \
             set one of your own, such as `openssl rand -base64 32` makes"
        );
    }
}
