//! What is wrong is told, all of it, and what only looks wrong is not.

use super::{faults_of, resolve};
use crate::settings::definitions::SETTINGS;
use crate::settings::faults::Faults;
use crate::settings::sources::from_environment;

#[test]
fn a_wrong_type_is_refused_with_its_line() {
    let file = "\n# a comment\nheartbeat = 15\ngap_event = 1\nhistory_messages = true\nlisten = [5000]\nhistory_bytes = 0x10";
    assert_eq!(
        faults_of(file, &[], &[]),
        [
            "tidings.toml:3: heartbeat takes a string, and got an integer; write for example `heartbeat = \"15s\"`",
            "tidings.toml:4: gap_event takes a boolean, and got an integer; write for example `gap_event = true`",
            "tidings.toml:5: history_messages takes an integer, and got a boolean; write for example `history_messages = 100000`",
            "tidings.toml:6: listen takes a string or an array of strings, and got an array of other things than strings; write for example `listen = [\"localhost:5000\"]`",
            "tidings.toml:7: history_bytes takes a string or an integer, and got an integer that is not decimal; write for example `history_bytes = \"64MiB\"`",
        ]
    );
}

#[test]
fn unknown_names_are_refused_with_the_nearest_right_one() {
    let file = "hartbeat = '15s'\nstall-timeout = '1s'\nsomething_else = 1\n[server]\nlisten = 'localhost:1'";
    let variables = [
        ("TIDINGS_HISTROY_AGE", "1h"),
        ("TIDINGS_CONFG", "x"),
        ("TIDINGS_NONSENSE_ALTOGETHER", ""),
    ];
    assert_eq!(
        faults_of(file, &variables, &[]),
        [
            "tidings.toml:1: there is no setting `hartbeat`; write `heartbeat`",
            "tidings.toml:2: there is no setting `stall-timeout`; write `stall_timeout`",
            "tidings.toml:3: there is no setting `something_else`; remove it, or see `tidings serve --help` for those there are",
            "tidings.toml:4: there is no table `server`; write the settings in it at the top, outside of any table",
            "variable TIDINGS_CONFG: there is no such setting; write TIDINGS_CONFIG, or unset it",
            "variable TIDINGS_HISTROY_AGE: there is no such setting; write TIDINGS_HISTORY_AGE, or unset it",
            "variable TIDINGS_NONSENSE_ALTOGETHER: there is no such setting; unset it, or see `tidings serve --help` for those there are",
        ]
    );
}

/// What was to be written instead was empty where the default is, and never what was meant.
#[test]
fn what_to_write_instead_of_a_wrong_type_is_a_value() {
    let faults = faults_of("stream_lifetime = 30\ndrain = 7", &[], &[]);
    for (fault, advice) in faults.iter().zip([
        "got an integer; write for example `stream_lifetime = \"30s\"`",
        "got an integer; write for example `drain = \"7s\"`",
    ]) {
        assert!(fault.ends_with(advice), "{fault}");
    }
    for setting in SETTINGS {
        let fault = faults_of(&format!("{} = 1.5", setting.name), &[], &[]).remove(0);
        let (_, advice) = fault.split_once("write for example `").unwrap();
        resolve_advice(setting.name, advice.trim_end_matches('`'));
    }
}

/// Sets what is advised; a key in a file is not there.
fn resolve_advice(name: &str, advice: &str) {
    assert!(!advice.contains("\"\""), "{advice}");
    for fault in resolve(advice, &[], &[]).err().unwrap_or_default() {
        let excused = fault.contains("cannot read") || fault.contains("the issuer has no key");
        assert!(excused, "{name}: {fault}");
    }
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_their_places() {
    let file = "log_format = 'xml'\nno_such_key = 1\nheartbeat = '15'";
    let variables = [
        ("TIDINGS_HEARTBEAT", "soon"),
        ("TIDINGS_BODY_LIMIT", "2 apples"),
    ];
    let flags = [
        "--heartbeat",
        "0s",
        "--head-limit",
        "8KiB",
        "--target-limit",
        "9KiB",
    ];
    let faults = faults_of(file, &variables, &flags);
    assert_eq!(
        faults,
        [
            "tidings.toml:1: log_format: `xml` is not a log format; write text or json",
            "tidings.toml:2: there is no setting `no_such_key`; remove it, or see `tidings serve --help` for those there are",
            "tidings.toml:3: heartbeat: `15` is not a duration; write a number with a unit, such as 500ms, 15s, 10m or 1h",
            "variable TIDINGS_BODY_LIMIT: `2 apples` is not a size; write a whole number of bytes, or with a unit, such as 64KiB or 2MiB",
            "variable TIDINGS_HEARTBEAT: `soon` is not a duration; write a number with a unit, such as 500ms, 15s, 10m or 1h",
            "flag --heartbeat: `0s` is too little; write 100ms or more",
            "flag --target-limit: target_limit is 9KiB, more than head_limit, which is 8KiB (flag --head-limit); lower target_limit or raise head_limit",
        ]
    );
}

#[test]
fn a_file_that_is_no_toml_is_told_with_its_lines() {
    let faults = faults_of(
        "heartbeat = 15s\ndrain = '5s'\ndrain = '6s'\n",
        &[("TIDINGS_DRAIN", "x")],
        &[],
    );
    let places: Vec<&str> = faults
        .iter()
        .map(|fault| fault.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        places,
        ["tidings.toml:1", "tidings.toml:3", "variable TIDINGS_DRAIN"]
    );
}

#[test]
fn nothing_is_said_of_a_bound_that_has_a_fault() {
    let flags = ["--head-limit", "much", "--target-limit", "1MiB"];
    assert_eq!(
        faults_of("", &[], &flags),
        [
            "flag --head-limit: `much` is not a size; write a whole number of bytes, or with a unit, such as 64KiB or 2MiB"
        ]
    );
}

/// A limit that counted by what is in another header, or by nothing, would not be noticed.
#[test]
fn the_header_with_the_address_is_one_that_can_be_read() {
    for (name, advice) in [
        ("Forwarded", "have the proxy send X-Forwarded-For"),
        ("X Forwarded For", "as in X-Forwarded-For"),
    ] {
        let faults = faults_of("", &[("TIDINGS_CLIENT_ADDRESS_HEADER", name)], &[]);
        assert!(
            faults.len() == 1 && faults[0].contains(advice),
            "{faults:?}"
        );
    }
    let alone = ["--client-address-header", "x-real-ip"];
    let config = resolve("", &[], &alone).unwrap();
    assert!(config.remarks[0].contains("does nothing without max_subscribers_per_client"));
    let with_limit = [&alone[..], &["--max-subscribers-per-client", "9"]].concat();
    assert_eq!(resolve("", &[], &with_limit).unwrap().remarks, [""; 0]);
}

#[test]
fn a_server_listens_somewhere() {
    let expected =
        "tidings.toml:1: listen is empty; name at least one address, such as localhost:5000";
    assert_eq!(faults_of("listen = []", &[], &[]), [expected]);
}

#[test]
fn a_variable_that_is_not_utf_8_is_a_fault() {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;

        let mut faults = Faults::default();
        let value = std::ffi::OsString::from_vec(vec![0xff]);
        from_environment(&[("TIDINGS_DRAIN".into(), value)], &mut faults);
        assert_eq!(
            faults.lines(),
            ["variable TIDINGS_DRAIN: is not UTF-8; set it again, or unset it"]
        );
    }
}

#[test]
fn variables_of_the_program_are_no_settings() {
    resolve(
        "",
        &[
            ("TIDINGS_URL", "http://localhost:1"),
            ("TIDINGS_CONFIG", ""),
            ("PATH", "/bin"),
        ],
        &[],
    )
    .unwrap();
}

/// In Kubernetes, every pod beside a service named `tidings` gets these variables. A server that refuses to start
/// because of them cannot run there under its own name.
#[test]
fn variables_that_name_a_service_are_no_settings() {
    let variables = [
        ("TIDINGS_SERVICE_HOST", "10.0.0.11"),
        ("TIDINGS_SERVICE_PORT", "5000"),
        ("TIDINGS_SERVICE_PORT_HTTP", "5000"),
        ("TIDINGS_PORT", "tcp://10.0.0.11:5000"),
        ("TIDINGS_PORT_5000_TCP", "tcp://10.0.0.11:5000"),
        ("TIDINGS_PORT_5000_TCP_PROTO", "tcp"),
        ("TIDINGS_PORT_5000_TCP_PORT", "5000"),
        ("TIDINGS_PORT_5000_TCP_ADDR", "10.0.0.11"),
        ("TIDINGS_ADMIN_SERVICE_HOST", "10.0.0.12"),
        ("TIDINGS_ADMIN_PORT", "udp://10.0.0.12:1"),
    ];
    resolve("", &variables, &[]).unwrap();
    assert_eq!(faults_of("", &[("TIDINGS_PORT", "5000")], &[]).len(), 1);
}
