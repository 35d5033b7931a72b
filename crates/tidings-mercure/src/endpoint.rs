//! The hub's address, [`PATH`], and what lies below it.
//!
//! The protocol on top of the engine and its HTTP face: a request is read ([`form`](crate::form)), its
//! token is verified ([`authorize`]), and what is left is a message or a subscription of the hub.
//! Both dialects are served at one address; which one a request speaks, its parameters say, and of a
//! token its content.

pub(crate) mod answer;
pub(crate) mod api;
pub(crate) mod authorize;
mod compile;
pub(crate) mod document;
pub(crate) mod metadata;
pub(crate) mod origin;
pub(crate) mod presence;
pub(crate) mod publish;
pub(crate) mod select;
pub(crate) mod subscribe;

use std::{fmt, sync::Arc};

use axum::{
    Extension, Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::any,
};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use tidings_axum::{Authority, Problem, PublishSettings, request_body};
use tidings_hub::Hub;

use crate::{HubUrl, form::FormLimits, token::TrustedKeys};
use presence::Presence;

/// The path of the hub (draft-dunglas-mercure-08, section Introduction; fixed in 0.x too).
pub const PATH: &str = "/.well-known/mercure";

/// What the topics of announcements begin with: the addresses of subscriptions (see
/// [`document::Id`]).
pub(crate) const SUBSCRIPTIONS: &str = "/.well-known/mercure/subscriptions/";

/// What can be set about the hub's endpoint. Start from [`MercureSettings::default`] and change what
/// differs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MercureSettings {
    /// The hub's public URL: what tokens of 1.0 have to name in `aud`, and the base of relative topics
    /// and patterns. `None`, the default: from each request's `Host`.
    pub public_url: Option<HubUrl>,
    /// Another name of the hub that counts in `aud`. Default none.
    pub known_as: Option<String>,
    /// Whether subscribers may come without a token; they get what is public. Default false.
    pub anonymous: bool,
    /// The cookie that may carry a token. Default `__Secure-mercure_access_token`, which browsers keep
    /// over HTTPS only.
    pub cookie: String,
    /// Origins whose pages may publish with a cookie, as browsers send them; `*` for all. Default none.
    pub publish_origins: Vec<String>,
    /// Whether subscriptions are announced, and listed by the API. Default false.
    pub subscriptions: bool,
    /// What the metadata names as the servers that issue tokens. Default none.
    pub authorization_servers: Vec<String>,
}

/// A hub that is compatible with the Mercure protocol. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct Mercure(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) hub: Hub,
    pub(crate) keys: TrustedKeys,
    pub(crate) settings: MercureSettings,
    pub(crate) limits: FormLimits,
    /// Whether any key is trusted with tokens of 0.x.
    pub(crate) legacy: bool,
    pub(crate) presence: Option<Presence>,
}

impl Default for MercureSettings {
    fn default() -> Self {
        Self {
            public_url: None,
            known_as: None,
            anonymous: false,
            cookie: "__Secure-mercure_access_token".to_owned(),
            publish_origins: Vec::new(),
            subscriptions: false,
            authorization_servers: Vec::new(),
        }
    }
}

impl Mercure {
    /// The protocol on `hub`, with tokens that these keys vouch for.
    ///
    /// # Panics
    /// Outside a tokio runtime, where [`MercureSettings::subscriptions`] is on: what announces them is
    /// a task.
    #[must_use]
    pub fn new(hub: Hub, keys: TrustedKeys, settings: MercureSettings) -> Self {
        let legacy = keys.iter().any(crate::token::TrustedKey::accepts_legacy);
        let most = hub.settings().max_topics;
        let mut limits = FormLimits::default();
        limits.topics = limits.topics.min(most);
        limits.matchers = limits.matchers.min(most);
        limits.legacy_topics = limits.legacy_topics.min(most);
        let presence = settings.subscriptions.then(|| {
            hub.announce_below(SUBSCRIPTIONS);
            Presence::on(hub.clone())
        });
        Self(Arc::new(Inner {
            legacy,
            hub,
            keys,
            settings,
            limits,
            presence,
        }))
    }

    /// [`PATH`], what lies below it, and the metadata of the resource that it is.
    pub fn router(&self, publish: PublishSettings) -> Router {
        Router::new()
            .route(PATH, any(hub))
            .route(&format!("{PATH}/subscriptions"), any(api::subscriptions))
            .route(
                &format!("{PATH}/subscriptions/{{*below}}"),
                any(api::subscriptions),
            )
            .route(metadata::PATH, any(metadata::metadata))
            .with_state(self.clone())
            .layer(Extension(publish))
    }

    /// The same rights for the handlers of [`tidings_axum`]: as a layer, `Extension(authority)`.
    #[must_use]
    pub fn authority(&self) -> Authority {
        Authority::new(self.clone())
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }
}

impl Inner {
    /// The hub's URL, as this request knows it.
    pub(crate) fn url(&self, head: &Parts) -> Result<HubUrl, Problem> {
        match &self.settings.public_url {
            Some(url) => Ok(url.clone()),
            None => origin::hub_url(head),
        }
    }
}

/// The base of relative patterns in tokens where no public URL is set. What a token grants must not
/// depend on the name by which its bearer has reached the hub; so there, a relative pattern grants
/// relative topics only.
const NOWHERE: &str = "http://mercure.invalid/.well-known/mercure";

impl Inner {
    /// What the patterns of tokens are relative to.
    pub(crate) fn base_of_grants(&self) -> HubUrl {
        match &self.settings.public_url {
            Some(url) => url.clone(),
            None => HubUrl::parse(NOWHERE).expect("it is a URL"),
        }
    }
}

impl fmt::Debug for Mercure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mercure")
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}

/// `GET`, `HEAD` and `QUERY` subscribe, `POST` publishes.
async fn hub(State(mercure): State<Mercure>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let answer = match head.method.as_str() {
        "GET" | "HEAD" | "QUERY" => subscribe::subscribe(&mercure, &head, body).await,
        "POST" => publish::publish(&mercure, &head, body).await,
        _ => {
            let settings = PublishSettings::default();
            let problem = method_not_allowed("GET, HEAD, POST and QUERY");
            Err(request_body::discard(&head.headers, body, &settings, problem).await)
        }
    };
    with_allow("GET, HEAD, POST, QUERY", answer)
}

fn method_not_allowed(known: &str) -> Problem {
    let detail = format!("this path knows the methods {known}");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

/// What refuses a method says which there are (RFC 9110, section 15.5.6).
fn with_allow(methods: &'static str, answer: Result<Response, Problem>) -> Response {
    let mut response = answer.into_response();
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let methods = HeaderValue::from_static(methods);
        response.headers_mut().insert(header::ALLOW, methods);
    }
    response
}

/// Whether the method only reads.
fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
