//! The machine that was measured, as far as it matters and no further: no names, no addresses.

use std::{fs, thread};

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// The model, as the processor gives it.
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_gib: u64,
    /// Operating system and release of its kernel.
    pub(crate) kernel: String,
    /// Whether the kernel sees that it runs on a virtual machine.
    pub(crate) is_virtual: bool,
}

impl Machine {
    pub(crate) fn read() -> Self {
        let of = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Self::from_proc(
            &of("/proc/cpuinfo"),
            &of("/proc/meminfo"),
            &format!(
                "{} {}",
                of("/proc/sys/kernel/ostype").trim(),
                of("/proc/sys/kernel/osrelease").trim()
            ),
            thread::available_parallelism().map_or(1, usize::from),
        )
    }

    fn from_proc(cpuinfo: &str, meminfo: &str, kernel: &str, cores: usize) -> Self {
        let processor = field(cpuinfo, "model name").unwrap_or("unknown");
        let flags = field(cpuinfo, "flags").unwrap_or_default();
        let memory = field(meminfo, "MemTotal").and_then(|total| total.split(' ').next());
        let memory_kib: u64 = memory.and_then(|kib| kib.parse().ok()).unwrap_or(0);
        Self {
            processor: processor.to_owned(),
            cores,
            memory_gib: memory_kib.div_ceil(1 << 20),
            kernel: kernel.trim().to_owned(),
            is_virtual: flags.split(' ').any(|flag| flag == "hypervisor"),
        }
    }
}

/// The value of the first `name : value` of a file in `/proc`.
fn field<'a>(file: &'a str, name: &str) -> Option<&'a str> {
    file.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_from_proc() {
        let machine = Machine::from_proc(
            "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nflags\t\t: fpu hypervisor lm\n",
            "MemTotal:       16311836 kB\nMemFree: 1 kB\n",
            "Linux 6.1.0",
            2,
        );
        assert_eq!(
            machine,
            Machine {
                processor: "Some CPU @ 2 GHz".into(),
                cores: 2,
                memory_gib: 16,
                kernel: "Linux 6.1.0".into(),
                is_virtual: true,
            }
        );
    }

    #[test]
    fn a_processor_without_a_model_is_unknown() {
        let machine = Machine::from_proc("Hardware : x", "", "", 1);
        assert_eq!(
            (machine.processor.as_str(), machine.is_virtual),
            ("unknown", false)
        );
    }
}
