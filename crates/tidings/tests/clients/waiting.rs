//! Waiting with a deadline, and many clients at a time.

use std::time::Duration;

use tokio::task::JoinSet;

/// How long a condition may take to come about. Long, because dozens of interpreters start at once, and some clients
/// wait for seconds before they connect again.
const DEADLINE: Duration = Duration::from_secs(60);

/// Awaits `future`, and panics with `what` where that takes too long.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future)
        .await
        .unwrap_or_else(|_| panic!("waited for {DEADLINE:?} in vain: {what}"))
}

/// Awaits all of them at the same time. Where some fail the others still go on to their ends, so that one run tells of
/// every client that fails.
pub(crate) async fn all<T: Send + 'static>(
    futures: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut running: JoinSet<T> = futures.into_iter().collect();
    let (mut results, mut failed) = (Vec::new(), 0);
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok(result) => results.push(result),
            Err(_) => failed += 1,
        }
    }
    assert_eq!(failed, 0, "clients failed; each has said above how");
    results
}
