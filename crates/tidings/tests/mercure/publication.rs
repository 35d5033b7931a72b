//! `POST` (draft-dunglas-mercure-08, sections Publication and SSE Field Injection).

use tidings_mercure::PATH;

use crate::{
    forge::may_publish,
    server::{Server, detail, encoded},
};

/// Every one of these forms is refused with 400, and nothing of them is delivered.
async fn refused(forms: &[&str]) {
    let server = Server::start().await;
    let mut stream = server.subscribe("match=*").await;
    for form in forms {
        let answer = server.post_as(&may_publish(&["*"]), form).await;
        assert_eq!(answer.status(), 400, "{form}");
        assert!(!detail(&answer).is_empty());
        assert_eq!(answer.head.field("www-authenticate"), None, "{form}");
    }
    server.publish("topic=a&id=last").await;
    assert_eq!(stream.next_id().await, "last");
}

#[tokio::test]
async fn n20_a_publish_is_a_form_with_a_topic() {
    refused(&[
        "",
        "data=x",
        "Topic=a",
        "topics=a",
        "topic=%FF",
        "topic=a&data=%FF",
        "topic=a&%FF=x",
    ])
    .await;
    let server = Server::start().await;
    let bearer = format!("Bearer {}", may_publish(&["*"]));
    for kind in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
    ] {
        let fields = [("Authorization", &*bearer), ("Content-Type", kind)];
        let answer = server.ask("POST", PATH, &fields, "topic=a").await;
        assert_eq!(answer.status(), 415, "{kind}");
    }
    let kind = "Application/X-WWW-Form-Urlencoded; charset=UTF-8";
    let fields = [("Authorization", &*bearer), ("Content-Type", kind)];
    let answer = server.ask("POST", PATH, &fields, "topic=a").await;
    assert_eq!(answer.status(), 200, "{kind}");
}

#[tokio::test]
async fn n20_unknown_fields_are_passed_over() {
    let server = Server::start().await;
    let mut stream = server.subscribe("match=a").await;
    server
        .publish("x=y&topic=a&id=1&data=d&Private=on&target=b&match=c&data2&=z")
        .await;
    assert_eq!(stream.next().await.unwrap(), "id: 1\ndata: d\n\n");
}

#[tokio::test]
async fn n21_several_topics_are_one_update() {
    let server = Server::start().await;
    server.publish("topic=a&topic=b&topic=c&id=1&data=x").await;
    for query in ["match=a", "match=c", "match=a&match=b&match=c"] {
        let mut stream = server
            .subscribe(&format!("{query}&match=last&last_event_id=earliest"))
            .await;
        assert_eq!(stream.next().await.unwrap(), "id: 1\ndata: x\n\n");
        let last = server.publish("topic=last").await;
        while stream.next_id().await != last {}
    }
    // In the history there is one, too.
    let mut stream = server
        .subscribe("match=a&match=b&last_event_id=earliest")
        .await;
    assert_eq!(stream.next_id().await, "1");
    server.publish("topic=b&id=2").await;
    assert_eq!(stream.next_id().await, "2");
}

#[tokio::test]
async fn n21_topics_have_no_character_that_cannot_be_seen() {
    refused(&[
        "topic=a%0A",
        "topic=%00",
        "topic=a&topic=b%0D",
        "topic=%7F",
        "topic=%C2%85",
        "topic=a%C2%ADb",
        "topic=%E2%80%8B",
        "topic=%EF%BB%BFa",
    ])
    .await;
}

#[tokio::test]
async fn n22_the_topics_of_the_hub_are_its_own_in_every_spelling() {
    let reserved = [
        "",
        "mercure",
        "mercure/",
        "./mercure/x",
        "?a",
        "#a",
        "/.well-known/mercure",
        "/.well-known/mercure/subscriptions/exact/a/b",
        "/.well-known/x/../mercure/y",
        "/.well-known/x/%2e%2E/mercure",
        "/%2Ewell-known/mercure",
        "https://hub.example/.well-known/mercure",
        "https://other/.well-known/%6Dercure/x",
        "http://hub.example:1/.well-known/mercure?x",
        "//other/.well-known/mercure",
        "ftp://u:p@other/.well-known/mercure#x",
        "foo://h/.well-known/mercure",
        "\\.well-known\\mercure",
        " mercure ",
    ];
    let forms: Vec<String> = reserved
        .iter()
        .flat_map(|topic| {
            let topic = encoded(topic);
            [
                format!("topic={topic}"),
                format!("topic=a&topic={topic}&private"),
            ]
        })
        .collect();
    let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
    refused(&forms).await;

    let server = Server::start().await;
    for allowed in [
        "mercurex",
        "/mercure",
        "/.well-known/mercurex",
        "/.well-known/Mercure",
        "/.well-known/%256Dercure",
        "/.well-known%2Fmercure",
        "/x/.well-known/mercure",
        "x?/.well-known/mercure",
        "urn:mercure",
        "https://[/.well-known/mercure",
        "http://a b/.well-known/mercure",
    ] {
        server.publish(&format!("topic={}", encoded(allowed))).await;
    }
}

#[tokio::test]
async fn n23_the_wildcard_is_no_topic() {
    refused(&["topic=*", "topic=a&topic=%2A"]).await;
}

#[tokio::test]
async fn n24_no_data_makes_a_field_of_its_own() {
    let server = Server::start().await;
    let mut stream = server.subscribe("match=a").await;
    for (data, expected) in [
        ("a%0Ab", "data: a\ndata: b\n\n"),
        ("a%0Db", "data: a\ndata: b\n\n"),
        ("a%0D%0Ab", "data: a\ndata: b\n\n"),
        ("a%0A%0Ab", "data: a\ndata:\ndata: b\n\n"),
        ("a%0A%0D%0Ab%0A", "data: a\ndata:\ndata: b\ndata:\n\n"),
        (
            "x%0A%0Aid:%20evil%0Aevent:%20evil%0Dretry:1%0D%0A:c",
            "data: x\ndata:\ndata: id: evil\ndata: event: evil\ndata: retry:1\ndata: :c\n\n",
        ),
        ("%20a", "data:  a\n\n"),
        (
            "%C3%A9%E2%80%A8%0B%C2%85%00",
            "data: \u{e9}\u{2028}\u{b}\u{85}\0\n\n",
        ),
        ("", "data:\n\n"),
    ] {
        server.publish(&format!("topic=a&id=1&data={data}")).await;
        let event = stream.next().await.unwrap();
        assert_eq!(event, format!("id: 1\n{expected}"), "{data}");
    }
    server.publish("topic=a&id=1").await;
    assert_eq!(stream.next().await.unwrap(), "id: 1\ndata:\n\n");
}

#[tokio::test]
async fn n25_private_is_what_has_the_field_whatever_its_value() {
    let server = Server::start().await;
    let mut stream = server.subscribe("match=a").await;
    for private in [
        "private",
        "private=",
        "private=on",
        "private=off",
        "private=0",
        "private=false",
    ] {
        server
            .publish(&format!("topic=a&{private}&id={private}"))
            .await;
    }
    server.publish("topic=a&xprivate=on&id=1").await;
    assert_eq!(stream.next_id().await, "1");
}

#[tokio::test]
async fn n26_an_id_is_honoured_or_refused() {
    refused(&[
        "topic=a&id=%23",
        "topic=a&id=%23x",
        "topic=a&id=earliest",
        "topic=a&id=a%0Ab",
        "topic=a&id=%00",
        "topic=a&id=%C2%9F",
        "topic=a&id=%E2%80%8B",
        "topic=a&id=%FF",
    ])
    .await;
    let server = Server::start().await;
    let mut stream = server.subscribe("match=a").await;
    for id in [
        "urn:x:1",
        "x#y",
        "Earliest",
        "\u{e9}",
        "a b",
        "\"",
        "<x>;rel=\"y\"",
    ] {
        let form = format!("topic=a&id={}", encoded(id));
        assert_eq!(server.publish(&form).await, id);
        assert_eq!(stream.next_id().await, id);
    }
}

#[tokio::test]
async fn n26_who_gives_no_id_is_given_one() {
    let server = Server::start().await;
    let mut stream = server.subscribe("match=a").await;
    let mut given = Vec::new();
    for form in ["topic=a", "topic=a&id", "topic=a&id="] {
        let id = server.publish(form).await;
        assert_eq!(stream.next_id().await, id);
        let uuid = id.strip_prefix("urn:uuid:").expect("an IRI");
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4", "random, not a time: {id}");
        assert!(!given.contains(&id));
        given.push(id);
    }
}

#[tokio::test]
async fn n27_a_type_is_one_line_and_not_the_hubs() {
    refused(&[
        "topic=a&type=mercure",
        "topic=a&type=a%0Ab",
        "topic=a&type=a%0D",
        "topic=a&type=%00",
        "topic=a&type=%C2%85",
        "topic=a&type=%E2%80%8B",
    ])
    .await;
    let server = Server::start().await;
    let mut stream = server.subscribe("match=a").await;
    for (given, expected) in [
        ("added", "event: added\n"),
        ("Mercure", "event: Mercure\n"),
        ("a+b", "event: a b\n"),
        ("", ""),
    ] {
        server.publish(&format!("topic=a&id=1&type={given}")).await;
        let event = stream.next().await.unwrap();
        assert_eq!(event, format!("id: 1\n{expected}data:\n\n"));
    }
}

/// The draft reserves `mercure` only; this hub also tells by events named `gap` of what is lost, at
/// `/sse`, unless it is told not to.
#[tokio::test]
async fn n27_a_type_with_a_meaning_here_is_refused_where_it_has_it() {
    refused(&["topic=a&type=gap"]).await;
    let server = Server::with("gap_event = false").await;
    server.publish("topic=a&type=gap").await;
}

#[tokio::test]
async fn n28_a_retry_is_digits() {
    refused(&[
        "topic=a&retry=-1",
        "topic=a&retry=%2B1",
        "topic=a&retry=1.5",
        "topic=a&retry=1e3",
        "topic=a&retry=+1",
        "topic=a&retry=1%0A2",
        "topic=a&retry=0x1",
        "topic=a&retry=%D9%A1",
        "topic=a&retry=x",
        "topic=a&retry=99999999999999999999",
    ])
    .await;
    let server = Server::start().await;
    let mut stream = server.subscribe("match=a").await;
    for (given, expected) in [("0", "0"), ("3000", "3000"), ("007", "7")] {
        server.publish(&format!("topic=a&id=1&retry={given}")).await;
        let event = stream.next().await.unwrap();
        assert_eq!(event, format!("id: 1\nretry: {expected}\ndata:\n\n"));
    }
}

#[tokio::test]
async fn n29_a_publish_is_answered_with_its_id() {
    let server = Server::start().await;
    for form in [
        "topic=a&id=urn:x:1",
        "topic=a&id=urn:x:1&private",
        "topic=nobody&id=urn:x:1",
    ] {
        let answer = server.post_as(&may_publish(&["*"]), form).await;
        assert_eq!(answer.status(), 200);
        let kind = answer.head.field("content-type");
        assert_eq!(kind, Some("text/plain; charset=utf-8"));
        assert_eq!(answer.text(), "urn:x:1");
    }
}

#[tokio::test]
async fn n31_nobody_publishes_without_a_token() {
    let server = Server::start().await;
    let answer = server.post("topic=a", &[]).await;
    assert_eq!(answer.status(), 401, "anonymous are subscribers only");
}

/// What is encrypted from end to end is as opaque as the rest.
#[tokio::test]
async fn n65_data_is_carried_as_it_is() {
    let server = Server::start().await;
    let mut stream = server.subscribe("match=a").await;
    let jwe = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ";
    let data = format!("{jwe}==+/ {{\"x\":1}}\t\u{1f6b2}");
    server
        .publish(&format!("topic=a&id=1&data={}", encoded(&data)))
        .await;
    let event = stream.next().await.unwrap();
    assert_eq!(event, format!("id: 1\ndata: {data}\n\n"));
}
