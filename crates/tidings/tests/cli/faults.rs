//! What is wrong with the command line and the settings is told, with exit code 2.

use crate::program::{Finished, run, start, tidings};

fn fails(arguments: &[&str]) -> String {
    let finished = run(arguments);
    assert_eq!(
        (finished.code, finished.stdout.as_str()),
        (Some(2), ""),
        "{finished:?}"
    );
    finished.stderr
}

#[test]
fn faults_of_all_sources_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tidings.toml");
    std::fs::write(
        &file,
        "# what was meant?\nheart_beat = '15s'\nhistory_age = 60\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    for arguments in [
        &["--config", file, "--drain", "5"][..],
        &["serve", "--drain", "5", "--config", file],
    ] {
        let mut command = tidings(arguments);
        command
            .env("TIDINGS_HISTROY_BYTES", "1MiB")
            .env("TIDINGS_HEARTBEAT", "0s");
        let Finished {
            code,
            stdout,
            stderr,
        } = start(command).finish();
        let expected = format!(
            "\
tidings: the settings have 5 faults, nothing was started
  {file}:2: there is no setting `heart_beat`; write `heartbeat`
  {file}:3: history_age takes a string, and got an integer; write for example `history_age = \"60s\"`
  variable TIDINGS_HEARTBEAT: `0s` is too little; write 100ms or more
  variable TIDINGS_HISTROY_BYTES: there is no such setting; write TIDINGS_HISTORY_BYTES, or unset it
  flag --drain: `5` is not a duration; write a number with a unit, such as 500ms, 15s, 10m or 1h
"
        );
        assert_eq!((code, stdout.as_str(), stderr), (Some(2), "", expected));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_the_fault_of_who_named_it() {
    let stderr = fails(&["--config", "/no/such/file.toml"]);
    assert!(
        stderr.contains("\n  flag --config: cannot read /no/such/file.toml: "),
        "{stderr}"
    );

    let mut command = tidings(&[]);
    command.env("TIDINGS_CONFIG", "/no/such/file.toml");
    let stderr = start(command).finish().stderr;
    assert!(
        stderr.contains("\n  variable TIDINGS_CONFIG: cannot read /no/such/file.toml: "),
        "{stderr}"
    );
}

#[test]
fn a_flag_names_the_file_before_the_variable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("named-by-flag.toml");
    std::fs::write(&file, "heartbeat = 1").unwrap();
    let mut command = tidings(&["--config", file.to_str().unwrap()]);
    command.env("TIDINGS_CONFIG", "/no/such/file.toml");
    let stderr = start(command).finish().stderr;
    assert!(stderr.contains("named-by-flag.toml:1: "), "{stderr}");
    assert!(!stderr.contains("/no/such/file.toml"), "{stderr}");
}

#[test]
fn unknown_flags_are_refused_with_the_nearest_right_one() {
    assert!(fails(&["--heartbaet", "1s"]).contains("'--heartbeat'"));
    assert!(fails(&["publihs", "x"]).contains("'publish'"));
}

#[test]
fn the_clients_check_what_they_are_given() {
    for (arguments, advice) in [
        (&["publish"][..], "MESSAGE"),
        (&["publish", "-", "--id", "7"], "leave out one of them"),
        (
            &["publish", "x", "--url", "localhost:5000"],
            "write for example http://localhost:5000",
        ),
        (
            &["publish", "x", "--url", "http://localhost:5000/?topic=a"],
            "write for example http://localhost:5000",
        ),
        (
            &["publish", "x", "--retry", "3"],
            "write a number with a unit",
        ),
        (&["subscribe", "--count", "0"], "--count"),
        (
            &["subscribe", "--idle-timeout", "0s"],
            "write for example 60s",
        ),
        (
            &["subscribe", "--last-event-id", "a\nb"],
            "give it as the hub sent it",
        ),
    ] {
        let stderr = fails(arguments);
        assert!(stderr.contains(advice), "{arguments:?}: {stderr}");
    }
}
