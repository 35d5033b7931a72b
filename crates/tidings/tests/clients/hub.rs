//! The program under test.

use serde_json::{Value, json};
use tidings_testing::{Program, http};
use tokio::process::Command;

use crate::proxy::Target;

/// A running hub, whose history lasts as long as it does.
#[derive(Debug)]
pub(crate) struct Hub {
    program: Program,
}

impl Hub {
    /// Starts one, with heartbeats as often as the program allows.
    pub(crate) async fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TIDINGS_") {
                command.env_remove(name);
            }
        }
        command.args(["--listen", "127.0.0.1:0", "--heartbeat", "1s"]);
        Self {
            program: Program::start_command(command).await,
        }
    }

    /// Where it serves.
    pub(crate) fn target(&self) -> Target {
        Target::Tcp(self.authority())
    }

    /// `host:port`.
    pub(crate) fn authority(&self) -> String {
        self.program.address().to_owned()
    }

    /// A way to publish, to be given away.
    pub(crate) fn publisher(&self, topic: &str) -> Publisher {
        Publisher {
            url: format!("{}/", self.program.url()),
            topic: topic.to_owned(),
        }
    }
}

/// Publishes to one topic.
#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    url: String,
    topic: String,
}

impl Publisher {
    /// Publishes, and returns the id of the event.
    pub(crate) async fn publish(&self, mut request: Value) -> String {
        request["topic"] = json!(self.topic);
        let response = http::post_json(&self.url, &request.to_string()).await;
        assert_eq!((response.status(), response.text()), (200, "true"));
        response.head.field("event-id").unwrap().to_owned()
    }
}
