//! Who may publish and subscribe once there is a key: the settings, the endpoint and the clients together. What the
//! endpoint answers to which token is tested in its own crate.

use tidings_testing::{Browser, Program, http, within};

use crate::{command, start_with};

const SECRET: &str = "a secret of thirty-two bytes or more";
const KEYS: [(&str, &str); 2] = [
    ("MERCURE_PUBLISHER_JWT_KEY", SECRET),
    ("MERCURE_SUBSCRIBER_JWT_KEY", SECRET),
];
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Runs a client to its end; whether it went well, and what it printed.
async fn client(arguments: &[&str]) -> (bool, String) {
    let output = within("the client", command(arguments).output())
        .await
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    (output.status.success(), printed.trim().to_owned())
}

async fn mint(arguments: &[&str]) -> String {
    let (made, token) = client(&[&["token", "--key", SECRET], arguments].concat()).await;
    assert!(made);
    token
}

async fn post(program: &Program, path: &str, fields: &[(&str, &str)], body: &str) -> u16 {
    let mut connection = http::Connection::open(program.address()).await;
    connection.request("POST", path, fields, body).await;
    connection.response().await.status()
}

async fn get(program: &Program, path: &str, fields: &[(&str, &str)]) -> u16 {
    let mut connection = http::Connection::open(program.address()).await;
    connection.request("GET", path, fields, "").await;
    connection.head().await.status
}

#[tokio::test]
async fn the_variables_of_a_mercure_hub_are_enough() {
    let program = start_with(&KEYS, &[]).await;
    let token = mint(&["--legacy", "--publish", "*", "--subscribe", "*"]).await;
    let bearer = format!("Bearer {token}");
    let shown = ("Authorization", bearer.as_str());
    let hub = "/.well-known/mercure";
    let book = "topic=https://a.example/1&data=hello";
    assert_eq!(post(&program, hub, &[FORM], book).await, 401);
    assert_eq!(post(&program, hub, &[FORM, shown], book).await, 200);
    assert_eq!(get(&program, &format!("{hub}?topic=*"), &[]).await, 401);
    assert_eq!(
        get(&program, &format!("{hub}?topic=*"), &[shown]).await,
        200
    );
    assert!(program.stop().await.success());
}

/// Images of 1.0 trust the issuer `https://localhost` where none is named, and are at `https://localhost` themselves where
/// they are given no name; tokens of 0.x may name any.
#[tokio::test]
async fn the_variables_of_a_mercure_hub_are_for_tokens_of_both_dialects() {
    let program = start_with(&KEYS, &[]).await;
    let hub = format!("{}/.well-known/mercure", program.url());
    let of = |issuer: &'static str| ["--publish", "*", "--issuer", issuer];
    for (token, status) in [
        (
            mint(&[&of("https://localhost")[..], &["--url", &hub]].concat()).await,
            200,
        ),
        (
            mint(&[&of("https://app.example")[..], &["--url", &hub]].concat()).await,
            401,
        ),
        (
            mint(&[&of("https://localhost")[..], &["--url", "http://else"]].concat()).await,
            401,
        ),
        (
            mint(
                &[
                    &of("https://localhost")[..],
                    &["--url", "https://localhost/.well-known/mercure"],
                ]
                .concat(),
            )
            .await,
            200,
        ),
        (mint(&["--legacy", "--publish", "*"]).await, 200),
        (
            mint(&[&of("https://app.example")[..], &["--legacy"]].concat()).await,
            200,
        ),
    ] {
        let bearer = format!("Bearer {token}");
        let fields = [FORM, ("Authorization", bearer.as_str())];
        let answered = post(&program, "/.well-known/mercure", &fields, "topic=a").await;
        assert_eq!(answered, status, "{token}");
    }
    assert!(!program.output().contains("WARN"), "{}", program.output());
    assert!(program.stop().await.success());
}

#[tokio::test]
async fn the_write_timeout_of_a_mercure_hub_ends_streams() {
    let directives = "anonymous\nwrite_timeout 300ms";
    let variables = [KEYS[0], ("MERCURE_EXTRA_DIRECTIVES", directives)];
    let program = start_with(&variables, &[]).await;
    for path in ["/sse", "/.well-known/mercure?match=a"] {
        let stream = http::subscribe(&format!("{}{path}", program.url()), &[]).await;
        let rest = stream.rest().await;
        assert!(
            rest.starts_with(":\nid: ") && rest.ends_with("\n\n"),
            "{rest:?}"
        );
    }
    assert!(!program.output().contains("write_timeout"));
    assert!(program.stop().await.success());
}

#[tokio::test]
async fn with_a_key_the_simple_paths_ask_for_tokens_too() {
    for arguments in [&[][..], &["--mercure", "false"]] {
        let program = start_with(&KEYS, arguments).await;
        let message = r#"{"message": "hello"}"#;
        assert_eq!(post(&program, "/", &[JSON], message).await, 401);
        assert_eq!(get(&program, "/sse", &[]).await, 401);
        assert_eq!(get(&program, "/healthz", &[]).await, 200);
        let hub = get(&program, "/.well-known/mercure?topic=a", &[]).await;
        assert_eq!(hub, if arguments.is_empty() { 401 } else { 404 });
        assert!(program.stop().await.success());
    }
}

/// It was said to publish with `POST /` instead, and nothing of the setting that is missing.
#[tokio::test]
async fn where_mercure_is_not_served_it_is_said_why() {
    for (variables, arguments, why) in [
        (&[][..], &[][..], "set publisher_jwt_key"),
        (&[], &["--mercure", "false"], "leave out mercure = false"),
        (&KEYS, &["--mercure", "false"], "leave out mercure = false"),
    ] {
        let program = start_with(variables, arguments).await;
        for path in [
            "/.well-known/mercure?topic=a",
            "/.well-known/mercure/subscriptions",
        ] {
            let answer = http::get(&format!("{}{path}", program.url())).await;
            assert_eq!(answer.status(), 404);
            assert!(answer.text().contains(why), "{}", answer.text());
        }
        let form = post(&program, "/.well-known/mercure", &[FORM], "topic=a").await;
        assert_eq!(form, 404);
        assert!(program.stop().await.success());
    }
}

#[tokio::test]
async fn the_clients_show_their_token() {
    let program = start_with(&KEYS, &["--anonymous", "true"]).await;
    let url = program.url().to_owned();
    let token = mint(&["--legacy", "--publish", "news"]).await;
    let publish = ["publish", "hello", "--topic", "news", "--url", url.as_str()];
    assert!(!client(&publish).await.0);
    assert!(
        client(&[&publish[..], &["--token", &token]].concat())
            .await
            .0
    );
    let last = ["--last-event-id", "earliest", "--count", "1"];
    let subscribe = ["subscribe", "--topic", "news", "--url", url.as_str()];
    let (ended, printed) = client(&[&subscribe[..], &last].concat()).await;
    assert!(ended);
    assert_eq!(printed, "hello");
    assert!(program.stop().await.success());
}

/// With a key to publish alone, the token of README was refused to subscribers who needed none.
#[tokio::test]
async fn one_secret_for_both_roles_lets_a_publisher_subscribe_with_its_token() {
    let keys = [
        "--publisher-jwt-key",
        SECRET,
        "--subscriber-jwt-key",
        SECRET,
    ];
    let program = start_with(&[], &[&keys[..], &["--anonymous", "true"]].concat()).await;
    let token = mint(&["--legacy", "--publish", "*"]).await;
    let url = program.url();
    let shown = ["--url", url, "--token", token.as_str()];
    assert!(
        client(&[&["publish", "hello"], &shown[..]].concat())
            .await
            .0
    );
    let first = ["subscribe", "--last-event-id", "earliest", "--count", "1"];
    let (ended, printed) = client(&[&first[..], &shown].concat()).await;
    assert!(ended);
    assert_eq!(printed, "hello");
    let in_query = format!("/sse?authorization={token}");
    assert_eq!(get(&program, &in_query, &[]).await, 200);
    assert!(program.stop().await.success());
}

/// The public half of the key `ed25519.pem`, with which the token is signed.
#[tokio::test]
async fn keys_may_come_from_a_set_of_an_issuer_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (set, file) = (
        folder.path().join("jwks.json"),
        folder.path().join("tidings.toml"),
    );
    let key =
        r#"{"kty": "OKP", "crv": "Ed25519", "x": "26mFHTHz4tLP5wDavJz-KpA21ve00pbl2XmJZHh_zyY"}"#;
    std::fs::write(&set, format!(r#"{{"keys": [{key}]}}"#)).unwrap();
    let (issuer, server) = ("https://id.example", "https://id.example/tokens");
    let settings = format!(
        "[[issuers]]\nid = '{issuer}'\njwks = 'file:{}'\nauthorization_server = '{server}'",
        set.display()
    );
    std::fs::write(&file, settings).unwrap();
    let program = start_with(&[], &["--config", file.to_str().unwrap()]).await;
    let private = concat!(
        "file:",
        env!("CARGO_MANIFEST_DIR"),
        "/../tidings-mercure/tests/token/keys/ed25519.pem"
    );
    let hub = format!("{}/.well-known/mercure", program.url());
    let token = [
        "token",
        "--key",
        private,
        "--algorithm",
        "EdDSA",
        "--issuer",
        issuer,
        "--url",
        &hub,
        "--publish",
        "news",
    ];
    let (made, token) = client(&token).await;
    assert!(made);
    let publish = [
        "publish",
        "x",
        "--topic",
        "news",
        "--url",
        program.url(),
        "--token",
        &token,
    ];
    assert!(client(&publish).await.0);
    let metadata = "/.well-known/oauth-protected-resource/.well-known/mercure";
    let metadata = http::get(&format!("{}{metadata}", program.url())).await;
    assert!(metadata.text().contains(server), "{}", metadata.text());
    assert!(program.stop().await.success());
}

/// The file of a table of an issuer: those of the settings go the same way.
#[tokio::test]
async fn a_key_in_a_file_rotates_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (key, file) = (
        folder.path().join("key"),
        folder.path().join("tidings.toml"),
    );
    let (first, next) = (
        "the first secret of this test, long",
        "the next secret of this test, as long",
    );
    std::fs::write(&key, first).unwrap();
    let (issuer, key_file) = ("https://app.example", format!("file:{}", key.display()));
    let settings = format!(
        "[[issuers]]\nid = '{issuer}'\npublisher_jwt_key = '{key_file}'\nsubscriber_jwt_key = '{key_file}'"
    );
    std::fs::write(&file, settings).unwrap();
    let program = start_with(&[], &["--config", file.to_str().unwrap()]).await;
    let hub = format!("{}/.well-known/mercure", program.url());
    let publishes = async |key: &str| {
        let token = [
            "token",
            "--key",
            key,
            "--issuer",
            issuer,
            "--url",
            &hub,
            "--publish",
            "*",
        ];
        let (made, token) = client(&token).await;
        assert!(made);
        let bearer = format!("Bearer {token}");
        let fields = [FORM, ("Authorization", bearer.as_str())];
        post(&program, "/.well-known/mercure", &fields, "topic=a").await
    };
    assert_eq!((publishes(first).await, publishes(next).await), (200, 401));
    // Replaced in one step, as one should: half of a secret is a secret too.
    let new = folder.path().join("new");
    std::fs::write(&new, next).unwrap();
    std::fs::rename(&new, &key).unwrap();
    program.wait_for_output("key has changed").await;
    assert_eq!((publishes(first).await, publishes(next).await), (401, 200));
    let told = program.output();
    assert_eq!(told.matches("key has changed").count(), 1, "{told}");
    assert!(!told.contains(next), "{told}");
    assert!(program.stop().await.success());
}

#[tokio::test]
async fn a_token_of_1_0_is_for_the_public_url() {
    let (issuer, hub) = (
        "https://app.example",
        "https://hub.example/.well-known/mercure",
    );
    let flags = [
        "--issuer",
        issuer,
        "--public-url",
        hub,
        "--publisher-jwt-key",
        SECRET,
    ];
    let program = start_with(&[], &flags).await;
    let book = "topic=https://a.example/1&data=hello";
    for (url, status) in [(hub, 200), ("https://other.example/", 401)] {
        let token = mint(&["--issuer", issuer, "--url", url, "--publish", "*"]).await;
        let bearer = format!("Bearer {token}");
        let fields = [FORM, ("Authorization", bearer.as_str())];
        assert_eq!(
            post(&program, "/.well-known/mercure", &fields, book).await,
            status
        );
    }
    assert!(program.stop().await.success());
}

#[tokio::test]
async fn the_page_takes_a_token_from_its_fragment_and_says_so_without() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start_with(&KEYS, &[]).await;
    let page = browser.page(program.url()).await;
    page.wait_for("refusal.textContent.includes('#token=')")
        .await;
    page.enter("#message", "refused").await;
    page.wait_for("problem.textContent.includes('#token=')")
        .await;
    let page = browser.page(&format!("{}/#token=x", program.url())).await;
    page.wait_for("refusal.textContent.includes('--inspect')")
        .await;

    let token = mint(&["--legacy", "--publish", "*", "--subscribe", "*"]).await;
    let page = browser
        .page(&format!("{}/?topic=news#token={token}", program.url()))
        .await;
    page.wait_for("connection.textContent === 'live'").await;
    page.enter("#message", "with a token").await;
    page.wait_for("messages.textContent.includes('with a token')")
        .await;
    browser.close().await;
    assert!(program.stop().await.success());
}

/// An environment of a Mercure hub whose key was lost on the way opened the hub to everybody.
#[tokio::test]
async fn a_mercure_environment_without_a_key_does_not_start() {
    for variable in [
        "MERCURE_PUBLISHER_JWT_KEY",
        "MERCURE_JWT_KEY",
        "MERCURE_LICENSE",
    ] {
        for value in ["", "x"] {
            if (variable, value) == ("MERCURE_PUBLISHER_JWT_KEY", "x") {
                continue;
            }
            let mut command = command(&["--listen", "localhost:0"]);
            command.env(variable, value);
            let output = within("the server", command.output()).await.unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(!output.status.success(), "{variable}={value}");
            assert!(said.contains("MERCURE_PUBLISHER_JWT_KEY"), "{said}");
        }
    }
}

#[tokio::test]
async fn a_key_for_one_role_only_is_worth_a_warning() {
    let program = start_with(&KEYS[..1], &[]).await;
    program
        .wait_for_output("there is no key to subscribe with")
        .await;
    assert!(program.stop().await.success());
}
