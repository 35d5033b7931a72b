//! `tidings health`.

use crate::hub::{Hub, Nobody};
use crate::program::{Finished, start, tidings};

/// Asks a hub that answers with this.
fn health(answer: &str) -> Finished {
    let hub = Hub::start();
    let running = start(tidings(&["health", "--url", &hub.url()]));
    let request = hub.request();
    assert_eq!(request.line(), "GET /healthz");
    request.answer(answer);
    running.finish()
}

#[test]
fn the_exit_code_says_whether_the_hub_serves() {
    let serves = health("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let Finished {
        code,
        stdout,
        stderr,
    } = serves;
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(0), "", ""));

    let drains = health("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(drains.code, Some(1), "{drains:?}");
    assert!(
        drains.stderr.contains("does not serve: status 503"),
        "{drains:?}"
    );
}

#[test]
fn a_hub_that_is_not_there_is_not_healthy() {
    let nobody = Nobody::new();
    let url = format!("http://{}", nobody.address());
    let finished = start(tidings(&["health", "--url", &url])).finish();
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(
        finished.stderr.contains("is a hub running there?"),
        "{finished:?}"
    );
}
