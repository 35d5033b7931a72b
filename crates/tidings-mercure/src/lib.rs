//! The rules of the Mercure protocol, for a hub that is compatible with it: what a topic may be, which matchers select
//! it, and what the forms of publishers and subscribers say.
//!
//! Both dialects are read: the current one (draft-dunglas-mercure-08), and the one before it, which most deployed client
//! libraries send. Nothing here does input or output: the functions take bytes and text that have arrived, and give
//! values or the reason for a refusal. What comes from outside is bounded in size and in the time it can take.

pub mod form;
pub mod matcher;
pub mod topic;

mod hub_url;
mod text;

pub use hub_url::{HubUrl, InvalidHubUrl};
pub use matcher::{InvalidMatcher, Matcher, MatcherType};
pub use text::BadCharacter;
pub use topic::{InvalidTopic, PreparedTopic};
