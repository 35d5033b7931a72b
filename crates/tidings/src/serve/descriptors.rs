//! File descriptors: each connection takes one, and systems start programs with few.

/// Descriptors that the program needs besides its connections: listeners, the runtime, the log, and
/// the connections that are only turned away.
#[cfg(unix)]
const OTHERS: u64 = 512;

/// Fewer than so many connections are worth a warning.
#[cfg(unix)]
const FEW: usize = 1000;

/// Raises the limit as far as `wanted` connections need it and the system allows it. Returns for
/// how many connections there is room then: at the limit, clients are turned away in words that
/// make them come back, which they could not be if there were no descriptor left for them.
#[cfg(unix)]
pub(crate) fn make_room(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let needed = (wanted as u64).saturating_add(OTHERS);
    let Some(current) = current.filter(|current| *current < needed) else {
        return wanted;
    };
    let allowed = maximum.map_or(needed, |maximum| maximum.min(needed));
    let limit = Rlimit {
        current: Some(allowed),
        maximum,
    };
    let reached = match setrlimit(Resource::Nofile, limit) {
        Ok(()) => allowed,
        Err(_) => current,
    };
    if reached >= needed {
        return wanted;
    }
    let room = usize::try_from(reached.saturating_sub(OTHERS))
        .unwrap_or(wanted)
        .max(1);
    let room_for = format!(
        "room for {room} connections instead of {wanted}: the system allows {reached} open files"
    );
    match room {
        FEW.. => tracing::debug!("{room_for}"),
        _ => tracing::warn!("{room_for}; raise the limit, as with `ulimit -n 20000`"),
    }
    room
}

#[cfg(not(unix))]
pub(crate) fn make_room(wanted: usize) -> usize {
    wanted
}
