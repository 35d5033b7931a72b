//! The composition root: hub, routes and listeners, from the settings.

use std::{future::Future, process::ExitCode};

use anyhow::Context;
use axum::Extension;
use tidings_axum::{ClientLimit, Hub, PublishSettings, ServeSettings, Settings, SubscribeSettings};
use tokio::net::TcpListener;

use self::mercure::Protection;
use crate::{
    page,
    settings::{ByteSize, Config, Origin},
};

pub(crate) mod descriptors;
mod listen;
mod mercure;
mod signals;
mod warnings;
mod welcome;

/// Serves until it is told to stop, then lets every stream end.
///
/// # Errors
/// It cannot listen on one of the addresses.
pub(crate) fn run(mut config: Config) -> anyhow::Result<ExitCode> {
    config.max_connections = descriptors::make_room(config.max_connections);
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(async {
        let mut signals = signals::listen()?;
        let listeners = listen::bind(&config.listen).await?;
        for remark in &config.remarks {
            tracing::warn!("{remark}");
        }
        let protection = mercure::protect(&config).await?;
        welcome::greet(&config, &listeners)?;
        let serving = serve(&config, &protection, listeners, signals.first())?;
        tokio::select! {
            ended = serving => ended.map(|()| ExitCode::SUCCESS),
            code = signals.second() => Ok(code),
        }
    })
}

fn serve(
    config: &Config,
    protection: &Protection,
    listeners: Vec<TcpListener>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
    let hub = Hub::with_settings(hub_settings(config));
    let hub_routes = tidings_axum::router(hub.clone(), publish_settings(config));
    let app = hub_routes.merge(page::routes());
    let mut app = protection.cover(app, &hub, config, publish_settings(config));
    app = app.layer(Extension(subscribe_settings(config)));
    if !config.allow_origin.is_empty() {
        let origins = config.allow_origin.iter().map(Origin::as_ref);
        app = app.layer(tidings_axum::cors(origins)?);
    }
    let mut listeners = listeners.into_iter();
    let first = listeners
        .next()
        .context("there is no address to listen on")?;
    let server = tidings_axum::serve(first, app, hub)
        .with_settings(serve_settings(config))
        .with_graceful_shutdown(shutdown);
    let server = listeners.fold(server, tidings_axum::Serve::and_listener);
    Ok(async { server.await.context("the server has failed") })
}

fn hub_settings(config: &Config) -> Settings {
    let mut settings = Settings::default();
    settings.history.messages = config.history_messages;
    settings.history.bytes = in_memory(config.history_bytes);
    settings.history.age = config.history_age;
    settings.max_subscribers = config.max_subscribers;
    settings.max_topics = config.max_topics;
    settings.heartbeat = config.heartbeat;
    settings.gap_event = config.gap_event;
    settings.return_within = config.return_within;
    settings
}

fn publish_settings(config: &Config) -> PublishSettings {
    let mut settings = PublishSettings::default();
    settings.body_limit = in_memory(config.body_limit);
    settings.body_timeout = config.body_timeout;
    settings
}

fn subscribe_settings(config: &Config) -> SubscribeSettings {
    let header = config.client_address_header.as_ref();
    let client_limit = match (config.max_subscribers_per_client, header) {
        (0, _) => None,
        (most, None) => Some(ClientLimit::new(most)),
        (most, Some(header)) => Some(ClientLimit::behind_proxy(most, header.name())),
    };
    let mut settings = SubscribeSettings::default();
    settings.lifetime = config.greatest_age();
    settings.client_limit = client_limit;
    settings
}

fn serve_settings(config: &Config) -> ServeSettings {
    let mut settings = ServeSettings::default();
    settings.max_connections = config.max_connections;
    settings.head_timeout = config.head_timeout;
    settings.head_limit = in_memory(config.head_limit);
    settings.target_limit = in_memory(config.target_limit);
    settings.stall_timeout = config.stall_timeout;
    settings.send_buffer = in_memory(config.send_buffer);
    settings.direct_lane = config.direct_lane;
    settings.drain = config.drain;
    settings
}

/// A number of bytes that is to fit in memory; one that cannot is no limit.
fn in_memory(size: ByteSize) -> usize {
    usize::try_from(size.0).unwrap_or(usize::MAX)
}
