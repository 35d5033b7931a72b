//! `tidings token`.

use std::io::Write;
use std::process::Stdio;

use crate::program::{Finished, run, start, tidings};

const SECRET: &str = "a secret of thirty-two bytes or more";
const ISSUER: &str = "https://app.example";
const HUB: &str = "https://hub.example/.well-known/mercure";

/// Makes a token, and nothing is said of it.
fn mint(arguments: &[&str]) -> String {
    let finished = run(&[&["token"], arguments].concat());
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (Some(0), ""),
        "{finished:?}"
    );
    let token = finished.stdout.strip_suffix('\n').unwrap();
    assert_eq!(token.split('.').count(), 3, "{token}");
    token.to_owned()
}

fn inspect(token: &str, arguments: &[&str]) -> Finished {
    run(&[&["token", "--inspect", token], arguments].concat())
}

/// What is said on the line of this name.
fn line<'a>(finished: &'a Finished, name: &str) -> &'a str {
    let mut lines = finished.stdout.lines();
    let found = lines.find_map(|line| line.strip_prefix(name));
    found
        .unwrap_or_else(|| panic!("{name} is not in {finished:?}"))
        .trim_start()
}

fn key(name: &str) -> String {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tidings-mercure/tests/token/keys"
    );
    format!("file:{folder}/{name}")
}

#[test]
fn a_token_of_0_x_is_what_its_inspection_says() {
    let token = mint(&[
        "--legacy",
        "--key",
        SECRET,
        "--publish",
        "*",
        "--subscribe",
        "/books/{id}",
        "--payload",
        "{\"user\": 7}",
    ]);
    let finished = inspect(&token, &["--key", SECRET]);
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (Some(0), ""),
        "{finished:?}"
    );
    assert_eq!(line(&finished, "dialect"), "0.x");
    assert!(
        line(&finished, "publish").starts_with("accepted until "),
        "{finished:?}"
    );
    assert!(
        line(&finished, "publish").ends_with(": all topics"),
        "{finished:?}"
    );
    assert!(
        line(&finished, "subscribe").ends_with(": /books/{id}"),
        "{finished:?}"
    );
    for part in ["\"typ\": \"JWT\"", "\"user\": 7", "\"mercure\": {"] {
        assert!(
            finished.stdout.contains(part),
            "{part} is not in {finished:?}"
        );
    }
}

#[test]
fn a_token_of_1_0_is_what_its_inspection_says() {
    let (private, public) = (key("ed25519.pem"), key("ed25519.pub.pem"));
    let token = mint(&[
        "--issuer",
        ISSUER,
        "--url",
        HUB,
        "--key",
        &private,
        "--algorithm",
        "EdDSA",
        "--kid",
        "k1",
        "--subject",
        "me",
        "--publish",
        "https://app.example/1",
        "--publish-urlpattern",
        "/books/:id",
        "--expires",
        "2h",
    ]);
    let trusted = ["--issuer", ISSUER, "--key", &public, "--alg", "EdDSA"];
    let finished = inspect(&token, &[&trusted[..], &["--audience", HUB]].concat());
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (Some(0), ""),
        "{finished:?}"
    );
    assert_eq!(line(&finished, "dialect"), "1.0");
    let expected = ": https://app.example/1, the pattern /books/:id";
    assert!(
        line(&finished, "publish").ends_with(expected),
        "{finished:?}"
    );
    assert!(
        line(&finished, "subscribe").ends_with(": public messages only"),
        "{finished:?}"
    );
    for part in ["\"kid\": \"k1\"", "\"sub\": \"me\"", "\"typ\": \"at+jwt\""] {
        assert!(
            finished.stdout.contains(part),
            "{part} is not in {finished:?}"
        );
    }
    let elsewhere = inspect(
        &token,
        &[&trusted[..], &["--url", "https://other.example/"]].concat(),
    );
    assert_eq!(elsewhere.code, Some(1));
    assert!(
        line(&elsewhere, "publish").contains("(\"aud\")"),
        "{elsewhere:?}"
    );
    let unknown = inspect(&token, &trusted);
    assert_eq!(unknown.code, Some(0));
    assert!(
        line(&unknown, "note").contains("was not checked"),
        "{unknown:?}"
    );
    let condition = format!("accepted if the hub is {HUB} (aud), until ");
    assert!(
        line(&unknown, "publish").starts_with(&condition),
        "{unknown:?}"
    );
}

#[test]
fn the_keys_are_those_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tidings.toml");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
    let settings = format!(
        "public_url = '{HUB}'\n\
         publisher_jwt_key = 'file:{}'\n\
         [[issuers]]\n\
         id = '{ISSUER}'\n\
         subscriber_jwt_key = '{SECRET} too'",
        secret.display()
    );
    std::fs::write(&file, settings).unwrap();
    let config = ["--config", file.to_str().unwrap()];

    let token = mint(&[&config[..], &["--subscribe", "*"]].concat());
    let finished = inspect(&token, &config);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(
        line(&finished, "subscribe").ends_with(": all topics"),
        "{finished:?}"
    );
    assert!(
        line(&finished, "publish").starts_with("refused: no key of the issuer"),
        "{finished:?}"
    );

    let token = mint(&[&config[..], &["--legacy", "--publish", "*"]].concat());
    let finished = inspect(&token, &config);
    assert!(
        line(&finished, "publish").ends_with(": all topics"),
        "{finished:?}"
    );
    let mut by_variable = tidings(&["token", "--inspect", &token]);
    by_variable.env("MERCURE_PUBLISHER_JWT_KEY", SECRET);
    let finished = start(by_variable).finish();
    assert!(
        line(&finished, "publish").ends_with(": all topics"),
        "{finished:?}"
    );
}

#[test]
fn a_token_comes_from_standard_input_too() {
    let token = mint(&["--legacy", "--key", SECRET, "--publish", "a"]);
    let mut command = tidings(&["token", "--inspect", "-"]);
    command
        .stdin(Stdio::piped())
        .env("TIDINGS_TOKEN_KEY", SECRET);
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(format!("Bearer {token}\n").as_bytes())
        .unwrap();
    drop(input);
    assert!(child.wait_with_output().unwrap().status.success());
}

#[test]
fn it_is_said_why_a_token_is_refused() {
    let token = mint(&["--legacy", "--key", SECRET, "--publish", "*"]);
    let expired = mint(&[
        "--legacy",
        "--key",
        SECRET,
        "--publish",
        "*",
        "--expires",
        "0s",
    ]);
    let other = format!("{SECRET}!");
    for (token, key, reason) in [
        (
            token.as_str(),
            other.as_str(),
            "the signature is not by the trusted key",
        ),
        (&expired, SECRET, "it expired at "),
        ("x.y", SECRET, "the token has 2 parts between dots"),
    ] {
        let finished = inspect(token, &["--key", key]);
        assert_eq!(
            (finished.code, finished.stderr.as_str()),
            (Some(1), ""),
            "{finished:?}"
        );
        for role in ["publish", "subscribe"] {
            let said = line(&finished, role);
            assert!(said.starts_with(&format!("refused: {reason}")), "{said}");
        }
    }
    let finished = inspect(&token, &[]);
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stdout.starts_with("note       no key is set"),
        "{finished:?}"
    );
}

#[test]
fn a_token_that_is_not_there_is_said() {
    for token in ["", " ", "Bearer "] {
        let finished = inspect(token, &["--key", SECRET]);
        assert_eq!(
            (finished.code, finished.stdout.as_str()),
            (Some(2), ""),
            "{finished:?}"
        );
        assert!(
            finished.stderr.contains("no token was given"),
            "{finished:?}"
        );
    }
}

/// It was said to be accepted, though for no topic, and it was not said why.
#[test]
fn what_a_token_permits_in_the_wrong_place_is_said() {
    // {"publish":["*"]}, without the claim "mercure" around it.
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJwdWJsaXNoIjpbIioiXX0.xtu5hoiu3zjhcm3RaXRgv6R5RyZto3pUbtjsPcsj3iw";
    let finished = inspect(token, &["--key", SECRET]);
    assert_eq!(finished.code, Some(1), "{finished:?}");
    let why = "no `mercure` claim; `publish` belongs inside it";
    assert_eq!(line(&finished, "publish"), format!("refused: {why}"));
    assert!(line(&finished, "subscribe").contains(why), "{finished:?}");
}

/// A token is anybody's, and what is in it could move the cursor or turn the direction of writing.
#[test]
fn what_is_in_a_token_does_not_act_on_a_terminal() {
    let hidden = "\u{202e}a\u{9b}2J";
    let token = mint(&[
        "--legacy",
        "--key",
        SECRET,
        "--publish",
        "a",
        "--subject",
        hidden,
    ]);
    let finished = inspect(&token, &["--key", SECRET]);
    assert!(finished.stdout.is_ascii(), "{finished:?}");
}

#[test]
fn what_is_missing_is_said_with_what_to_do() {
    for (arguments, advice) in [
        (&[][..], "say what by --publish TOPIC or --subscribe TOPIC"),
        (
            &["--publish", "a", "--legacy"],
            "give one by --key file:PATH",
        ),
        (
            &["--publish", "a", "--key", SECRET],
            "give both by --issuer and --url",
        ),
        (
            &["--publish", "a", "--key", SECRET, "--issuer", ISSUER],
            "names its hub; give that by --url",
        ),
        (
            &["--publish", "a", "--key", SECRET, "--url", HUB],
            "names its issuer; give that by --issuer",
        ),
        (&["--publish", "a", "--payload", "x"], "write for example"),
        (&["--publish", "a", "--algorithm", "none"], "HS256"),
        (
            &["--publish", "a", "--key", "file:/no/such/file"],
            "name a file that holds the key",
        ),
        (&["--publish", "a", "--inspect", "x"], "cannot be used with"),
    ] {
        let finished = run(&[&["token"], arguments].concat());
        assert_eq!(
            (finished.code, finished.stdout.as_str()),
            (Some(2), ""),
            "{finished:?}"
        );
        assert!(
            finished.stderr.contains(advice),
            "{arguments:?}: {}",
            finished.stderr
        );
    }
}

/// The hub goes by a name that goes without saying there, as the issuer does; it had to be given.
#[test]
fn the_variables_of_a_mercure_hub_are_enough_to_make_a_token() {
    let with = |arguments: &[&str]| {
        let mut command = tidings(&[&["token"], arguments].concat());
        command.env("MERCURE_PUBLISHER_JWT_KEY", SECRET);
        start(command).finish()
    };
    let made = with(&["--publish", "*"]);
    assert_eq!((made.code, made.stderr.as_str()), (Some(0), ""), "{made:?}");
    let inspected = with(&["--inspect", made.stdout.trim()]);
    assert_eq!(line(&inspected, "dialect"), "1.0");
    for part in [
        "\"iss\": \"https://localhost\"",
        "\"aud\": \"https://localhost/.well-known/mercure\"",
    ] {
        assert!(
            inspected.stdout.contains(part),
            "{part} is not in {inspected:?}"
        );
    }
    let verdict = line(&inspected, "publish");
    assert!(verdict.starts_with("accepted until "), "{verdict}");
    assert!(!inspected.stdout.contains("note "), "{inspected:?}");
}

/// "There is no key" was said where there was one, for the other dialect or the other role.
#[test]
fn a_key_that_does_not_fit_is_said_with_the_dialect_and_the_setting() {
    let publisher = [("TIDINGS_PUBLISHER_JWT_KEY", SECRET)];
    let subscriber = [("MERCURE_SUBSCRIBER_JWT_KEY", SECRET)];
    let of_issuer = [publisher[0], ("TIDINGS_ISSUER", ISSUER)];
    let set = [
        ("TIDINGS_JWKS", "https://id.example"),
        ("TIDINGS_ISSUER", ISSUER),
    ];
    let (publish, legacy) = (["--publish", "a"], ["--legacy", "--subscribe", "a"]);
    let other = [&publish[..], &["--issuer", "https://other.example"]].concat();
    let both = [&legacy[..], &publish].concat();
    for (variables, arguments, said) in [
        (
            &[][..],
            &publish[..],
            "no key to sign a token of Mercure 1.0 with; give one by --key file:PATH, or set publisher_jwt_key and issuer,",
        ),
        (
            &[],
            &legacy,
            "no key to sign a token of Mercure 0.x with; give one by --key file:PATH, or set subscriber_jwt_key,",
        ),
        (
            &publisher,
            &publish,
            "no key for tokens of Mercure 1.0, only for those of 0.x; set issuer, make a token of 0.x by --legacy,",
        ),
        (
            &of_issuer,
            &legacy,
            "no key for tokens of Mercure 0.x, only for those of 1.0; set legacy_tokens = true, leave out --legacy,",
        ),
        (
            &of_issuer,
            &other,
            "no key for tokens of Mercure 1.0 of https://other.example; set publisher_jwt_key in a table [[issuers]]",
        ),
        (
            &publisher,
            &legacy,
            "no key for tokens of Mercure 0.x that may subscribe; set subscriber_jwt_key,",
        ),
        (
            &publisher,
            &both,
            "no key for tokens of Mercure 0.x that may subscribe; set subscriber_jwt_key,",
        ),
        (
            &subscriber,
            &publish,
            "no key for tokens of Mercure 1.0 that may publish; set publisher_jwt_key,",
        ),
        (&set, &publish, "public keys (jwks), which cannot sign"),
    ] {
        let mut command = tidings(&[&["token"], arguments].concat());
        command.envs(variables.iter().copied());
        let finished = start(command).finish();
        assert_eq!(
            (finished.code, finished.stdout.as_str()),
            (Some(2), ""),
            "{finished:?}"
        );
        assert!(
            finished.stderr.contains(said),
            "{said}: {}",
            finished.stderr
        );
    }
}

#[test]
fn a_key_that_cannot_sign_is_said_and_not_shown() {
    let (public, private) = (key("p256.pub.pem"), key("p256.pem"));
    for (key, algorithm, said) in [
        (
            public.as_str(),
            "ES256",
            "it is a public key; give the private one",
        ),
        (&private, "HS256", "name an algorithm of private keys"),
        ("hunter2", "RS256", "is not valid PEM"),
    ] {
        let arguments = [
            "token",
            "--legacy",
            "--publish",
            "a",
            "--key",
            key,
            "--algorithm",
            algorithm,
        ];
        let finished = run(&arguments);
        assert_eq!(
            (finished.code, finished.stdout.as_str()),
            (Some(1), ""),
            "{finished:?}"
        );
        assert!(finished.stderr.contains(said), "{}", finished.stderr);
        assert!(!finished.stderr.contains("hunter2"), "{}", finished.stderr);
    }
}

/// PEM begins with dashes, by which flags are known; a message that there is no such flag would repeat the key.
#[test]
fn a_key_in_pem_is_no_flag() {
    let pem = std::fs::read_to_string(key("ed25519.pem").trim_start_matches("file:")).unwrap();
    let arguments = [
        "--legacy",
        "--publish",
        "a",
        "--algorithm",
        "EdDSA",
        "--key",
    ];
    mint(&[&arguments[..], &[&pem]].concat());
    let finished = run(&["--publisher-jwt-key", &pem, "--publisher-jwt-alg", "EdDSA"]);
    assert_eq!(finished.code, Some(2));
    assert!(finished.stderr.contains("not a public key"), "{finished:?}");
    let secret = pem.lines().nth(1).unwrap();
    assert!(!finished.stderr.contains(secret), "{finished:?}");
}

/// Only the token goes to standard output.
#[test]
fn a_weak_secret_is_said_beside_the_token() {
    let finished = run(&["token", "--legacy", "--publish", "a", "--key", "!ChangeMe!"]);
    assert_eq!(finished.code, Some(0));
    assert_eq!(finished.stdout.lines().count(), 1);
    assert!(finished.stderr.contains("could be guessed"), "{finished:?}");
}
