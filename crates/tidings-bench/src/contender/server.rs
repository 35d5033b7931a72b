//! A contender that runs: started on its cores, waited for, stopped by its process id.

use std::{
    fs::File,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use super::{Contender, Programs};
use crate::{cores, work::Work};

/// A server under test. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

/// Python and Node take their time on a core that is shared.
const START_DEADLINE: Duration = Duration::from_secs(30);

/// After this long, a server that was asked to end is killed.
const STOP_DEADLINE: Duration = Duration::from_secs(3);

/// Between two looks at a process.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

impl Server {
    /// Starts `contender`, with what `work` has it set, at a free port of this machine and waits until it takes connections.
    ///
    /// # Errors
    /// It cannot be started, ends at once, or takes no connections; the text has what it said.
    pub(crate) fn start(
        contender: Contender,
        work: Work,
        programs: &Programs,
        on_cores: &[usize],
        scratch: &Path,
    ) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = contender.command(programs, address, scratch)?;
        let log = scratch.join("server.log");
        let output = File::create(&log).context("cannot write into the scratch directory")?;
        command
            .envs(work.settings().iter().copied())
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let child = cores::on(on_cores, || command.spawn())
            .with_context(|| format!("cannot pin a server to the cores {on_cores:?}"))?
            .with_context(|| format!("cannot start {command:?}"))?;
        let mut server = Self {
            child,
            address,
            log,
        };
        server.wait_until_it_serves()?;
        Ok(server)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    fn wait_until_it_serves(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + START_DEADLINE;
        while TcpStream::connect(self.address).is_err() {
            let ended = self.child.try_wait()?;
            if ended.is_some() || Instant::now() > deadline {
                let said = std::fs::read_to_string(&self.log).unwrap_or_default();
                let how = ended.map_or("does not serve".into(), |status| status.to_string());
                bail!("the server: {how}\n{}", said.trim());
            }
            thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    /// Asks it to end, for nginx has children of its own, and sees to it.
    fn stop(&mut self) -> io::Result<()> {
        ask_to_end(&self.child);
        let deadline = Instant::now() + STOP_DEADLINE;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                self.child.kill()?;
                self.child.wait()?;
                return Ok(());
            }
            thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It fails only where there is no such child any more.
        let _ = self.stop();
    }
}

#[cfg(unix)]
fn ask_to_end(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process};

    // Not waited for yet, so that the id is still its own.
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::TERM);
    }
}

#[cfg(not(unix))]
fn ask_to_end(_: &Child) {}

/// An address that was free just now.
fn free_address() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    Ok(listener.local_addr()?)
}
