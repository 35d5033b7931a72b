//! The engine of tidings: one log, many cursors.
//!
//! A [`Message`] is published once; every [`Subscription`] that listens to one of its topics gets
//! it in log order, exactly once, also after a reconnect. The way of a message can be read off the
//! file names:
//!
//! ```text
//! publish ──▶ log ──▶ window ──▶ fanout (worker) ──▶ signal ──▶ subscription ──▶ body lane
//!                                              └───▶ share ───▶ direct lane
//! ```
//!
//! * [`publish`](Hub::publish) encodes the message, once, for all subscribers;
//! * the [`Log`] gives it its place, its [`Position`];
//! * the window keeps the recent part of the log in memory, bounded by count, bytes and age;
//! * each worker finds which of its subscribers listen, and wakes them, or writes to their sockets
//!   itself (see [`Subscription::hand_over`]);
//! * a subscription is a cursor into the window: it reads what it has not yet been given. A
//!   subscriber that does not read is simply further back; nothing grows on its behalf. If the
//!   window has moved on past it, it gets an explicit [gap](crate::Settings::gap_event).
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use tidings_hub::{Hub, Message, Start, Topic};
//!
//! let hub = Hub::new();
//! let mut subscription = hub.subscribe([Topic::broadcast()], Start::Now)?;
//! let id = hub.publish(Message::new("hello")).await?;
//!
//! let frame = subscription.next().await.expect("the hub is running");
//! assert_eq!(frame.event(), format!("id: {id}\ndata: hello\n\n"));
//! # Ok(())
//! # }
//! ```

mod clock;
mod cursor;
mod direct;
mod effort;
mod fanout;
mod frame;
mod gap;
mod hub;
mod interest;
mod log;
mod message;
mod pace;
mod permit;
mod position;
mod publish;
mod resume;
mod selector;
mod settings;
mod share;
mod signal;
mod sockets;
mod stats;
mod subscribe;
mod subscription;
mod timers;
mod topic;
mod window;
mod worker;
mod workers;

#[cfg(test)]
mod simulation;

pub use direct::Socket;
pub use frame::Frame;
pub use hub::Hub;
pub use log::{AppendError, Appending, Log, MemoryLog, Tail};
pub use message::{Encoded, Message};
pub use permit::Permit;
pub use position::{Epoch, Offset, Position};
pub use publish::PublishError;
pub use resume::{InvalidOwnId, Start};
pub use selector::{Pattern, Selector};
pub use settings::{History, Settings};
pub use stats::Stats;
pub use subscribe::{Listen, SubscribeError};
pub use subscription::Subscription;
pub use topic::{InvalidTopic, Topic};

pub use tidings_sse::{Event, EventId, EventName};
