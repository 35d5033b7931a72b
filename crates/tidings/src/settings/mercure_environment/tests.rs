//! What the variables of Mercure's images amount to.

use std::time::Duration;

use super::caddyfile::{self, Directive, Unclosed};
use crate::settings::Config;
use crate::settings::tests::{faults_of, resolve};

const SECRET: &str = "a secret of thirty-two bytes or more";

fn directive(line: usize, name: &str, arguments: &[&str], block: bool) -> Directive {
    Directive {
        line,
        name: name.to_owned(),
        arguments: arguments.iter().map(|text| (*text).to_owned()).collect(),
        block,
    }
}

/// Resolves with these directives and a key, as every hub of this kind has one.
fn with(directives: &str) -> Config {
    let variables = [
        ("MERCURE_EXTRA_DIRECTIVES", directives),
        ("MERCURE_PUBLISHER_JWT_KEY", SECRET),
    ];
    resolve("", &variables, &[]).unwrap()
}

fn origins(config: &Config) -> Vec<&str> {
    config.allow_origin.iter().map(AsRef::as_ref).collect()
}

#[test]
fn a_caddyfile_is_words_quotes_comments_and_blocks() {
    let text = "# first\n\
                \tanonymous # why\n\
                cors_origins https://a.example \"https://b.example\" `*` \\\n\
                \thttps://c.example#d\n\
                transport bolt {\n\
                \tpath \"}\"\n\
                \tinner {\n\t}\n\
                }\n\
                publisher_jwt \"a \\\"quoted\\\"\nkey\" HS512\n\
                \"{\" }x\n";
    assert_eq!(
        caddyfile::read(text).unwrap(),
        [
            directive(2, "anonymous", &[], false),
            directive(
                3,
                "cors_origins",
                &[
                    "https://a.example",
                    "https://b.example",
                    "*",
                    "https://c.example#d"
                ],
                false
            ),
            directive(5, "transport", &["bolt"], true),
            directive(10, "publisher_jwt", &["a \"quoted\"\nkey", "HS512"], false),
            directive(12, "{", &["}x"], false),
        ]
    );
    for (text, line, what) in [
        ("\na \"b\nc", 2, "quote"),
        ("a `b", 1, "quote"),
        ("a\nb {\nc {\n}", 2, "block"),
    ] {
        assert_eq!(
            caddyfile::read(text),
            Err(Unclosed { line, what }),
            "{text}"
        );
    }
    for text in ["", "}", "{ }", "{\n}"] {
        assert_eq!(caddyfile::read(text), Ok(vec![]), "{text}");
    }
}

#[test]
fn directives_are_settings() {
    let config = with(
        "\
        anonymous\n\
        subscriptions\n\
        cors_origins https://a.example https://b.example\n\
        publish_origins *\n\
        heartbeat 1m30s\n\
        write_timeout 10m\n\
        cookie_name authorization\n\
        resource_identifier https://hub.example/.well-known/mercure\n\
        max_request_body_size 1MB\n\
        protocol_version_compatibility 7\n\
        subscriber_jwt \"another secret of thirty-two bytes\" HS512\n\
        topic_matcher_cache 1000\n",
    );
    assert!(config.anonymous && config.subscriptions);
    assert_eq!(origins(&config), ["https://a.example", "https://b.example"]);
    assert_eq!(config.publish_origin[0].as_ref(), "*");
    assert_eq!(config.heartbeat.as_secs(), 90);
    assert_eq!(config.greatest_age(), Some(Duration::from_secs(600)));
    assert_eq!(config.cookie_name.as_ref(), "authorization");
    let url = config.public_url.as_ref().unwrap();
    assert_eq!(url.as_str(), "https://hub.example/.well-known/mercure");
    assert_eq!(config.body_limit.0, 1_000_000);
    let [trust, implied] = &config.trusted[..] else {
        panic!("{:?}", config.trusted);
    };
    assert_eq!(implied.issuer.as_deref(), Some("https://localhost"));
    assert_eq!(implied.subscriber, trust.subscriber);
    assert!(trust.legacy && trust.publisher.is_some());
    let subscriber = trust.subscriber.as_ref().unwrap();
    assert_eq!(subscriber.key.text(), "another secret of thirty-two bytes");
    assert_eq!(config.remarks, [""; 0]);
}

/// There, streams end after ten minutes unless something else is said; here, after an hour.
#[test]
fn a_write_timeout_of_nothing_is_off() {
    let hour = Duration::from_secs(3600);
    assert_eq!(with("").greatest_age(), Some(hour));
    for off in ["0", "0s", "0m"] {
        let config = with(&format!("write_timeout {off}"));
        assert_eq!(config.greatest_age(), None, "{off}");
        assert_eq!(config.remarks, [""; 0]);
    }
}

#[test]
fn what_is_not_done_is_told_with_what_follows() {
    for (directive, told) in [
        ("dispatch_timeout 5s", "cut off after stall_timeout"),
        ("transport bolt {\npath x\n}", "history is kept in memory"),
        ("transport_url bolt://x.db", "history is kept in memory"),
        ("demo", "`tidings token`"),
        ("ui", "at /"),
        ("heartbeat 0s", "it cannot be switched off"),
        ("heartbeat", "it takes one value"),
        ("anonymous false", "it takes no value"),
        ("cookie_name {$COOKIE}", "placeholders such as {$NAME}"),
        ("cors_origins {env.ORIGINS}", "placeholders such as {$NAME}"),
        ("anonymus", "tidings does not know it"),
    ] {
        let config = with(&format!("# one\n{directive}"));
        let [remark] = &config.remarks[..] else {
            panic!("{directive}: {:?}", config.remarks);
        };
        let name = directive.split(' ').next().unwrap();
        let place = format!("variable MERCURE_EXTRA_DIRECTIVES, line 2, {name} is not used: ");
        assert!(
            remark.starts_with(&place) && remark.contains(told),
            "{remark}"
        );
        let silent = Config {
            remarks: Vec::new(),
            ..config
        };
        assert_eq!(silent, with(""), "{directive}");
    }
}

#[test]
fn an_origin_that_is_none_is_left_out_and_told() {
    let config = with(
        "cors_origins https://a.example https://*.b.example c.example\npublish_origins https://*.b.example",
    );
    assert_eq!(origins(&config), ["https://a.example"]);
    assert_eq!(config.publish_origin, []);
    let [wildcard, name, of_publishers] = &config.remarks[..] else {
        panic!("{:?}", config.remarks);
    };
    for remark in [wildcard, of_publishers] {
        let advice = "`https://*.b.example` has a wildcard, and origins are compared as a whole; write each of them, \
                      such as https://app.example.com, or * alone for all; it is left out";
        assert!(remark.ends_with(advice), "{remark}");
    }
    assert!(wildcard.contains("line 1, cors_origins: "), "{wildcard}");
    assert!(name.ends_with("or *; it is left out"), "{name}");
}

/// Without these the hub would be open, or refuse what it should take.
#[test]
fn what_cannot_be_ignored_is_a_fault() {
    let directives = "issuer https://app.example {\npublisher {\n}\n}\n\
                      publisher_jwt {env.KEY}\n\
                      publisher_jwks_url https://id.example\n\
                      heartbeat soon\n\
                      publisher_jwt";
    assert_eq!(
        faults_of("", &[("MERCURE_EXTRA_DIRECTIVES", directives)], &[]),
        [
            "variable MERCURE_EXTRA_DIRECTIVES, line 1, issuer: is not understood here; name the issuer by TIDINGS_ISSUER, or in the file by `[[issuers]]`",
            "variable MERCURE_EXTRA_DIRECTIVES, line 5, publisher_jwt: placeholders are not understood; write the key, or file:PATH",
            "variable MERCURE_EXTRA_DIRECTIVES, line 6, publisher_jwks_url: is not understood here; set TIDINGS_JWKS to its URL",
            "variable MERCURE_EXTRA_DIRECTIVES, line 7, heartbeat: `soon` is not a duration; write a number with a unit, such as 500ms, 15s, 10m or 1h",
            "variable MERCURE_EXTRA_DIRECTIVES, line 8, publisher_jwt: is a key and an algorithm; write both, or the key",
        ]
    );
    assert_eq!(
        faults_of("", &[("MERCURE_EXTRA_DIRECTIVES", "a\nb \"c")], &[]),
        ["variable MERCURE_EXTRA_DIRECTIVES: the quote on line 2 has no end; close it"]
    );
}

fn listening(server_name: &str) -> (String, Vec<String>) {
    let variables = [
        ("SERVER_NAME", server_name),
        ("MERCURE_LICENSE", ""),
        ("MERCURE_SUBSCRIBER_JWT_KEY", SECRET),
    ];
    let config = resolve("", &variables, &[]).unwrap();
    let listen: Vec<String> = config.listen.iter().map(ToString::to_string).collect();
    (listen.join(" "), config.remarks)
}

#[test]
fn a_server_name_is_an_address_unless_it_is_for_tls() {
    for (name, listen) in [
        (":80", "0.0.0.0:80"),
        (":3000", "0.0.0.0:3000"),
        ("http://:3000", "0.0.0.0:3000"),
        ("http://localhost", "0.0.0.0:80"),
        ("http://hub.example:8080/", "0.0.0.0:8080"),
        ("hub.example:80", "0.0.0.0:80"),
        ("http://a.example, :80 :81", "0.0.0.0:80 0.0.0.0:81"),
    ] {
        assert_eq!(listening(name), (listen.to_owned(), vec![]), "{name}");
    }
    for name in [
        "localhost",
        "hub.example",
        "https://a.example",
        ":443",
        "a.example:8443",
    ] {
        let (listen, remarks) = listening(name);
        assert_eq!(listen, "localhost:5000");
        assert!(
            remarks[0].contains("tidings does no TLS itself"),
            "{remarks:?}"
        );
        assert!(remarks[0].contains("TIDINGS_LISTEN"), "{remarks:?}");
    }
    let (listen, remarks) = listening("localhost, php:80");
    assert_eq!(listen, "0.0.0.0:80");
    assert!(
        remarks[0].contains("https at localhost, and"),
        "{remarks:?}"
    );
    assert!(!remarks[0].contains("TIDINGS_LISTEN"), "{remarks:?}");
}

#[test]
fn other_variables_are_told() {
    let variables = [
        ("MERCURE_TRANSPORT_URL", "bolt://x"),
        ("MERCURE_LICENSE", "x"),
        ("MERCURE_JWT_SECRET", "x"),
        ("CADDY_EXTRA_CONFIG", "x"),
        ("GLOBAL_OPTIONS", "debug"),
        ("CADDY_SERVER_EXTRA_DIRECTIVES", "x"),
        ("MERCURE_SERVICE_HOST", "10.0.0.1"),
        ("MERCURE_PORT", "tcp://10.0.0.1:80"),
    ];
    let key = ["--publisher-jwt-key", SECRET];
    let remarks = resolve("", &variables, &key).unwrap().remarks;
    assert_eq!(remarks.len(), 6, "{remarks:?}");
    for (remark, (name, _)) in remarks.iter().zip(variables) {
        let place = format!("variable {name} is not used: ");
        assert!(remark.starts_with(&place), "{remark}");
    }
}

/// Images of 1.0 trust `https://localhost` unless an issuer is named, and images of 0.x know no issuers: replacing either
/// is to be enough.
#[test]
fn the_keys_of_an_image_are_for_both_dialects() {
    let keys = [
        ("MERCURE_PUBLISHER_JWT_KEY", SECRET),
        ("MERCURE_SUBSCRIBER_JWT_KEY", SECRET),
    ];
    let trusted = resolve("", &keys, &[]).unwrap().trusted;
    let [legacy, implied] = &trusted[..] else {
        panic!("{trusted:?}");
    };
    assert!(legacy.legacy && legacy.issuer.is_none() && !legacy.is_implied);
    assert!(!implied.legacy && implied.is_implied);
    assert_eq!(implied.issuer.as_deref(), Some("https://localhost"));
    assert_eq!(implied.publisher, legacy.publisher);
    assert_eq!(implied.subscriber, legacy.subscriber);

    // Only what comes from the image.
    let mixed = resolve("", &keys[..1], &["--subscriber-jwt-key", SECRET]);
    let mixed = mixed.unwrap().trusted;
    assert!(mixed[1].publisher.is_some() && mixed[1].subscriber.is_none());
    let overridden = [
        "--publisher-jwt-key",
        "another",
        "--subscriber-jwt-key",
        SECRET,
    ];
    let overridden = resolve("", &keys, &overridden).unwrap();
    assert_eq!(overridden.trusted.len(), 1);
}

#[test]
fn where_an_issuer_is_named_none_is_implied() {
    let key = ("MERCURE_PUBLISHER_JWT_KEY", SECRET);
    let issuers = ("MERCURE_TRUSTED_ISSUERS", "https://app.example");
    let trusted = resolve("", &[key, issuers], &[]).unwrap().trusted;
    let [one] = &trusted[..] else {
        panic!("{trusted:?}");
    };
    assert_eq!(one.issuer.as_deref(), Some("https://app.example"));
    assert!(!one.legacy && !one.is_implied);

    let file = format!("[[issuers]]\nid = 'https://app.example'\npublisher_jwt_key = '{SECRET}'");
    let trusted = resolve(&file, &[key], &[]).unwrap().trusted;
    assert!(trusted.iter().all(|trust| !trust.is_implied));
    assert_eq!(trusted.len(), 2);
    let own = [("TIDINGS_PUBLISHER_JWT_KEY", SECRET)];
    assert_eq!(resolve("", &own, &[]).unwrap().trusted.len(), 1);
}

/// `SERVER_NAME` is a name that others use too.
#[test]
fn common_names_count_only_beside_one_of_mercure() {
    let variables = [
        ("SERVER_NAME", ":80"),
        ("GLOBAL_OPTIONS", "debug"),
        ("MERCURE_PORT", "tcp://10.0.0.1:80"),
    ];
    assert_eq!(resolve("", &variables, &[]), resolve("", &[], &[]));
}

/// Compose makes an empty variable of one that is not set.
#[test]
fn who_replaces_a_hub_is_not_left_without_a_key() {
    for variable in [
        ("MERCURE_PUBLISHER_JWT_KEY", ""),
        ("MERCURE_JWT_KEY", "x"),
        ("MERCURE_EXTRA_DIRECTIVES", "anonymous"),
    ] {
        let [fault] = &faults_of("", &[variable], &[])[..] else {
            panic!("{variable:?}");
        };
        assert!(
            fault.contains("no key, so everybody could publish"),
            "{fault}"
        );
        assert!(resolve("", &[variable], &["--mercure", "false"]).is_ok());
        let key = ["--publisher-jwt-key", SECRET];
        assert!(resolve("", &[variable], &key).is_ok());
    }
}
