//! What is set about the hub of a test, and how the program is told.

use std::{fmt::Write, process::Stdio};

use tokio::process::Command;

use crate::{
    forge::{HUB, ISSUER, PUBLISHER, SUBSCRIBER},
    server::Server,
};

/// What is set about the hub of a test.
pub(crate) struct Setup {
    pub(crate) anonymous: bool,
    pub(crate) subscriptions: bool,
    /// Whether tokens of 0.x are believed.
    pub(crate) legacy_tokens: bool,
    pub(crate) public_url: Option<&'static str>,
    pub(crate) cookie_name: Option<&'static str>,
    pub(crate) publish_origin: &'static [&'static str],
    pub(crate) allow_origin: &'static [&'static str],
    pub(crate) direct_lane: bool,
    /// More lines of the settings' file: settings first, then tables of issuers.
    pub(crate) more: String,
}

/// Both dialects, tokens for private messages only.
impl Default for Setup {
    fn default() -> Self {
        Self {
            anonymous: true,
            subscriptions: false,
            legacy_tokens: true,
            public_url: Some(HUB),
            cookie_name: None,
            publish_origin: &[],
            allow_origin: &[],
            direct_lane: true,
            more: String::new(),
        }
    }
}

impl Setup {
    pub(crate) async fn start(self) -> Server {
        let settings = tempfile::tempdir().unwrap();
        let file = settings.path().join("tidings.toml");
        std::fs::write(&file, self.file()).unwrap();
        let mut command = tidings();
        command.arg("--config").arg(file);
        Server::of(command, settings).await
    }

    /// The settings, as a file of them. Their texts have neither quotes nor backslashes.
    fn file(&self) -> String {
        let text = |secret| str::from_utf8(secret).unwrap();
        let mut file = format!(
            "listen = '127.0.0.1:0'\nissuer = '{ISSUER}'\npublisher_jwt_key = '{}'\n\
             subscriber_jwt_key = '{}'\nlegacy_tokens = {}\nanonymous = {}\nsubscriptions = {}\n\
             direct_lane = {}\n",
            text(PUBLISHER),
            text(SUBSCRIBER),
            self.legacy_tokens,
            self.anonymous,
            self.subscriptions,
            self.direct_lane,
        );
        let texts = [
            ("public_url", self.public_url),
            ("cookie_name", self.cookie_name),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                writeln!(file, "{name} = '{value}'").unwrap();
            }
        }
        let lists = [
            ("publish_origin", self.publish_origin),
            ("allow_origin", self.allow_origin),
        ];
        for (name, list) in lists {
            if !list.is_empty() {
                writeln!(file, "{name} = {}", serde_json::to_string(list).unwrap()).unwrap();
            }
        }
        file + &self.more
    }
}

/// The program, without the settings of who tests it.
pub(crate) fn tidings() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with("TIDINGS_") || shown.starts_with("MERCURE_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}
