//! What only all settings together show: bounds that one sets for another.
//!
//! A default gives way to what was set: who lowers `max_connections` need not lower `max_subscribers` too. What was
//! set on both sides and contradicts is a fault.

use std::fmt::Display;

use super::definitions::Config;
use super::faults::Faults;
use super::sources::Source;

/// Lowers defaults to the bounds that other settings set for them, and tells where what was set is over its bound.
pub(super) fn keep_within_bounds(
    config: &mut Config,
    source_of: impl Fn(&'static str) -> Source,
    faults: &mut Faults,
) {
    if config.listen.is_empty() {
        faults.add(
            source_of("listen"),
            "listen is empty; name at least one address, such as localhost:5000",
        );
    }
    let mut keep = Keep {
        source_of: &source_of,
        faults,
    };
    keep.within(
        &mut config.max_subscribers,
        "max_subscribers",
        config.max_connections,
        "max_connections",
    );
    keep.within(
        &mut config.body_limit,
        "body_limit",
        config.history_bytes,
        "history_bytes",
    );
    keep.within(
        &mut config.target_limit,
        "target_limit",
        config.head_limit,
        "head_limit",
    );
}

struct Keep<'a, F> {
    source_of: &'a F,
    faults: &'a mut Faults,
}

impl<F: Fn(&'static str) -> Source> Keep<'_, F> {
    fn within<T: PartialOrd + Copy + Display>(
        &mut self,
        value: &mut T,
        name: &'static str,
        bound: T,
        bound_name: &'static str,
    ) {
        if *value <= bound {
            return;
        }
        match (self.source_of)(name) {
            Source::Default(_) => *value = bound,
            source => {
                let reason = format!(
                    "{name} is {value}, more than {bound_name}, which is {bound} ({}); lower {name} or raise {bound_name}",
                    (self.source_of)(bound_name)
                );
                self.faults.add(source, reason);
            }
        }
    }
}
