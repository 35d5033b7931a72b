//! Which requests reach the app.
//!
//! hyper refuses what is not HTTP. Checked here is what it lets pass and RFC 9112 does not: the
//! `Host` header, and a chunked body that may have come with a `Content-Length` (hyper hides it
//! from us, so the connection is closed after any chunked body: what follows on it could be a
//! request smuggled in). And the limits of this server: length of head and target, connections.

use std::{convert::Infallible, net::SocketAddr, pin::Pin, sync::Arc};

use axum::{
    body::Body,
    extract::ConnectInfo,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, Request, StatusCode, Version, header, uri::Authority};
use hyper::{body::Incoming, service::Service};
use tower::ServiceExt;

use super::{Phase, Server};
use crate::{
    cors::LAST_EVENT_ID,
    lane::{Handover, Offer, Outlet},
    negotiate::EventStreams,
    problem::Problem,
    serve::under_way::{Counted, UnderWay},
    shed::{self, Surplus},
};

/// The service that hyper calls: the app behind the checks.
#[derive(Debug)]
pub(super) struct Admission {
    server: Arc<Server>,
    peer: SocketAddr,
    surplus: bool,
    under_way: UnderWay,
    handover: Handover,
}

/// Heads are read into a buffer of this many times their limit, so that one which is too long is
/// still understood, and refused with the right answer; a longer one hyper refuses.
const HEAD_BUFFER: usize = 4;

/// The least that hyper allows for that buffer.
const MIN_HEAD_BUFFER: usize = 8 << 10;

impl Admission {
    pub(super) fn new(server: Arc<Server>, peer: SocketAddr, surplus: bool) -> Self {
        Self {
            server,
            peer,
            surplus,
            under_way: UnderWay::default(),
            handover: Handover::default(),
        }
    }

    /// Where a stream of this connection that moves to the direct lane is found.
    pub(super) fn handover(&self) -> Handover {
        self.handover.clone()
    }

    /// Whether the connection is only there to be turned away.
    pub(super) fn is_surplus(&self) -> bool {
        self.surplus
    }

    /// The requests of this connection that are under way.
    pub(super) fn under_way(&self) -> UnderWay {
        self.under_way.clone()
    }

    pub(super) fn head_buffer(&self) -> usize {
        let limit = self.server.settings.head_limit;
        limit.saturating_mul(HEAD_BUFFER).max(MIN_HEAD_BUFFER)
    }

    fn check(&self, request: &Request<Incoming>) -> Result<(), Problem> {
        let settings = &self.server.settings;
        let target = request
            .uri()
            .path_and_query()
            .map_or(0, |target| target.as_str().len());
        if target > settings.target_limit {
            let limit = settings.target_limit;
            let detail = format!("the request target is longer than {limit} bytes; shorten it");
            return Err(Problem::new(StatusCode::URI_TOO_LONG, detail).close());
        }
        // Whatever a client sends as its last event id, its stream opens: any other answer would
        // make a browser give up for good. So that one field does not count.
        let fields = request
            .headers()
            .iter()
            .filter(|(name, _)| **name != LAST_EVENT_ID);
        let fields: usize = fields
            .map(|(name, value)| name.as_str().len() + value.len() + 4)
            .sum();
        if target + fields > settings.head_limit {
            let limit = settings.head_limit;
            let detail = format!("the request's head is longer than {limit} bytes; send less");
            let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return Err(Problem::new(status, detail).close());
        }
        check_host(request)?;
        // Who asks for a stream is turned away by its handler, behind the app's CORS.
        let asks_for_stream = request.method() == Method::GET
            && EventStreams::accepted_by(request.headers()) == EventStreams::ByName;
        if self.surplus && !asks_for_stream {
            let after = self.server.hub.settings().return_after();
            let why = "the server has as many connections as it may have";
            return Err(shed::unavailable(after, why).close());
        }
        Ok(())
    }

    /// Whether the bytes of a stream that answers this request are chunks of HTTP/1.1.
    fn may_go_direct(&self, request: &Request<Incoming>) -> bool {
        // A stream that answers a QUERY is as good; its body has been read by then.
        let method = request.method();
        let asks = method == Method::GET || method.as_str() == "QUERY";
        let plain = request.version() == Version::HTTP_11 && asks;
        plain && self.server.settings.direct_lane && cfg!(unix)
    }

    /// Whether nothing more may come on the connection after this request.
    fn is_last(&self, request: &Request<Incoming>) -> bool {
        self.surplus || request.headers().contains_key(header::TRANSFER_ENCODING)
    }
}

impl Service<Request<Incoming>> for Admission {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let http1 = request.version() <= Version::HTTP_11;
        let last = self.is_last(&request);
        if let Err(problem) = self.check(&request) {
            let response = problem.into_response();
            return Box::pin(async move { Ok(finish(response, http1, false)) });
        }
        // As axum's own server says it, so that handlers need not know which one they run under.
        request.extensions_mut().insert(ConnectInfo(self.peer));
        if self.surplus {
            request.extensions_mut().insert(Surplus);
        }
        let server = Arc::clone(&self.server);
        let app = server.app.clone();
        let counted = (!http1).then(|| self.under_way.count());
        let handover = self.may_go_direct(&request).then(|| self.handover.clone());
        Box::pin(async move {
            let Ok(response) = app.oneshot(request.map(Body::new)).await;
            let draining = *server.phase.borrow() >= Phase::Draining;
            let response = match counted {
                Some(counted) => response.map(|body| {
                    Body::new(Counted {
                        body,
                        _counted: counted,
                    })
                }),
                None => direct(response, handover),
            };
            Ok(finish(response, http1, last || draining))
        })
    }
}

/// RFC 9112, section 3.2: one `Host` in every HTTP/1.1 request, and a valid one.
fn check_host(request: &Request<Incoming>) -> Result<(), Problem> {
    let refuse = |why: &str| {
        let detail = format!("{why}; send one Host header, as in `Host: example.com:5000`");
        Problem::new(StatusCode::BAD_REQUEST, detail).close()
    };
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let Some(host) = hosts.next() else {
        return match request.version() {
            Version::HTTP_11 => Err(refuse("the request has no Host header")),
            _ => Ok(()),
        };
    };
    if hosts.next().is_some() {
        return Err(refuse("the request has more than one Host header"));
    }
    let is_authority = host.to_str().is_ok_and(|host| {
        host.is_empty() || (!host.contains('@') && host.parse::<Authority>().is_ok())
    });
    match is_authority {
        true => Ok(()),
        false => Err(refuse("the Host header does not name a host")),
    }
}

/// Lets an event stream out where it can move to the direct lane.
fn direct(mut response: Response, handover: Option<Handover>) -> Response {
    let offer = response.extensions_mut().remove::<Offer>();
    let (Some(offer), Some(handover)) = (offer, handover) else {
        return response;
    };
    let headers = response.headers();
    let plain = !headers.contains_key(header::CONTENT_ENCODING)
        && !headers.contains_key(header::CONTENT_LENGTH)
        && !headers.contains_key(header::TRANSFER_ENCODING);
    match plain && response.status() == StatusCode::OK {
        true => response.map(|body| Body::new(Outlet::new(body, offer, handover))),
        false => response,
    }
}

/// Says on the wire whether the connection ends: `Connection` is a matter of HTTP/1 alone.
fn finish(mut response: Response, http1: bool, last: bool) -> Response {
    let headers = response.headers_mut();
    if !http1 {
        headers.remove(header::CONNECTION);
    } else if last {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
