//! The process of the server, as Linux tells of it in `/proc` (proc_pid_stat(5)): CPU time and memory, of it and of all
//! its descendants.
//!
//! What the kernel counts in ticks of 10 ms is too coarse for a server that has little to do. So CPU time is that of the
//! scheduler, in nanoseconds, thread by thread; the ticks stand in where a thread with more of them has ended.

use std::collections::HashMap;
use std::fs;

use anyhow::{Context, ensure};

/// The processes that are measured.
#[derive(Debug)]
pub(super) struct Server {
    pid: u32,
    /// The process and its descendants, as they were when they were last looked for.
    tree: Vec<u32>,
}

impl Server {
    /// # Errors
    /// There is no such process, or no `/proc`.
    pub(super) fn find(pid: u32) -> anyhow::Result<Server> {
        ensure!(
            cfg!(target_os = "linux"),
            "processes are measured through /proc of Linux; leave --server-pid out"
        );
        let mut server = Server {
            pid,
            tree: Vec::new(),
        };
        server.look_again();
        server
            .memory()
            .with_context(|| format!("there is no process {pid} to measure; check --server-pid"))?;
        Ok(server)
    }

    /// Looks for descendants that have come or gone.
    pub(super) fn look_again(&mut self) {
        self.tree = descendants(self.pid, &parents());
    }

    /// The memory in bytes: what is resident. Where there are several processes, each page that they share counts once
    /// (the proportional set size), if we may know that.
    pub(super) fn memory(&self) -> Option<u64> {
        if let [pid] = self.tree[..] {
            return resident(pid);
        }
        self.tree
            .iter()
            .map(|&pid| proportional(pid).or_else(|| resident(pid)))
            .sum()
    }

    /// The CPU time so far, in seconds: in user mode and in the kernel, with that of children that have ended. None if
    /// there is no such process any more.
    pub(super) fn cpu_seconds(&self) -> Option<f64> {
        let each = self.tree.iter().filter_map(|&pid| cpu_seconds(pid));
        each.reduce(|one, other| one + other)
    }

    /// Begins a new peak of memory. Whether the kernel will tell it: of several processes it knows that of each, and not
    /// that of their sum.
    pub(super) fn begin_peak(&self) -> bool {
        let [pid] = self.tree[..] else { return false };
        fs::write(format!("/proc/{pid}/clear_refs"), "5").is_ok()
    }

    /// The most memory since [`begin_peak`](Server::begin_peak), as the kernel has seen it.
    pub(super) fn peak(&self) -> Option<u64> {
        let [pid] = self.tree[..] else { return None };
        kilobytes(&format!("/proc/{pid}/status"), "VmHWM:")
    }
}

fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = stat(pid)?;
    let in_ticks = |fields| Some(cpu_ticks(&stat, fields)? as f64 / ticks_per_second());
    let own = in_ticks(CPU)?.max(scheduled(pid) as f64 / 1e9);
    Some(own + in_ticks(CPU_OF_CHILDREN)?)
}

/// How long the threads of a process have run, in nanoseconds. Nothing where the kernel does not count it.
fn scheduled(pid: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task"));
    let threads = threads.into_iter().flatten().flatten();
    let time = |thread: fs::DirEntry| {
        let counts = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        counts.split_ascii_whitespace().next()?.parse::<u64>().ok()
    };
    threads.filter_map(time).sum()
}

#[cfg(unix)]
fn ticks_per_second() -> f64 {
    rustix::param::clock_ticks_per_second() as f64
}

#[cfg(not(unix))]
fn ticks_per_second() -> f64 {
    1.0
}

/// The process itself, its children, theirs and so on.
fn descendants(pid: u32, parents: &HashMap<u32, u32>) -> Vec<u32> {
    let mut tree = vec![pid];
    let mut next = 0;
    while let Some(&parent) = tree.get(next) {
        let is_new = |child: &u32| !tree.contains(child);
        let children = parents
            .iter()
            .filter(|(_, its_parent)| **its_parent == parent);
        let children: Vec<u32> = children.map(|(child, _)| *child).filter(is_new).collect();
        tree.extend(children);
        next += 1;
    }
    tree
}

/// The parent of every process there is.
fn parents() -> HashMap<u32, u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| Some((pid, field(&stat(pid)?, PARENT)?)))
        .collect()
}

fn stat(pid: u32) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/stat")).ok()
}

/// Fields of `/proc/<pid>/stat`, as the manual counts them.
const PARENT: usize = 4;
const CPU: [usize; 2] = [14, 15];
const CPU_OF_CHILDREN: [usize; 2] = [16, 17];

fn field<T: std::str::FromStr>(stat: &str, number: usize) -> Option<T> {
    // The second is the name of the program in parentheses, and may hold anything.
    let (_, behind_name) = stat.rsplit_once(')')?;
    behind_name
        .split_ascii_whitespace()
        .nth(number - 3)?
        .parse()
        .ok()
}

fn cpu_ticks(stat: &str, fields: [usize; 2]) -> Option<u64> {
    let each = fields.iter().map(|&number| field::<u64>(stat, number));
    each.sum()
}

fn resident(pid: u32) -> Option<u64> {
    kilobytes(&format!("/proc/{pid}/status"), "VmRSS:")
}

fn proportional(pid: u32) -> Option<u64> {
    kilobytes(&format!("/proc/{pid}/smaps_rollup"), "Pss:")
}

/// The value of a line such as `VmRSS:  1234 kB`, in bytes.
fn kilobytes(path: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = value.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(number * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "42 (a) name) S 7 42 42 0 -1 4194304 100 0 0 0 250 50 20 5 20 0 4 0 99 0 0";

    #[test]
    fn fields_are_counted_behind_the_name() {
        assert_eq!(field(STAT, PARENT), Some(7_u32));
        assert_eq!(cpu_ticks(STAT, CPU), Some(300));
        assert_eq!(cpu_ticks(STAT, CPU_OF_CHILDREN), Some(25));
        assert_eq!(cpu_ticks("42 (name) S 7", CPU), None);
    }

    #[test]
    fn descendants_of_descendants_belong_to_it() {
        let parents = HashMap::from([(2, 1), (3, 2), (4, 3), (5, 1), (6, 3), (7, 7)]);
        let mut tree = descendants(2, &parents);
        tree.sort_unstable();
        assert_eq!(tree, [2, 3, 4, 6]);
        assert_eq!(descendants(9, &parents), [9]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_can_be_measured() {
        let server = Server::find(std::process::id()).unwrap();
        assert!(server.memory().unwrap() > 100_000);
        assert!(Server::find(u32::MAX).is_err());
    }

    /// A server that had used less than a tick was taken for one that cannot be measured.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_server_that_has_hardly_run_is_measured() {
        let sleep = std::process::Command::new("sleep").arg("60").spawn();
        let mut sleep = sleep.unwrap();
        let seconds = Server::find(sleep.id()).unwrap().cpu_seconds();
        sleep.kill().unwrap();
        sleep.wait().unwrap();
        assert!((0.0..0.5).contains(&seconds.unwrap()), "{seconds:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_new_peak_forgets_the_one_before() {
        let server = Server::find(std::process::id()).unwrap();
        let high = {
            let memory = std::hint::black_box(vec![1_u8; 64 << 20]);
            server.peak().unwrap() + u64::from(memory[7]) - 1
        };
        assert!(server.begin_peak());
        assert!(server.peak().unwrap() < high);
    }
}
