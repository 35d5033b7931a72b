//! Who may publish and subscribe, and the endpoint of the Mercure protocol: from the settings.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::any;
use axum::{Extension, Router};
use tidings_axum::{Hub, Problem, PublishSettings, request_body};
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
            return not_served(app, config);
        }
        let mercure = Mercure::new(hub.clone(), self.keys.clone(), settings(config));
        let app = match config.serves_mercure() {
            true => app.merge(mercure.router(publish)),
            false => not_served(app, config),
        };
        match config.asks_for_tokens() {
            true => app.layer(Extension(mercure.authority())),
            false => app,
        }
    }
}

/// Has `app` say at the path of the protocol why it is not served.
fn not_served(app: Router, config: &Config) -> Router {
    let detail = match config.mercure {
        Some(false) => "the Mercure protocol is switched off here; leave out mercure = false",
        _ => {
            "the Mercure protocol is served here once there is a key; set publisher_jwt_key, and \
             subscriber_jwt_key too"
        }
    };
    let answer = move |request: Request| async move {
        let (head, body) = request.into_parts();
        let problem = Problem::new(StatusCode::NOT_FOUND, detail);
        request_body::discard(&head.headers, body, &PublishSettings::default(), problem).await
    };
    let rest = format!("{}/{{*rest}}", tidings_mercure::PATH);
    app.route(tidings_mercure::PATH, any(answer))
        .route(&rest, any(answer))
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
