//! What the hub says of itself (RFC 9728; draft-dunglas-mercure-08, section Protected Resource
//! Metadata).

use serde_json::{Value, json};

use crate::{
    server::{Server, detail},
    setup::Setup,
};

const METADATA: &str = "/.well-known/oauth-protected-resource/.well-known/mercure";

async fn metadata(server: &Server) -> Value {
    let answer = server.ask("GET", METADATA, &[], "").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.head.field("content-type"), Some("application/json"));
    serde_json::from_str(answer.text()).unwrap()
}

#[tokio::test]
async fn n64_the_metadata_is_there_for_everyone() {
    let server = Server::closed().await;
    let expected = json!({
        "resource": "https://hub.example/.well-known/mercure",
        "authorization_details_types_supported": ["https://mercure.rocks/authorization-detail"],
        "bearer_methods_supported": ["header"],
        "mercure_cookie": "__Secure-mercure_access_token",
        "mercure_matcher_types_supported": ["exact", "urlpattern"],
        "mercure_subscriptions": false,
    });
    assert_eq!(metadata(&server).await, expected);
}

#[tokio::test]
async fn n64_the_metadata_says_what_is_set() {
    let server = Setup {
        subscriptions: true,
        cookie_name: Some("mine"),
        more: "[[issuers]]\nid = 'https://id.example'\npublisher_jwt_key = 'a secret of thirty-two bytes or more'\n\
               authorization_server = 'https://login.example'"
            .to_owned(),
        public_url: None,
        ..Setup::default()
    }
    .start()
    .await;
    let metadata = metadata(&server).await;
    let resource = format!("http://{}/.well-known/mercure", server.address);
    assert_eq!(metadata["resource"], json!(resource));
    assert_eq!(metadata["mercure_subscriptions"], json!(true));
    assert_eq!(metadata["mercure_cookie"], json!("mine"));
    let servers = json!(["https://login.example"]);
    assert_eq!(metadata["authorization_servers"], servers);
}

#[tokio::test]
async fn n64_the_metadata_is_only_read() {
    let server = Server::start().await;
    let answer = server.ask("POST", METADATA, &[], "x=y").await;
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.head.field("allow"), Some("GET, HEAD"));
    detail(&answer);
}
