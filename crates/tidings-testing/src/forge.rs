//! Tokens of any text: the rest of a test says what is wrong with them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Base64 as tokens have it: for URLs, and without padding.
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of these very texts, signed by HS256 with `secret` whatever its header says.
pub fn signed_with(secret: &[u8], header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", base64url(header), base64url(claims));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
    let signature = ring::hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", base64url(signature))
}
