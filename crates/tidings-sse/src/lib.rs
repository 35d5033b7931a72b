//! The wire format of server-sent events. Under construction.
