//! The contenders that are part of this program.

pub(crate) mod axum;
pub(crate) mod floor;
mod request;
