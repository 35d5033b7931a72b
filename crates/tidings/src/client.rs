//! The HTTP client of `publish` and `subscribe`: where the hub is, how it is reached, and what it says when it refuses.
//! And what all who go to a hub say of themselves ([`Bearer`]).

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::Args;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, ClientBuilder, Response, StatusCode, Url};
use serde::Deserialize;

use crate::console::printable;
use crate::settings::{self, Key};

/// How long a connection may take until it stands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How much of an answer that reports a problem is read. The hub's own are a few hundred bytes.
const PROBLEM_LIMIT: usize = 64 * 1024;

/// Which hub a command talks to.
#[derive(Debug, Clone, Args)]
pub(crate) struct Hub {
    /// The URL of the hub; with or without the path of Mercure
    #[arg(
        long,
        value_name = "URL",
        env = "TIDINGS_URL",
        hide_env_values = true,
        default_value = "http://localhost:5000"
    )]
    url: BaseUrl,

    #[command(flatten)]
    bearer: Bearer,
}

/// Who a command says that it is.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Bearer {
    /// Token to show to the hub, or file:PATH
    #[arg(
        long,
        value_name = "TOKEN",
        env = "TIDINGS_TOKEN",
        hide_env_values = true,
        value_parser = token
    )]
    token: Option<Key>,
}

/// The URL below which the hub's own paths are.
#[derive(Debug, Clone)]
struct BaseUrl(Url);

impl FromStr for BaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example = "write for example http://localhost:5000";
        let mut url = Url::parse(text).map_err(|_| format!("this is not a URL; {example}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("a hub is reached by http or https; {example}"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!(
                "the URL of a hub has no query and no fragment; {example}"
            ));
        }
        // The URL that Mercure's clients know, and `tidings token --url` takes, is of the same hub.
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix(tidings_mercure::PATH).unwrap_or(path);
        url.set_path(&format!("{path}/"));
        Ok(BaseUrl(url))
    }
}

impl Hub {
    /// The URL of one of the hub's own paths, given without the slash in front.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.url.0.clone();
        url.set_path(&format!("{}{path}", url.path()));
        url
    }

    /// A client for this hub, with what `complete` adds.
    pub(crate) fn client(
        &self,
        complete: impl Fn(ClientBuilder) -> ClientBuilder,
    ) -> anyhow::Result<Client> {
        let headers = self.headers()?;
        let complete = |builder: ClientBuilder| complete(builder.default_headers(headers.clone()));
        // One provider for the process; that another part has installed it already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let build = |builder: ClientBuilder| complete(builder).build();
        let built = match build(self.client_builder()) {
            // A system without CA certificates, such as a container that holds this program alone, can do plain HTTP.
            Err(_) if self.url.0.scheme() == "http" => {
                build(self.client_builder().tls_certs_only([]))
            }
            built => built,
        };
        built.map_err(|error| {
            anyhow!(
                "cannot prepare for https: {}; install the CA certificates of the system",
                reason(&error)
            )
        })
    }

    /// What to do about a refusal with this status, if it is for want of a token.
    pub(crate) fn advice(&self, status: StatusCode) -> &'static str {
        match (status, &self.bearer.token) {
            (StatusCode::UNAUTHORIZED, None) => {
                "; the hub asks for a token: give one by --token or TIDINGS_TOKEN"
            }
            (StatusCode::UNAUTHORIZED, Some(_)) => {
                "; see what becomes of the token by `tidings token --inspect TOKEN` with the settings of the server"
            }
            _ => "",
        }
    }

    /// What every request says: the token.
    fn headers(&self) -> anyhow::Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        if let Some(value) = self.bearer.authorization()? {
            headers.insert(AUTHORIZATION, value);
        }
        Ok(headers)
    }

    fn client_builder(&self) -> ClientBuilder {
        let builder = Client::builder()
            .user_agent(concat!("tidings/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT);
        // A proxy set for the world outside would look for the hub on its own machine.
        if is_loopback(&self.url.0) {
            builder.no_proxy()
        } else {
            builder
        }
    }
}

impl Bearer {
    /// What requests have as `Authorization`, if there is a token.
    ///
    /// # Errors
    ///
    /// It has characters that no header has.
    pub(crate) fn authorization(&self) -> anyhow::Result<Option<HeaderValue>> {
        let Some(token) = &self.token else {
            return Ok(None);
        };
        let mut value = HeaderValue::try_from(format!("Bearer {}", token.text().trim()))
            .ok()
            .context("the token has characters that no token has; give it as it was made")?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

/// A URL fit to be shown: without the name and the password that it may hold.
pub(crate) fn shown(url: &Url) -> Url {
    let mut shown = url.clone();
    // Both fail on a URL without a host only, and then there is neither.
    let _ = shown
        .set_username("")
        .and_then(|()| shown.set_password(None));
    shown
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host == "localhost"
        || host.ends_with(".localhost")
        || address.is_ok_and(|address| address.is_loopback())
}

/// A runtime for one client: it waits more than it works.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// Reads a token; what is wrong is told without it, but for the path of its file.
fn token(text: &str) -> Result<Key, String> {
    Key::read_as("token", text)
}

/// Reads a duration of the command line, in the same words as those of the settings.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    settings::Value::read(text)
}

/// Why a request failed, without the URL and the layers in between: what the system or the peer said.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    printable(&innermost.to_string())
}

/// What an answer that is no success says is wrong: its status, and the detail if it is a problem of RFC 9457.
pub(crate) async fn refusal(response: Response) -> String {
    let status = response.status();
    match problem(response).await {
        Some(
            Problem {
                detail: Some(text), ..
            }
            | Problem {
                title: Some(text), ..
            },
        ) => {
            format!("{} (status {})", printable(&text), status.as_u16())
        }
        _ => format!("status {status}"),
    }
}

/// The members of a problem that are shown (RFC 9457, section 3.1).
#[derive(Debug, Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

async fn problem(mut response: Response) -> Option<Problem> {
    let content_type = response.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    if essence(content_type) != "application/problem+json" {
        return None;
    }
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.ok()? {
        if body.len() + part.len() > PROBLEM_LIMIT {
            return None;
        }
        body.extend_from_slice(&part);
    }
    serde_json::from_slice(&body).ok()
}

/// A media type without its parameters, in small letters.
pub(crate) fn essence(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn paths_stand_below_the_url_of_the_hub() {
        for (base, sse) in [
            ("http://localhost:5000", "http://localhost:5000/sse"),
            ("http://localhost:5000/", "http://localhost:5000/sse"),
            (
                "https://example.com/events",
                "https://example.com/events/sse",
            ),
            (
                "https://example.com/events/",
                "https://example.com/events/sse",
            ),
            (
                "http://localhost:5000/.well-known/mercure",
                "http://localhost:5000/sse",
            ),
            (
                "https://example.com/events/.well-known/mercure/",
                "https://example.com/events/sse",
            ),
        ] {
            let hub = Hub {
                url: base.parse().unwrap(),
                bearer: Bearer::default(),
            };
            assert_eq!(hub.url("sse").as_str(), sse);
        }
    }

    #[test]
    fn no_proxy_is_asked_for_what_is_on_this_machine() {
        for near in [
            "http://localhost:1",
            "http://tidings.localhost",
            "http://127.9.9.9",
            "http://[::1]:1",
        ] {
            assert!(is_loopback(&url(near)), "{near}");
        }
        for far in [
            "http://localhost.example",
            "http://128.0.0.1",
            "http://[::2]",
        ] {
            assert!(!is_loopback(&url(far)), "{far}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(
            shown(&url("https://name:password@example.com/sse")).as_str(),
            "https://example.com/sse"
        );
    }
}
