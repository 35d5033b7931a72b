//! How many requests of an HTTP/2 connection are under way.
//!
//! hyper ends an HTTP/1 connection that waits too long for its next request, but lets an HTTP/2
//! connection without one stay for ever. Here an idle one is found, so that it can be ended too.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{Error, body::Body};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::{sync::watch, time::timeout};

/// The count; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct UnderWay(Arc<watch::Sender<usize>>);

/// One request under way, until it is dropped.
#[derive(Debug)]
pub(super) struct Request(UnderWay);

/// The body of a response, whose request is under way until the body is dropped.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) body: Body,
    pub(super) _counted: Request,
}

impl UnderWay {
    pub(super) fn count(&self) -> Request {
        self.0.send_modify(|count| *count += 1);
        Request(self.clone())
    }

    /// Returns when none has been under way for `idle`.
    pub(super) async fn none_for(self, idle: Duration) {
        let mut count = self.0.subscribe();
        loop {
            let some = count.wait_for(|count| *count > 0);
            if timeout(idle, some).await.is_err() {
                return;
            }
            if count.wait_for(|count| *count == 0).await.is_err() {
                return;
            }
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn idle_is_who_has_had_nothing_under_way_for_the_whole_time() {
        let second = Duration::from_secs(1);
        let start = Instant::now();
        let under_way = UnderWay::default();
        let idle = tokio::spawn(under_way.clone().none_for(10 * second));
        tokio::time::advance(9 * second).await;
        let request = under_way.count();
        tokio::time::advance(60 * second).await;
        assert!(!idle.is_finished());
        drop(request);
        idle.await.unwrap();
        assert_eq!(start.elapsed(), 79 * second);
    }
}
