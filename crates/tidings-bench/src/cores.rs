//! Which cores a process may run on.
//!
//! A child inherits the affinity of the thread that starts it, so this thread takes the child's cores while it starts it
//! and gives them back afterwards: nothing is run between fork and exec, and no other program is needed.

use std::io;

use serde::{Deserialize, Serialize};

/// The cores of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cores {
    /// The server, where it has one.
    pub(crate) server: Vec<usize>,
    /// The server, where it has two. On a machine with two cores, the second is the generator's.
    pub(crate) two_for_server: Vec<usize>,
    pub(crate) generator: Vec<usize>,
}

impl Cores {
    /// Shares out the cores of a machine that has `available`.
    pub(crate) fn share(server: usize, generator: Option<usize>, available: usize) -> Self {
        let generator = generator.unwrap_or((server + 1) % available.max(1));
        let free = (0..available).find(|core| ![server, generator].contains(core));
        Self {
            server: vec![server],
            two_for_server: vec![server, free.unwrap_or(generator)],
            generator: vec![generator],
        }
    }

    /// Whether server and generator get into each other's way where the server has two cores.
    pub(crate) fn two_are_shared(&self) -> bool {
        let generator = &self.generator;
        self.two_for_server
            .iter()
            .any(|core| generator.contains(core))
    }
}

/// Runs `start` such that the processes it starts may run on `cores` only.
///
/// # Errors
/// There is no such core, this program may not use it, or this is not Linux.
#[cfg(target_os = "linux")]
pub(crate) fn on<T>(cores: &[usize], start: impl FnOnce() -> T) -> io::Result<T> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let mut wanted = CpuSet::new();
    for core in cores.iter().filter(|core| **core < CpuSet::MAX_CPU) {
        wanted.set(*core);
    }
    let before = sched_getaffinity(None)?;
    sched_setaffinity(None, &wanted)?;
    let started = start();
    sched_setaffinity(None, &before)?;
    Ok(started)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn on<T>(_: &[usize], _: impl FnOnce() -> T) -> io::Result<T> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "processes are pinned to cores on Linux only; run the comparison there",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_core_is_the_second_of_the_server() {
        let cores = Cores::share(0, None, 4);
        assert_eq!(cores.two_for_server, [0, 2]);
        assert!(!cores.two_are_shared());
    }

    #[test]
    fn without_a_third_core_the_second_is_shared() {
        let cores = Cores::share(1, None, 2);
        assert_eq!(cores.two_for_server, [1, 0]);
        assert!(cores.two_are_shared());
    }

    #[test]
    fn a_single_core_is_everybodys() {
        let cores = Cores::share(0, None, 1);
        assert_eq!((cores.server, cores.generator), (vec![0], vec![0]));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_child_has_the_cores_it_was_started_on() {
        let status = || {
            std::process::Command::new("cat")
                .arg("/proc/self/status")
                .output()
        };
        let output = on(&[0], status).unwrap().unwrap();
        let status = String::from_utf8(output.stdout).unwrap();
        assert!(status.contains("Cpus_allowed_list:\t0\n"), "{status}");
    }
}
