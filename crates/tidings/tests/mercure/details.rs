//! What a token says that it grants (draft-dunglas-mercure-08, sections Authorization Details and Topic
//! Matcher List).

use serde_json::json;

use crate::{
    forge::{DETAIL, PUBLISHER, claims, detail, v1},
    server::Server,
    validation::with,
};

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
