//! How much of everything (draft-dunglas-mercure-08, section Resource Limits).

use tidings_mercure::PATH;

use crate::{
    forge::{may_publish, may_read},
    server::{FORM, Server, detail},
    setup::Setup,
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

/// A client's streams are counted together, on whichever path and of whichever dialect. Over its limit
/// the answer is 429 also for a browser, which gives up then; that is what the limit is for.
#[tokio::test]
async fn n7_streams_of_one_client_are_counted() {
    for direct_lane in [true, false] {
        let server = Setup {
            direct_lane,
            more: "max_subscribers_per_client = 3".to_owned(),
            ..Setup::default()
        }
        .start()
        .await;
        let first = server.subscribe("match=a").await;
        let _second = server.subscribe("topic=a").await;
        let _third = server.open("GET", "/sse?topic=a", &[], "").await;
        let by_name = [("Accept", "text/event-stream")];
        let forwarded = [("X-Forwarded-For", "192.0.2.1")];
        for fields in [&[][..], &by_name, &forwarded] {
            for target in [&format!("{PATH}?match=a"), "/sse?topic=a"] {
                let answer = server.ask("GET", target, fields, "").await;
                assert_eq!(answer.status(), 429, "{target}");
                assert!(answer.head.field("retry-after").is_some());
                assert!(detail(&answer).contains("close one"));
            }
        }
        let answer = server.ask("QUERY", PATH, &[FORM], "match=a").await;
        assert_eq!(answer.status(), 429);
        let stats = server.ask("GET", "/stats", &[], "").await;
        let stats: serde_json::Value = serde_json::from_str(stats.text()).unwrap();
        assert_eq!(stats["refused_per_client"], 7);
        drop(first);
        let freed = async { while server.head_of_a_stream().await != 200 {} };
        tidings_testing::within("the place of the stream that has ended", freed).await;
    }
}

/// What is announced and what is counted are both kept with the stream, and both leave with it.
#[tokio::test]
async fn n67_a_stream_too_many_is_not_announced() {
    let server = Setup {
        subscriptions: true,
        more: "max_subscribers_per_client = 2".to_owned(),
        ..Setup::default()
    }
    .start()
    .await;
    let mut watcher = server.subscribe_as(&may_read(&["*"]), "match=*").await;
    let there = server.subscribe("match=there").await;
    let answer = server.get("match=refused", &[]).await;
    assert_eq!(answer.status(), 429);
    drop(there);
    let freed = async { while server.head_of_a_stream().await != 200 {} };
    tidings_testing::within("the place of the stream that has ended", freed).await;
    let mut told = Vec::new();
    loop {
        let event = watcher.next_json(Some("mercure")).await;
        let of = event["match"].as_str().unwrap().to_owned();
        // The one that has taken the free place.
        if of == "a" {
            break;
        }
        told.push((of, event["active"].as_bool().unwrap()));
    }
    // It may or may not be told of itself.
    told.retain(|(of, _)| of != "*");
    let there = |active| ("there".to_owned(), active);
    assert_eq!(told, [there(true), there(false)]);
}

#[tokio::test]
async fn n67_behind_a_proxy_clients_are_told_apart_by_its_header() {
    let server = Setup {
        more: "max_subscribers_per_client = 1\nclient_address_header = 'X-Forwarded-For'"
            .to_owned(),
        ..Setup::default()
    }
    .start()
    .await;
    let one = [("X-Forwarded-For", "192.0.2.1")];
    let other = [("X-Forwarded-For", "192.0.2.1, 192.0.2.2")];
    let _first = server.subscribe_with("match=a", &one).await;
    assert_eq!(server.get("match=a", &one).await.status(), 429);
    let _second = server.subscribe_with("match=a", &other).await;
    let claimed = [("X-Forwarded-For", "192.0.2.3, 192.0.2.1")];
    for taken in [one, other, claimed] {
        assert_eq!(server.get("match=a", &taken).await.status(), 429);
    }
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
