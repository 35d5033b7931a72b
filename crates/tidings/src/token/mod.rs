//! `tidings token`: makes tokens, and says of one why it is accepted or refused.
//!
//! The keys are those of the server, from the same file and variables, or the one that `--key` gives. [`mint`] prints the
//! token alone to standard output, so that it can be used in a pipe; [`mod@inspect`] tells what the server's answer to a
//! refused token must not.

mod inspect;
mod mint;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde_json::Value as Json;
use tidings_mercure::HubUrl;
use tidings_mercure::token::Algorithm;

use crate::client;
use crate::settings::{self, Config, Key, Value};

/// Make a token, or find out why one is refused
#[derive(Debug, Args)]
#[command(after_help = "\
A token of Mercure 1.0 names who issues it (--issuer) and its hub (--url); one of 0.x (--legacy) need not.
The key is --key, or that of the server, from the same file (--config) and variables as those of `tidings serve`.

Examples:
  tidings token --legacy --publish '*' --key file:secret.txt
  tidings token --issuer https://app.example.com --url https://hub.example.com/.well-known/mercure \\
    --publish https://app.example.com/books/1 --key file:private.pem --algorithm ES256
  tidings token --inspect \"$TOKEN\" --config tidings.toml")]
pub(crate) struct Token {
    /// Topic that the token may publish to, or * for all; may be given more than once
    #[arg(long, value_name = "TOPIC")]
    publish: Vec<String>,

    /// URL Pattern of topics that the token may publish to; may be given more than once
    #[arg(long, value_name = "PATTERN")]
    publish_urlpattern: Vec<String>,

    /// Topic whose private messages the token may read, or * for all; may be given more than once
    #[arg(long, value_name = "TOPIC")]
    subscribe: Vec<String>,

    /// URL Pattern of topics whose private messages the token may read; may be given more than once
    #[arg(long, value_name = "PATTERN")]
    subscribe_urlpattern: Vec<String>,

    /// Data for the subscriptions that the token opens
    #[arg(long, value_name = "JSON", value_parser = json)]
    payload: Option<Json>,

    /// Time until the token expires
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = client::duration)]
    expires: Duration,

    /// Who issues the token (`iss`); without it, the issuer of the settings
    #[arg(id = "token_issuer", long = "issuer", value_name = "ISSUER")]
    issuer: Option<String>,

    /// The hub that the token is for (`aud`), as its clients know it; an origin alone means the hub at
    /// /.well-known/mercure there. Without it, public_url of the settings
    #[arg(long, visible_alias = "audience", value_name = "URL", value_parser = hub_url)]
    url: Option<HubUrl>,

    /// Whom the token is about (`sub`)
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,

    /// Secret or private key to sign with, or file:PATH; to inspect, a secret or public key
    #[arg(
        long,
        value_name = "KEY",
        env = "TIDINGS_TOKEN_KEY",
        hide_env_values = true,
        // PEM begins with dashes.
        allow_hyphen_values = true,
        value_parser = key
    )]
    key: Option<Key>,

    /// Algorithm of --key
    #[arg(
        long,
        visible_alias = "alg",
        value_name = "ALGORITHM",
        default_value = "HS256",
        hide_possible_values = true,
        value_parser = PossibleValuesParser::new(Algorithm::KIND.choices)
    )]
    algorithm: String,

    /// Id of the key, for the header of the token
    #[arg(long, value_name = "ID")]
    kid: Option<String>,

    /// Make a token of Mercure 0.x, in which topics may be URI templates
    #[arg(long)]
    legacy: bool,

    /// Tell what is in this token and why it is accepted or refused; - for standard input
    #[arg(long, value_name = "TOKEN", conflicts_with_all = ["publish", "publish_urlpattern", "subscribe", "subscribe_urlpattern", "payload", "subject", "kid", "legacy"])]
    inspect: Option<String>,
}

/// The definition of the command.
pub(crate) fn command() -> Command {
    Token::augment_args(Command::new("token")).arg(settings::config_flag())
}

/// Does what was asked for.
pub(crate) fn run(
    matches: &ArgMatches,
    environment: &[(OsString, OsString)],
) -> anyhow::Result<ExitCode> {
    let asked = Token::from_arg_matches(matches)?;
    let config = settings::resolve(matches, environment)?;
    match &asked.inspect {
        Some(token) => inspect::run(token, &asked, &config),
        None => mint::run(&asked, &config),
    }
}

impl Token {
    fn algorithm(&self) -> anyhow::Result<Algorithm> {
        Ok(self.algorithm.parse()?)
    }

    /// The hub that tokens are for.
    fn hub<'a>(&'a self, config: &'a Config) -> Option<&'a HubUrl> {
        self.url.as_ref().or(config.public_url.as_ref())
    }
}

fn json(text: &str) -> Result<Json, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("this is not JSON: {error}; write for example {{\"user\": 7}}"))
}

fn hub_url(text: &str) -> Result<HubUrl, String> {
    Value::read(text)
}

/// What is wrong is told without the key, but for the path of its file.
fn key(text: &str) -> Result<Key, String> {
    Value::read(text)
}
