//! Starting, signals, restarting on the same port.

use rustix::process::Signal;
use tidings_testing::{http, within};
use tokio::net::TcpListener;

use crate::{command, start, start_at};

#[tokio::test]
async fn it_says_where_the_page_is_how_to_publish_and_what_becomes_of_history() {
    let program = start(&[]).await;
    program.wait_for_output("History is in memory").await;
    let output = program.output();
    let url = program.url();
    assert!(url.starts_with("http://localhost:"), "{url}");
    assert!(
        output.starts_with(&format!("tidings is at {url}/\n")),
        "{output}"
    );
    let curl = output
        .lines()
        .find_map(|line| line.trim().strip_prefix("publish"));
    let curl = curl.unwrap().trim().to_owned();
    let mut stream = http::subscribe(&format!("{url}/sse"), &[]).await;
    let mut shell = tokio::process::Command::new("sh");
    let answer = within("curl", shell.args(["-c", &curl]).output())
        .await
        .unwrap();
    assert_eq!(answer.stdout, b"true");
    let event = stream.next().await.unwrap();
    assert!(event.ends_with("data: hello\n\n"), "{event:?}");
    assert!(program.stop().await.success());
}

#[tokio::test]
async fn the_log_is_json_where_it_is_asked_for() {
    let program = start(&["--log-format", "json"]).await;
    program.wait_for_output("serving").await;
    let output = program.output();
    let line: serde_json::Value = serde_json::from_str(output.lines().last().unwrap()).unwrap();
    assert_eq!(line["message"], "serving");
    assert_eq!(line["url"], format!("{}/", program.url()));
    assert!(program.stop().await.success());
}

#[tokio::test]
async fn it_warns_when_everybody_can_reach_it() {
    let program = start_at("0.0.0.0:0", &[]).await;
    program.wait_for_output("without authentication").await;
    assert!(program.stop().await.success());
    let program = start(&[]).await;
    program.wait_for_output("History is in memory").await;
    assert!(!program.output().contains("without authentication"));
    assert!(program.stop().await.success());
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = within("the end", command(&["--listen", &address]).output())
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(&address) && said.contains("--listen"),
        "{said}"
    );
}

#[tokio::test]
async fn it_ends_every_stream_and_exits_with_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let program = start(&["--drain", "1s", "--return-within", "100ms"]).await;
        let host = program.url().strip_prefix("http://").unwrap();
        let mut stream = http::Connection::open(host).await;
        stream.request("GET", "/sse", &[], "").await;
        assert_eq!(stream.head().await.status, 200);
        assert_eq!(stream.chunk().await.unwrap(), b":\n");
        program.signal(signal);
        let retry = String::from_utf8(stream.chunk().await.unwrap()).unwrap();
        assert!(retry.starts_with("retry: "), "{retry:?}");
        assert_eq!(stream.chunk().await, None, "the body has a proper end");
        assert_eq!(program.ended().await.code(), Some(0));
    }
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let program = start(&["--drain", "1h"]).await;
    let _stream = http::subscribe(&format!("{}/sse", program.url()), &[]).await;
    program.signal(Signal::TERM);
    program.wait_for_output("shutting down").await;
    program.signal(Signal::TERM);
    assert_eq!(program.ended().await.code(), Some(130));
}

/// History in memory ends with the program; who comes back is told, and not left to guess.
#[tokio::test]
async fn after_a_crash_who_comes_back_is_told_of_the_gap() {
    let program = start(&[]).await;
    let url = program.url().to_owned();
    let port = program.port();
    let publish = format!("{url}/");
    let answer = http::post_json(&publish, r#"{"message": "before"}"#).await;
    let id = answer.head.field("event-id").unwrap().to_owned();
    program.kill().await;

    let program = start_at(&format!("localhost:{port}"), &[]).await;
    assert_eq!(program.url(), url);
    let fields = [("Last-Event-ID", id.as_str())];
    let mut stream = http::subscribe(&format!("{url}/sse"), &fields).await;
    http::post_json(&publish, r#"{"message": "after"}"#).await;
    let gap = stream.next().await.unwrap();
    assert!(gap.contains("event: gap\n") && gap.contains(&id), "{gap:?}");
    let event = stream.next().await.unwrap();
    assert!(event.ends_with("data: after\n\n"), "{event:?}");
    assert!(program.stop().await.success());
}

/// The page and the hub share the path `/`; each must know the other's methods.
#[tokio::test]
async fn what_is_at_a_path_is_known_as_one() {
    let program = start(&["--allow-origin", "https://example.com"]).await;
    let host = program.url().strip_prefix("http://").unwrap();
    let mut connection = http::Connection::open(host).await;
    connection.request("PUT", "/", &[], "{}").await;
    let refused = connection.response().await;
    assert_eq!(refused.status(), 405);
    let allowed = refused.head.field("allow").unwrap();
    for method in ["GET", "HEAD", "POST"] {
        assert!(allowed.contains(method), "{allowed}");
    }
    assert_eq!(
        refused.head.field("content-type"),
        Some("application/problem+json")
    );
    let preflight = [
        ("Origin", "https://example.com"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type"),
    ];
    connection.request("OPTIONS", "/", &preflight, "").await;
    let answer = connection.response().await;
    assert_eq!(answer.status(), 200);
    let origin = answer.head.field("access-control-allow-origin");
    assert_eq!(origin, Some("https://example.com"));
    assert!(program.stop().await.success());
}

/// The peak of a process's resident memory, in KiB.
fn peak_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}

/// 200 MB go through, past readers who take nothing of it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_stays_bounded_while_readers_stall() {
    let program = start(&["--history-bytes", "8MiB"]).await;
    let mut stalled = Vec::new();
    for _ in 0..50 {
        stalled.push(http::subscribe(&format!("{}/sse", program.url()), &[]).await);
    }
    let body = format!(r#"{{"message": "{}"}}"#, "x".repeat(1 << 20));
    for _ in 0..200 {
        let answer = http::post_json(&format!("{}/", program.url()), &body).await;
        assert_eq!(answer.status(), 200);
    }
    // History, a cut message for each of the stalled at the worst, and the program itself.
    let peak = peak_memory(program.pid());
    assert!(peak < (8 + 50 + 50) << 10, "{peak} KiB");
    for stream in &mut stalled {
        let gap = stream.next().await.unwrap();
        let gap = match gap.contains("event: gap") {
            true => gap,
            false => stream.next().await.unwrap(),
        };
        assert!(
            gap.contains("event: gap"),
            "what was lost is told: {gap:.80}"
        );
    }
    assert!(program.stop().await.success());
}
