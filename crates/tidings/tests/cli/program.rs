//! The program, run with a deadline: a test that would hang fails instead.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// After this the program is taken to hang. Far more than any test needs, also on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A run of the program that has not ended yet.
pub(crate) struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

/// A run of the program that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The exit code; none if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program with these arguments, and no settings in its environment.
pub(crate) fn tidings(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with("TIDINGS_") || shown.starts_with("MERCURE_") {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Finished {
    start(tidings(arguments)).finish()
}

/// Starts a run.
pub(crate) fn start(mut command: Command) -> Running {
    let mut child = command.spawn().unwrap();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    Running {
        stdout: lines(stdout),
        stderr: lines(stderr),
        child,
    }
}

/// Sends on the lines of a pipe, each with its line end.
fn lines(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let Some(pipe) = pipe else { return };
        let mut pipe = BufReader::new(pipe);
        loop {
            let mut line = String::new();
            if pipe.read_line(&mut line).unwrap() == 0 || sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Running {
    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line of standard output, without its end.
    pub(crate) fn next_line(&self) -> String {
        self.stdout
            .recv_timeout(DEADLINE)
            .expect("a line of output")
            .trim_end_matches('\n')
            .to_owned()
    }

    /// The next line of standard error, without its end.
    pub(crate) fn next_error_line(&self) -> String {
        self.stderr
            .recv_timeout(DEADLINE)
            .expect("a line of errors")
            .trim_end_matches('\n')
            .to_owned()
    }

    /// Writes to standard input, which stays open.
    pub(crate) fn write(&mut self, text: &str) {
        self.child
            .stdin
            .as_mut()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }

    /// Sends a signal, by its name as in `INT`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end. What was read of the output before is not in it any more.
    pub(crate) fn finish(mut self) -> Finished {
        drop(self.child.stdin.take());
        let (stdout, stderr) = (all(&self.stdout), all(&self.stderr));
        // Both outputs are closed: the process is ending.
        let code = self.child.wait().unwrap().code();
        Finished {
            code,
            stdout,
            stderr,
        }
    }
}

fn all(lines: &Receiver<String>) -> String {
    let mut text = String::new();
    loop {
        match lines.recv_timeout(DEADLINE) {
            Ok(line) => text.push_str(&line),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return text,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                panic!("the program hangs; so far it said: {text}")
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After a failed assertion; otherwise it has ended.
        let _ = self.child.kill();
    }
}
