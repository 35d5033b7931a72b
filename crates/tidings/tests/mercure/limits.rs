//! How much of everything (draft-dunglas-mercure-08, section Resource Limits).

use tidings_mercure::PATH;

use crate::{
    forge::may_publish,
    server::{FORM, Server, detail},
};

#[tokio::test]
async fn n7_matchers_are_counted_and_measured() {
    let server = Server::start().await;
    let many = |count: usize, name: &str| -> String {
        (0..count).map(|n| format!("{name}={n}&")).collect()
    };
    for name in ["match", "match_urlpattern", "topic"] {
        server.subscribe(&many(100, name)).await;
        let answer = server.get(&many(101, name), &[]).await;
        assert_eq!(answer.status(), 400, "{name}");
        assert!(detail(&answer).contains("100"));
    }
    // Both together are bounded as well.
    let both = many(60, "match") + &many(60, "topic");
    let answer = server.get(&both, &[]).await;
    assert_eq!(answer.status(), 400);
    for name in ["match", "match_urlpattern", "topic"] {
        let long = format!("{name}={}", "x".repeat(4097));
        assert_eq!(server.get(&long, &[]).await.status(), 400, "{name}");
        let answer = server.ask("QUERY", PATH, &[FORM], &long).await;
        assert_eq!(answer.status(), 400, "{name}");
        let longest = format!("{name}={}", "x".repeat(4096));
        server.open("QUERY", PATH, &[FORM], &longest).await;
    }
    let answer = server
        .get(&format!("match={}", "x".repeat(9000)), &[])
        .await;
    assert_eq!(answer.status(), 414);
}

/// The limit is that of all subscribers. Whoever is over it is told when to come back, in the form
/// that its client understands.
#[tokio::test]
async fn n7_subscribers_are_counted() {
    let server = Server::with("max_subscribers = 2").await;
    let _there = [
        server.subscribe("match=a").await,
        server.subscribe("match=b").await,
    ];
    let answer = server.get("match=c", &[]).await;
    assert_eq!(answer.status(), 503);
    assert!(answer.head.field("retry-after").is_some());
    let answer = server
        .get("match=c", &[("Accept", "text/event-stream")])
        .await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().starts_with("retry: "), "{}", answer.text());
}

#[tokio::test]
async fn n30_what_is_too_much_to_publish_is_told_so() {
    let server = Server::with("body_limit = 20000").await;
    let mut stream = server.subscribe("match=*").await;
    let token = may_publish(&["*"]);
    let topics: String = (0..101).map(|n| format!("topic={n}&")).collect();
    for form in [
        format!("topic=a&data={}", "x".repeat(20_000)),
        format!("topic=a&data={}", "x".repeat(300_000)),
        format!("topic={}", "x".repeat(4097)),
        format!("topic=a&id={}", "x".repeat(1025)),
        format!("topic=a&type={}", "x".repeat(1025)),
        topics,
        format!("topic=a{}", "&x".repeat(2048)),
    ] {
        let answer = server.post_as(&token, &form).await;
        assert_eq!(answer.status(), 413, "{}", &form[..20]);
        detail(&answer);
    }
    let most: String = (0..100).map(|n| format!("topic={n}&")).collect();
    server.publish(&format!("{most}&id=1")).await;
    let longest = format!(
        "topic={}&id={}&type={}",
        "x".repeat(4096),
        "y".repeat(1024),
        "z".repeat(1024)
    );
    server.publish(&longest).await;
    assert_eq!(stream.next_id().await, "1");
    assert_eq!(stream.next_id().await, "y".repeat(1024));
}

/// A stranger's body is not worth more than a stranger's.
#[tokio::test]
async fn n67_who_may_not_publish_is_told_so_and_not_how_much() {
    let server = Server::start().await;
    let form = format!("topic=a&data={}", "x".repeat(1 << 20));
    assert_eq!(server.post(&form, &[]).await.status(), 401);
    assert_eq!(
        server.post_as(&may_publish(&["b"]), &form).await.status(),
        403
    );
}

#[tokio::test]
async fn n67_parameters_are_counted() {
    let server = Server::start().await;
    let body = format!("match=a{}", "&x".repeat(2048));
    let answer = server.ask("QUERY", PATH, &[FORM], &body).await;
    assert_eq!(answer.status(), 400);
    let body = format!("match=a&last_event_id={}", "x".repeat(4097));
    let answer = server.ask("QUERY", PATH, &[FORM], &body).await;
    assert_eq!(answer.status(), 400);
}
