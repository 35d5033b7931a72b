//! The body lane: a subscription as the body of a response.
//!
//! It works everywhere: HTTP/1.0 and 1.1, HTTP/2, behind any middleware. The HTTP library polls it
//! when its socket can take more; while it cannot, nothing is read and nothing grows.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame};
use tidings_hub::Subscription;

/// The body of an event stream. It opens with a comment, so that the head and a first byte leave
/// at once: proxies hold heads back until something follows.
#[derive(Debug)]
pub(crate) struct EventStream {
    subscription: Subscription,
    opened: bool,
}

impl EventStream {
    pub(crate) fn new(subscription: Subscription) -> Self {
        Self {
            subscription,
            opened: false,
        }
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
            let opening = Bytes::from_static(tidings_sse::HEARTBEAT);
            return Poll::Ready(Some(Ok(Frame::data(opening))));
        }
        let frame = ready!(self.subscription.poll_frame(cx));
        Poll::Ready(frame.map(|frame| Ok(Frame::data(frame.event()))))
    }
}
