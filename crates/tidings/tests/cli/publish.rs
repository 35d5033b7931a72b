//! `tidings publish`.

use std::process::Stdio;

use crate::hub::{Hub, Nobody};
use crate::program::{run, start, tidings};

/// The answer to a message that is published.
fn published(id: &str) -> String {
    format!("HTTP/1.1 204 No Content\r\nEvent-ID: {id}\r\nConnection: close\r\n\r\n")
}

fn problem(status: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/problem+json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

#[test]
fn a_message_alone() {
    let hub = Hub::start();
    let running = start(tidings(&[
        "publish",
        "Hello, \"world\"",
        "--url",
        &hub.url(),
    ]));
    let request = hub.request();
    assert_eq!(request.line(), "POST /");
    assert_eq!(request.field("content-type"), Some("application/json"));
    assert_eq!(request.body, r#"{"message":"Hello, \"world\""}"#);
    request.answer(&published("e-7"));
    let finished = running.finish();
    assert_eq!(
        (
            finished.code,
            finished.stdout.as_str(),
            finished.stderr.as_str()
        ),
        (Some(0), "e-7\n", "")
    );
}

#[test]
fn a_message_with_everything() {
    let hub = Hub::start();
    let flags = [
        "--topic",
        "a",
        "-t",
        "b",
        "--event",
        "greeting",
        "--id",
        "7",
        "--retry",
        "1500ms",
        "--private",
    ];
    let mut command = tidings(&[&["publish", "Hello"], &flags[..]].concat());
    command.env("TIDINGS_URL", format!("{}/events", hub.url()));
    let running = start(command);
    let request = hub.request();
    assert_eq!(request.line(), "POST /events/");
    assert_eq!(
        request.body,
        r#"{"message":"Hello","topic":["a","b"],"event":"greeting","id":"7","retry":1500,"private":true}"#
    );
    request.answer(&published("7"));
    assert_eq!(running.finish().stdout, "7\n");
}

#[test]
fn a_refusal_is_told_with_its_detail() {
    let hub = Hub::start();
    let running = start(tidings(&["publish", "x", "--url", &hub.url()]));
    let body =
        r#"{"title":"Content Too Large","detail":"the body is over 2 MiB;\u001b[2J send less"}"#;
    hub.request()
        .answer(&problem("413 Content Too Large", body));
    let finished = running.finish();
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
    let expected = "tidings: the hub refused the message: the body is over 2 MiB; [2J send less (status 413)\n";
    assert_eq!(finished.stderr, expected);
}

#[test]
fn a_refusal_for_want_of_a_token_is_told_with_what_to_do() {
    for (arguments, line) in [
        (&["publish", "x"][..], "POST /"),
        (&["subscribe"], "GET /sse"),
    ] {
        for (token, advice) in [
            (&[][..], "by --token or TIDINGS_TOKEN"),
            (&["--token", "x"], "`tidings token --inspect TOKEN`"),
        ] {
            let hub = Hub::start();
            // The URL that Mercure's clients know is good enough.
            let url = format!("{}/.well-known/mercure", hub.url());
            let running = start(tidings(&[arguments, &["--url", &url], token].concat()));
            let request = hub.request();
            assert_eq!(request.line(), line);
            let body = r#"{"detail":"this needs a token"}"#;
            request.answer(&problem("401 Unauthorized", body));
            let finished = running.finish();
            assert_eq!(finished.code, Some(1), "{finished:?}");
            for part in ["this needs a token (status 401)", advice] {
                assert!(finished.stderr.contains(part), "{part}: {finished:?}");
            }
        }
    }
    let nowhere = run(&["publish", "x", "--token", "file:/no/such/file"]);
    let advice = "name a file that holds the token";
    assert!(nowhere.stderr.contains(advice), "{nowhere:?}");
}

#[test]
fn a_refusal_without_a_detail_is_told_with_its_status() {
    for answer in [
        "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            .to_owned(),
        problem("405 Method Not Allowed", "{}"),
        problem("405 Method Not Allowed", "no JSON"),
        // More than anybody should be told.
        problem(
            "405 Method Not Allowed",
            &format!(r#"{{"detail":"{}"}}"#, "x".repeat(64 * 1024)),
        ),
    ] {
        let hub = Hub::start();
        let running = start(tidings(&["publish", "x", "--url", &hub.url()]));
        hub.request().answer(&answer);
        let stderr = running.finish().stderr;
        assert_eq!(
            stderr,
            "tidings: the hub refused the message: status 405 Method Not Allowed\n"
        );
    }
}

/// Any web server may answer 200; that does not mean that anything was published.
#[test]
fn an_answer_without_an_id_is_no_success() {
    let hub = Hub::start();
    let running = start(tidings(&["publish", "x", "--url", &hub.url()]));
    hub.request()
        .answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let finished = running.finish();
    assert_eq!(finished.code, Some(1));
    assert!(
        finished
            .stderr
            .contains("names no event id; is it the URL of a hub?"),
        "{finished:?}"
    );
}

#[test]
fn no_hub_is_told() {
    let nobody = Nobody::new();
    let address = nobody.address();
    let finished = run(&["publish", "x", "--url", &format!("http://{address}")]);
    assert_eq!(finished.code, Some(1));
    assert!(
        finished
            .stderr
            .starts_with(&format!("tidings: cannot reach http://{address}/: ")),
        "{finished:?}"
    );
    assert!(
        finished.stderr.ends_with("; is a hub running there?\n"),
        "{finished:?}"
    );
}

/// As in a container that holds this program alone.
#[cfg(target_os = "linux")]
#[test]
fn a_system_without_certificates_can_do_plain_http() {
    let without_certificates = |url: &str| {
        let mut command = tidings(&["publish", "x", "--url", url]);
        command
            .env("SSL_CERT_FILE", "/no/such/file")
            .env("SSL_CERT_DIR", "/no/such/folder");
        start(command)
    };
    let hub = Hub::start();
    let running = without_certificates(&hub.url());
    hub.request().answer(&published("7"));
    assert_eq!(running.finish().stdout, "7\n");

    let finished = without_certificates("https://localhost:1").finish();
    assert_eq!(finished.code, Some(1));
    assert!(
        finished
            .stderr
            .ends_with("; install the CA certificates of the system\n"),
        "{finished:?}"
    );
}

#[test]
fn secrets_in_the_url_are_not_told() {
    let nobody = Nobody::new();
    let finished = run(&[
        "publish",
        "x",
        "--url",
        &format!("http://name:password@{}", nobody.address()),
    ]);
    assert!(
        finished.stderr.starts_with(&format!(
            "tidings: cannot reach http://{}/: ",
            nobody.address()
        )),
        "{finished:?}"
    );
}

#[test]
fn a_hub_that_hangs_up_leaves_it_open_whether_it_published() {
    let hub = Hub::start();
    let running = start(tidings(&["publish", "x", "--url", &hub.url()]));
    drop(hub.request());
    let finished = running.finish();
    assert_eq!(finished.code, Some(1));
    assert!(
        finished
            .stderr
            .ends_with("; the message may be published or not\n"),
        "{finished:?}"
    );
}

#[test]
fn each_line_of_the_input_is_a_message() {
    let hub = Hub::start();
    let mut command = tidings(&["publish", "-", "--topic", "log", "--url", &hub.url()]);
    command.stdin(Stdio::piped());
    let mut running = start(command);
    // A line is published when it is there, not when the input ends.
    running.write("first\n");
    let request = hub.request();
    assert_eq!(request.body, r#"{"message":"first","topic":["log"]}"#);
    request.answer(&published("1"));
    assert_eq!(running.next_line(), "1");
    running.write("\r\n\nlast, without an end");
    for (id, message) in [("2", ""), ("3", "")] {
        let request = hub.request();
        assert_eq!(
            request.body,
            format!(r#"{{"message":"{message}","topic":["log"]}}"#)
        );
        request.answer(&published(id));
        assert_eq!(running.next_line(), id);
    }
    let ending = std::thread::spawn(|| running.finish());
    let request = hub.request();
    assert_eq!(
        request.body,
        r#"{"message":"last, without an end","topic":["log"]}"#
    );
    request.answer(&published("4"));
    let finished = ending.join().unwrap();
    assert_eq!(
        (
            finished.code,
            finished.stdout.as_str(),
            finished.stderr.as_str()
        ),
        (Some(0), "4\n", "")
    );
}

#[test]
fn the_first_line_that_fails_ends_it_and_is_named() {
    let hub = Hub::start();
    let mut command = tidings(&["publish", "-", "--url", &hub.url()]);
    command.stdin(Stdio::piped());
    let mut running = start(command);
    running.write("one\ntwo\nthree\n");
    hub.request().answer(&published("1"));
    hub.request().answer(&problem(
        "422 Unprocessable Content",
        r#"{"detail":"no topic is named `two`"}"#,
    ));
    // The input stays open: it must not wait for more of it.
    let expected = "tidings: stopped at line 2; all lines before it are published: the hub refused the message: no topic is named `two` (status 422)";
    assert_eq!(running.next_error_line(), expected);
    let finished = running.finish();
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), "1\n"));
    assert!(hub.is_left_alone(), "line 3 was not to be published");
}

#[test]
fn a_line_that_is_not_text_is_named() {
    let hub = Hub::start();
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input");
    std::fs::write(&input, b"\xff\n").unwrap();
    let mut command = tidings(&["publish", "-", "--url", &hub.url()]);
    command.stdin(std::fs::File::open(&input).unwrap());
    let finished = start(command).finish();
    assert_eq!(finished.code, Some(1));
    assert_eq!(
        finished.stderr,
        "tidings: stopped at line 1; nothing was published: the line is not UTF-8: invalid utf-8 sequence of 1 bytes from index 0\n"
    );
}

/// The ids are a by-product: who reads only the first of them must not make it lose messages.
#[test]
fn goes_on_when_nobody_reads_the_ids() {
    let hub = Hub::start();
    let mut command = tidings(&["publish", "-", "--url", &hub.url()]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdin(Stdio::piped()).stdout(writer);
    let mut running = start(command);
    running.write("one\ntwo\n");
    hub.request().answer(&published("1"));
    hub.request().answer(&published("2"));
    let finished = running.finish();
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_token_is_shown_to_the_hub() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "from.a.file\n").unwrap();
    let file = format!("file:{}", file.display());
    for (flag, variable, shown) in [
        (Some("from.a.flag"), "from.a.variable", "Bearer from.a.flag"),
        (Some(file.as_str()), "", "Bearer from.a.file"),
        (None, "from.a.variable", "Bearer from.a.variable"),
    ] {
        let hub = Hub::start();
        let mut command = tidings(&["publish", "x", "--url", &hub.url()]);
        command.args(flag.map(|flag| ["--token", flag]).into_iter().flatten());
        if !variable.is_empty() {
            command.env("TIDINGS_TOKEN", variable);
        }
        let running = start(command);
        let request = hub.request();
        assert_eq!(request.field("authorization"), Some(shown));
        request.answer(&published("1"));
        assert_eq!(running.finish().code, Some(0));
    }
}

#[test]
fn a_token_that_is_none_is_not_repeated() {
    let finished = run(&["publish", "x", "--token", "hunter2\nhunter2"]);
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(!finished.stderr.contains("hunter2"), "{}", finished.stderr);
}
