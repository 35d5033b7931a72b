//! A cursor: how far a subscriber has been served, and whether something is due to it.
//!
//! The pure core of a subscription; it takes what it needs as arguments, so it can be simulated.
//! It is in one of two states.
//!
//! * **behind**: something after `after` may be due. It reads from the window until it reaches the
//!   head; then it is live.
//! * **live**: nothing up to the head was due, and its worker looks at every message that has come
//!   since. A message that is for it is *marked*; then it is behind again.
//!
//! A live cursor does not move while nothing is marked, however many messages of other topics pass.
//! That is sound because the mark names the first message due: the cursor moves up to just before
//! it. So falling out of the window always means that a message *for this subscriber* is gone.
//! (There are exceptions, all on the safe side. At the start, what came between a client's last id and
//! its return, only history can tell; so it is for one whose socket took nothing for a whole window, or
//! whose worker was held up for one. And of ephemeral messages that are gone, only roughly is known whom
//! they were for.)

use std::{collections::VecDeque, sync::Arc};

use crate::{
    frame::Frame,
    gap::Gap,
    interest::Interest,
    position::{Epoch, Offset, Position},
    resume::{Located, Reason},
    window::{Budget, Fallen, Read, Window},
};

#[derive(Debug)]
pub(crate) struct Cursor {
    interest: Arc<Interest>,
    /// Everything up to here has been given to the subscriber or was not for it.
    after: Offset,
    /// It has been told that ephemeral messages up to here are lost.
    told: Offset,
    live: bool,
    /// What it has lost before its first look is told by other means, or was not to be.
    excused: bool,
    /// To be told to the subscriber before anything else.
    lost: Option<(String, Reason)>,
}

impl Cursor {
    /// A cursor that starts at `located` and looks for itself first.
    pub(crate) fn new(interest: Arc<Interest>, located: Located, window: &Window) -> Self {
        let floors = window.floors();
        let (after, told, lost) = match located {
            Located::At(offset) => (offset, Offset::START, None),
            // All that is held: nothing else was asked for, or it is told.
            Located::Beginning => (floors.all, floors.ephemeral, None),
            Located::Lost { requested, reason } => {
                (floors.all, floors.ephemeral, Some((requested, reason)))
            }
        };
        let excused = lost.is_some() || floors.may_miss(&interest, after, told);
        Self {
            interest,
            after,
            told,
            live: false,
            excused,
            lost,
        }
    }

    /// The cursor of one who has everything up to `after`.
    pub(crate) fn behind(interest: Arc<Interest>, after: Offset) -> Self {
        Self {
            interest,
            after,
            told: Offset::START,
            live: false,
            excused: false,
            lost: None,
        }
    }

    /// Everything up to here has been read or was not for it.
    pub(crate) fn after(&self) -> Offset {
        self.after
    }

    pub(crate) fn interest(&self) -> &Interest {
        &self.interest
    }

    /// Whether it begins just where it was asked to, or has already lost something. Before its first look.
    pub(crate) fn found_start(&self) -> bool {
        !self.excused
    }

    /// It is to look for itself whether something is due.
    pub(crate) fn look(&mut self) {
        self.live = false;
    }

    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// The worker says that `offset` is due, and that it has found nothing due between the moment
    /// this cursor became live and `offset`.
    pub(crate) fn mark(&mut self, offset: Offset) {
        if self.live {
            self.after = self.after.max(offset.previous());
            self.live = false;
        }
    }

    /// The worker says the same, and that nothing after `offset` is due, and hands over the message
    /// itself. Says whether it is to be given to the subscriber.
    pub(crate) fn step(&mut self, offset: Offset) -> bool {
        let next = self.live && self.after < offset;
        if next {
            self.after = offset;
        }
        next
    }

    /// Whether it has lost something that must be told, and that it is not to be told by an event: its
    /// stream must end, so that its client comes back, and is told as it begins anew.
    pub(crate) fn must_end(&self, window: &Window) -> bool {
        !self.interest.gap_event() && !self.excused && !self.live && self.may_miss(window)
    }

    fn may_miss(&self, window: &Window) -> bool {
        let floors = window.floors();
        floors.may_miss(&self.interest, self.after, self.told)
    }

    /// What this cursor has lost, if it has: to be told before anything is read. It then stands
    /// at the beginning of what history holds; or where it was, if only ephemeral messages are lost.
    pub(crate) fn take_gap(&mut self, window: &Window, epoch: Epoch) -> Option<Gap> {
        let floors = window.floors();
        if !self.live && self.may_miss(window) {
            let served = || (Position::at(epoch, self.after).to_string(), Reason::Expired);
            self.lost = Some(self.lost.take().unwrap_or_else(served));
            self.after = self.after.max(floors.all);
            self.told = floors.ephemeral;
        }
        self.excused &= self.live;
        let (requested, reason) = self.lost.take()?;
        Some(Gap {
            requested,
            reason,
            from: Position::at(epoch, self.after),
        })
    }

    /// Appends what is due, up to `upto`, to `frames`, within `budget`. Who has read all of that is
    /// live.
    ///
    /// # Errors
    /// [`Fallen`] where [`take_gap`](Self::take_gap) has not been asked of the same window.
    pub(crate) fn read(
        &mut self,
        window: &Window,
        upto: Offset,
        budget: Budget,
        frames: &mut VecDeque<Frame>,
    ) -> Result<(), Fallen> {
        if self.live {
            return Ok(());
        }
        match window.read(&self.interest, self.after, upto, budget, frames)? {
            Read::ToHead(offset) => {
                self.after = offset;
                self.live = true;
            }
            Read::ToBudget(offset) => self.after = offset,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
