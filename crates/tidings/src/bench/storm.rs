//! A reconnect storm: all subscribers are gone at once, miss messages, and are back at once.
//!
//! It is what a hub goes through when a proxy before it restarts, or a network comes back. First every subscriber gets a
//! message, so that it has an id to return with. Then all connections are reset, and as many messages are published as
//! are to be missed. What is measured begins with the first that returns: until all streams are open, until everybody has
//! what it missed, and until one message more has come to everybody, which shows that all are live again.
//!
//! They do not wait for each other, and not for the server: whoever would hold back a client would measure another
//! storm. What the server's queue of connections does not take comes again when the kernel tries again, a second later.

use anyhow::bail;

use super::report::Storm;
use super::run::{Load, SECOND, SETTLING};

/// How many set off before what has come meanwhile is read.
const AT_ONCE: u32 = 100;

impl Load<'_> {
    /// Does it, with all subscribers open.
    pub(super) fn storm(&mut self, missed: u32) -> anyhow::Result<Storm> {
        // One to each topic, in turn: every subscriber gets one.
        let topics = self.asked.topics;
        self.publish("publishing", topics, None)?;
        self.receive()?;
        let memory_before = self.server.as_ref().and_then(|server| server.memory());
        if self.subscribers.leave() == 0 {
            bail!(
                "the events of the server have no id, so that nobody could return to where it was; leave --storm out"
            );
        }
        self.publish("publishing", topics + missed, None)?;
        self.rest("all are gone", SETTLING)?;
        if let Some(server) = &mut self.server {
            server.begin_peak();
        }
        let begun = self.clock.now();
        self.tally.measure_from(begun);
        self.measure(|load| {
            load.return_all()?;
            let opened = load.clock.now();
            load.receive()?;
            let resumed = load.tally.last_delivery();
            // The latency of a run is that of live messages: the others were late before anybody asked for them.
            load.tally.forget_times();
            load.publish("all are back", topics + missed + topics, None)?;
            load.receive()?;
            let live = load.tally.last_delivery();
            load.linger()?;
            let seconds = |end: u64| end.saturating_sub(begun) as f64 / SECOND as f64;
            let peak = load.server.as_mut().and_then(|server| server.look());
            Ok(Storm {
                missed,
                open_seconds: seconds(opened),
                resumed_seconds: seconds(resumed),
                live_seconds: seconds(live),
                rss_bytes_before: memory_before,
                rss_bytes_peak: peak,
            })
        })
    }

    fn return_all(&mut self) -> anyhow::Result<()> {
        let all = self.asked.subscribers;
        // A rate that was asked for holds for them as well.
        while self.asked.connect_rate.is_none() && self.subscribers.begun() < all {
            for _ in 0..AT_ONCE.min(all - self.subscribers.begun()) {
                self.subscribers.open(&self.origin, &self.requests)?;
            }
            self.turn(0)?;
        }
        self.open("all return", all)
    }
}
