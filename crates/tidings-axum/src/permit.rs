//! Who may publish, and who may read what: asked by the handlers before anything else.
//!
//! The handlers require a value that says so, [`Publisher`] or [`Subscriber`]. Without an [`Authority`]
//! everyone may do everything; with one, it makes these values, from tokens or whatever else a
//! request carries. A refusal is the authority's own [`Problem`].

use std::{fmt, pin::Pin, sync::Arc};

use http::request::Parts;
use tidings_hub::{EventName, Permit, Selector, Topic};
use tokio::time::Instant;

use crate::problem::Problem;

/// Decides what requests may do. Put one into their extensions (with [`axum::Extension`] as a layer)
/// to have [`publish`](crate::publish) and [`subscribe`](crate::subscribe) ask it. Handlers that the
/// layer does not cover ask nobody, and let everyone do everything: lay it over the whole app.
#[derive(Clone)]
pub struct Authority(Arc<dyn Authorize>);

/// What an [`Authority`] stands on.
pub trait Authorize: Send + Sync + 'static {
    /// What the sender of this request may publish.
    ///
    /// The future's error: it may not publish at all.
    fn publisher<'a>(&'a self, head: &'a Parts) -> Answer<'a, Publisher>;

    /// What the sender of this request may read.
    ///
    /// The future's error: it may not subscribe at all.
    fn subscriber<'a>(&'a self, head: &'a Parts) -> Answer<'a, Subscriber>;
}

/// What [`Authorize`] answers.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

/// What a publisher may do.
#[derive(Debug, Clone)]
pub struct Publisher {
    topics: Vec<Selector>,
    refusal: Problem,
    reserved: Option<Reserved>,
    reserved_event: Option<(EventName, Problem)>,
}

/// Topics that nobody may publish to, whatever is granted.
#[derive(Debug, Clone)]
struct Reserved {
    topics: Selector,
    refusal: Problem,
}

/// What a subscriber may do.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Subscriber {
    /// What it may see of what is private.
    pub permit: Permit,
    /// Its streams end then.
    pub until: Option<Instant>,
    /// Whether it has said who it is: then what it is sent is for nobody else.
    pub identified: bool,
}

impl Authority {
    /// An authority that asks `authorize`.
    pub fn new(authorize: impl Authorize) -> Self {
        Self(Arc::new(authorize))
    }

    pub(crate) async fn publisher(head: &Parts) -> Result<Publisher, Problem> {
        match head.extensions.get::<Self>() {
            Some(authority) => authority.0.publisher(head).await,
            None => Ok(Publisher::of_everything()),
        }
    }

    pub(crate) async fn subscriber(head: &Parts) -> Result<Subscriber, Problem> {
        match head.extensions.get::<Self>() {
            Some(authority) => authority.0.subscriber(head).await,
            None => Ok(Subscriber::default()),
        }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl Publisher {
    /// May publish to all topics that are selected; what else it tries is answered with `refusal`.
    pub fn of(topics: impl IntoIterator<Item = Selector>, refusal: Problem) -> Self {
        Self {
            topics: topics.into_iter().collect(),
            refusal,
            reserved: None,
            reserved_event: None,
        }
    }

    /// The same, but for these topics, which are not for publishers; who tries is answered with
    /// `refusal`.
    #[must_use]
    pub fn reserving(mut self, topics: Selector, refusal: Problem) -> Self {
        self.reserved = Some(Reserved { topics, refusal });
        self
    }

    /// The same, but for events of this name, which are not for publishers either.
    #[must_use]
    pub fn reserving_event(mut self, name: EventName, refusal: Problem) -> Self {
        self.reserved_event = Some((name, refusal));
        self
    }

    fn of_everything() -> Self {
        let refusal = Problem::new(http::StatusCode::FORBIDDEN, "this is not allowed");
        Self::of([Selector::All], refusal)
    }

    /// Whether it may publish an event of this name.
    ///
    /// # Errors
    /// The refusal.
    pub fn check_event(&self, name: Option<&EventName>) -> Result<(), Problem> {
        match &self.reserved_event {
            Some((reserved, refusal)) if name == Some(reserved) => Err(refusal.clone()),
            _ => Ok(()),
        }
    }

    /// Whether it may publish a message for these topics: every one of them has to be granted.
    ///
    /// # Errors
    /// The refusal.
    pub fn check(&self, topics: &[Topic]) -> Result<(), Problem> {
        if let Some(reserved) = &self.reserved
            && topics.iter().any(|topic| reserved.topics.selects(topic))
        {
            return Err(reserved.refusal.clone());
        }
        let granted = |topic| self.topics.iter().any(|selector| selector.selects(topic));
        match topics.iter().all(granted) {
            true => Ok(()),
            false => Err(self.refusal.clone()),
        }
    }
}

impl Subscriber {
    /// May read what is public, and what `permit` allows, until then.
    #[must_use]
    pub fn new(permit: Permit, until: Option<Instant>) -> Self {
        Self {
            permit,
            until,
            identified: false,
        }
    }

    /// The same, but no cache may keep what it is sent (see [`keep_from_caches`](crate::keep_from_caches)).
    #[must_use]
    pub fn identified(mut self) -> Self {
        self.identified = true;
        self
    }
}
