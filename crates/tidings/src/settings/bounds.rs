//! What only all settings together show: bounds that one sets for another.
//!
//! A default gives way to what was set: who lowers `head_limit` need not lower `target_limit` too. What was
//! set on both sides and contradicts is a fault.

use std::fmt::Display;

use super::definitions::Config;
use super::resolve::Reader;
use super::sources::Source;

/// Lowers defaults to the bounds that other settings set for them, and tells where what was set is over its bound.
pub(super) fn keep_within_bounds(config: &mut Config, reader: &mut Reader<'_>) {
    if let (true, Some(source)) = (config.listen.is_empty(), reader.source_of("listen")) {
        reader.faults.add(
            source,
            "listen is empty; name at least one address, such as localhost:5000",
        );
    }
    keep_within(
        ("target_limit", &mut config.target_limit),
        ("head_limit", config.head_limit),
        reader,
    );
}

fn keep_within<T: PartialOrd + Copy + Display>(
    (name, value): (&'static str, &mut T),
    (bound_name, bound): (&'static str, T),
    reader: &mut Reader<'_>,
) {
    // With a fault in one of the two, nothing can be said about both.
    let (Some(source), Some(bound_source)) = (reader.source_of(name), reader.source_of(bound_name))
    else {
        return;
    };
    if *value <= bound {
        return;
    }
    if let Source::Default(_) = source {
        *value = bound;
        return;
    }
    let reason = format!(
        "{name} is {value}, more than {bound_name}, which is {bound} ({bound_source}); lower {name} or raise {bound_name}"
    );
    reader.faults.add(source, reason);
}
