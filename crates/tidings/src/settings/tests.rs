//! From flags, variables and a file to the settings, or to all that is wrong with them.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::Config;
use super::definitions::SETTINGS;
use super::faults::Faults;
use super::file::from_text;
use super::resolve::resolve_given;
use super::sources::{from_environment, from_flags};
use super::value::{ByteSize, ListenAddress, LogFormat, Natural, Origin, Value};

/// Resolves as the program does, but for the file, which is given by its text.
fn resolve(file: &str, variables: &[(&str, &str)], flags: &[&str]) -> Result<Config, Vec<String>> {
    let mut faults = Faults::default();
    let environment: Vec<(OsString, OsString)> = variables
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let matches = clap::Command::new("tidings")
        .no_binary_name(true)
        .args(super::flags());
    let matches = matches.try_get_matches_from(flags).unwrap();
    let mut all_given = from_text(Path::new("tidings.toml"), file, &mut faults);
    all_given.extend(from_environment(&environment, &mut faults));
    all_given.extend(from_flags(&matches));
    resolve_given(&all_given, faults).map_err(|faults| faults.lines())
}

fn faults_of(file: &str, variables: &[(&str, &str)], flags: &[&str]) -> Vec<String> {
    resolve(file, variables, flags).unwrap_err()
}

fn listen(host: &str, port: u16) -> ListenAddress {
    ListenAddress {
        host: host.to_owned(),
        port,
    }
}

#[test]
fn nothing_given_is_the_defaults() {
    let config = resolve("", &[], &[]).unwrap();
    assert_eq!(config.listen, [listen("localhost", 5000)]);
    assert_eq!(config.allow_origin, []);
    assert_eq!(config.history_messages, 100_000);
    assert_eq!(config.history_bytes, ByteSize(64 << 20));
    assert_eq!(config.history_age, Duration::from_secs(3600));
    assert!(config.gap_event);
    assert_eq!(config.heartbeat, Duration::from_secs(15));
    assert_eq!(config.log_format, LogFormat::Text);
}

#[test]
fn every_default_lies_within_its_range() {
    // Each given by hand, so that its bounds are applied to it.
    for setting in SETTINGS
        .iter()
        .filter(|setting| !setting.default.is_empty())
    {
        resolve("", &[(&setting.variable(), setting.default)], &[]).unwrap();
    }
}

#[test]
fn every_bound_is_allowed_and_nothing_beyond() {
    for setting in SETTINGS {
        let Some((least, greatest)) = setting.range else {
            continue;
        };
        for bound in [least, greatest] {
            let faults = resolve("", &[(&setting.variable(), bound)], &[])
                .err()
                .unwrap_or_default();
            let out_of_range = faults.iter().find(|fault| fault.contains("is too"));
            assert_eq!(out_of_range, None, "{}", setting.name);
        }
        let beyond = format!("1{greatest}");
        let faults = faults_of("", &[(&setting.variable(), &beyond)], &[]);
        let expected = format!(
            "variable {}: `{beyond}` is too much; write {greatest} or less",
            setting.variable()
        );
        assert_eq!(faults, [expected]);
    }
}

#[test]
fn every_setting_is_a_flag_a_variable_and_a_key() {
    for setting in SETTINGS {
        let wrong = "wrong value, no doubt";
        let in_file = format!("{} = \"{wrong}\"", setting.name);
        let flag = format!("--{}", setting.flag());
        let faults = faults_of(&in_file, &[(&setting.variable(), wrong)], &[&flag, wrong]);
        let sources: Vec<&str> = faults
            .iter()
            .map(|fault| fault.split(": ").next().unwrap())
            .collect();
        assert_eq!(
            sources,
            [
                "tidings.toml:1",
                &format!("variable {}", setting.variable()),
                &format!("flag {flag}")
            ]
        );
    }
}

#[test]
fn a_flag_outranks_a_variable_and_a_variable_the_file() {
    let file = "heartbeat = '1s'\ndrain = '1s'\nstall_timeout = '1s'";
    let variables = [("TIDINGS_HEARTBEAT", "2s"), ("TIDINGS_DRAIN", "2s")];
    let config = resolve(file, &variables, &["--heartbeat", "3s"]).unwrap();
    assert_eq!(config.heartbeat, Duration::from_secs(3));
    assert_eq!(config.drain, Duration::from_secs(2));
    assert_eq!(config.stall_timeout, Duration::from_secs(1));
}

#[test]
fn a_list_is_replaced_as_a_whole() {
    let file = "listen = ['localhost:1', 'localhost:2']";
    assert_eq!(
        resolve(file, &[], &[]).unwrap().listen,
        [listen("localhost", 1), listen("localhost", 2)]
    );
    let variables = [("TIDINGS_LISTEN", "0.0.0.0:3, [::]:4")];
    assert_eq!(
        resolve(file, &variables, &[]).unwrap().listen,
        [listen("0.0.0.0", 3), listen("::", 4)]
    );
    let flags = ["--listen", "a.example:5", "--listen", "b.example:6"];
    assert_eq!(
        resolve(file, &variables, &flags).unwrap().listen,
        [listen("a.example", 5), listen("b.example", 6)]
    );
}

#[test]
fn the_file_may_use_the_types_of_toml() {
    let file = "history_messages = 5_000\nhistory_bytes = 1_000_000\ngap_event = false\nallow_origin = ['*']\n";
    let config = resolve(file, &[], &[]).unwrap();
    assert_eq!(config.history_messages, 5000);
    assert_eq!(config.history_bytes, ByteSize(1_000_000));
    assert!(!config.gap_event);
    assert_eq!(config.allow_origin, [Origin::Any]);
}

#[test]
fn the_file_may_use_strings_for_everything() {
    for setting in SETTINGS {
        let file = format!("{} = \"{}\"", setting.name, setting.default);
        assert_eq!(resolve(&file, &[], &[]), resolve("", &[], &[]));
    }
}

#[test]
fn a_wrong_type_is_refused_with_its_line() {
    let file = "\n# a comment\nheartbeat = 15\ngap_event = 1\nhistory_messages = true\nlisten = [5000]\nhistory_bytes = 0x10";
    assert_eq!(
        faults_of(file, &[], &[]),
        [
            "tidings.toml:3: heartbeat is a string, not an integer; write for example `heartbeat = \"15s\"`",
            "tidings.toml:4: gap_event is a boolean, not an integer; write for example `gap_event = true`",
            "tidings.toml:5: history_messages is an integer, not a boolean; write for example `history_messages = 100000`",
            "tidings.toml:6: listen is a string or an array of strings, not an array of other things than strings; write for example `listen = [\"localhost:5000\"]`",
            "tidings.toml:7: history_bytes is a string or an integer, not an integer that is not decimal; write for example `history_bytes = \"64MiB\"`",
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
        "--max-connections",
        "10",
        "--max-subscribers",
        "11",
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
            "flag --heartbeat: `0s` is too little; write 1s or more",
            "flag --max-subscribers: max_subscribers is 11, more than max_connections, which is 10 (flag --max-connections); lower max_subscribers or raise max_connections",
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
fn a_default_gives_way_to_a_bound_that_was_set() {
    let variables = [
        ("TIDINGS_MAX_CONNECTIONS", "100"),
        ("TIDINGS_HISTORY_BYTES", "1MiB"),
    ];
    let config = resolve("", &variables, &[]).unwrap();
    assert_eq!(config.max_subscribers, 100);
    assert_eq!(config.body_limit, ByteSize(1 << 20));
}

#[test]
fn nothing_is_said_of_a_bound_that_has_a_fault() {
    let flags = ["--max-connections", "many", "--max-subscribers", "60000"];
    assert_eq!(
        faults_of("", &[], &flags),
        ["flag --max-connections: `many` is not a number; write digits only, such as 1000"]
    );
}

#[test]
fn a_server_listens_somewhere() {
    let expected = "variable TIDINGS_LISTEN: listen is empty; name at least one address, such as localhost:5000";
    assert_eq!(faults_of("", &[("TIDINGS_LISTEN", "")], &[]), [expected]);
}

#[test]
fn addresses_to_listen_on() {
    let read = <ListenAddress as Value>::read;
    for (text, address) in [
        ("localhost:5000", listen("localhost", 5000)),
        ("127.0.0.1:0", listen("127.0.0.1", 0)),
        ("[::1]:80", listen("::1", 80)),
    ] {
        assert_eq!(read(text).as_ref(), Ok(&address));
        assert_eq!(address.to_string(), text);
    }
    for (text, advice) in [
        (
            "5000",
            "write localhost:5000, or 0.0.0.0:5000 for every network",
        ),
        (
            ":5000",
            "write localhost:5000, or 0.0.0.0:5000 for every network",
        ),
        ("localhost", "write localhost:5000"),
        ("::1", "write [::1]:5000"),
        ("::1:x", "write a number from 0 to 65535 after the colon"),
        (
            "localhost:65536",
            "write a number from 0 to 65535 after the colon",
        ),
        ("[localhost]:1", "write for example [::1]:5000"),
        (
            "http://localhost:5000",
            "leave out the scheme and the path, as in localhost:5000",
        ),
        ("", "write localhost:5000"),
    ] {
        let reason = read(text).unwrap_err();
        assert!(reason.ends_with(advice), "{text}: {reason}");
    }
}

#[test]
fn origins_are_written_as_browsers_write_them() {
    let read = <Origin as Value>::read;
    for text in [
        "https://example.com",
        "http://localhost:8080",
        "http://[::1]:1",
        "tauri://localhost",
    ] {
        assert_eq!(read(text), Ok(Origin::Exact(text.to_owned())));
    }
    for (text, right) in [
        ("https://example.com/", "https://example.com"),
        ("https://Example.com", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("https://user@example.com/path?query", "https://example.com"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ] {
        assert_eq!(
            read(text),
            Err(format!(
                "`{text}` is not how browsers write this origin; write {right}"
            ))
        );
    }
    for text in ["example.com", "example.com:443", "null", "file:///", ""] {
        assert!(
            read(text).unwrap_err().contains("is not an origin"),
            "{text}"
        );
    }
}

#[test]
fn sizes() {
    for (text, bytes) in [
        ("0", 0),
        ("1024", 1024),
        ("1_000", 1000),
        ("1kB", 1000),
        ("1KiB", 1024),
        ("2 mib", 2 << 20),
        ("3GB", 3_000_000_000),
        ("16777215TiB", 16_777_215 << 40),
    ] {
        assert_eq!(ByteSize::read(text), Ok(ByteSize(bytes)), "{text}");
    }
    for text in [
        "",
        "KiB",
        "-1",
        "1.5MiB",
        "1 KiB extra",
        "16777216TiB",
        "99999999999999999999",
    ] {
        assert!(ByteSize::read(text).is_err(), "{text}");
    }
    assert_eq!(ByteSize(0).to_string(), "0B");
    assert_eq!(ByteSize(1000).to_string(), "1000B");
    assert_eq!(ByteSize(64 << 20).to_string(), "64MiB");
}

#[test]
fn a_log_filter_that_would_silence_everything_by_a_slip_is_refused() {
    assert!(faults_of("", &[("TIDINGS_LOG", "inof")], &[])[0].contains("is not a log filter"));
    resolve("", &[("TIDINGS_LOG", "warn, tidings_hub=trace")], &[]).unwrap();
    resolve("", &[("TIDINGS_LOG", "off")], &[]).unwrap();
}

#[test]
fn a_variable_that_is_not_utf_8_is_a_fault() {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;

        let mut faults = Faults::default();
        let value = OsString::from_vec(vec![0xff]);
        from_environment(&[("TIDINGS_DRAIN".into(), value)], &mut faults);
        assert_eq!(
            faults.lines(),
            ["variable TIDINGS_DRAIN: is not UTF-8; set it again, or unset it"]
        );
    }
}

#[test]
fn choices_are_the_values_that_can_be_read() {
    for setting in SETTINGS
        .iter()
        .filter(|setting| setting.kind.natural != Natural::Array)
    {
        for choice in setting.kind.choices {
            resolve("", &[(&setting.variable(), choice)], &[]).unwrap();
        }
    }
}
