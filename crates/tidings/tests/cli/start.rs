//! What the server says at its start.

use crate::program::{Finished, run, start, tidings};

/// Starts the server with these variables, ends it as soon as it is ready, and gives what it has said.
fn said(variables: &[(&str, &str)], arguments: &[&str]) -> Finished {
    let mut command = tidings(&[&["--listen", "localhost:0"], arguments].concat());
    command.envs(variables.iter().copied());
    let running = start(command);
    let mut stdout = running.next_line();
    while !stdout.contains("History is in memory") {
        stdout = format!("{stdout}\n{}", running.next_line());
    }
    running.signal("TERM");
    let mut finished = running.finish();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    finished.stdout.insert_str(0, &stdout);
    finished
}

#[test]
fn without_a_key_it_says_nothing_of_tokens() {
    let Finished { stdout, stderr, .. } = said(&[], &[]);
    assert!(
        !stdout.contains("oken") && !stdout.contains("mercure"),
        "{stdout}"
    );
    assert!(!stderr.contains("WARN"), "{stderr}");
}

#[test]
fn with_a_key_it_says_where_mercure_is_and_that_publishing_needs_a_token() {
    let secret = "a secret of thirty-two bytes or more";
    let variables = [("TIDINGS_PUBLISHER_JWT_KEY", secret)];
    let Finished { stdout, stderr, .. } = said(&variables, &["--anonymous", "true"]);
    for part in [
        "/.well-known/mercure\n",
        "Bearer $TOKEN",
        "Publishing needs a token",
        "Subscribing needs none, and whoever shows one is refused",
    ] {
        assert!(stdout.contains(part), "{part} is not in {stdout}");
    }
    assert!(!stderr.contains("WARN"), "{stderr}");
    assert!(!stdout.contains(secret) && !stderr.contains(secret));
}

#[test]
fn a_secret_that_could_be_guessed_is_worth_a_warning() {
    for (secret, part) in [
        (
            "short",
            "subscriber_jwt_key: the secret has 5 bytes, HS256 asks for 32",
        ),
        (
            "!ChangeMe!",
            "subscriber_jwt_key: the secret stands in examples, so everybody knows it",
        ),
    ] {
        let variables = [("MERCURE_SUBSCRIBER_JWT_KEY", secret)];
        let Finished { stderr, .. } = said(&variables, &["--log", "trace"]);
        assert_eq!(stderr.matches(part).count(), 1, "{part}: {stderr}");
        assert!(!stderr.contains("!ChangeMe!"), "{stderr}");
    }
}

#[test]
fn what_of_a_mercure_hub_is_not_done_is_told() {
    let variables = [
        (
            "MERCURE_PUBLISHER_JWT_KEY",
            "a secret of thirty-two bytes or more",
        ),
        (
            "MERCURE_EXTRA_DIRECTIVES",
            "anonymous\ndispatch_timeout 10s\nuse_the_force",
        ),
        ("MERCURE_TRANSPORT_URL", "bolt://mercure.db"),
        ("SERVER_NAME", "hub.example"),
    ];
    let Finished { stderr, .. } = said(&variables, &[]);
    for part in [
        "line 2, dispatch_timeout is not used",
        "line 3, use_the_force is not used",
        "MERCURE_TRANSPORT_URL is not used",
        "tidings does no TLS itself",
    ] {
        assert!(stderr.contains(part), "{part} is not in {stderr}");
    }
}

/// Keys at a URL may be missing for a while; those in a file have no reason to be.
#[test]
fn a_key_set_at_a_url_may_be_missing_at_first() {
    let Finished { stderr, .. } = said(&[("TIDINGS_JWKS", "http://127.0.0.1:1/jwks")], &[]);
    assert!(stderr.contains("a key set is not loaded yet"), "{stderr}");
}

#[test]
fn without_a_key_nobody_can_publish_by_mercure() {
    let Finished { stderr, .. } = said(&[], &["--mercure", "true"]);
    assert!(
        stderr.contains("nobody can publish by the Mercure protocol"),
        "{stderr}"
    );
}

/// `http://0.0.0.0/` leads nowhere from other machines, and nowhere at all in some browsers.
#[test]
fn on_all_networks_it_says_where_it_can_be_reached() {
    let running = start(tidings(&["--listen", "0.0.0.0:0"]));
    let line = running.next_line();
    let url = line.strip_prefix("tidings is at ").unwrap();
    assert!(url.starts_with("http://localhost:"), "{url}");
    let port = url.trim_matches(|c: char| !c.is_ascii_digit());
    let elsewhere = format!("          and from elsewhere at port {port} of this machine");
    assert_eq!(running.next_line(), elsewhere);
    let published = run(&["publish", "hello", "--url", url]);
    assert_eq!(published.code, Some(0), "{published:?}");
}

#[test]
fn the_public_url_is_where_mercure_is_said_to_be() {
    let variables = [
        (
            "MERCURE_PUBLISHER_JWT_KEY",
            "a secret of thirty-two bytes or more",
        ),
        ("TIDINGS_PUBLIC_URL", "https://hub.example"),
    ];
    let Finished { stdout, .. } = said(&variables, &[]);
    let line = "mercure    https://hub.example/.well-known/mercure";
    assert!(stdout.contains(line), "{stdout}");
}
