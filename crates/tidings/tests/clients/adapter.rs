//! A client that runs, and what it receives.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde::Deserialize;
use serde_json::Value;
use tidings_sse::{Decoded, Decoder};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
};

use crate::{
    client::{Client, RunsAs},
    waiting::soon,
};

/// The reconnection time of the one client that has none, nor an adapter to have it.
const CURL_RECONNECTS_AFTER: Duration = Duration::from_millis(100);

/// An event as a client received it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Received {
    pub(crate) id: String,
    pub(crate) event: String,
    pub(crate) data: String,
}

/// A client in a process of its own, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Adapter {
    name: &'static str,
    received: UnboundedReceiver<Received>,
    reading: JoinHandle<()>,
    /// What it wrote to standard error, for the message of a failure.
    errors: Arc<Mutex<String>>,
}

impl Adapter {
    /// Starts `client`, to follow the stream at `url`.
    pub(crate) fn start(client: &Client, url: &str) -> Self {
        let (sender, received) = unbounded_channel();
        let errors = Arc::default();
        let reading = match client.runs_as {
            RunsAs::Node(script) => spawn_adapter(&node(), "npm", script, url, sender, &errors),
            RunsAs::Python(script) => {
                spawn_adapter(&python(), "pypi", script, url, sender, &errors)
            }
            RunsAs::Curl => tokio::spawn(follow_with_curl(url.to_owned(), sender)),
        };
        Self {
            name: client.name,
            received,
            reading,
            errors,
        }
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> Received {
        let what = format!("{}, to receive an event", self.name);
        soon(&what, self.received.recv())
            .await
            .unwrap_or_else(|| panic!("{} ended: {}", self.name, self.errors.lock().unwrap()))
    }

    /// An event that has been received and not been taken.
    pub(crate) fn left_over(&mut self) -> Option<Received> {
        self.received.try_recv().ok()
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        // It owns the process, which is killed with it.
        self.reading.abort();
    }
}

/// Runs an adapter to its end, and returns the one line that it prints.
pub(crate) async fn answer_of(runs_as: RunsAs, arguments: &[&str]) -> Value {
    let (interpreter, script) = match runs_as {
        RunsAs::Node(script) => (node(), folder("npm").join(script)),
        RunsAs::Python(script) => (python(), folder("pypi").join(script)),
        RunsAs::Curl => panic!("curl has no adapter"),
    };
    let mut command = Command::new(interpreter);
    let child = spawn(command.arg(script).args(arguments));
    let output = soon("an adapter to end", child.wait_with_output()).await;
    let output = output.unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("no answer of {command:?}: {error}; {output:?}");
    })
}

/// The folder of the adapters and of what they need.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/clients")
        .join(name)
}

/// Node.js, which comes with the Python packages: the newest clients need a newer one than many systems have.
pub(crate) fn node() -> PathBuf {
    folder("pypi/.venv/bin/node")
}

pub(crate) fn python() -> PathBuf {
    folder("pypi/.venv/bin/python")
}

fn spawn_adapter(
    interpreter: &Path,
    package: &str,
    script: &str,
    url: &str,
    sender: UnboundedSender<Received>,
    errors: &Arc<Mutex<String>>,
) -> JoinHandle<()> {
    let mut child = spawn(
        Command::new(interpreter)
            .arg(folder(package).join(script))
            .arg(url),
    );
    let mut stderr = child.stderr.take().unwrap();
    let errors = errors.clone();
    tokio::spawn(async move {
        let mut text = String::new();
        let _ = stderr.read_to_string(&mut text).await;
        *errors.lock().unwrap() = text;
    });
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    tokio::spawn(async move {
        let _child = child;
        while let Some(line) = lines.next_line().await.unwrap() {
            let event = serde_json::from_str(&line).unwrap();
            if sender.send(event).is_err() {
                return;
            }
        }
    })
}

/// curl shows bytes and ends with the stream: decoding, and connecting again with the last id, are done here.
async fn follow_with_curl(url: String, sender: UnboundedSender<Received>) {
    let mut decoder = Decoder::new();
    loop {
        let mut command = Command::new("curl");
        command.args(["--silent", "--no-buffer", &url]);
        if !decoder.last_event_id().is_empty() {
            let header = format!("Last-Event-ID: {}", decoder.last_event_id());
            command.args(["--header", &header]);
        }
        let mut child = spawn(&mut command);
        decode(&mut decoder, child.stdout.take().unwrap(), &sender).await;
        decoder.restart();
        tokio::time::sleep(CURL_RECONNECTS_AFTER).await;
    }
}

async fn decode(
    decoder: &mut Decoder,
    mut stdout: ChildStdout,
    sender: &UnboundedSender<Received>,
) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let length = stdout.read(&mut buffer).await.unwrap();
        if length == 0 {
            return;
        }
        let mut input = &buffer[..length];
        while let Some(item) = decoder.decode(&mut input).unwrap() {
            if let Decoded::Message(message) = item {
                // Where nobody listens any more this task is about to be aborted.
                let _ = sender.send(Received {
                    id: message.last_event_id.to_string(),
                    event: message.name,
                    data: message.data,
                });
            }
        }
    }
}

fn spawn(command: &mut Command) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}; run ./test once"))
}
