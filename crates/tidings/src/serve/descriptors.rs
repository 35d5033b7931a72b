//! File descriptors: each connection takes one, and systems start programs with few.

/// Descriptors that the program needs besides its connections: listeners, the runtime, the log, and
/// the connections that are only turned away.
#[cfg(unix)]
const OTHERS: u64 = 512;

/// Raises the limit as far as `connections` need it and the system allows it; says where that is
/// not enough.
#[cfg(unix)]
pub(super) fn raise_limit(connections: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = (connections as u64).saturating_add(OTHERS);
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let allowed = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let limit = Rlimit {
        current: Some(allowed),
        maximum,
    };
    let reached = match setrlimit(Resource::Nofile, limit) {
        Ok(()) => allowed,
        Err(_) => current.unwrap_or(allowed),
    };
    if reached < wanted {
        tracing::warn!(
            "the system allows {reached} open files, {connections} connections need {wanted}; \
             raise the limit (ulimit -n) or lower --max-connections"
        );
    }
}

#[cfg(not(unix))]
pub(super) fn raise_limit(_connections: usize) {}
