#![doc = include_str!("../README.md")]

mod client;
mod cors;
mod health;
mod lane;
mod message;
mod negotiate;
mod permit;
mod problem;
mod publish;
pub mod request_body;
mod router;
mod serve;
mod settings;
mod shed;
mod subscribe;

pub use client::ClientLimit;
pub use cors::{InvalidOrigin, cors};
pub use health::{health, stats};
pub use permit::{Answer, Authority, Authorize, Publisher, Subscriber};
pub use problem::Problem;
pub use publish::{publish, refuse};
pub use router::router;
pub use serve::{Serve, serve};
pub use settings::{PublishSettings, ServeSettings, SubscribeSettings};
pub use subscribe::{Opened, keep_from_caches, open, subscribe};

pub use tidings_hub::{
    Event, EventId, EventName, History, Hub, Message, Settings, Start, Subscription, Topic,
};

/// The code in the README of the repository compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
