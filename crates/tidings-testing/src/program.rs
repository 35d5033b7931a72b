//! A program under test: started on a free port, its address learnt from what it prints.

use std::{
    ffi::OsStr,
    path::Path,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::watch,
};

use crate::within;

/// A running program that serves HTTP. Dropping it kills it.
#[derive(Debug)]
pub struct Program {
    child: Child,
    url: String,
    output: Output,
}

/// What the program has printed so far, to either stream, line by line.
#[derive(Debug, Clone)]
struct Output {
    lines: Arc<Mutex<Vec<String>>>,
    changed: watch::Sender<()>,
}

impl Program {
    /// Starts the binary at `path`, with `arguments` that make it listen on a free port, and waits
    /// until it has printed an address of the form `http://host:port`.
    pub async fn start<A: AsRef<OsStr>>(
        path: impl AsRef<Path>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let mut command = Command::new(path.as_ref());
        command.args(arguments);
        Self::start_command(command).await
    }

    /// The same with a command that is set up already: with an environment, a directory.
    pub async fn start_command(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let output = Output::new();
        output.collect(child.stdout.take().expect("it is piped"));
        output.collect(child.stderr.take().expect("it is piped"));
        let url = tokio::select! {
            url = output.wait_for(address) => url,
            ended = child.wait() => panic!("{command:?} ended, {ended:?}:\n{}", output.text()),
        };
        Self { child, url, output }
    }

    /// Where it serves: `http://host:port`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address it serves on: `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.url[SCHEME.len()..]
    }

    /// The port it serves on.
    #[must_use]
    pub fn port(&self) -> u16 {
        let (_, port) = self.url.rsplit_once(':').expect("an address has a port");
        port.parse().expect("it was read as a number")
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child
            .id()
            .expect("it is not waited for before its end")
    }

    /// What it has printed so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.text()
    }

    /// Waits until it has printed a line that contains `text`.
    pub async fn wait_for_output(&self, text: &str) {
        let found = |line: &str| line.contains(text).then_some(());
        self.output.wait_for(found).await;
    }

    /// Interrupts it (SIGINT), as Ctrl-C does.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process id is positive"), signal).expect("it is ours");
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    pub async fn stop(self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.ended().await
    }

    /// Kills it (SIGKILL), as a crash would.
    pub async fn kill(self) {
        self.signal(Signal::KILL);
        self.ended().await;
    }

    /// Waits until it has ended by itself.
    pub async fn ended(mut self) -> ExitStatus {
        let ended = within("the program to end", self.child.wait()).await;
        ended.expect("it is our child")
    }
}

impl Output {
    fn new() -> Self {
        Self {
            lines: Arc::default(),
            changed: watch::Sender::new(()),
        }
    }

    /// Takes what comes from `stream` until its end, so that the program never waits for a reader.
    fn collect(&self, stream: impl AsyncRead + Unpin + Send + 'static) {
        let output = self.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream).split(b'\n');
            while let Ok(Some(line)) = lines.next_segment().await {
                let line = String::from_utf8_lossy(&line).into_owned();
                output.lock().push(line);
                output.changed.send_replace(());
            }
        });
    }

    async fn wait_for<T>(&self, find: impl Fn(&str) -> Option<T>) -> T {
        let mut changed = self.changed.subscribe();
        let finding = async {
            loop {
                if let Some(found) = self.lock().iter().find_map(|line| find(line)) {
                    return found;
                }
                changed.changed().await.expect("the sender is held here");
            }
        };
        within("a line of the program's output", finding).await
    }

    fn text(&self) -> String {
        self.lock().join("\n")
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.lines.lock().expect("no holder of this lock panics")
    }
}

const SCHEME: &str = "http://";

/// The first address of the form `http://host:port` in a line.
fn address(line: &str) -> Option<String> {
    let start = line.find(SCHEME)?;
    let rest = &line[start + SCHEME.len()..];
    let is_end = |c: char| !(c.is_ascii_alphanumeric() || "-.:[]".contains(c));
    let authority = &rest[..rest.find(is_end).unwrap_or(rest.len())];
    let (host, port) = authority.trim_end_matches(['.', ':']).rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    (!host.is_empty() && port > 0).then(|| format!("{SCHEME}{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_is_found_in_any_line() {
        for (line, expected) in [
            (
                "Listening at http://127.0.0.1:5000/",
                "http://127.0.0.1:5000",
            ),
            ("INFO listening address=http://[::1]:80.", "http://[::1]:80"),
            (
                "\u{1b}[32mhttp://localhost:8080\u{1b}[0m",
                "http://localhost:8080",
            ),
        ] {
            assert_eq!(address(line).as_deref(), Some(expected), "{line}");
        }
        for line in [
            "",
            "http://",
            "http://localhost",
            "http://localhost:0/",
            "https://a:1",
        ] {
            assert_eq!(address(line), None, "{line}");
        }
    }
}
