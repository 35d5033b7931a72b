//! `tidings-bench`: tidings side by side with a bare `send()` loop and with its peers.
//!
//! The way of a comparison: [`compare`] goes through the rounds; in each, every [`work`] is done, at its [`scale`], with every
//! [`contender`], which is started on cores of its own ([`cores`]) and put under [`load`] by `tidings bench`,
//! in one of the works beside subscribers that have [`stalled`]. What comes
//! out is kept ([`results`]), with the [`machine`] it came from, condensed ([`statistics`]), held against the [`bar`],
//! and written down ([`report`]) as `docs/performance.md`. Two contenders live in here ([`serve`]): the floor, and what
//! a Rust user writes today.
//!
//! What matching costs the engine without sockets, [`patterns`] measures.
//!
//! Nothing here is published, and nothing that tidings is made of depends on it.

mod bar;
mod cli;
mod compare;
mod contender;
mod cores;
mod load;
mod machine;
mod patterns;
mod report;
mod results;
mod scale;
mod serve;
mod stalled;
mod statistics;
mod work;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::say(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
