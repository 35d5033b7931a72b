//! Who may publish and subscribe, and the endpoint of the Mercure protocol: from the settings.

use axum::{Extension, Router};
use tidings_axum::{Hub, PublishSettings};
use tidings_mercure::token::{Role, TrustedKeys};
use tidings_mercure::{Mercure, MercureSettings};
use tokio::task::JoinSet;

use crate::keys::Keys;
use crate::settings::Config;

/// Secrets that stand in examples and in the compose files made from them.
const SECRETS_OF_EXAMPLES: &[&str] = &[
    "!ChangeMe!",
    "!ChangeThisMercureHubJWTSecretKey!",
    "!UnsecureChangeMe!",
];

/// The keys of the server. Dropping it ends the tasks that keep them fresh.
#[derive(Debug)]
pub(super) struct Protection {
    keys: TrustedKeys,
    _refreshing: JoinSet<()>,
}

/// Loads the keys, says what is worth a warning about them, and has those that can change refreshed from now on.
///
/// # Errors
///
/// No client for the URL of a set can be made.
pub(super) async fn protect(config: &Config) -> anyhow::Result<Protection> {
    let mut keys = Keys::of(&config.trusted)?;
    warn_of_weak_secrets(config, &keys.trusted);
    warn_of_what_lacks(config, &keys.trusted);
    keys.load().await;
    let mut refreshing = JoinSet::new();
    for set in keys.sets {
        refreshing.spawn(set.refresher.run());
    }
    for file in keys.files {
        refreshing.spawn(file.refresher.run());
    }
    Ok(Protection {
        keys: keys.trusted,
        _refreshing: refreshing,
    })
}

impl Protection {
    /// Adds the endpoint to `app`, and has all of `app` ask for tokens once there is a key.
    pub(super) fn cover(
        &self,
        app: Router,
        hub: &Hub,
        config: &Config,
        publish: PublishSettings,
    ) -> Router {
        if !config.serves_mercure() && !config.asks_for_tokens() {
            return app;
        }
        let mercure = Mercure::new(hub.clone(), self.keys.clone(), settings(config));
        let app = match config.serves_mercure() {
            true => app.merge(mercure.router(publish)),
            false => app,
        };
        match config.asks_for_tokens() {
            true => app.layer(Extension(mercure.authority())),
            false => app,
        }
    }
}

fn settings(config: &Config) -> MercureSettings {
    let origins = config.publish_origin.iter();
    let servers = config.trusted.iter();
    let mut settings = MercureSettings::default();
    settings.public_url.clone_from(&config.public_url);
    settings.anonymous = config.anonymous;
    settings.cookie = config.cookie_name.as_ref().to_owned();
    settings.publish_origins = origins.map(|origin| origin.as_ref().to_owned()).collect();
    // They are announced by a task, which is for nothing where nobody can ask.
    settings.subscriptions = config.subscriptions && config.serves_mercure();
    settings.authorization_servers = servers
        .filter_map(|trust| trust.authorization_server.clone())
        .collect();
    settings
}

/// What a sound configuration can be without, and most are not meant to be.
fn warn_of_what_lacks(config: &Config, keys: &TrustedKeys) {
    if !config.asks_for_tokens() {
        return;
    }
    let has = |role| keys.iter().any(|key| key.roles().include(role));
    if !has(Role::Publish) {
        tracing::warn!(
            "there is no key to publish with, so nobody can; set publisher_jwt_key or jwks"
        );
    }
    if !has(Role::Subscribe) && !config.anonymous {
        tracing::warn!(
            "there is no key to subscribe with, so nobody can; set subscriber_jwt_key or jwks, \
             or anonymous"
        );
    }
    if config.public_url.is_none() && keys.iter().any(|key| key.issuer().is_some()) {
        tracing::warn!(
            "without public_url the `aud` of a token is held against the address in the request itself, \
             so a token for another hub of the same issuer is accepted too; set it"
        );
    }
    let secrets = config
        .trusted
        .iter()
        .flat_map(|trust| [&trust.publisher, &trust.subscriber])
        .flatten();
    for secret in secrets {
        if std::path::Path::new(secret.key.text()).is_file() {
            tracing::warn!(
                "a key is the name of a file; to have the key in it, write file: before the name"
            );
        }
    }
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
