//! The tidings broadcast hub for [axum]: publish over HTTP, subscribe with server-sent events.
//!
//! A whole broadcast app:
//!
//! ```no_run
//! use axum::{Router, response::Html, routing::get};
//! use tidings_axum::{Hub, publish, serve, subscribe};
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let hub = Hub::new();
//!     let app = Router::new()
//!         .route("/", get(page).post(publish))
//!         .route("/sse", get(subscribe))
//!         .with_state(hub.clone());
//!     let listener = tokio::net::TcpListener::bind("localhost:5000").await?;
//!     serve(listener, app, hub).await
//! }
//!
//! async fn page() -> Html<&'static str> {
//!     Html("<ul id=messages></ul><script>
//!         new EventSource('/sse').onmessage = event => {
//!             const item = document.createElement('li');
//!             item.textContent = event.data;
//!             document.querySelector('#messages').append(item);
//!         };
//!     </script>")
//! }
//! ```
//!
//! ```text
//! curl -d '{"message": "hello"}' -H 'Content-Type: application/json' http://localhost:5000/
//! ```
//!
//! * [`publish`], [`subscribe`], [`health`] and [`stats`] are handlers for any axum app whose state
//!   yields a [`Hub`]; [`router`] puts them at the paths of the `tidings` program.
//! * [`serve`] runs an app as the program does: with limits on connections and requests, an end to
//!   sockets that take nothing, and a drain that clients survive. The handlers also work under
//!   `axum::serve`, which has none of these.
//! * Every refusal is a [`Problem`] (RFC 9457) that says what to do.

mod accept;
mod body;
mod cors;
mod health;
mod lane;
mod message;
mod problem;
mod publish;
mod router;
mod serve;
mod settings;
mod shed;
mod subscribe;

pub use cors::{InvalidOrigin, cors};
pub use health::{health, stats};
pub use problem::Problem;
pub use publish::publish;
pub use router::router;
pub use serve::{Serve, serve};
pub use settings::{PublishSettings, ServeSettings};
pub use subscribe::subscribe;

pub use tidings_hub::{
    Event, EventId, EventName, History, Hub, Message, Settings, Start, Subscription, Topic,
};
