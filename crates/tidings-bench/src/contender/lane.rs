//! Whether tidings serves on the lane that it is measured for.
//!
//! It chooses the lane by itself, stream by stream, and every subscriber is served well on either: figures alone would
//! not show that the direct lane was off, and once it was. So while the load runs, `GET /stats` is asked until all
//! subscribers are connected, and then must say of all or of none of them that they are written to directly. A run for
//! which it never does has failed.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use serde::Deserialize;

use super::{Contender, Server};

/// Asks, until it has seen what has to be.
#[derive(Debug)]
pub(crate) struct LaneCheck {
    address: SocketAddr,
    /// Connections of the load.
    subscribers: u64,
    /// How many of them have to be on the direct lane.
    direct: u64,
    asked: Option<Instant>,
    /// The answer that told of the most subscribers; of several, the last.
    seen: Option<Stats>,
}

/// What the check needs of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
struct Stats {
    subscribers: u64,
    direct: u64,
}

/// Between two questions: seldom enough to cost nothing, often enough for the shortest of all loads.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// A server with much to do may take this long for an answer.
const PATIENCE: Duration = Duration::from_secs(1);

impl LaneCheck {
    /// For a load of so many subscribers; none for those who have no lanes.
    pub(crate) fn of(contender: Contender, server: &Server, subscribers: u64) -> Option<Self> {
        let direct = match contender {
            Contender::Direct => subscribers,
            Contender::Body => 0,
            _ => return None,
        };
        Some(Self {
            address: server.address(),
            subscribers,
            direct,
            asked: None,
            seen: None,
        })
    }

    /// Asks, unless it has just done so, or has seen enough.
    pub(crate) fn look(&mut self) {
        if self.is_right() || self.asked.is_some_and(|asked| asked.elapsed() < ASK_AGAIN) {
            return;
        }
        self.asked = Some(Instant::now());
        let Ok(stats) = ask(self.address) else { return };
        // While they come and go there is nothing to be learnt: what counts is when the most were there.
        if self
            .seen
            .is_none_or(|seen| stats.subscribers >= seen.subscribers)
        {
            self.seen = Some(stats);
        }
    }

    /// What it has seen, with the load behind it.
    ///
    /// # Errors
    /// It was not what has to be; the text says what it was.
    pub(crate) fn verdict(self) -> anyhow::Result<()> {
        match self.seen {
            _ if self.is_right() => Ok(()),
            Some(Stats {
                subscribers,
                direct,
            }) => bail!(
                "measured on the wrong lane: {} of {} subscribers were to be on the direct lane, and GET /stats said \
                 that {direct} of {subscribers} were",
                self.direct,
                self.subscribers
            ),
            None => bail!("GET /stats did not say on which lane the subscribers were"),
        }
    }

    fn is_right(&self) -> bool {
        let right = Stats {
            subscribers: self.subscribers,
            direct: self.direct,
        };
        self.seen == Some(right)
    }
}

fn ask(address: SocketAddr) -> anyhow::Result<Stats> {
    let mut socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let request = format!("GET /stats HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes())?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").context("no answer")?;
    Ok(serde_json::from_str(body)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verdict of one for whom `direct` of 5 have to be on the direct lane.
    fn verdict(direct: u64, seen: Option<(u64, u64)>) -> Result<(), String> {
        let check = LaneCheck {
            address: ([127, 0, 0, 1], 1).into(),
            subscribers: 5,
            direct,
            asked: None,
            seen: seen.map(|(subscribers, direct)| Stats {
                subscribers,
                direct,
            }),
        };
        check.verdict().map_err(|error| error.to_string())
    }

    /// The direct lane was once off in silence, and its figures were those of the body lane.
    #[test]
    fn a_lane_that_is_off_fails_the_run() {
        assert_eq!(verdict(5, Some((5, 5))), Ok(()));
        let off = verdict(5, Some((5, 0))).unwrap_err();
        assert!(off.ends_with("said that 0 of 5 were"), "{off}");
        assert_eq!(verdict(0, Some((5, 0))), Ok(()));
        assert!(verdict(0, Some((5, 1))).is_err());
    }

    #[test]
    fn what_was_never_seen_is_not_right() {
        assert!(verdict(0, None).is_err());
        assert!(verdict(0, Some((4, 0))).is_err());
    }
}
