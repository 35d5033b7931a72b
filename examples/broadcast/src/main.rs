//! The app of docs/tutorial.md: whatever is posted to it goes to every connected browser.
#![expect(clippy::print_stdout, reason = "it says where it listens")]

use std::{env, io};

use axum::{
    Router,
    extract::{FromRef, State},
    response::Html,
    routing::get,
};
use tidings_axum::{Hub, Problem, publish, serve, subscribe};
use tokio::{net::TcpListener, signal};
use tower_http::services::ServeDir;

use templates::Templates;

mod templates;

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1);
    let address = address.as_deref().unwrap_or("localhost:5000");
    let listener = TcpListener::bind(address).await?;
    println!("Listening at http://{}/", listener.local_addr()?);

    let hub = Hub::new();
    serve(listener, app(hub.clone()), hub)
        .with_graceful_shutdown(interrupt())
        .await
}

/// What the handlers share: each takes the part that it needs.
#[derive(Clone, FromRef)]
struct App {
    hub: Hub,
    templates: Templates,
}

fn app(hub: Hub) -> Router {
    let templates = Templates::new();
    Router::new()
        .route("/", get(index).post(publish))
        .route("/sse", get(subscribe))
        .nest_service("/static", ServeDir::new(STATIC))
        .with_state(App { hub, templates })
}

const STATIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/static");

async fn index(State(templates): State<Templates>) -> Result<Html<String>, Problem> {
    templates.render("index.html")
}

/// Completes when Ctrl-C is pressed.
async fn interrupt() {
    let pressed = signal::ctrl_c().await;
    pressed.expect("a program may listen to its signals");
}
