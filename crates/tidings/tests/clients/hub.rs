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
        Self::start_with(&[], &[]).await
    }

    /// The same, with variables and more arguments.
    pub(crate) async fn start_with(variables: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut command = command();
        command.args(["--listen", "127.0.0.1:0", "--heartbeat", "1s"]);
        command.args(arguments).envs(variables.iter().copied());
        Self {
            program: Program::start_command(command).await,
        }
    }

    /// Where it speaks the Mercure protocol.
    pub(crate) fn mercure(&self) -> String {
        format!("{}/.well-known/mercure", self.program.url())
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

/// The program, without settings from elsewhere.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with("TIDINGS_") || shown.starts_with("MERCURE_") {
            command.env_remove(name);
        }
    }
    command
}

/// A token that `tidings token` makes with these arguments.
pub(crate) async fn mint(arguments: &[&str]) -> String {
    let output = command().arg("token").args(arguments).output().await;
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
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
