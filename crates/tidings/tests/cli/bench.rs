//! `tidings bench`, against the program itself and against servers that are not as good.

use serde_json::Value;

use crate::faulty::{Fault, Faulty};
use crate::hub::Nobody;
use crate::program::{Finished, Running, run, start, tidings};

/// The program, serving on a port of its own, and its URL.
fn serve() -> (Running, String) {
    let running = start(tidings(&["--listen", "127.0.0.1:0"]));
    let line = running.next_line();
    let url = line.strip_prefix("tidings is at ").unwrap().to_owned();
    (running, url)
}

/// Runs the load test with few subscribers.
fn bench(url: &str, arguments: &[&str]) -> Finished {
    run(&[&["bench", url, "--subscribers", "5"], arguments].concat())
}

/// The figures of a load test that must go well.
fn figures(url: &str, arguments: &[&str]) -> Value {
    let finished = bench(url, &[&["--json"], arguments].concat());
    assert_eq!(finished.code, Some(0), "{finished:?}");
    serde_json::from_str(&finished.stdout).unwrap()
}

/// Expected, received, lost, duplicated, out of order.
fn counts(figures: &Value) -> [u64; 5] {
    ["expected", "received", "lost", "duplicated", "out_of_order"]
        .map(|name| figures["deliveries"][name].as_u64().unwrap())
}

#[test]
fn a_token_opens_a_hub_that_asks_for_one() {
    let secret = "a secret of thirty-two bytes or more";
    let mut hub = tidings(&["--listen", "127.0.0.1:0"]);
    hub.env("TIDINGS_PUBLISHER_JWT_KEY", secret)
        .env("TIDINGS_SUBSCRIBER_JWT_KEY", secret);
    let hub = start(hub);
    let url = hub.next_line().replace("tidings is at ", "");
    let refused = bench(&url, &["--messages", "10"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("--token"), "{refused:?}");

    let mint = ["token", "--legacy", "--publish", "*", "--subscribe", "*"];
    let token = run(&[&mint[..], &["--key", secret]].concat()).stdout;
    let flags = ["--messages", "10", "--token", token.trim()];
    assert_eq!(counts(&figures(&url, &flags)), [50, 50, 0, 0, 0]);
    let mut by_variable = tidings(&["bench", &url, "--subscribers", "5", "--messages", "10"]);
    by_variable.env("TIDINGS_TOKEN", token.trim());
    assert_eq!(start(by_variable).finish().code, Some(0));
}

#[test]
fn the_hub_delivers_everything() {
    let (hub, url) = serve();
    let pid = hub.id().to_string();
    let flags = ["--messages", "200", "--server-pid", &pid];
    let figures = figures(&url, &flags);
    assert_eq!(counts(&figures), [1000, 1000, 0, 0, 0]);
    assert_eq!(
        (&figures["subscribers"], &figures["topics"]),
        (&5.into(), &1.into())
    );
    assert_eq!(
        (&figures["published"], &figures["publish_errors"]),
        (&200.into(), &0.into())
    );
    assert!(
        figures["deliveries"]["per_second"].as_f64() > Some(0.0),
        "{figures}"
    );
    assert!(
        figures["connect"]["per_second"].as_f64() > Some(0.0),
        "{figures}"
    );
    for times in ["latency_us", "publish_us"] {
        let time = |name: &str| figures[times][name].as_f64().unwrap();
        assert!(
            0.0 < time("p50") && time("p50") <= time("p99") && time("p99") <= time("max"),
            "{figures}"
        );
    }
    if cfg!(target_os = "linux") {
        // Five deliveries each, in thousandths of a microsecond.
        let cpu = |name: &str| figures["server"][name].as_f64().unwrap();
        let of_five = cpu("cpu_us_per_delivery") * 5.0;
        assert!(
            cpu("cpu_seconds") > 0.0 && (of_five - cpu("cpu_us_per_publish")).abs() < 0.01,
            "{figures}"
        );
        let of_server = |name: &str| figures["server"][name].as_f64().unwrap();
        assert!(of_server("rss_bytes_before") > 1e5, "{figures}");
        assert!(
            of_server("rss_bytes_peak") >= of_server("rss_bytes_idle"),
            "{figures}"
        );
        assert!(
            of_server("bytes_per_idle_subscriber").is_finite(),
            "{figures}"
        );
    }
}

#[test]
fn topics_requests_in_flight_and_stalled_subscribers() {
    let (_hub, url) = serve();
    // Three subscribers to one topic and two to the other, of which each has 150 messages.
    let flags = [
        "--messages",
        "300",
        "--topics",
        "2",
        "--in-flight",
        "16",
        "--stalled",
        "2",
    ];
    let figures = figures(&url, &flags);
    assert_eq!(counts(&figures), [750, 750, 0, 0, 0]);
    assert!(figures["server"].is_null(), "{figures}");
}

#[test]
fn a_rate_is_kept() {
    let (_hub, url) = serve();
    let figures = figures(&url, &["--messages", "101", "--rate", "200"]);
    assert_eq!(counts(&figures), [505, 505, 0, 0, 0]);
    // The last is due half a second after the first.
    assert!(figures["seconds"].as_f64() >= Some(0.5), "{figures}");
}

#[test]
fn idle_subscribers_are_measured_without_a_message() {
    let (_hub, url) = serve();
    let figures = figures(&url, &["--idle", "0.1"]);
    assert_eq!(counts(&figures), [0; 5]);
    assert_eq!(
        (&figures["published"], &figures["latency_us"]),
        (&0.into(), &Value::Null)
    );
}

#[test]
fn a_storm_returns_everybody_with_what_was_missed() {
    let (hub, url) = serve();
    let pid = hub.id().to_string();
    // Two topics: the first messages, those that are missed, and the last ones are dealt out between them.
    let figures = figures(
        &url,
        &["--storm", "31", "--topics", "2", "--server-pid", &pid],
    );
    // Three subscribers get 1 + 16 + 1, two get 1 + 15 + 1: the topics take turns.
    assert_eq!(counts(&figures)[1..], [3 * 18 + 2 * 17, 0, 0, 0]);
    let storm = &figures["storm"];
    assert_eq!(storm["missed"], 31);
    let seconds = |name: &str| storm[name].as_f64().unwrap();
    assert!(
        0.0 < seconds("open_seconds") && seconds("resumed_seconds") < seconds("live_seconds"),
        "{figures}"
    );
    // The live message to each, and nothing of what was waited for on purpose.
    assert!(
        figures["latency_us"]["max"].as_f64() < Some(1e6),
        "{figures}"
    );
    if cfg!(target_os = "linux") {
        assert!(storm["rss_bytes_peak"].as_f64() > Some(1e5), "{figures}");
    }
}

#[test]
fn a_storm_needs_events_with_ids() {
    // This server knows nothing of ids.
    let server = Faulty::start(|number| Some(vec![number]), ACCEPTED);
    let finished = bench(
        &server.url(),
        &[&["--storm", "10"], &TO_FAULTY[..]].concat(),
    );
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(finished.stderr.contains("have no id"), "{finished:?}");
}

#[test]
fn nothing_comes_to_bystanders() {
    let (_hub, url) = serve();
    for topics in ["1", "7"] {
        let figures = figures(
            &url,
            &[
                "--messages",
                "20",
                "--bystanders",
                "3",
                "--bystander-topics",
                topics,
            ],
        );
        assert_eq!(counts(&figures), [100, 100, 0, 0, 0]);
        assert_eq!(figures["bystanders"], 3);
    }
}

#[test]
fn the_table_and_the_plot() {
    let (_hub, url) = serve();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("latency.svg");
    let finished = bench(
        &url,
        &["--messages", "1000", "--plot", file.to_str().unwrap()],
    );
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (Some(0), ""),
        "{finished:?}"
    );
    let title = format!("{url}: 5 subscribers, 1,000 messages of 64 bytes, 1 in flight");
    for part in [
        title.as_str(),
        "5,000 of 5,000",
        "0 lost, 0 duplicated, 0 out of order",
        "p99.9",
        "latency  ",
    ] {
        assert!(
            finished.stdout.contains(part),
            "{part} is not in {}",
            finished.stdout
        );
    }
    let plot = std::fs::read_to_string(&file).unwrap();
    assert!(
        plot.starts_with("<svg ") && plot.contains(&title) && plot.ends_with("</svg>\n"),
        "{plot}"
    );
}

/// The counts of ten messages to five subscribers, by a server with this fault.
fn counts_of_faulty(fault: Fault, answer: &'static str) -> [u64; 5] {
    let server = Faulty::start(fault, answer);
    counts(&figures(
        &server.url(),
        &[&["--messages", "10"], &TO_FAULTY[..]].concat(),
    ))
}

const TO_FAULTY: [&str; 6] = [
    "--subscribe-path",
    "/events",
    "--body",
    "{data}",
    "--content-type",
    "text/plain",
];

const ACCEPTED: &str = "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn other_servers_are_understood() {
    for answer in [
        ACCEPTED,
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ] {
        assert_eq!(
            counts_of_faulty(|number| Some(vec![number]), answer),
            [50, 50, 0, 0, 0],
            "{answer}"
        );
    }
}

#[test]
fn what_is_lost_is_told() {
    let loses: Fault = |number| Some(if number == 2 { vec![] } else { vec![number] });
    assert_eq!(counts_of_faulty(loses, ACCEPTED), [50, 45, 5, 0, 0]);
}

#[test]
fn what_comes_again_is_told() {
    // Again at the very end, when everything is there already.
    let repeats: Fault = |number| {
        Some(if number == 9 {
            vec![9, 9]
        } else {
            vec![number]
        })
    };
    assert_eq!(counts_of_faulty(repeats, ACCEPTED), [50, 50, 0, 5, 0]);
}

#[test]
fn what_comes_out_of_order_is_told() {
    let reorders: Fault = |number| {
        Some(match number {
            2 => vec![],
            3 => vec![3, 2],
            _ => vec![number],
        })
    };
    assert_eq!(counts_of_faulty(reorders, ACCEPTED), [50, 50, 0, 0, 5]);
}

#[test]
fn streams_that_end_are_told_and_not_waited_for() {
    let fault: Fault = |number| (number != 5).then(|| vec![number]);
    let server = Faulty::start(fault, ACCEPTED);
    let finished = bench(
        &server.url(),
        &[&["--json", "--messages", "10"], &TO_FAULTY[..]].concat(),
    );
    let told = "tidings: the server ended 5 of the streams during the run\n";
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (Some(0), told),
        "{finished:?}"
    );
    let figures = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(counts(&figures), [50, 25, 25, 0, 0]);
}

#[test]
fn publishes_that_fail_are_told_with_the_reason() {
    let (_hub, url) = serve();
    let finished = bench(&url, &["--messages", "10", "--body", "{data}"]);
    assert_eq!(
        (finished.code, finished.stdout.as_str()),
        (Some(1), ""),
        "{finished:?}"
    );
    assert!(
        finished
            .stderr
            .contains("nothing was published: status 400"),
        "{finished:?}"
    );
    assert!(
        finished.stderr.contains("check --publish-path"),
        "{finished:?}"
    );
}

#[test]
fn a_server_beyond_this_machine_is_refused() {
    // An address for documentation (RFC 5737), which is never asked.
    let finished = run(&["bench", "http://192.0.2.1:5000/"]);
    assert_eq!(
        (finished.code, finished.stdout.as_str()),
        (Some(1), ""),
        "{finished:?}"
    );
    assert!(
        finished.stderr.contains("not on this machine"),
        "{finished:?}"
    );
    assert!(
        finished.stderr.contains("--beyond-loopback"),
        "{finished:?}"
    );
}

#[test]
fn what_cannot_be_measured_is_told_with_what_to_do() {
    let nobody = Nobody::new();
    let (_hub, url) = serve();
    for (arguments, code, message) in [
        (
            vec![format!("http://{}", nobody.address())],
            1,
            "is a server running there?",
        ),
        (vec!["https://localhost:1/".to_owned()], 1, "plain HTTP/1.1"),
        (
            vec![url.clone(), "--subscribe-path=/".to_owned()],
            1,
            "check --subscribe-path",
        ),
        (
            vec![url.clone(), "--subscribe-path=/nowhere".to_owned()],
            1,
            "status 404 (there is nothing at this path;",
        ),
        (
            vec![url.clone(), "--server-pid=2147483647".to_owned()],
            1,
            "check --server-pid",
        ),
        (
            vec![
                url.clone(),
                "--topics=2".to_owned(),
                "--body={data}".to_owned(),
            ],
            2,
            "put {topic} into",
        ),
        (
            vec![
                url.clone(),
                "--subscribe-path=/sse/{topic}".to_owned(),
                "--bystanders=1".to_owned(),
                "--bystander-topics=2".to_owned(),
            ],
            2,
            "put {topic} into its query",
        ),
        (
            vec![url.clone(), "--storm=1".to_owned(), "--idle=1".to_owned()],
            2,
            "cannot be used with",
        ),
        (vec![url.clone(), "--body=x".to_owned()], 2, "put {data}"),
        (vec![url.clone(), "--rate=0".to_owned()], 2, "from 0.001"),
        (vec![url, "--header=x".to_owned()], 2, "write for example"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let finished = run(&[&["bench"], &arguments[..]].concat());
        assert_eq!(finished.code, Some(code), "{finished:?}");
        assert!(
            finished.stderr.contains(message),
            "{message} is not in {finished:?}"
        );
    }
}
