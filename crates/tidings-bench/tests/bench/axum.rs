//! The other contender that is part of this program speaks as tidings does.

use tidings_testing::http;

use crate::serve;

#[tokio::test]
async fn a_message_arrives_as_an_event() {
    let axum = serve("axum").await;
    let mut stream = http::subscribe(&format!("{}/sse", axum.url()), &[]).await;
    let answer = http::post_json(axum.url(), r#"{"message": "hello", "topic": "t"}"#).await;
    assert_eq!(answer.body, b"true");
    assert_eq!(stream.next().await.unwrap(), "data: hello\n\n");
}
