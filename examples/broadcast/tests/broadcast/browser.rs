use tidings_testing::{Browser, http};

use crate::{start, start_at};

#[tokio::test]
async fn a_browser_sends_and_receives() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start().await;
    let first = browser.page(program.url()).await;
    let second = browser.page(program.url()).await;

    first.enter("#message", "typed <b>here</b>").await;
    first
        .wait_for("document.querySelector('#message').value === ''")
        .await;
    http::post_json(program.url(), r#"{"message": "two\nlines"}"#).await;

    let expected = ["Received: typed <b>here</b>", "Received: two\nlines"];
    for page in [&first, &second] {
        page.wait_for_count("li", expected.len()).await;
        assert_eq!(page.texts("li").await, expected);
        assert_eq!(page.console().await, [""; 0]);
    }
    browser.close().await;
}

#[tokio::test]
async fn a_message_that_cannot_be_sent_stays_in_the_box() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start().await;
    let page = browser.page(program.url()).await;
    program.kill().await;

    page.enter("#message", "still here").await;
    page.wait_for("document.querySelector('output').value.startsWith('Not sent')")
        .await;
    let value = page
        .evaluate("document.querySelector('#message').value")
        .await;
    assert_eq!(value, "still here");
    browser.close().await;
}

#[tokio::test]
async fn a_page_outlives_a_restart_of_the_app() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start().await;
    let address = program.address().to_owned();
    let page = browser.page(program.url()).await;
    page.enter("#message", "before").await;
    page.wait_for_text("li:last-child", "Received: before")
        .await;
    program.interrupt();
    assert!(program.ended().await.success());

    let program = start_at(&address).await;
    http::post_json(program.url(), r#"{"message": "after"}"#).await;
    page.wait_for_text("li:last-child", "Received: after").await;
    browser.close().await;
}
