//! The program on a free port, and what a client does with it.

use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tidings_mercure::PATH;
use tidings_testing::{
    Program,
    http::{Connection, Head, Response},
};
use tokio::process::Command;

use crate::{
    forge::may_publish,
    setup::{Setup, tidings},
};

/// The program, on a free port. Dropping it kills it.
pub(crate) struct Server {
    pub(crate) address: String,
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "only Linux tells its memory")
    )]
    program: Program,
    _settings: TempDir,
}

/// An event stream.
pub(crate) struct Stream {
    pub(crate) head: Head,
    connection: Connection,
    received: String,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Setup::default().start().await
    }

    /// One that asks readers for a token, too.
    pub(crate) async fn closed() -> Self {
        let setup = Setup {
            anonymous: false,
            ..Setup::default()
        };
        setup.start().await
    }

    /// One that believes no tokens of 0.x.
    pub(crate) async fn of_new_tokens() -> Self {
        let setup = Setup {
            legacy_tokens: false,
            ..Setup::default()
        };
        setup.start().await
    }

    /// One that tells of subscriptions.
    pub(crate) async fn announcing() -> Self {
        Self::announcing_on_lane(true).await
    }

    /// The same, that uses the direct lane, or leaves it.
    pub(crate) async fn announcing_on_lane(direct_lane: bool) -> Self {
        let setup = Setup {
            subscriptions: true,
            direct_lane,
            ..Setup::default()
        };
        setup.start().await
    }

    /// One that uses the direct lane, or leaves it.
    pub(crate) async fn on_lane(direct_lane: bool) -> Self {
        let setup = Setup {
            direct_lane,
            ..Setup::default()
        };
        setup.start().await
    }

    /// One with these lines in its settings' file.
    pub(crate) async fn with(more: &str) -> Self {
        let setup = Setup {
            more: more.to_owned(),
            ..Setup::default()
        };
        setup.start().await
    }

    /// One that is told of these variables and nothing else.
    pub(crate) async fn by_environment(variables: &[(&str, &str)]) -> Self {
        let mut command = tidings();
        command.args(["--listen", "127.0.0.1:0"]);
        command.envs(variables.iter().copied());
        Self::of(command, tempfile::tempdir().unwrap()).await
    }

    pub(crate) async fn of(command: Command, settings: TempDir) -> Self {
        let program = Program::start_command(command).await;
        Self {
            address: program.address().to_owned(),
            program,
            _settings: settings,
        }
    }

    /// The peak of its resident memory, in KiB.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = format!("/proc/{}/status", self.program.pid());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap()
    }

    /// One request on a connection of its own, to its end.
    pub(crate) async fn ask(
        &self,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let mut connection = Connection::open(&self.address).await;
        connection.request(method, target, fields, body).await;
        // A stream where an answer was expected would go on and on.
        tidings_testing::within("the end of an answer", connection.response()).await
    }

    /// The head that a `HEAD` is answered with.
    pub(crate) async fn head(&self, target: &str, fields: &[(&str, &str)]) -> Head {
        let mut connection = Connection::open(&self.address).await;
        connection.request("HEAD", target, fields, "").await;
        connection.head().await
    }

    /// The status of a stream, which is left at once.
    pub(crate) async fn head_of_a_stream(&self) -> u16 {
        let mut connection = Connection::open(&self.address).await;
        let target = format!("{PATH}?match=a");
        connection.request("GET", &target, &[], "").await;
        connection.head().await.status
    }

    /// `GET` of this query, where it is refused.
    pub(crate) async fn get(&self, query: &str, fields: &[(&str, &str)]) -> Response {
        self.ask("GET", &format!("{PATH}?{query}"), fields, "")
            .await
    }

    /// `POST` of this form.
    pub(crate) async fn post(&self, form: &str, fields: &[(&str, &str)]) -> Response {
        let mut fields = fields.to_vec();
        fields.push(FORM);
        self.ask("POST", PATH, &fields, form).await
    }

    /// `POST` of this form by this token.
    pub(crate) async fn post_as(&self, token: &str, form: &str) -> Response {
        let bearer = format!("Bearer {token}");
        self.post(form, &[("Authorization", &bearer)]).await
    }

    /// Publishes this form, with every right; returns the id.
    pub(crate) async fn publish(&self, form: &str) -> String {
        let answer = self.post_as(&may_publish(&["*"]), form).await;
        assert_eq!(answer.status(), 200, "{form}: {}", answer.text());
        answer.text().to_owned()
    }

    /// Opens a stream with this query.
    pub(crate) async fn subscribe(&self, query: &str) -> Stream {
        self.subscribe_with(query, &[]).await
    }

    /// The same, by this token.
    pub(crate) async fn subscribe_as(&self, token: &str, query: &str) -> Stream {
        let bearer = format!("Bearer {token}");
        self.subscribe_with(query, &[("Authorization", &bearer)])
            .await
    }

    pub(crate) async fn subscribe_with(&self, query: &str, fields: &[(&str, &str)]) -> Stream {
        self.open("GET", &format!("{PATH}?{query}"), fields, "")
            .await
    }

    /// Opens a stream, whose first bytes are a comment.
    pub(crate) async fn open(
        &self,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
        body: &str,
    ) -> Stream {
        let mut connection = Connection::open(&self.address).await;
        connection.request(method, target, fields, body).await;
        let head = connection.head().await;
        if head.status != 200 {
            let length = head.field("content-length").is_some();
            panic!("{method} {target}: {head:?}, has a length: {length}");
        }
        assert_eq!(head.field("content-type"), Some("text/event-stream"));
        let opening = connection.chunk().await;
        assert_eq!(opening.as_deref(), Some(b":\n".as_slice()));
        Stream {
            head,
            connection,
            received: String::new(),
        }
    }
}

impl Stream {
    /// The next event as it is on the wire, with the blank line that ends it and without comments;
    /// `None` at the proper end of the stream.
    pub(crate) async fn next(&mut self) -> Option<String> {
        // Comments would keep a test alive for ever that waits for an event.
        tidings_testing::within("an event", self.event()).await
    }

    async fn event(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.received.find("\n\n") {
                let event: String = self.received.drain(..end + 2).collect();
                let is_field = |line: &&str| !line.starts_with(':');
                return Some(event.split_inclusive('\n').filter(is_field).collect());
            }
            let chunk = self.connection.chunk().await?;
            self.received += str::from_utf8(&chunk).unwrap();
        }
    }

    /// The id of the next event.
    pub(crate) async fn next_id(&mut self) -> String {
        let event = self.next().await.expect("an event");
        let id = event.lines().find_map(|line| line.strip_prefix("id: "));
        id.expect("every event has an id").to_owned()
    }

    /// The next event's JSON, after a look at the lines in front of it.
    pub(crate) async fn next_json(&mut self, name: Option<&str>) -> Value {
        let event = self.next().await.expect("an event");
        let found = event.lines().find_map(|line| line.strip_prefix("event: "));
        assert_eq!(found, name, "{event}");
        let data = event.lines().find_map(|line| line.strip_prefix("data: "));
        serde_json::from_str(data.expect("it has data")).unwrap()
    }

    /// The next chunk as it comes.
    pub(crate) async fn chunk(&mut self) -> Option<String> {
        let chunk = self.connection.chunk().await?;
        Some(String::from_utf8(chunk).unwrap())
    }

    /// The cursors in the head, which both dialects' headers give alike.
    pub(crate) fn cursor(&self) -> Option<&str> {
        let cursor = self.head.field("mercure-last-event-id");
        assert_eq!(cursor, self.head.field("last-event-id"));
        cursor
    }
}

pub(crate) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// Far more than anything takes that is not wrong.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// The `detail` of a problem, after a look at its form.
pub(crate) fn detail(answer: &Response) -> String {
    assert_eq!(
        answer.head.field("content-type"),
        Some("application/problem+json"),
        "{answer:?}"
    );
    let problem: Value = serde_json::from_str(answer.text()).unwrap();
    assert_eq!(problem["status"], answer.status());
    problem["detail"].as_str().unwrap().to_owned()
}

/// A text as a value of a form.
pub(crate) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
