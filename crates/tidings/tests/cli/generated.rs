//! Help, version, completions and man pages.

use crate::program::{run, start, tidings};

/// The output of a run that must go well.
fn output(arguments: &[&str]) -> String {
    let finished = run(arguments);
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (Some(0), ""),
        "{finished:?}"
    );
    finished.stdout
}

#[test]
fn help_shows_groups_defaults_and_variables() {
    for arguments in [&["--help"][..], &["serve", "--help"]] {
        let help = output(arguments);
        for part in [
            "\nHistory:\n",
            "--heartbeat <DURATION>",
            "[default: 15s] [from 100ms to 1h] [env: TIDINGS_HEARTBEAT]",
        ] {
            assert!(help.contains(part), "{part} is not in {help}");
        }
    }
    assert!(output(&["publish", "--help"]).contains("[env: TIDINGS_URL]"));
}

/// clap shows the values of variables unless it is told not to.
#[test]
fn secrets_are_in_no_help_and_no_page() {
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["serve", "--help"],
        &["publish", "--help"],
        &["subscribe", "--help"],
        &["token", "--help"],
        &["token", "-h"],
        &["man"],
        &["man", "token"],
        &["man", "publish"],
        &["completions", "bash"],
    ] {
        let mut command = tidings(arguments);
        for name in [
            "TIDINGS_TOKEN",
            "TIDINGS_TOKEN_KEY",
            "TIDINGS_PUBLISHER_JWT_KEY",
            "TIDINGS_SUBSCRIBER_JWT_KEY",
            "MERCURE_PUBLISHER_JWT_KEY",
        ] {
            command.env(name, "hunter2");
        }
        let finished = start(command).finish();
        assert_eq!(finished.code, Some(0), "{finished:?}");
        assert!(!finished.stdout.contains("hunter2"), "{}", finished.stdout);
    }
}

#[test]
fn the_short_help_is_short() {
    let (short, long) = (output(&["-h"]), output(&["--help"]));
    assert!(short.lines().count() * 2 < long.lines().count(), "{short}");
    assert!(short.contains("[default: 15s]"), "{short}");
}

#[test]
fn version() {
    assert_eq!(
        output(&["--version"]),
        concat!("tidings ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn completions_know_flags_and_values() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = output(&["completions", shell]);
        for part in [
            "subscribe",
            "history-bytes",
            "json",
            "publisher-jwt-key",
            "inspect",
        ] {
            assert!(
                script.contains(part),
                "{part} is not in the script for {shell}"
            );
        }
    }
}

#[test]
fn man_pages() {
    let page = output(&["man"]);
    for part in [
        ".TH tidings 1",
        ".SH HISTORY",
        "TIDINGS_HEARTBEAT",
        "tidings\\-publish(1)",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let page = output(&["man", "publish"]);
    for part in [".TH tidings-publish 1", "\\fB\\-\\-retry\\fR"] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let page = output(&["man", "token"]);
    assert!(page.contains("\\fB\\-\\-inspect\\fR"), "{page}");
    let unknown = run(&["man", "no-such-command"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.stderr.ends_with(
            "name one of: serve, publish, subscribe, token, health, bench, completions, man\n"
        ),
        "{unknown:?}"
    );
}
