//! What a worker does with what is new: a pass over its audiences, and what its sockets have to say.

use std::{mem, ops::ControlFlow, sync::Arc};

use tokio::time::Instant;

use super::{HEARING, Listener, Worker};
use crate::{
    direct::Next, effort::Effort, fanout::MemberId, position::Offset, share::Share, signal::Mark,
    sockets::Call, stats,
};

impl Worker {
    /// Does what is left to do, and looks at what is new.
    pub(crate) async fn catch_up(&mut self) {
        let core = Arc::clone(&self.core);
        let mut effort = Effort::new(&core, self.passed);
        for id in mem::take(&mut self.unfinished) {
            self.bring_forward(id);
            effort.spend(true).await;
        }
        if self.pass().await.is_continue() {
            self.news.notify_one();
        }
    }

    /// Looks at what is new: marks those it is for, and writes it to those who are written to from
    /// here. Says whether there may be more: orders and timers get their turn between two passes,
    /// also where publishers never pause.
    pub(crate) async fn pass(&mut self) -> ControlFlow<()> {
        let core = Arc::clone(&self.core);
        let (passed, most) = (self.passed, core.pace.pass);
        let (floors, head, entries) = core.read_window(|window| {
            let entries = window.newer(passed, most);
            (window.floors().clone(), window.head(), entries)
        });
        let mut upto = entries
            .last()
            .map_or(passed.max(head), |(offset, _)| *offset);
        let mut effort = Effort::new(&core, upto);
        let (mut behind, mut gone) = (Vec::new(), Vec::new());
        let mut more = entries.len() == most;
        let now = Instant::now();
        if floors.lies_above(passed) {
            // Messages have left the window before this worker has seen them. Whom they were for,
            // nobody knows any more: every subscriber looks for itself, and those who might have
            // lost one are told.
            for audience in self.fanout.audiences_mut() {
                if !floors.may_miss(&audience.interest, passed, Offset::START) {
                    continue;
                }
                for member in &mut audience.members {
                    let woken = match &mut member.listener {
                        Listener::Signalled(signal) => signal.mark(Mark::at(passed.next())),
                        Listener::Direct(direct) => {
                            direct.miss(&audience.interest, passed);
                            behind.push(member.id);
                            true
                        }
                    };
                    effort.spend(woken).await;
                }
            }
        }
        let tick = self.clock.tick(now);
        let mut found = 0;
        for (number, (offset, entry)) in (0..).zip(&entries) {
            let noted = self.fanout.note(number, entry);
            effort.spend_marks(noted).await;
            found += noted;
            if found >= core.pace.due && *offset < upto {
                (upto, more) = (*offset, true);
                break;
            }
        }
        for due in self.fanout.take_due() {
            let messages = due.entries.iter().map(|index| &entries[*index as usize]);
            let messages = messages.map(|(offset, entry)| (*offset, &entry.frame));
            let share = Share::of(messages);
            let (first, entry) = &entries[due.entries[0] as usize];
            let only = due.entries.len() == 1;
            let audience = self.fanout.audience_mut(due.audience);
            let mut given = 0;
            for member in &mut audience.members {
                let woken = match &mut member.listener {
                    Listener::Signalled(signal) => {
                        let frame = only.then(|| entry.frame.clone());
                        let offset = *first;
                        signal.mark(Mark { offset, frame })
                    }
                    Listener::Direct(direct) if direct.is_live() => {
                        direct.quiet = false;
                        match direct.give(&share, &audience.interest, tick) {
                            Next::Live => {}
                            Next::Gone => gone.push(member.id),
                            _ => behind.push(member.id),
                        }
                        given += share.messages() as u64;
                        true
                    }
                    Listener::Direct(_) => false,
                };
                effort.spend(woken).await;
            }
            stats::add(&self.core.counters.delivered, given);
        }
        self.passed = upto;
        core.workers.passed(self.number, upto);
        for id in gone {
            self.detach(id);
        }
        for id in behind {
            self.bring_forward(id);
            effort.spend(true).await;
        }
        match more {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }

    /// Listens to the sockets that have something to say, and writes to those that are writable.
    pub(crate) async fn answer(&mut self, calls: Vec<Call>) {
        let core = Arc::clone(&self.core);
        let mut effort = Effort::new(&core, self.passed);
        let mut buffer = [0; HEARING];
        for Call { id, readable } in calls {
            let Some((_, Listener::Direct(direct))) = self.fanout.get_mut(id) else {
                continue;
            };
            if readable && direct.hear(&mut buffer).is_break() {
                self.detach(id);
            } else if !direct.is_live() {
                self.bring_forward(id);
            }
            effort.spend(true).await;
        }
    }

    pub(super) fn bring_forward(&mut self, id: MemberId) {
        match self.forward(id) {
            Next::Gone => self.detach(id),
            Next::Live => self.stalls.remove(id),
            Next::Turn => {
                self.stalls.remove(id);
                self.unfinished.push(id);
                self.news.notify_one();
            }
            Next::Writable { progress } => {
                if progress || !self.stalls.is_set(id) {
                    self.wait_for(id);
                }
            }
        }
    }

    pub(super) fn forward(&mut self, id: MemberId) -> Next {
        let now = self.clock.tick(Instant::now());
        match self.fanout.get_mut(id) {
            Some((_, Listener::Direct(direct))) => direct.forward(&self.core, self.passed, now),
            _ => Next::Live,
        }
    }
}
