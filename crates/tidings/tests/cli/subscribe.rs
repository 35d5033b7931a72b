//! `tidings subscribe`.

use crate::hub::{Hub, Nobody, STREAM_HEAD};
use crate::program::{Finished, Running, start, tidings};

fn subscribe(hub: &Hub, arguments: &[&str]) -> Running {
    start(tidings(
        &[&["subscribe", "--url", &hub.url()], arguments].concat(),
    ))
}

fn ended_well(finished: &Finished) {
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (Some(0), ""),
        "{finished:?}"
    );
}

/// The wait that a line about a lost connection names, in seconds.
fn wait_of(line: &str) -> f64 {
    let (_, wait) = line.rsplit_once("connecting again in ").unwrap();
    wait.strip_suffix('s').unwrap().parse().unwrap()
}

#[test]
fn asks_as_a_browser_does() {
    let hub = Hub::start();
    let running = subscribe(&hub, &["--count", "1", "--topic", "a b", "-t", "c"]);
    let mut request = hub.request();
    assert_eq!(request.line(), "GET /sse?topic=a+b&topic=c");
    assert_eq!(request.field("accept"), Some("text/event-stream"));
    assert_eq!(request.field("cache-control"), Some("no-store"));
    assert_eq!(request.field("last-event-id"), None);
    request.send(STREAM_HEAD);
    request.send("data: x\n\n");
    ended_well(&running.finish());
}

#[test]
fn prints_the_data_as_it_comes() {
    let hub = Hub::start();
    let running = subscribe(&hub, &["--count", "3"]);
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    request.send(":\nid: 1\ndata: one\n\nda");
    assert_eq!(running.next_line(), "one");
    request.send("ta: two\ndata: lines\n\nevent: named\ndata:  a space\n\ndata: left out, as three are enough\n\n");
    let finished = running.finish();
    assert_eq!(finished.stdout, "two\nlines\n a space\n");
    ended_well(&finished);
}

#[test]
fn prints_objects_and_does_not_count_a_gap() {
    let hub = Hub::start();
    let running = subscribe(&hub, &["--json", "--count", "3"]);
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    request.send("data: before any id\n\nid: e-1\nevent: named\ndata: \"two\ndata: lines\"\n\nevent: gap\ndata: {}\n\nid:\ndata: last\n\n");
    let finished = running.finish();
    let expected = "\
{\"id\":\"\",\"event\":\"message\",\"data\":\"before any id\"}
{\"id\":\"e-1\",\"event\":\"named\",\"data\":\"\\\"two\\nlines\\\"\"}
{\"id\":\"e-1\",\"event\":\"gap\",\"data\":\"{}\"}
{\"id\":\"\",\"event\":\"message\",\"data\":\"last\"}
";
    assert_eq!(finished.stdout, expected);
    ended_well(&finished);
}

#[test]
fn warns_of_a_gap() {
    let hub = Hub::start();
    let running = subscribe(&hub, &["--count", "1"]);
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    request.send(
        "id: e-7\nevent: gap\ndata: {\"requested\":\"e-1\",\"from\":\"e-7\"}\n\ndata: next\n\n",
    );
    let finished = running.finish();
    assert_eq!(
        (finished.code, finished.stdout.as_str()),
        (Some(0), "next\n")
    );
    let expected = "tidings: gap: messages are missing here that the hub no longer keeps: {\"requested\":\"e-1\",\"from\":\"e-7\"}\n";
    assert_eq!(finished.stderr, expected);
}

#[test]
fn comes_back_after_the_time_that_the_server_sets_and_resumes_by_id() {
    let hub = Hub::start();
    let running = subscribe(&hub, &["--last-event-id", "e-0", "--count", "2"]);
    let mut request = hub.request();
    assert_eq!(request.field("last-event-id"), Some("e-0"));
    request.send(STREAM_HEAD);
    request.send("retry: 120\nid: e-1\ndata: one\n\nid: e-2\ndata: cut sho");
    assert_eq!(running.next_line(), "one");
    drop(request);

    let line = running.next_error_line();
    assert!(
        line.starts_with("tidings: the server ended the stream; "),
        "{line}"
    );
    assert!((0.12..=0.18).contains(&wait_of(&line)), "{line}");

    let mut request = hub.request();
    assert_eq!(
        request.field("last-event-id"),
        Some("e-1"),
        "e-2 was cut short"
    );
    request.send(STREAM_HEAD);
    request.send("id: e-2\ndata: cut short no more\n\n");
    let finished = running.finish();
    assert_eq!(finished.stdout, "cut short no more\n");
    ended_well(&finished);
}

#[test]
fn waits_longer_the_more_often_it_fails() {
    let hub = Hub::start();
    let running = subscribe(&hub, &["--count", "1"]);
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    request.send("retry: 100\n");
    drop(request);
    assert!((0.10..=0.15).contains(&wait_of(&running.next_error_line())));
    drop(hub.request());
    assert!((0.20..=0.30).contains(&wait_of(&running.next_error_line())));
    hub.request().answer(STREAM_HEAD);
    assert!((0.40..=0.60).contains(&wait_of(&running.next_error_line())));
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    // The connection works: from here it starts anew.
    request.send(":\n");
    drop(request);
    assert!((0.10..=0.15).contains(&wait_of(&running.next_error_line())));
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    request.send("data: x\n\n");
    ended_well(&running.finish());
}

#[test]
fn keeps_trying_until_there_is_a_hub() {
    let nobody = Nobody::new();
    let address = nobody.address();
    let running = start(tidings(&[
        "subscribe",
        "--url",
        &format!("http://{address}"),
    ]));
    let line = running.next_error_line();
    assert!(
        line.starts_with(&format!(
            "tidings: cannot subscribe at http://{address}/sse: "
        )),
        "{line}"
    );
    assert!((1.0..=1.5).contains(&wait_of(&line)), "{line}");
    assert!((2.0..=3.0).contains(&wait_of(&running.next_error_line())));
}

#[test]
fn ends_when_the_server_says_so() {
    let hub = Hub::start();
    let running = subscribe(&hub, &[]);
    hub.request()
        .answer("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    ended_well(&running.finish());
}

#[test]
fn gives_up_when_a_browser_would() {
    for (answer, reason) in [
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            "status 404 Not Found",
        ),
        (
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json; charset=utf-8\r\nContent-Length: 31\r\n\r\n{\"detail\":\"the topic is empty\"}",
            "the topic is empty (status 400)",
        ),
        (
            "HTTP/1.1 206 Partial Content\r\nContent-Length: 0\r\n\r\n",
            "status 206 Partial Content",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n",
            "the answer is text/html, not text/event-stream; is it the URL of a hub?",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "the answer has no content type; is it the URL of a hub?",
        ),
    ] {
        let hub = Hub::start();
        let running = subscribe(&hub, &[]);
        hub.request().answer(answer);
        let finished = running.finish();
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
        assert_eq!(
            finished.stderr,
            format!("tidings: cannot subscribe at {}/sse: {reason}\n", hub.url())
        );
    }
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let hub = Hub::start();
    let running = subscribe(&hub, &["--count", "1"]);
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    request.send("retry: 100\n");
    drop(request);
    running.next_error_line();
    hub.request()
        .answer("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n");
    let line = running.next_error_line();
    assert!(line.contains(": status 429 Too Many Requests; "), "{line}");
    assert!((2.0..=2.0).contains(&wait_of(&line)), "{line}");
    hub.request()
        .answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    assert!(wait_of(&running.next_error_line()) < 1.0);
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    request.send("data: x\n\n");
    ended_well(&running.finish());
}

#[test]
fn a_silent_connection_is_taken_for_dead() {
    let hub = Hub::start();
    let running = subscribe(&hub, &["--count", "1", "--idle-timeout", "2s"]);
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    request.send("retry: 100\n");
    let line = running.next_error_line();
    assert!(
        line.starts_with("tidings: nothing has come for 2s; connecting again in "),
        "{line}"
    );
    let silent = request;
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    request.send("data: x\n\n");
    ended_well(&running.finish());
    silent.wait_for_close();
}

#[test]
fn ends_when_nobody_reads_its_output() {
    let hub = Hub::start();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = tidings(&["subscribe", "--url", &hub.url()]);
    command.stdout(writer);
    let running = start(command);
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    drop(reader);
    request.send("data: x\n\n");
    ended_well(&running.finish());
}

/// When no messages come there is nothing to write, and so no error that would tell.
#[cfg(unix)]
#[test]
fn a_heartbeat_shows_that_nobody_reads_its_output() {
    let hub = Hub::start();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = tidings(&["subscribe", "--url", &hub.url()]);
    command.stdout(writer);
    let running = start(command);
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    drop(reader);
    request.send(":\n");
    ended_well(&running.finish());
}

#[cfg(unix)]
#[test]
fn ends_on_a_signal() {
    for signal in ["INT", "TERM"] {
        let hub = Hub::start();
        let running = subscribe(&hub, &[]);
        let mut request = hub.request();
        request.send(STREAM_HEAD);
        request.send("data: x\n\n");
        assert_eq!(running.next_line(), "x");
        running.signal(signal);
        ended_well(&running.finish());
        request.wait_for_close();
    }
}

/// A write to a full pipe blocks; the signal must be heeded nevertheless.
#[cfg(unix)]
#[test]
fn ends_on_a_signal_also_while_its_output_is_full() {
    let hub = Hub::start();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = tidings(&["subscribe", "--url", &hub.url()]);
    command.stdout(writer);
    let running = start(command);
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    // More than any pipe holds.
    request.send(&format!("data: {}\n\n", "x".repeat(4 << 20)));
    // Its first byte is in the pipe: the write is under way.
    std::io::Read::read_exact(&mut &reader, &mut [0]).unwrap();
    running.signal("INT");
    ended_well(&running.finish());
}

#[test]
fn says_more_when_asked_to() {
    let hub = Hub::start();
    let running = subscribe(&hub, &["--verbose"]);
    let mut request = hub.request();
    request.send(STREAM_HEAD);
    request.send("retry: 100\n");
    assert_eq!(
        running.next_error_line(),
        format!("tidings: connected to {}/sse", hub.url())
    );
    drop(request);
    running.next_error_line();
    hub.request().answer("HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(
        running.next_error_line(),
        "tidings: the server says that nothing more will come"
    );
    assert_eq!(running.finish().code, Some(0));
}
