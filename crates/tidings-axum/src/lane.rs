//! Lanes: the ways from a subscription to a socket.

mod body;

pub(crate) use body::EventStream;
