//! How much of a token is read. What is beyond a limit refuses the whole token (draft-dunglas-mercure-08, "Authorization
//! Details"): cutting it short would silently change what it permits.

/// Bytes of a token. Twice what a usual head leaves room for, and all that a token may cost before its signature is known
/// to be good.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Mercure authorization details in a token. The reference hub's number, so that no token works at one hub only.
pub const MAX_DETAILS: usize = 100;

/// Topic matchers in all Mercure authorization details of a token. The reference hub's number.
pub const MAX_TOPICS: usize = 100;

/// Bytes of one topic matcher, of either dialect. The reference hub's number.
pub const MAX_PATTERN_BYTES: usize = 4096;

/// Entries of `publish` and of `subscribe` in the `mercure` claim, each. The reference hub's number.
pub const MAX_LEGACY_ENTRIES: usize = 1000;
