//! Who is trusted, and with which keys.

use tidings_mercure::token::{Algorithm, JwksLocation};

use super::{faults_of, resolve};
use crate::settings::{Config, KeyWithAlgorithm, Trust};

const SECRET: &str = "a secret of thirty-two bytes or more";

fn keys_file(name: &str) -> String {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tidings-mercure/tests/token/keys"
    );
    format!("file:{folder}/{name}")
}

fn only(config: Config) -> Trust {
    let [trust] = <[Trust; 1]>::try_from(config.trusted).unwrap();
    trust
}

fn text(key: &Option<KeyWithAlgorithm>) -> (&str, Algorithm) {
    let key = key.as_ref().unwrap();
    (key.key.text(), key.algorithm)
}

#[test]
fn without_a_key_nothing_is_asked_for() {
    let config = resolve("", &[], &[]).unwrap();
    assert_eq!(config.trusted, []);
    assert!(!config.asks_for_tokens() && !config.serves_mercure());
    assert!(
        resolve("mercure = true", &[], &[])
            .unwrap()
            .serves_mercure()
    );
}

#[test]
fn a_key_alone_is_for_tokens_of_the_former_dialect() {
    let file = format!("publisher_jwt_key = '{SECRET}'\npublisher_jwt_alg = 'HS512'");
    let variables = [
        ("TIDINGS_PUBLISHER_JWT_KEY", SECRET),
        ("TIDINGS_PUBLISHER_JWT_ALG", "HS512"),
    ];
    let flags = [
        "--publisher-jwt-key",
        SECRET,
        "--publisher-jwt-alg",
        "HS512",
    ];
    for config in [
        resolve(&file, &[], &[]),
        resolve("", &variables, &[]),
        resolve("", &[], &flags),
    ] {
        let config = config.unwrap();
        assert!(config.asks_for_tokens() && config.serves_mercure());
        let trust = only(config);
        assert_eq!(text(&trust.publisher), (SECRET, Algorithm::Hs512));
        assert_eq!((trust.subscriber, trust.issuer), (None, None));
        assert!(trust.legacy);
    }
    let off = resolve(&file, &[], &["--mercure", "false"]).unwrap();
    assert!(off.asks_for_tokens() && !off.serves_mercure());
}

#[test]
fn with_an_issuer_the_keys_are_for_its_tokens() {
    let public = keys_file("p256.pub.pem");
    let flags = [
        "--issuer",
        "https://app.example",
        "--subscriber-jwt-key",
        &public,
    ];
    let flags = [&flags[..], &["--subscriber-jwt-alg", "ES256"]].concat();
    let trust = only(resolve("", &[], &flags).unwrap());
    assert_eq!(trust.issuer.as_deref(), Some("https://app.example"));
    assert!(!trust.legacy);
    assert!(
        text(&trust.subscriber)
            .0
            .starts_with("-----BEGIN PUBLIC KEY-----")
    );
    let both = resolve("legacy_tokens = true", &[], &flags).unwrap();
    assert!(only(both).legacy);
}

#[test]
fn the_file_names_any_number_of_issuers() {
    let public = keys_file("ed25519.pub.pem");
    let file = format!(
        "publisher_jwt_key = '{SECRET}'\n\
         [[issuers]]\n\
         id = 'https://app.example'\n\
         publisher_jwt_key = '{public}'\n\
         publisher_jwt_alg = 'EdDSA'\n\
         [[issuers]]\n\
         id = 'https://id.example'\n\
         jwks = 'https://id.example/jwks'\n\
         legacy_tokens = true\n\
         authorization_server = 'https://id.example'\n"
    );
    let config = resolve(&file, &[], &[]).unwrap();
    let [own, app, id] = <[Trust; 3]>::try_from(config.trusted).unwrap();
    assert!(own.issuer.is_none() && own.legacy);
    assert_eq!(app.issuer.as_deref(), Some("https://app.example"));
    assert_eq!(text(&app.publisher).1, Algorithm::EdDsa);
    assert!(!app.legacy && app.authorization_server.is_none());
    assert!(matches!(id.jwks, Some(JwksLocation::Url(_))) && id.legacy);
    assert_eq!(
        id.authorization_server.as_deref(),
        Some("https://id.example")
    );
}

#[test]
fn keys_that_cannot_be_used_are_faults() {
    let public = keys_file("rsa.pub.pem");
    let private = keys_file("rsa.pem");
    let file = format!("subscriber_jwt_key = '{private}'\nsubscriber_jwt_alg = 'RS256'");
    let flags = [
        "--publisher-jwt-key",
        public.as_str(),
        "--issuer",
        "https://app.example",
        "--jwks",
        "file:/no/such/file",
    ];
    assert_eq!(
        faults_of(&file, &[], &flags),
        [
            "tidings.toml:1: subscriber_jwt_key: with RS256: the PEM block is a PRIVATE KEY, not a public key; make one with: openssl pkey -in key.pem -pubout",
            "flag --jwks: cannot use /no/such/file: No such file or directory (os error 2); name a file with a set of public keys",
            "flag --publisher-jwt-key: with HS256: the secret is a PEM block; name an algorithm of public keys for it, such as ES256 or RS256",
        ]
    );
}

#[test]
fn what_would_trust_nobody_is_a_fault() {
    assert_eq!(
        faults_of("issuer = 'https://app.example'", &[], &[]),
        [
            "tidings.toml:1: issuer: the issuer has no key; set publisher_jwt_key, subscriber_jwt_key or jwks"
        ]
    );
    let variables = [("TIDINGS_PUBLISHER_JWT_KEY", SECRET)];
    assert_eq!(
        faults_of("legacy_tokens = false", &variables, &[]),
        [
            "tidings.toml:1: legacy_tokens: without an issuer the keys are for tokens of 0.x only; set issuer, or write true"
        ]
    );
}

/// A variable that a shell has not set is an empty flag. Taken for none, it would leave the hub open.
#[test]
fn an_empty_key_is_not_taken_for_none() {
    assert_eq!(
        faults_of("subscriber_jwt_key = ''", &[], &["--publisher-jwt-key", ""]),
        [
            "tidings.toml:1: subscriber_jwt_key: it is empty, so it would protect nothing; write a key, or leave the setting out",
            "flag --publisher-jwt-key: it is empty, so it would protect nothing; write a key, or leave the setting out",
        ]
    );
}

/// So is a variable of a compose file that is made from one which is not set; it opened the hub in silence.
#[test]
fn an_empty_variable_of_a_key_is_not_taken_for_none() {
    for variable in [
        "TIDINGS_PUBLISHER_JWT_KEY",
        "TIDINGS_SUBSCRIBER_JWT_KEY",
        "TIDINGS_JWKS",
    ] {
        assert_eq!(
            faults_of("", &[(variable, "")], &[]),
            [format!(
                "variable {variable}: it is empty, so it would protect nothing; write a key, or leave the setting out"
            )]
        );
    }
    let flag = ["--publisher-jwt-key", SECRET];
    let overridden = resolve("", &[("TIDINGS_PUBLISHER_JWT_KEY", "")], &flag).unwrap();
    assert!(overridden.asks_for_tokens());
}

/// A key of one space was a secret of one byte, with which the server started.
#[test]
fn a_key_of_white_space_is_as_good_as_empty() {
    let advice = "it is nothing but white space; write the key, or file:PATH";
    for blank in [" ", "\t \u{a0}"] {
        let table =
            format!("[[issuers]]\nid = 'https://app.example'\npublisher_jwt_key = '{blank}'");
        assert_eq!(
            faults_of(&table, &[], &["--publisher-jwt-key", blank]),
            [
                format!("tidings.toml:3: publisher_jwt_key: {advice}"),
                format!("flag --publisher-jwt-key: {advice}"),
            ]
        );
        let directive = format!("publisher_jwt \"{blank}\"");
        let directives = [("MERCURE_EXTRA_DIRECTIVES", &*directive)];
        assert_eq!(faults_of("", &directives, &[]).len(), 1);
        let variable = |name| resolve("", &[(name, blank)], &[]);
        assert!(variable("TIDINGS_PUBLISHER_JWT_KEY").is_err());
        // As if that were empty: who replaces a hub means to have a key.
        assert_eq!(
            faults_of("", &[("MERCURE_PUBLISHER_JWT_KEY", blank)], &[]),
            faults_of("", &[("MERCURE_PUBLISHER_JWT_KEY", "")], &[]),
        );
        assert!(variable("MERCURE_PUBLISHER_JWT_KEY").is_err());
        // What is no key has its own faults.
        assert!(variable("TIDINGS_HEARTBEAT").is_err());
    }
}

#[test]
fn faults_of_issuers_are_told_with_their_lines() {
    let file = "[[issuers]]\n\
                id = 'https://app.example'\n\
                [[issuers]]\n\
                publisher_jwt_key = 'x'\n\
                [[issuers]]\n\
                id = 7\n\
                publisher_key = 'x'\n\
                publisher_jwt_alg = 'none'\n\
                subscriber_jwt_key = true\n\
                [[issuers]]\n\
                id = 'https://other.example'\n\
                publisher_jwt_key = 'x'\n\
                publisher_jwt_alg = 'ES256'\n";
    assert_eq!(
        faults_of(file, &[], &[]),
        [
            "tidings.toml:2: the issuer has no key; write publisher_jwt_key, subscriber_jwt_key or jwks",
            "tidings.toml:4: the issuer has no `id`; write what its tokens have as `iss`",
            "tidings.toml:6: id is a string; write it in quotes",
            "tidings.toml:7: an issuer has no `publisher_key`; write `publisher_jwt_key`",
            "tidings.toml:8: publisher_jwt_alg: there is no algorithm \"none\"; choose one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA",
            "tidings.toml:9: subscriber_jwt_key takes a string, and got a boolean; write for example `subscriber_jwt_key = \"file:/etc/tidings/key\"`",
            "tidings.toml:12: publisher_jwt_key: with ES256: the key is not valid PEM (it does not begin as one); it begins with -----BEGIN PUBLIC KEY-----",
        ]
    );
    let twice = "[[issuers]]\nid = 'x'\npublisher_jwt_key = 'a'\n\
                 [[issuers]]\nid = 'x'\nsubscriber_jwt_key = 'b'";
    assert_eq!(
        faults_of(twice, &[], &[]),
        ["tidings.toml:5: there is another issuer with this id; write both in one table"]
    );
    assert_eq!(
        faults_of("[issuers]\nid = 'x'", &[], &[]),
        [
            "tidings.toml:1: issuers is a list of tables; write `[[issuers]]`, and below it `id` and keys"
        ]
    );
}

#[test]
fn secrets_are_in_no_fault_and_in_no_debug_output() {
    let file = "publisher_jwt_key = 'hunter2-file'\npublisher_jwt_alg = 'ES256'\n[[issuers]]\nid = 'x'\nsubscriber_jwt_key = 'hunter2-table'";
    let variables = [
        ("TIDINGS_SUBSCRIBER_JWT_KEY", "hunter2-variable"),
        ("MERCURE_PUBLISHER_JWT_KEY", "hunter2-mercure"),
    ];
    let faults = faults_of(file, &variables, &["--publisher-jwt-key", "hunter2-flag"]);
    assert!(!faults.join(" ").contains("hunter2"), "{faults:?}");
    let config = resolve(file, &variables, &["--publisher-jwt-alg", "HS256"]).unwrap();
    assert_eq!(config.trusted.len(), 2);
    let shown = format!("{config:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
