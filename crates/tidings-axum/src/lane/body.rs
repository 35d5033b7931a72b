//! The body lane: a subscription as the body of a response.
//!
//! It works everywhere: HTTP/1.0 and 1.1, HTTP/2, behind any middleware. The HTTP library polls it
//! when its socket can take more; while it cannot, nothing is read and nothing grows.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame};
use tidings_hub::Subscription;

/// The body of an event stream. It opens with a comment, so that the head and a first byte leave
/// at once: proxies hold heads back until something follows.
#[derive(Debug)]
pub(crate) struct EventStream {
    offer: Offer,
    opened: bool,
}

/// A stream's subscription, for whoever can do better than a body. It travels in the extensions of
/// the response; once it is taken, the body has nothing more to say.
#[derive(Debug, Clone)]
pub(crate) struct Offer(Arc<Mutex<Option<Subscription>>>);

/// What a stream opens with. A static has one address, so these very bytes can be known again.
pub(crate) static OPENING: [u8; tidings_sse::HEARTBEAT.len()] = *b":\n";

impl EventStream {
    pub(crate) fn new(subscription: Subscription) -> Self {
        Self {
            offer: Offer(Arc::new(Mutex::new(Some(subscription)))),
            opened: false,
        }
    }

    pub(crate) fn offer(&self) -> Offer {
        self.offer.clone()
    }
}

impl Offer {
    pub(crate) fn take(&self) -> Option<Subscription> {
        self.0.lock().expect("nothing panics under the lock").take()
    }
}

impl Body for EventStream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if !self.opened {
            self.opened = true;
            let opening = Bytes::from_static(&OPENING);
            return Poll::Ready(Some(Ok(Frame::data(opening))));
        }
        let mut subscription = self.offer.0.lock().expect("nothing panics under the lock");
        let Some(subscription) = &mut *subscription else {
            return Poll::Ready(None);
        };
        let frame = ready!(subscription.poll_frame(cx));
        Poll::Ready(frame.map(|frame| Ok(Frame::data(frame.event()))))
    }
}
