//! Who may publish and subscribe, and the endpoint of the Mercure protocol: from the settings.

use axum::{Extension, Router};
use tidings_axum::{Hub, PublishSettings};
use tidings_mercure::token::TrustedKeys;
use tidings_mercure::{Mercure, MercureSettings};
use tokio::task::JoinSet;

use super::warnings;
use crate::keys::Keys;
use crate::settings::Config;

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
    warnings::tell(config);
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
    settings.known_as = config.implied_hub().map(str::to_owned);
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
