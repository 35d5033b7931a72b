//! Which of several values counts.

use std::time::Duration;

use super::resolve;
use crate::settings::definitions::SETTINGS;
use crate::settings::trust::KEYS;
use crate::settings::value::{ByteSize, ListenAddress, LogFormat};

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
fn a_flag_outranks_a_variable_and_a_variable_the_file() {
    let file = "heartbeat = '1s'\ndrain = '1s'\nstall_timeout = '1s'";
    let variables = [("TIDINGS_HEARTBEAT", "2s"), ("TIDINGS_DRAIN", "2s")];
    let config = resolve(file, &variables, &["--heartbeat", "3s"]).unwrap();
    assert_eq!(config.heartbeat, Duration::from_secs(3));
    assert_eq!(config.drain, Duration::from_secs(2));
    assert_eq!(config.stall_timeout, Duration::from_secs(1));
}

#[test]
fn the_variables_of_mercure_stand_between_the_file_and_those_of_tidings() {
    let file = "cookie_name = 'file'\nissuer = 'file'\njwks = 'https://id.example'\nlisten = 'localhost:1'";
    let mercure = [
        (
            "MERCURE_EXTRA_DIRECTIVES",
            "cookie_name mercure\nheartbeat 1s",
        ),
        ("MERCURE_TRUSTED_ISSUERS", "mercure"),
        ("SERVER_NAME", ":80"),
    ];
    let config = resolve(file, &mercure, &[]).unwrap();
    assert_eq!(config.cookie_name.as_ref(), "mercure");
    assert_eq!(config.trusted[0].issuer.as_deref(), Some("mercure"));
    let tidings = [("TIDINGS_ISSUER", "tidings"), ("TIDINGS_HEARTBEAT", "2s")];
    let config = resolve(file, &[&mercure[..], &tidings].concat(), &[]).unwrap();
    assert_eq!(config.trusted[0].issuer.as_deref(), Some("tidings"));
    assert_eq!(config.heartbeat, Duration::from_secs(2));
    // What is made of a name is no more than a guess, and gives way to the file.
    assert_eq!(config.listen, [listen("localhost", 1)]);
    let config = resolve(
        "",
        &mercure,
        &["--issuer", "x", "--jwks", "https://id.example"],
    )
    .unwrap();
    assert_eq!(config.listen, [listen("0.0.0.0", 80)]);
    assert_eq!(config.trusted[0].issuer.as_deref(), Some("x"));
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
    assert_eq!(config.allow_origin.len(), 1);
    assert_eq!(config.allow_origin[0].as_ref(), "*");
}

#[test]
fn the_file_may_use_strings_for_everything() {
    // An empty key is a fault, lest it be taken for none.
    let settings = SETTINGS.iter();
    for setting in settings.filter(|setting| !KEYS.contains(&setting.name)) {
        let file = format!("{} = \"{}\"", setting.name, setting.default);
        assert_eq!(resolve(&file, &[], &[]), resolve("", &[], &[]));
    }
}

#[test]
fn a_default_gives_way_to_a_bound_that_was_set() {
    let config = resolve("", &[("TIDINGS_HEAD_LIMIT", "1KiB")], &[]).unwrap();
    assert_eq!(config.target_limit, ByteSize(1 << 10));
}

/// Where nobody shows a token, there is no right that could end.
#[test]
fn a_stream_has_a_greatest_age_once_there_is_a_key_unless_something_else_is_said() {
    let hour = Duration::from_secs(3600);
    let key = (
        "TIDINGS_SUBSCRIBER_JWT_KEY",
        "a secret of thirty-two bytes or more",
    );
    let age = |variables: &[_]| resolve("", variables, &[]).unwrap().greatest_age();
    let set = |text| ("TIDINGS_STREAM_LIFETIME", text);
    assert_eq!(age(&[]), None);
    assert_eq!(age(&[key]), Some(hour));
    assert_eq!(age(&[set("1h")]), Some(hour));
    assert_eq!(age(&[key, set("2h")]), Some(2 * hour));
    assert_eq!(age(&[key, set("0s")]), None);
}

/// Compose files pass on variables that nobody has set: empty ones.
#[test]
fn an_empty_variable_says_nothing() {
    let config = resolve("heartbeat = '1s'", &[("TIDINGS_HEARTBEAT", "")], &[]).unwrap();
    assert_eq!(config.heartbeat, Duration::from_secs(1));
}
