//! Tokens: where they come, when they are believed, what they permit (draft-dunglas-mercure-08,
//! section Authorization).

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidings_mercure::{
    PATH,
    token::{Algorithm, SigningKey},
};

use crate::{
    forge::{
        DETAIL, HUB, ISSUER, PUBLISHER, SUBSCRIBER, base64url, claims, detail, legacy,
        legacy_reader, may_publish, may_read, now, signed_with, v1,
    },
    server::{Server, Setup, encoded},
};

const COOKIE: &str = "__Secure-mercure_access_token";

fn publishes(topics: &[&str]) -> Value {
    claims(json!([detail("publish", topics)]))
}

/// Good claims of a publisher, in which something is set, or with null removed.
fn with(name: &str, value: Value) -> String {
    let mut claims = publishes(&["*"]);
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    v1(PUBLISHER, &claims)
}

impl Server {
    /// The status of a publish to topic `a` by this token.
    async fn status(&self, token: &str) -> u16 {
        self.post_as(token, "topic=a").await.status()
    }

    /// These tokens are all refused as invalid.
    async fn refuses(&self, tokens: impl IntoIterator<Item = (&str, String)>) {
        for (what, token) in tokens {
            let answer = self.post_as(&token, "topic=a&id=refused").await;
            assert_eq!(answer.status(), 401, "{what}");
            let challenge = answer.head.field("www-authenticate").unwrap();
            assert!(challenge.contains("error=\"invalid_token\""), "{what}");
        }
    }
}

#[tokio::test]
async fn n32_publishers_need_a_token_and_readers_of_what_is_public_may_do_without() {
    for anonymous in [true, false] {
        let server = Setup {
            anonymous,
            ..Setup::default()
        }
        .start()
        .await;
        assert_eq!(server.post("topic=a", &[]).await.status(), 401);
        if anonymous {
            let mut stream = server.subscribe("match=a").await;
            server.publish("topic=a&private&id=1").await;
            server.publish("topic=a&id=2").await;
            assert_eq!(stream.next_id().await, "2");
        } else {
            assert_eq!(server.get("match=a", &[]).await.status(), 401);
            assert_eq!(
                server.ask("GET", "/sse?topic=a", &[], "").await.status(),
                401
            );
        }
        // With a token that grants nothing one may read what is public all the same.
        let token = v1(SUBSCRIBER, &claims(json!([])));
        let mut stream = server.subscribe_as(&token, "match=a").await;
        server.publish("topic=a&private&id=3").await;
        server.publish("topic=a&id=4").await;
        assert_eq!(stream.next_id().await, "4");
    }
}

#[tokio::test]
async fn n33_a_token_comes_in_the_header_or_in_the_cookie() {
    let server = Setup {
        anonymous: false,
        ..Setup::default()
    }
    .start()
    .await;
    let token = may_read(&["a"]);
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR "] {
        let value = format!("{scheme} {token}");
        server
            .subscribe_with("match=a", &[("Authorization", &value)])
            .await;
    }
    let cookie = format!("x=y; {COOKIE}={token}; z");
    let mut stream = server
        .subscribe_with("match=a", &[("Cookie", &cookie)])
        .await;
    server.publish("topic=a&private&id=1").await;
    assert_eq!(stream.next_id().await, "1");
}

#[tokio::test]
async fn n33_a_token_does_not_come_in_the_address() {
    let server = Setup {
        anonymous: false,
        ..Setup::default()
    }
    .start()
    .await;
    let token = may_read(&["a"]);
    let answer = server
        .get(&format!("match=a&access_token={token}"), &[])
        .await;
    assert_eq!(answer.status(), 401);
    let token = may_publish(&["*"]);
    let target = format!("{PATH}?access_token={token}");
    let form = [crate::server::FORM];
    let answer = server.ask("POST", &target, &form, "topic=a").await;
    assert_eq!(answer.status(), 401);
    let answer = server
        .post(&format!("topic=a&access_token={token}"), &[])
        .await;
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn n34_where_there_is_a_header_the_cookie_does_not_count() {
    let server = Setup {
        anonymous: false,
        ..Setup::default()
    }
    .start()
    .await;
    let cookie = format!("{COOKIE}={}", may_read(&["a"]));
    let good = format!("Bearer {}", may_read(&["a"]));
    let bad_cookie = format!("{COOKIE}=x.y.z");
    let ask = async |authorization: &str, cookie: &str| {
        let fields = [("Authorization", authorization), ("Cookie", cookie)];
        let target = format!("{PATH}?match=a");
        server.head(&target, &fields).await.status
    };
    assert_eq!(ask("Bearer x.y.z", &cookie).await, 401);
    assert_eq!(ask("Basic dTpw", &cookie).await, 401);
    assert_eq!(ask(&good, &bad_cookie).await, 200);
    // And its rights are those of the header.
    let fields = [
        ("Authorization", &*good),
        ("Cookie", &*format!("{COOKIE}={}", may_read(&["b"]))),
    ];
    let mut stream = server.subscribe_with("match=a&match=b", &fields).await;
    server.publish("topic=b&private&id=1").await;
    server.publish("topic=a&private&id=2").await;
    assert_eq!(stream.next_id().await, "2");
}

#[tokio::test]
async fn n35_the_cookie_has_a_name_that_can_be_set() {
    let server = Setup {
        anonymous: false,
        cookie_name: Some("mine"),
        ..Setup::default()
    }
    .start()
    .await;
    let token = may_read(&["a"]);
    server
        .subscribe_with("match=a", &[("Cookie", &format!("mine={token}"))])
        .await;
    let cookie = format!("{COOKIE}={token}");
    let answer = server.get("match=a", &[("Cookie", &cookie)]).await;
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn n36_a_cookie_publishes_from_pages_of_allowed_origins_only() {
    let server = Setup {
        publish_origin: &["https://app.example"],
        ..Setup::default()
    }
    .start()
    .await;
    let cookie = format!("{COOKIE}={}", may_publish(&["*"]));
    let post = async |fields: &[(&str, &str)]| {
        let fields = [&[("Cookie", &*cookie)], fields].concat();
        server.post("topic=a&id=1", &fields).await
    };
    let mut stream = server.subscribe("match=a").await;
    for fields in [
        [].as_slice(),
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        &[("Origin", "")],
        &[("Origin", "https://app.example.evil.example")],
        &[("Origin", "http://app.example")],
        &[("Origin", "https://app.example:8443")],
        &[("Referer", "https://evil.example/https://app.example/")],
        &[("Referer", "https://app.example@evil.example/")],
        &[
            ("Origin", "https://evil.example"),
            ("Referer", "https://app.example/"),
        ],
    ] {
        let answer = post(fields).await;
        assert_eq!(answer.status(), 400, "{fields:?}");
        let challenge = answer.head.field("www-authenticate").unwrap();
        assert!(challenge.contains("error=\"invalid_request\""));
    }
    assert_eq!(
        post(&[("Origin", "https://app.example")]).await.status(),
        200
    );
    assert_eq!(
        post(&[("Referer", "https://app.example/page")])
            .await
            .status(),
        200
    );
    assert_eq!(stream.next_id().await, "1");
    // What a page cannot make a browser add needs no such check.
    let header = [
        ("Origin", "https://evil.example"),
        ("Authorization", &format!("Bearer {}", may_publish(&["*"]))),
    ];
    assert_eq!(server.post("topic=a", &header).await.status(), 200);
    // Nor does reading.
    let fields = [
        ("Cookie", &*format!("{COOKIE}={}", may_read(&["a"]))),
        ("Origin", "https://evil.example"),
    ];
    server.subscribe_with("match=a", &fields).await;
}

#[tokio::test]
async fn n36_without_a_list_no_cookie_publishes() {
    let server = Server::start().await;
    let cookie = format!("{COOKIE}={}", may_publish(&["*"]));
    let fields = [("Cookie", &*cookie), ("Origin", "https://hub.example")];
    assert_eq!(server.post("topic=a", &fields).await.status(), 400);
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
    let server = Setup {
        more: tables.concat(),
        ..Setup::default()
    }
    .start()
    .await;
    for (algorithm, issuer, private, public) in PAIRS {
        let key = SigningKey::pem(private, algorithm).unwrap();
        let now = std::time::SystemTime::now();
        let draft = tidings_mercure::token::Draft::v1(issuer, HUB, now + Duration::from_secs(60))
            .with_publish([tidings_mercure::token::TopicMatcher::exact("a")]);
        let token = tidings_mercure::token::mint(&draft, &key, now).unwrap();
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
    let server = Setup {
        more: table,
        ..Setup::default()
    }
    .start()
    .await;
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

#[tokio::test]
async fn n42_details_are_read_by_their_grammar() {
    let server = Server::start().await;
    let a = json!([{"match": "a"}]);
    for (details, expected) in [
        (
            json!([{"type": DETAIL, "actions": ["publish"], "topics": a}]),
            200,
        ),
        (
            json!([{"type": DETAIL, "actions": ["fly", "publish", "publish"], "topics": a}]),
            200,
        ),
        (
            json!([{"type": DETAIL, "actions": ["publish"], "topics": [{"match": "a", "match_type": "exact"}]}]),
            200,
        ),
        (
            json!([{"type": DETAIL, "actions": ["publish"], "topics": [{"match": "/.well-known/:x", "match_type": "urlpattern"}]}]),
            200,
        ),
        (
            json!([{"type": DETAIL, "actions": ["publish"], "topics": [{"match": "*", "match_type": "urlpattern"}]}]),
            200,
        ),
        (
            json!([{"type": DETAIL, "actions": ["publish"], "topics": [{"match": "b"}, {"match": "a"}]}]),
            200,
        ),
        (
            json!([{"type": DETAIL, "actions": ["publish"], "topics": a, "payload": {"x": 1}, "other": 1}]),
            200,
        ),
        (
            json!([{"type": "payment", "actions": 1}, {"x": 1}, {"type": DETAIL, "actions": ["publish"], "topics": a}]),
            200,
        ),
        // Ours grants nothing of this.
        (
            json!([{"type": DETAIL, "actions": ["subscribe"], "topics": a}]),
            403,
        ),
        (
            json!([{"type": DETAIL, "actions": ["fly"], "topics": a}]),
            403,
        ),
        (
            json!([{"type": DETAIL, "actions": ["Publish"], "topics": a}]),
            403,
        ),
        (
            json!([{"type": format!("{DETAIL}/"), "actions": ["publish"], "topics": a}]),
            403,
        ),
        (
            json!([{"type": "https://MERCURE.rocks/authorization-detail", "actions": ["publish"], "topics": a}]),
            403,
        ),
        (
            json!([{"type": DETAIL, "actions": ["publish"], "topics": [{"match": "A"}]}]),
            403,
        ),
        (json!([]), 403),
    ] {
        let status = server
            .status(&v1(PUBLISHER, &claims(details.clone())))
            .await;
        assert_eq!(status, expected, "{details}");
    }
    assert_eq!(
        server
            .status(&with("authorization_details", json!(null)))
            .await,
        403
    );
}

#[tokio::test]
async fn n43_one_bad_detail_is_one_too_many() {
    let server = Server::start().await;
    let mut stream = server.subscribe("match=a").await;
    let good = detail("publish", &["*"]);
    let a = json!([{"match": "a"}]);
    let bad = [
        json!({"type": DETAIL, "topics": a}),
        json!({"type": DETAIL, "actions": [], "topics": a}),
        json!({"type": DETAIL, "actions": "publish", "topics": a}),
        json!({"type": DETAIL, "actions": ["publish", 1], "topics": a}),
        json!({"type": DETAIL, "actions": ["publish"]}),
        json!({"type": DETAIL, "actions": ["publish"], "topics": []}),
        json!({"type": DETAIL, "actions": ["publish"], "topics": ["a"]}),
        json!({"type": DETAIL, "actions": ["publish"], "topics": [{}]}),
        json!({"type": DETAIL, "actions": ["publish"], "topics": [{"match": 1}]}),
        json!({"type": DETAIL, "actions": ["publish"], "topics": [{"match": ""}]}),
        json!({"type": DETAIL, "actions": ["publish"], "topics": [{"match": "a\n"}]}),
        json!({"type": DETAIL, "actions": ["publish"], "topics": [{"match": "\u{200b}"}]}),
        json!({"type": DETAIL, "actions": ["publish"], "topics": [{"match": "a", "match_type": "regexp"}]}),
        json!({"type": DETAIL, "actions": ["publish"], "topics": [{"match": "a", "match_type": "Exact"}]}),
        json!({"type": DETAIL, "actions": ["publish"], "topics": [{"match": "a", "match_type": null}]}),
        json!({"type": DETAIL, "actions": ["publish"], "topics": [{"match": "(", "match_type": "urlpattern"}]}),
        json!({"type": DETAIL, "actions": ["publish"], "topics": [{"match": "x".repeat(4097)}]}),
        json!({"type": DETAIL, "actions": ["subscribe"], "topics": a, "payload": "x"}),
        json!({"type": DETAIL, "actions": ["subscribe"], "topics": a, "payload": [1]}),
    ];
    let lists = bad
        .iter()
        .flat_map(|bad| [json!([good, bad]), json!([bad, good])]);
    let lists = lists.chain([
        json!([good, 1]),
        json!(good),
        json!("x"),
        json!(vec![&good; 101]),
        json!([detail("publish", &["a"; 101])]),
        json!([
            detail("publish", &["a"; 60]),
            detail("subscribe", &["a"; 41])
        ]),
    ]);
    let tokens = lists.map(|list| ("detail", v1(PUBLISHER, &claims(list))));
    server.refuses(tokens).await;
    let most = claims(json!([detail("publish", &["a"; 100])]));
    assert_eq!(server.status(&v1(PUBLISHER, &most)).await, 200);
    server.publish("topic=a&id=last").await;
    assert_ne!(stream.next_id().await, "refused");
    assert_eq!(stream.next_id().await, "last");
}

#[tokio::test]
async fn n44_every_topic_has_to_be_granted() {
    let server = Server::start().await;
    let mut stream = server.subscribe("match=*").await;
    let token = may_publish(&["a", "b"]);
    for form in [
        "topic=c",
        "topic=a&topic=c",
        "topic=c&topic=a",
        "topic=a&topic=b&topic=A",
    ] {
        let answer = server.post_as(&token, form).await;
        assert_eq!(answer.status(), 403, "{form}");
        let challenge = answer.head.field("www-authenticate").unwrap();
        assert!(challenge.contains("error=\"insufficient_scope\""));
    }
    for form in [
        "topic=a&id=1",
        "topic=b&topic=a&id=2",
        "topic=a&private&id=3",
        "topic=a&topic=a&id=4",
    ] {
        assert_eq!(server.post_as(&token, form).await.status(), 200, "{form}");
    }
    for id in ["1", "2", "4"] {
        assert_eq!(stream.next_id().await, id);
    }
}

#[tokio::test]
async fn n44_a_pattern_grants_what_it_matches() {
    let server = Server::start().await;
    let topics = json!([{"match": "https://hub.example/books/:id", "match_type": "urlpattern"}]);
    let details = json!([{"type": DETAIL, "actions": ["publish"], "topics": topics}]);
    let token = v1(PUBLISHER, &claims(details));
    for (topic, expected) in [
        ("/books/1", 200),
        ("../books/1", 200),
        ("https://hub.example/books/1?x", 200),
        ("/books/1/2", 403),
        ("https://other.example/books/1", 403),
        ("http://a b/books/1", 403),
    ] {
        let answer = server
            .post_as(&token, &format!("topic={}", encoded(topic)))
            .await;
        assert_eq!(answer.status(), expected, "{topic}");
    }
}

#[tokio::test]
async fn n45_one_granted_topic_of_an_update_is_enough_whichever_routed_it() {
    for direct_lane in [true, false] {
        let server = Setup {
            direct_lane,
            ..Setup::default()
        }
        .start()
        .await;
        let mut stream = server.subscribe_as(&may_read(&["a"]), "match=b").await;
        server.publish("topic=b&private&id=1").await;
        server.publish("topic=b&topic=a&private&id=2").await;
        server.publish("topic=a&private&id=3").await;
        server.publish("topic=a&topic=c&topic=b&private&id=4").await;
        assert_eq!(stream.next_id().await, "2");
        assert_eq!(stream.next_id().await, "4");
    }
}

#[tokio::test]
async fn n45_what_is_listened_to_widens_no_right() {
    for direct_lane in [true, false] {
        let server = Setup {
            direct_lane,
            ..Setup::default()
        }
        .start()
        .await;
        let token = may_read(&["a"]);
        let mut streams = Vec::new();
        for query in [
            "match=*",
            "match_urlpattern=*",
            "match_urlpattern=/.well-known/:x",
            "topic=*",
            "topic={x}",
        ] {
            streams.push(server.subscribe_as(&token, query).await);
        }
        for (topic, id) in [
            ("b", "1"),
            ("a", "2"),
            ("A", "3"),
            ("a/", "4"),
            ("./a", "5"),
        ] {
            server
                .publish(&format!("topic={topic}&private&id={id}"))
                .await;
        }
        server.publish("topic=a&id=6").await;
        for stream in &mut streams {
            assert_eq!(stream.next_id().await, "2");
            assert_eq!(stream.next_id().await, "6");
        }
    }
}

#[tokio::test]
async fn n46_a_stream_ends_with_its_token() {
    for direct_lane in [true, false] {
        let server = Setup {
            direct_lane,
            ..Setup::default()
        }
        .start()
        .await;
        let begun = Instant::now();
        let exp = now() + 1.5;
        let mut v1_claims = claims(json!([detail("subscribe", &["a"])]));
        v1_claims["exp"] = json!(exp);
        let legacy_claims = json!({"exp": exp, "mercure": {"subscribe": ["a"]}});
        let tokens = [
            v1(SUBSCRIBER, &v1_claims),
            legacy(SUBSCRIBER, &legacy_claims),
        ];
        let mut lasting = server.subscribe_as(&legacy_reader(&["a"]), "match=a").await;
        let mut ending = Vec::new();
        for token in &tokens {
            ending.push(server.subscribe_as(token, "match=a").await);
            let target = format!("/sse?topic=a&authorization={token}");
            let bearer = format!("Bearer {token}");
            ending.push(
                server
                    .open("GET", &target, &[("Authorization", &bearer)], "")
                    .await,
            );
        }
        server.publish("topic=a&private&id=1").await;
        for stream in &mut ending {
            assert_eq!(stream.next_id().await, "1");
            while let Some(event) = stream.next().await {
                assert!(event.starts_with("retry:"), "{event}");
            }
        }
        // All have ended, none much before its time, and none after.
        assert!(now() < exp + 1.0, "{:?}", begun.elapsed());
        assert!(now() > exp - 1.0);
        server.publish("topic=a&private&id=2").await;
        assert_eq!(lasting.next_id().await, "1");
        assert_eq!(lasting.next_id().await, "2");
        // And does not come back. (It may have ended a little before its time; this is about after.)
        tokio::time::sleep(Duration::from_secs_f64((exp - now()).max(0.0))).await;
        for token in &tokens {
            let bearer = format!("Bearer {token}");
            let answer = server.get("match=a", &[("Authorization", &bearer)]).await;
            assert_eq!(answer.status(), 401);
        }
    }
}
