//! Forms: what a publisher posts and what a subscriber asks for, as `application/x-www-form-urlencoded`
//! (draft-dunglas-mercure-08, sections Publication, Subscription and Resource Limits).
//!
//! The first step of a request's way behind HTTP: from bytes to values that keep the rules of the protocol, or to a
//! refusal that names the field and says what to do. Fields that are not known are ignored. Everything is counted and
//! measured; nothing is cut off in silence.

mod pairs;
pub(crate) mod publish;
pub(crate) mod subscribe;

pub use publish::{InvalidPublishForm, PublishForm};
pub use subscribe::{InvalidSubscribeForm, SubscribeForm};

/// The bounds of forms. The size of a body as a whole is bounded where it is read. Start from [`FormLimits::default`]
/// and change what differs.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FormLimits {
    /// The most fields, known or not. Default 2,048: above all other counts, and each costs a look.
    pub fields: usize,
    /// The most topics of a message. Default 1,000, as in the reference hub.
    pub topics: usize,
    /// The longest topic, in bytes. Default 4,096, as long as a matcher.
    pub topic_bytes: usize,
    /// The longest id of a message, in bytes. Default 1,024: it comes back in a header.
    pub id_bytes: usize,
    /// The longest type of a message, in bytes. Default 1,024.
    pub type_bytes: usize,
    /// The most parameters `match…`. Default 100, as in the reference hub.
    pub matchers: usize,
    /// The most parameters `topic` of the former dialect. Default 1,000, as in the former hubs.
    pub legacy_topics: usize,
    /// The longest `authorization`, in bytes. Default 16 KiB, what a header may be for most servers.
    pub authorization_bytes: usize,
}

impl Default for FormLimits {
    fn default() -> Self {
        Self {
            fields: 2048,
            topics: 1000,
            topic_bytes: 4096,
            id_bytes: 1024,
            type_bytes: 1024,
            matchers: 100,
            legacy_topics: 1000,
            authorization_bytes: 16 << 10,
        }
    }
}
