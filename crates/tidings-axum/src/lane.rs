//! Lanes: the ways from a subscription to a socket.
//!
//! Every stream begins on the body lane: its response is an ordinary one, and middleware sees
//! nothing else. Where the connection is a plain HTTP/1.1 one of our own [`serve`](crate::serve()),
//! and what leaves the app is what the stream has said, it moves to the direct lane once its head
//! is on the wire.

mod body;
mod direct;

pub(crate) use body::{EventStream, OPENING, Offer};
pub(crate) use direct::{DirectSocket, Handover, Outlet};
