use tidings_testing::http;

use crate::start;

#[tokio::test]
async fn a_message_reaches_every_subscriber() {
    let program = start().await;
    let sse = format!("{}/sse", program.url());
    let mut first = http::subscribe(&sse, &[]).await;
    let mut second = http::subscribe(&sse, &[]).await;

    let answer = http::post_json(program.url(), r#"{"message": "one\ntwo"}"#).await;
    assert_eq!((answer.status(), answer.text()), (200, "true"));
    let id = answer
        .head
        .field("event-id")
        .expect("it says which event it became");

    let event = format!("id: {id}\ndata: one\ndata: two\n\n");
    assert_eq!(first.next().await, Some(event.clone()));
    assert_eq!(second.next().await, Some(event));
}

#[tokio::test]
async fn a_subscriber_that_returns_has_missed_nothing() {
    let program = start().await;
    let mut ids = Vec::new();
    for message in ["first", "second"] {
        let json = format!(r#"{{"message": "{message}"}}"#);
        let answer = http::post_json(program.url(), &json).await;
        ids.push(answer.head.field("event-id").expect("an id").to_owned());
    }
    let sse = format!("{}/sse", program.url());
    let mut stream = http::subscribe(&sse, &[("Last-Event-ID", &ids[0])]).await;
    let event = format!("id: {}\ndata: second\n\n", ids[1]);
    assert_eq!(stream.next().await, Some(event));
}

#[tokio::test]
async fn a_bad_message_is_refused_with_a_reason() {
    let program = start().await;
    let answer = http::post_json(program.url(), "{}").await;
    assert_eq!(answer.status(), 422);
    assert!(
        answer.text().contains("`message` is missing"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn the_page_names_its_files_by_url_for() {
    let program = start().await;
    let page = http::get(program.url()).await;
    assert_eq!(page.status(), 200);
    assert_eq!(
        page.head.field("content-type"),
        Some("text/html; charset=utf-8")
    );
    for (path, content_type) in [
        ("/static/js/broadcast.js", "text/javascript"),
        ("/static/css/broadcast.css", "text/css"),
    ] {
        assert!(
            page.text().contains(&format!("\"{path}\"")),
            "{}",
            page.text()
        );
        let file = http::get(&format!("{}{path}", program.url())).await;
        assert_eq!(file.status(), 200);
        assert_eq!(file.head.field("content-type"), Some(content_type));
    }
}

#[tokio::test]
async fn ctrl_c_ends_streams_in_good_order() {
    let program = start().await;
    let stream = http::subscribe(&format!("{}/sse", program.url()), &[]).await;
    program.interrupt();
    let farewell = stream.rest().await;
    assert!(farewell.contains("retry: "), "{farewell:?}");
    assert!(program.ended().await.success());
}
