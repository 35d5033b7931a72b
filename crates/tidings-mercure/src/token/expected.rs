//! What a token is held against, besides the keys.

use std::fmt;
use std::time::SystemTime;

use super::carrier::Carrier;
use super::claims::TopicMatcher;
use super::trust::Role;
use crate::HubUrl;

/// Says whether a matcher can be compiled, and if not, why. One that cannot makes the whole token invalid.
/// It is not asked about `*`, which is no pattern.
pub type Compiles<'a> = dyn Fn(&TopicMatcher) -> Result<(), String> + Sync + 'a;

/// What a token is presented for, where, and when.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Expected<'a> {
    /// What it is presented for.
    pub role: Role,
    /// The resource identifier of the hub, which a 1.0 token must have in `aud`.
    pub resource: &'a str,
    /// Another identifier of the hub that counts as well.
    pub alias: Option<&'a str>,
    /// The present time.
    pub now: SystemTime,
    /// Where in the request it was found. `None`: it did not come with a request.
    pub carrier: Option<Carrier>,
    /// Checks each matcher. Without, all are taken as compilable.
    pub compiles: &'a Compiles<'a>,
}

impl<'a> Expected<'a> {
    /// A token for `role`, at the hub whose identifier is `resource`.
    pub fn new(role: Role, resource: &'a str, now: SystemTime) -> Self {
        Self {
            role,
            resource,
            alias: None,
            now,
            carrier: None,
            compiles: &|_| Ok(()),
        }
    }

    /// A token for `role`, at this hub: one whose URL was written without a path may also be called by what was written.
    pub fn at(role: Role, hub: &'a HubUrl, now: SystemTime) -> Self {
        Self {
            alias: hub.origin_as_written(),
            ..Self::new(role, hub.as_str(), now)
        }
    }

    /// Where in the request the token was found.
    #[must_use]
    pub fn with_carrier(mut self, carrier: Carrier) -> Self {
        self.carrier = Some(carrier);
        self
    }

    /// What checks each matcher.
    #[must_use]
    pub fn with_compiles(mut self, compiles: &'a Compiles<'a>) -> Self {
        self.compiles = compiles;
        self
    }
}

impl fmt::Debug for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expected")
            .field("role", &self.role)
            .field("resource", &self.resource)
            .field("alias", &self.alias)
            .field("now", &self.now)
            .field("carrier", &self.carrier)
            .finish_non_exhaustive()
    }
}
