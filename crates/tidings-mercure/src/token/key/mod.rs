//! Keys: what verifies a token, what signs one, and the forms they come in.

mod block;
mod jwk;
mod pem;
mod signing;
mod verification;

pub(crate) use block::is_pem;
pub(crate) use jwk::{SetError, read_set};
pub use pem::KeyError;
pub(crate) use pem::{check_algorithms, read_public_key};
pub use signing::{SigningKey, SigningKeyError};
pub(crate) use verification::{Key, VerificationKey};
