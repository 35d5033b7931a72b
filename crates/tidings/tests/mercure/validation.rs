//! Which tokens are believed (draft-dunglas-mercure-08, section Token Validation).

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tidings_mercure::{
    PATH,
    token::{Algorithm, Draft, SigningKey, TopicMatcher, mint},
};

use crate::{
    forge::{HUB, ISSUER, PUBLISHER, SUBSCRIBER, base64url, claims, detail, now, signed_with, v1},
    server::Server,
    setup::Setup,
};

pub(crate) fn publishes(topics: &[&str]) -> Value {
    claims(json!([detail("publish", topics)]))
}

/// Good claims of a publisher, in which something is set, or with null removed.
pub(crate) fn with(name: &str, value: Value) -> String {
    let mut claims = publishes(&["*"]);
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    v1(PUBLISHER, &claims)
}

impl Server {
    /// The status of a publish to topic `a` by this token.
    pub(crate) async fn status(&self, token: &str) -> u16 {
        self.post_as(token, "topic=a").await.status()
    }

    /// These tokens are all refused as invalid.
    pub(crate) async fn refuses(&self, tokens: impl IntoIterator<Item = (&str, String)>) {
        for (what, token) in tokens {
            let answer = self.post_as(&token, "topic=a&id=refused").await;
            assert_eq!(answer.status(), 401, "{what}");
            let challenge = answer.head.field("www-authenticate").unwrap();
            assert!(challenge.contains("error=\"invalid_token\""), "{what}");
        }
    }
}

#[tokio::test]
async fn n37_the_type_of_a_token_is_that_of_an_access_token() {
    let server = Server::start().await;
    let claims = publishes(&["*"]).to_string();
    let of = |header: Value| signed_with(PUBLISHER, &header.to_string(), &claims);
    for typ in [
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/At+Jwt",
    ] {
        assert_eq!(
            server
                .status(&of(json!({"alg": "HS256", "typ": typ})))
                .await,
            200,
            "{typ}"
        );
    }
    let mut bad: Vec<(&str, String)> = [
        "JWT",
        "jwt",
        "",
        "at+jwt ",
        "text/at+jwt",
        "at+jwt; x",
        "at jwt",
        "dpop+jwt",
    ]
    .into_iter()
    .map(|typ| (typ, of(json!({"alg": "HS256", "typ": typ}))))
    .collect();
    bad.push(("none", of(json!({"alg": "HS256"}))));
    bad.push(("null", of(json!({"alg": "HS256", "typ": null}))));
    bad.push(("list", of(json!({"alg": "HS256", "typ": ["at+jwt"]}))));
    server.refuses(bad).await;
}

macro_rules! pem {
    ($name:literal) => {
        include_bytes!(concat!(
            "../../../tidings-mercure/tests/token/keys/",
            $name,
            ".pem"
        ))
        .as_slice()
    };
}

#[tokio::test]
async fn n38_algorithms_are_those_of_the_key() {
    const PAIRS: [(Algorithm, &str, &[u8], &[u8]); 3] = [
        (
            Algorithm::EdDsa,
            "https://ed.example",
            pem!("ed25519"),
            pem!("ed25519.pub"),
        ),
        (
            Algorithm::Es256,
            "https://es.example",
            pem!("p256"),
            pem!("p256.pub"),
        ),
        (
            Algorithm::Rs256,
            "https://rs.example",
            pem!("rsa"),
            pem!("rsa.pub"),
        ),
    ];
    let tables = PAIRS.map(|(algorithm, issuer, _, public)| {
        let public = str::from_utf8(public).unwrap();
        format!(
            "[[issuers]]\nid = '{issuer}'\npublisher_jwt_key = '''{public}'''\n\
             publisher_jwt_alg = '{algorithm}'\n"
        )
    });
    let server = Server::with(&tables.concat()).await;
    for (algorithm, issuer, private, public) in PAIRS {
        let key = SigningKey::pem(private, algorithm).unwrap();
        let now = SystemTime::now();
        let draft = Draft::v1(issuer, HUB, now + Duration::from_secs(60))
            .with_publish([TopicMatcher::exact("a")]);
        let token = mint(&draft, &key, now).unwrap();
        assert_eq!(server.status(&token).await, 200, "{algorithm}");

        // The public key is no secret, so as one it must not do.
        let mut claims = publishes(&["*"]);
        claims["iss"] = json!(issuer);
        let tokens =
            [public, public.trim_ascii_end()].map(|secret| ("as a secret", v1(secret, &claims)));
        server.refuses(tokens).await;
    }
}

#[tokio::test]
async fn n38_no_token_says_how_it_is_to_be_verified() {
    let server = Server::start().await;
    let claims = publishes(&["*"]).to_string();
    let signed = |header: &str| signed_with(PUBLISHER, header, &claims);
    let unsigned = |alg: &str| {
        let header = format!(r#"{{"alg":"{alg}","typ":"at+jwt"}}"#);
        format!("{}.{}.", base64url(header), base64url(&claims))
    };
    let own = b"a secret of the attacker's own, quite long";
    let jwk = format!(
        r#"{{"alg":"HS256","typ":"at+jwt","jwk":{{"kty":"oct","k":"{}"}}}}"#,
        base64url(own)
    );
    server
        .refuses([
            ("none", unsigned("none")),
            ("None", unsigned("None")),
            ("unsigned", unsigned("HS256")),
            ("none, signed", signed(r#"{"alg":"none","typ":"at+jwt"}"#)),
            ("HS384", signed(r#"{"alg":"HS384","typ":"at+jwt"}"#)),
            ("RS256", signed(r#"{"alg":"RS256","typ":"at+jwt"}"#)),
            ("no alg", signed(r#"{"typ":"at+jwt"}"#)),
            (
                "two algs",
                signed(r#"{"alg":"none","alg":"HS256","typ":"at+jwt"}"#),
            ),
            (
                "crit",
                signed(r#"{"alg":"HS256","typ":"at+jwt","crit":["x"],"x":1}"#),
            ),
            ("jwk", signed_with(own, &jwk, &claims)),
            (
                "another secret",
                signed_with(own, r#"{"alg":"HS256","typ":"at+jwt"}"#, &claims),
            ),
        ])
        .await;
    // What is only a hint does no harm.
    let header = r#"{"alg":"HS256","typ":"at+jwt","kid":"x","jku":"https://evil.example","x5u":"https://evil.example"}"#;
    assert_eq!(server.status(&signed(header)).await, 200);
}

#[tokio::test]
async fn n39_a_key_is_for_its_issuer_and_its_role() {
    let other = b"the secret of another issuer, of thirty-two bytes";
    let table = format!(
        "[[issuers]]\nid = 'https://other.example'\npublisher_jwt_key = '{}'\n",
        str::from_utf8(other).unwrap()
    );
    let server = Server::with(&table).await;
    let of = |issuer: Value, secret: &[u8]| {
        let mut claims = publishes(&["*"]);
        claims["iss"] = issuer;
        v1(secret, &claims)
    };
    assert_eq!(
        server
            .status(&of(json!("https://other.example"), other))
            .await,
        200
    );
    assert_eq!(server.status(&of(json!(ISSUER), PUBLISHER)).await, 200);
    server
        .refuses([
            ("ours by them", of(json!(ISSUER), other)),
            (
                "theirs by us",
                of(json!("https://other.example"), PUBLISHER),
            ),
            ("unknown", of(json!("https://evil.example"), PUBLISHER)),
            ("almost", of(json!(format!("{ISSUER}/")), PUBLISHER)),
            ("in capitals", of(json!("https://APP.example"), PUBLISHER)),
            ("none", with("iss", json!(null))),
            ("a list", of(json!([ISSUER]), PUBLISHER)),
            ("a reader's", v1(SUBSCRIBER, &publishes(&["*"]))),
        ])
        .await;
    let token = v1(PUBLISHER, &claims(json!([detail("subscribe", &["*"])])));
    let bearer = format!("Bearer {token}");
    let answer = server.get("match=a", &[("Authorization", &bearer)]).await;
    assert_eq!(answer.status(), 401, "a publisher's key");
}

#[tokio::test]
async fn n40_a_token_is_for_now_and_for_this_hub() {
    let server = Server::start().await;
    for (name, value) in [
        ("exp", json!(now() + 1000.5)),
        ("nbf", json!(now() - 1.0)),
        ("aud", json!(HUB)),
        ("aud", json!(["https://x.example", HUB])),
    ] {
        assert_eq!(
            server.status(&with(name, value.clone())).await,
            200,
            "{name} {value}"
        );
    }
    let bad = |name: &'static str, value: Value| (name, with(name, value));
    server
        .refuses([
            bad("exp", json!(null)),
            bad("exp", json!(now() - 1.0)),
            bad("exp", json!(0)),
            bad("exp", json!(-1)),
            bad("exp", json!("9999999999")),
            bad("exp", json!(1e300)),
            bad("nbf", json!(now() + 300.0)),
            bad("nbf", json!("x")),
            bad("aud", json!(null)),
            bad("aud", json!([])),
            bad("aud", json!("https://hub.example")),
            bad("aud", json!("https://hub.example/.well-known/mercure/")),
            bad("aud", json!("http://hub.example/.well-known/mercure")),
            bad("aud", json!(["https://x.example"])),
            bad("aud", json!([HUB, 1])),
            bad("aud", json!({"x": HUB})),
        ])
        .await;
}

#[tokio::test]
async fn n40_without_a_public_url_the_hub_is_what_the_request_names() {
    let server = Setup {
        public_url: None,
        ..Setup::default()
    }
    .start()
    .await;
    let at = |url: String| with("aud", json!(url));
    let url = format!("http://{}{PATH}", server.address);
    assert_eq!(server.status(&at(url.clone())).await, 200);
    assert_eq!(server.status(&at(HUB.to_owned())).await, 401);
    let bearer = format!("Bearer {}", at(url.replace("http:", "https:")));
    let fields = [("Authorization", &*bearer), ("X-Forwarded-Proto", "https")];
    assert_eq!(server.post("topic=a", &fields).await.status(), 200);
}

/// `public_url = "https://hub.example"` once made a hub of which no token could be.
#[tokio::test]
async fn n40_a_public_url_without_a_path_is_the_hub_there() {
    let server = Setup {
        public_url: Some("https://hub.example"),
        ..Setup::default()
    }
    .start()
    .await;
    for (audience, status) in [
        (HUB, 200),
        ("https://hub.example", 200),
        ("https://hub.example/", 401),
        ("https://hub.example/hub", 401),
    ] {
        let token = with("aud", json!(audience));
        assert_eq!(server.status(&token).await, status, "{audience}");
    }
    let metadata = "/.well-known/oauth-protected-resource/.well-known/mercure";
    let metadata = server.ask("GET", metadata, &[], "").await;
    assert!(metadata.text().contains(HUB), "{}", metadata.text());
}

/// The duties of an issuer are not the hub's to check.
#[tokio::test]
async fn n41_what_a_hub_does_not_need_may_be_missing() {
    let server = Server::start().await;
    let bare = publishes(&["*"]);
    for claim in ["sub", "client_id", "iat", "jti"] {
        assert!(bare.get(claim).is_none());
    }
    assert_eq!(server.status(&v1(PUBLISHER, &bare)).await, 200);
    let mut full = bare;
    full["sub"] = json!("x");
    full["client_id"] = json!("y");
    full["iat"] = json!(now() - 1.5);
    full["jti"] = json!("z");
    assert_eq!(server.status(&v1(PUBLISHER, &full)).await, 200);
}
