//! The time as a worker keeps it for its subscribers, with one timer for all of them: who is due for
//! a heartbeat, whose stream is to end, whose socket has taken nothing for too long, and when history
//! is to be looked at for what has become too old.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{EXPIRY, Listener, Worker};
use crate::{
    direct::Next,
    effort::Effort,
    fanout::MemberId,
    share::Share,
    signal::End,
    timers::{FAR, Timers},
    window::Window,
};

/// Timers that are due within this much of each other are handled together.
const TICK: Duration = Duration::from_millis(50);

/// How often, in the time of a heartbeat, a worker looks for those who are due for one. So nobody
/// has to have a timer, and who is due gets it early by this part of the time at most.
const LOOKS: u32 = 8;

/// For an end that must not come late, although timers may.
pub(super) fn in_time(until: Instant) -> Instant {
    until.checked_sub(2 * TICK).unwrap_or(until)
}

impl Worker {
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let timers = [&self.ends, &self.stalls];
        let soonest = timers.into_iter().filter_map(Timers::next).min();
        // A little late, so that those who are due a moment later come along.
        let soonest = soonest.map(|at| at + TICK);
        let look = (!self.fanout.is_empty()).then_some(self.look);
        [soonest, look, self.expiry].into_iter().flatten().min()
    }

    pub(crate) async fn keep_time(&mut self, now: Instant) {
        if self.expiry.is_some_and(|at| at <= now) {
            self.core.write_window(|window| window.expire(now));
            self.expiry = Some(now + EXPIRY);
        }
        if self.look <= now {
            self.look = now + self.heartbeat() / LOOKS;
            self.beat(now).await;
        }
        let core = Arc::clone(&self.core);
        let mut effort = Effort::new(&core, self.passed);
        while let Some(id) = self.ends.pop(now) {
            let end = match self.draining {
                true => End::Return(core.settings.return_after()),
                // Its own time is over.
                false => End::Expired(core.read_window(Window::head)),
            };
            self.end(id, end);
            effort.spend(true).await;
        }
        while let Some(id) = self.stalls.pop(now) {
            self.give_up(id);
            effort.spend(true).await;
        }
    }

    /// A heartbeat for those who would otherwise have to wait for it too long, until the next look.
    async fn beat(&mut self, now: Instant) {
        let silence = self.heartbeat() - self.heartbeat() / LOOKS;
        let core = Arc::clone(&self.core);
        let mut effort = Effort::new(&core, self.passed);
        let share = Share::heartbeat(self.passed);
        let tick = self.clock.tick(now);
        let (mut behind, mut gone) = (Vec::new(), Vec::new());
        for audience in self.fanout.audiences_mut() {
            for member in &mut audience.members {
                let woken = match &mut member.listener {
                    Listener::Signalled(signal) => signal.beat(silence, now),
                    Listener::Direct(direct) if direct.is_idle(silence, tick) => {
                        direct.quiet = true;
                        match direct.give(&share, &audience.interest, tick) {
                            Next::Live => {}
                            Next::Gone => gone.push(member.id),
                            _ => behind.push(member.id),
                        }
                        true
                    }
                    Listener::Direct(_) => false,
                };
                effort.spend(woken).await;
            }
        }
        for id in gone {
            self.detach(id);
        }
        for id in behind {
            self.bring_forward(id);
            effort.spend(true).await;
        }
    }

    pub(super) fn schedule_ends(&mut self, window: Duration) {
        self.draining = true;
        let now = Instant::now();
        for id in self.fanout.ids() {
            let at = now + window.mul_f64(fastrand::f64());
            self.ends.bring_forward(id, at);
        }
    }

    fn heartbeat(&self) -> Duration {
        self.core.settings.heartbeat.clamp(TICK, FAR)
    }

    /// From now on, its socket has so long to take something.
    pub(super) fn wait_for(&mut self, id: MemberId) {
        if let Some((_, Listener::Direct(direct))) = self.fanout.get_mut(id) {
            let at = Instant::now() + direct.stall_timeout().min(FAR);
            self.stalls.set(id, at);
        }
    }

    /// Lets go of one whose socket has taken nothing for too long, also now that it is asked once
    /// more: it may have become writable while this worker was busy with others.
    fn give_up(&mut self, id: MemberId) {
        match self.forward(id) {
            Next::Writable { progress: false } | Next::Gone => self.detach(id),
            Next::Writable { progress: true } => self.wait_for(id),
            Next::Live => {}
            Next::Turn => {
                self.unfinished.push(id);
                self.news.notify_one();
            }
        }
    }
}
