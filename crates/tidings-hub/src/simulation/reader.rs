//! A subscriber, without the connection: it takes a step when it is told to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    account::{Account, Line},
    bench::Bench,
    model::{Floors, Published},
    pipe::{Calls, Found, Pipe, STALL_TIMEOUT},
};
use crate::{
    cursor::Cursor,
    frame::Frame,
    hub::Core,
    interest::Interest,
    position::Offset,
    signal::{News, Signal},
    subscribe::Seat,
    subscription::{Membership, Subscription},
};

pub(super) const HEARTBEAT: Duration = Duration::from_secs(10);
pub(super) const RETURN_WITHIN: Duration = Duration::from_secs(5);

pub(super) struct Reader {
    pub(super) account: Account,
    stage: Stage,
    call: Arc<Call>,
    /// Where its socket, if it has one, says that it has something to say.
    calls: Calls,
    /// Taken from the signal by the first half of a look.
    news: Option<News>,
    /// It was given something, so it asks again.
    hungry: bool,
    pub(super) pace: Reading,
    /// At its next step it goes over to the direct lane.
    pub(super) goes_direct: bool,
    /// On the direct lane nobody can tell from outside whether its cursor was held up.
    pub(super) may_be_held_up: bool,
    pub(super) last_id: Option<Vec<u8>>,
    /// It was given an id to come back with.
    pub(super) bookmark: Option<String>,
    /// Its cursor knows that up to here nothing is missing.
    looked: Offset,
    /// Up to here it has looked at everything: at ephemeral messages too.
    read: Offset,
    /// When a look last gave it something.
    given: Instant,
    /// When its socket last took something.
    received: Instant,
    /// Its worker knows of it.
    pub(super) attached: bool,
    pub(super) ended: bool,
}

pub(super) enum Stage {
    /// Its place is fixed; no worker knows of it.
    Placed(Seat, Cursor, Arc<Interest>),
    Subscribed(Subscription, usize),
    /// Its worker writes to it.
    Direct(Pipe),
    Moving,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Eager,
    Slow,
    /// Never again.
    Stalled,
}

/// Whether a subscription has been woken since its last look.
struct Call(AtomicBool);

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Reader {
    pub(super) fn new(account: Account, stage: Stage, pace: Reading) -> Self {
        Self {
            looked: account.start(),
            read: account.start(),
            account,
            stage,
            call: Arc::new(Call(AtomicBool::new(true))),
            calls: Calls::default(),
            news: None,
            hungry: false,
            pace,
            goes_direct: false,
            may_be_held_up: true,
            last_id: None,
            bookmark: None,
            given: Instant::now(),
            received: Instant::now(),
            attached: false,
            ended: false,
        }
    }

    pub(super) fn is_placed(&self) -> bool {
        matches!(self.stage, Stage::Placed(..))
    }

    pub(super) fn attach(&mut self, core: &Core, benches: &[Bench]) {
        match std::mem::replace(&mut self.stage, Stage::Moving) {
            Stage::Placed(seat, cursor, interest) => {
                let signal = Arc::new(Signal::new(Instant::now()));
                let at = core.workers.attach(interest, Arc::clone(&signal), None);
                let membership = Membership::new(seat, at);
                let subscription = Subscription::new(membership, cursor, signal);
                let worker = at.worker as usize;
                self.stage = Stage::Subscribed(subscription, worker);
                self.calls = benches[worker].calls.clone();
            }
            other => self.stage = other,
        }
    }

    pub(super) fn is_direct(&self) -> bool {
        matches!(self.stage, Stage::Direct(_))
    }

    pub(super) fn leave(&self) {
        if let Stage::Direct(pipe) = &self.stage {
            pipe.leave();
        }
    }

    pub(super) fn is_at(&self, bench: usize) -> bool {
        matches!(self.stage, Stage::Subscribed(_, worker) if worker == bench)
    }

    /// Whether it has been told to look, and has not looked since.
    fn is_called(&self) -> bool {
        let called = self.call.0.load(Ordering::Relaxed) || self.news.is_some();
        called && !self.is_direct()
    }

    /// The same, and there may be something to see. (A heartbeat is due to those who have
    /// everything.)
    pub(super) fn is_called_to_read(&self) -> bool {
        let due = match &self.stage {
            Stage::Subscribed(subscription, _) => subscription.is_due(),
            _ => true,
        };
        // Who has been given something looks again.
        due && (self.is_called() || (self.hungry && !self.is_direct()))
    }

    /// It has not come until the window has left its place behind.
    pub(super) fn comes_late_if_out(&mut self, before: Floors, floors: Floors) {
        self.account.held_up |= before.all <= self.looked && self.looked < floors.all;
        self.account.lagged |= self.read.max(self.account.told) < floors.lost;
    }

    /// It has been called, or attached, when its place had left the window.
    pub(super) fn is_held_up_if_out(&mut self, floors: Floors) {
        self.account.held_up |= self.looked < floors.all;
        self.account.lagged |= self.read.max(self.account.told) < floors.lost;
    }

    pub(super) fn wants_to_read(&self) -> bool {
        let waits = match &self.stage {
            Stage::Subscribed(..) => self.is_called() || self.hungry || self.goes_direct,
            Stage::Direct(pipe) => pipe.is_waiting(),
            Stage::Placed(..) | Stage::Moving => false,
        };
        waits && !self.ended
    }

    fn go_direct(&mut self) {
        match std::mem::replace(&mut self.stage, Stage::Moving) {
            Stage::Subscribed(subscription, _) => {
                let pipe = Pipe::new(self.calls.clone());
                self.received = Instant::now();
                subscription.hand_over(pipe.socket());
                self.stage = Stage::Direct(pipe);
                self.call.0.store(false, Ordering::Relaxed);
                self.news = None;
                self.account.held_up = self.may_be_held_up;
                self.account.lagged = self.may_be_held_up;
            }
            other => self.stage = other,
        }
    }

    /// A client on the direct lane: its socket takes `room` bytes more, and it reads what is there.
    pub(super) fn receive(&mut self, published: &Published, room: usize) {
        let Stage::Direct(pipe) = &self.stage else {
            return;
        };
        let pipe = pipe.clone();
        pipe.make_room(room);
        let received_before = std::mem::replace(&mut self.received, Instant::now());
        loop {
            match pipe.read() {
                Found::Frame(frame) => self.take(published, &frame, false),
                Found::End => {
                    self.account.ends(published);
                    self.ended = true;
                    return;
                }
                Found::Cut => {
                    let read_before = Instant::now() - received_before;
                    assert!(read_before >= STALL_TIMEOUT, "cut although it reads");
                    self.ended = true;
                    return;
                }
                Found::Nothing => return,
            }
        }
    }

    /// Half a look, or a whole one.
    pub(super) fn step(&mut self, published: &Published, whole: bool) {
        if std::mem::take(&mut self.goes_direct) {
            self.go_direct();
        }
        let Stage::Subscribed(subscription, _) = &mut self.stage else {
            return;
        };
        let waker = Waker::from(Arc::clone(&self.call));
        let (mut looked, mut read) = (false, false);
        let polled = if !subscription.unsent.is_empty() || subscription.ended {
            subscription.poll_frame(&mut Context::from_waker(&waker))
        } else {
            if self.news.is_none() {
                self.call.0.store(false, Ordering::Relaxed);
                self.news = Some(subscription.take_news(&waker));
                if !whole {
                    return;
                }
            }
            looked = true;
            read = !subscription.cursor.is_live();
            let news = self.news.take().expect("just taken");
            subscription.poll_news(news)
        };
        let after = subscription.cursor.after();
        let live = subscription.cursor.is_live();
        let partial = !live && !subscription.cursor.interest().is_exact();
        self.looked = self.looked.max(after);
        self.read = self.read.max(after);
        self.hungry = polled.is_ready();
        if read {
            self.account.look(published);
        }
        match polled {
            Poll::Ready(Some(frame)) => self.take(published, &frame, looked),
            Poll::Ready(None) => {
                self.account.ends(published);
                self.ended = true;
            }
            Poll::Pending => {}
        }
        if read {
            self.read = if live { published.head() } else { after };
            // Who looks at one message after the other may not have looked at all of them.
            if partial {
                self.looked = self.looked.max(after);
            } else {
                self.looked = published.head();
            }
            self.account.held_up = false;
            self.account.lagged = false;
        }
    }

    fn take(&mut self, published: &Published, frame: &Frame, looked: bool) {
        let now = Instant::now();
        match Line::read(frame) {
            // On the direct lane it may have waited in the socket.
            Some(Line::Heartbeat) if self.is_direct() => {}
            Some(Line::Heartbeat) => {
                assert!(now - self.given >= HEARTBEAT * 7 / 8, "too early");
            }
            Some(Line::Bookmark(id)) => {
                self.account.ends(published);
                self.bookmark = Some(id);
            }
            Some(Line::Retry(after)) => {
                assert!((RETURN_WITHIN / 5..=RETURN_WITHIN).contains(&after));
                self.account.ends(published);
            }
            None => {
                if frame
                    .event()
                    .windows(11)
                    .any(|part| part == b"event: gap\n")
                {
                    let floor = match self.is_direct() {
                        // It was told when it was written, not now that it is read.
                        true => Account::floor_of(frame),
                        false => published.floor(),
                    };
                    self.account.gap(published, frame, floor);
                } else {
                    self.account.message(published, frame);
                }
                let event = String::from_utf8(frame.event().to_vec()).unwrap();
                let id = event.lines().next().unwrap().strip_prefix("id: ").unwrap();
                self.last_id = Some(id.as_bytes().to_vec());
            }
        }
        if looked {
            self.given = now;
        }
    }
}
