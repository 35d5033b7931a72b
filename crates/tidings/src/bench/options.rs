//! What was asked for on the command line.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use reqwest::Url;

use super::request::Field;
use super::template::Template;
use crate::client::Bearer;

/// Send a load to a server of event streams, and measure what arrives
#[derive(Debug, Args)]
#[command(after_help = "\
Opens subscribers, publishes messages, and tells how many of them arrived, in which order and how late.

Examples:
  tidings bench
  tidings bench --rate 60 --plot latency.svg
  tidings bench --token file:token.txt
  tidings bench --in-flight 64 --server-pid $(pgrep -x tidings)
  tidings bench --subscribers 15000 --idle 10 --server-pid $(pgrep -x tidings)
  tidings bench --subscribers 10000 --storm 100 --server-pid $(pgrep -x tidings)
  tidings bench http://127.0.0.1:8080 --subscribe-path '/sub/{topic}' \\
    --publish-path '/pub/{topic}' --body '{data}' --content-type text/plain")]
pub(crate) struct Bench {
    /// The server
    #[arg(
        value_name = "URL",
        env = "TIDINGS_URL",
        hide_env_values = true,
        default_value = "http://localhost:5000/"
    )]
    pub(super) url: Url,

    /// Connections that listen
    #[arg(long, value_name = "NUMBER", default_value = "1000", value_parser = number(1, 1_000_000))]
    pub(super) subscribers: u32,

    /// Messages to publish; without it, those of 10 s at the rate, or 10000 where there is none
    #[arg(long, value_name = "NUMBER", value_parser = number(1, 1_000_000_000))]
    messages: Option<u32>,

    /// Messages per second, at fixed times however late the answers come; without it, as fast as they come
    #[arg(long, value_name = "PER_SECOND", value_parser = positive)]
    pub(super) rate: Option<f64>,

    /// Publish requests under way at a time, each on a connection of its own
    #[arg(long, value_name = "NUMBER", default_value = "1", value_parser = number(1, 1000))]
    pub(super) in_flight: u32,

    /// Size of the data of each message; more where its number and time need it
    #[arg(long, value_name = "BYTES", default_value = "64", value_parser = number(1, 16 << 20))]
    pub(super) size: u32,

    /// Topics: each subscriber listens to one of them, and each message goes to one, in turn
    #[arg(long, value_name = "NUMBER", default_value = "1", value_parser = number(1, 1_000_000))]
    pub(super) topics: u32,

    /// Where to subscribe; {topic} stands for the topic
    #[arg(long, value_name = "PATH", default_value = "/sse?topic={topic}", value_parser = path)]
    pub(super) subscribe_path: Template,

    /// Where to publish; {topic} stands for the topic
    #[arg(long, value_name = "PATH", default_value = "/", value_parser = path)]
    pub(super) publish_path: Template,

    /// Body of a publish request; {data} and {topic} stand for those of the message
    #[arg(long, value_name = "TEXT", default_value = r#"{"message": "{data}", "topic": "{topic}"}"#, value_parser = body)]
    pub(super) body: Template,

    /// Field for the head of every request; may be given more than once
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = Field::read)]
    pub(super) fields: Vec<Field>,

    #[command(flatten)]
    pub(super) bearer: Bearer,

    /// Type of the body of a publish request
    #[arg(long, value_name = "TYPE", default_value = "application/json", value_parser = content_type)]
    pub(super) content_type: String,

    /// Publish nothing: connect, wait so long, and measure the memory of the server
    #[arg(long, value_name = "SECONDS", value_parser = positive)]
    pub(super) idle: Option<f64>,

    /// A reconnect storm: all subscribers are cut off, miss so many messages, and return at once, each with its
    /// Last-Event-ID; measures the time until all have what they missed, and one message more
    #[arg(
        long,
        value_name = "MESSAGES",
        value_parser = number(1, 1_000_000_000),
        conflicts_with_all = ["messages", "rate", "idle", "stalled", "bystanders"]
    )]
    pub(super) storm: Option<u32>,

    /// Further subscribers, which never read
    #[arg(long, value_name = "NUMBER", default_value = "0", value_parser = number(0, 1_000_000))]
    pub(super) stalled: u32,

    /// Further subscribers, to topics that nothing is published to
    #[arg(long, value_name = "NUMBER", default_value = "0", value_parser = number(0, 1_000_000))]
    pub(super) bystanders: u32,

    /// Topics of the bystanders; if they are more than these, each bystander listens to several
    #[arg(long, value_name = "NUMBER", default_value = "1", value_parser = number(1, 1_000_000))]
    pub(super) bystander_topics: u32,

    /// Process of the server: measure its CPU time and memory, with those of its descendants
    #[arg(long, value_name = "PID", value_parser = number(1, i64::from(i32::MAX) as u64))]
    pub(super) server_pid: Option<u32>,

    /// Connections to open per second; without it as fast as they are answered, 100 at a time, and those that return in a
    /// storm all at once
    #[arg(long, value_name = "PER_SECOND", value_parser = positive)]
    pub(super) connect_rate: Option<f64>,

    /// Print the figures as an object of JSON
    #[arg(long)]
    pub(super) json: bool,

    /// Write a plot of the latencies to this file, as SVG
    #[arg(long, value_name = "FILE")]
    pub(super) plot: Option<PathBuf>,

    /// Allow a server that is not on this machine
    #[arg(long)]
    pub(super) beyond_loopback: bool,
}

/// How long a run with a rate publishes if nothing else is said, in seconds.
const DEFAULT_SECONDS: f64 = 10.0;

/// How many messages a run without a rate publishes if nothing else is said.
const DEFAULT_MESSAGES: u32 = 10_000;

impl Bench {
    /// How many messages to publish, but in a storm.
    pub(super) fn messages(&self) -> u32 {
        match (self.idle, self.messages, self.rate) {
            (Some(_), _, _) => 0,
            (None, Some(messages), _) => messages,
            (None, None, None) => DEFAULT_MESSAGES,
            // Saturates, and is one at least.
            (None, None, Some(rate)) => ((rate * DEFAULT_SECONDS).round() as u32).max(1),
        }
    }

    /// Connections that listen and read.
    pub(super) fn listeners(&self) -> u32 {
        self.subscribers + self.bystanders
    }

    /// Connections that listen, whether they read or not.
    pub(super) fn streams(&self) -> u32 {
        self.listeners() + self.stalled
    }

    /// What cannot be done as it was asked for, and what to do.
    pub(super) fn conflict(&self) -> Option<String> {
        let publishes_by_topic = self.publish_path.has_topic() || self.body.has_topic();
        let topics = self.topics + self.bystander_topics.min(self.bystanders);
        if topics > 1 && !(self.subscribe_path.has_topic() && publishes_by_topic) {
            return Some(format!(
                "there are {topics} topics, but not all requests name theirs; put {{topic}} into \
                 --subscribe-path, and into --publish-path or --body"
            ));
        }
        let have_several = self.bystanders > 0 && self.bystander_topics > self.bystanders;
        (have_several && !self.subscribe_path.takes_several_topics()).then(|| {
            "bystanders have several topics each, but --subscribe-path has no place for them; put {topic} into its \
             query, as in /sse?topic={topic}"
                .to_owned()
        })
    }
}

fn number(least: u64, greatest: u64) -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(least..=greatest)
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (0.001..=1e9).contains(&number) => Ok(number),
        _ => Err("write a number from 0.001 to 1000000000".to_owned()),
    }
}

fn path(text: &str) -> Result<Template, String> {
    if !text.starts_with('/') || text.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(
            "a path begins with a slash and has no spaces; write for example /sse?topic={topic}"
                .to_owned(),
        );
    }
    Ok(Template::new(text))
}

fn body(text: &str) -> Result<Template, String> {
    let template = Template::new(text);
    if !template.has_data() {
        return Err(
            "messages could not be told apart: put {data} where the data of the message goes"
                .to_owned(),
        );
    }
    Ok(template)
}

fn content_type(text: &str) -> Result<String, String> {
    Field::read(&format!("Content-Type: {text}")).map(|_| text.to_owned())
}
