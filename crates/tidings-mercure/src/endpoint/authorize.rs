//! From a request to what its sender may do (draft-dunglas-mercure-08, section Authorization).
//!
//! A token is found, verified and turned into grants; what comes out is a value that the handlers
//! require. What is wrong with a token is logged and not said to the client.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use http::request::Parts;
use tidings_axum::{Answer, Authorize, Problem, Publisher, Subscriber};
use tidings_hub::{EventName, Permit, Selector};
use tokio::time::Instant;

use super::{Inner, Mercure, answer, compile::compile, origin, select};
use crate::{
    HubUrl, Matcher,
    token::{
        self, CarrierSettings, Claims, Dialect, Expected, Presented, Role, TopicMatcher, carrier,
    },
};

/// What a reader's token says.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// `None`: it has come without one.
    pub(crate) claims: Option<Claims>,
    /// What the token lets it read of what is private.
    pub(crate) granted: Vec<Matcher>,
    pub(crate) permits: Vec<Selector>,
}

/// A token that is believed.
struct Verified {
    claims: Claims,
    /// All matchers in it but `*`.
    compiled: HashMap<TopicMatcher, Matcher>,
}

impl Inner {
    /// What the sender of this request may publish.
    pub(crate) async fn publisher(&self, head: &Parts, url: &HubUrl) -> Result<Publisher, Problem> {
        let presented = self.presented(head, None, url)?;
        let presented = presented.ok_or_else(|| answer::unauthenticated(url))?;
        let allowed = &self.settings.publish_origins;
        if presented.carrier.is_cookie() && !origin::may_publish(&head.headers, allowed) {
            let detail = "a cookie may publish from a page of an allowed origin only; allow the \
                          page's origin for publishing, or send the token in the header Authorization";
            return Err(answer::invalid_request(url, detail));
        }
        let verified = self.verify(&presented, Role::Publish, url).await?;
        let legacy = verified.claims.dialect == Dialect::Legacy;
        let base = self.base_of_grants();
        let granted = verified.granted(verified.claims.publish.as_deref(), &base);
        let selectors = granted.iter().map(|one| select::selector(one, &base));
        let refusal = answer::insufficient_scope(url, legacy, "to publish to each of these topics");
        Ok(Publisher::of(selectors, refusal))
    }

    /// What the sender of this request may read; `in_form` is a token that came in its form.
    pub(crate) async fn reader(
        &self,
        head: &Parts,
        in_form: Option<&str>,
        url: &HubUrl,
    ) -> Result<Option<Reader>, Problem> {
        let Some(presented) = self.presented(head, in_form, url)? else {
            return Ok(None);
        };
        let verified = self.verify(&presented, Role::Subscribe, url).await?;
        let base = self.base_of_grants();
        let granted = verified.granted(verified.claims.subscribe.as_deref(), &base);
        let permits = granted.iter().map(|one| select::selector(one, &base));
        Ok(Some(Reader {
            permits: permits.collect(),
            granted,
            claims: Some(verified.claims),
        }))
    }

    /// The same, where one may do without a token if anonymous readers are welcome.
    pub(crate) async fn subscriber(
        &self,
        head: &Parts,
        in_form: Option<&str>,
        url: &HubUrl,
    ) -> Result<Reader, Problem> {
        match self.reader(head, in_form, url).await? {
            Some(reader) => Ok(reader),
            None if self.settings.anonymous => Ok(Reader::default()),
            None => Err(answer::unauthenticated(url)),
        }
    }

    fn presented(
        &self,
        head: &Parts,
        in_form: Option<&str>,
        url: &HubUrl,
    ) -> Result<Option<Presented>, Problem> {
        let settings = CarrierSettings::default()
            .with_cookie(self.settings.cookie.as_str())
            .with_legacy(self.legacy);
        let in_head = carrier(&head.headers, head.uri.query(), &settings)
            .map_err(|malformed| answer::malformed(url, &malformed))?;
        // A form that came as a body says the same as the query, and as the query goes before cookies.
        let before = |found: &Presented| !found.carrier.is_cookie();
        let has_header = head.headers.contains_key(http::header::AUTHORIZATION);
        match in_form.filter(|_| self.legacy && !has_header) {
            Some(token) if !in_head.as_ref().is_some_and(before) => Presented::in_form(token)
                .map(Some)
                .map_err(|malformed| answer::malformed(url, &malformed)),
            _ => Ok(in_head),
        }
    }

    async fn verify(
        &self,
        presented: &Presented,
        role: Role,
        url: &HubUrl,
    ) -> Result<Verified, Problem> {
        // Its patterns are compiled once it is known to be good, because that can take a while; and all of them, whatever
        // they are for, because one that cannot be compiled makes the token invalid.
        let named = Mutex::new(HashSet::new());
        let remember = |matcher: &TopicMatcher| {
            let mut named = named.lock().map_err(|error| error.to_string())?;
            named.insert(matcher.clone());
            Ok(())
        };
        let refused = |why: &dyn fmt::Display| {
            tracing::debug!(refusal = %why, %role, "a token is refused");
            answer::invalid_token(url)
        };
        let mut expected = Expected::at(role, url, SystemTime::now());
        expected.alias = expected.alias.or(self.settings.known_as.as_deref());
        let expected = expected
            .with_carrier(presented.carrier)
            .with_compiles(&remember);
        let claims = token::verify_refreshing(&presented.token, &self.keys, &expected)
            .await
            .map_err(|refusal| refused(&refusal))?;
        let named = named.into_inner().unwrap_or_else(PoisonError::into_inner);
        let named: Vec<TopicMatcher> = named.into_iter().collect();
        let texts = named.iter().map(|one| (one.kind, one.text.clone()));
        let compiled = compile(texts.collect(), self.base_of_grants())
            .await
            .map_err(|error| refused(&error))?;
        Ok(Verified {
            claims,
            compiled: named.into_iter().zip(compiled).collect(),
        })
    }
}

impl Verified {
    /// The matchers of a list of the token's.
    fn granted(&self, list: Option<&[TopicMatcher]>, base: &HubUrl) -> Vec<Matcher> {
        let matcher = |one: &TopicMatcher| match self.compiled.get(one) {
            Some(matcher) => Some(matcher.clone()),
            // Nobody is asked whether `*` can be compiled.
            None => Matcher::parse(one.kind, &one.text, base).ok(),
        };
        let list = list.unwrap_or_default();
        list.iter().filter_map(matcher).collect()
    }
}

impl Reader {
    /// For the hub: what it may see, and until when.
    pub(crate) fn rights(&self) -> Subscriber {
        let expires = self.claims.as_ref().and_then(|claims| claims.expires);
        let until = expires.map(|at| {
            let left = at.duration_since(SystemTime::now()).unwrap_or_default();
            Instant::now() + left.min(FAR)
        });
        let subscriber = Subscriber::new(Permit::to(self.permits.iter().cloned()), until);
        match self.claims {
            Some(_) => subscriber.identified(),
            None => subscriber,
        }
    }

    /// Whether it may read what is private to `topic`.
    pub(crate) fn may_read(&self, topic: &str) -> bool {
        self.granted.iter().any(|matcher| matcher.matches(topic))
    }
}

/// Further away than any stream lasts, near enough to be added to an [`Instant`].
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The same rights for `POST /` and `GET /sse`.
impl Authorize for Mercure {
    fn publisher<'a>(&'a self, head: &'a Parts) -> Answer<'a, Publisher> {
        Box::pin(async move {
            let url = self.inner().url(head)?;
            let publisher = self.inner().publisher(head, &url).await?;
            // The forms of the protocol refuse these by themselves.
            let detail = "the topic is the Mercure hub's own; name another one";
            let refusal = Problem::new(http::StatusCode::UNPROCESSABLE_ENTITY, detail);
            let publisher = publisher.reserving(select::reserved(&url), refusal);
            let detail = "events named `mercure` are the Mercure hub's own; choose another name";
            let refusal = Problem::new(http::StatusCode::UNPROCESSABLE_ENTITY, detail);
            let name = EventName::try_from("mercure").expect("a name on one line");
            Ok(publisher.reserving_event(name, refusal))
        })
    }

    fn subscriber<'a>(&'a self, head: &'a Parts) -> Answer<'a, Subscriber> {
        Box::pin(async move {
            let url = self.inner().url(head)?;
            let reader = self.inner().subscriber(head, None, &url).await?;
            Ok(reader.rights())
        })
    }
}
