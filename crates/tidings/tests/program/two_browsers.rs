//! Two Chromiums on the page, and a third party that publishes with curl.

use tidings_testing::{Browser, Page, within};
use tokio::process::Command;

use crate::{start, start_at};

async fn curl(url: &str, message: &str) {
    let body = serde_json::json!({ "message": message }).to_string();
    let mut curl = Command::new("curl");
    curl.args([
        "-sS",
        "--fail",
        "-H",
        "Content-Type: application/json",
        "-d",
        &body,
        url,
    ]);
    let answer = within("curl", curl.output()).await.unwrap();
    assert_eq!(answer.stdout, b"true", "{answer:?}");
}

async fn open(browser: &Browser, url: &str) -> Page {
    let page = browser.page(url).await;
    page.wait_for_text("#connection", "live").await;
    page
}

#[tokio::test]
async fn both_lists_show_every_message_in_order_and_outlive_a_restart() {
    let (Some(first), Some(second)) = (Browser::start().await, Browser::start().await) else {
        return;
    };
    let program = start(&["--return-within", "200ms"]).await;
    let url = format!("{}/", program.url());
    let port = program.port();
    let pages = [open(&first, &url).await, open(&second, &url).await];
    let messages: Vec<String> = (0..20).map(|n| format!("<b>{n}</b> & co")).collect();
    for message in &messages {
        curl(&url, message).await;
    }
    let expected: Vec<String> = messages
        .iter()
        .map(|text| format!("Received: {text}"))
        .collect();
    for page in &pages {
        page.wait_for_count("#messages li", messages.len()).await;
        assert_eq!(page.texts("#messages li").await, expected);
        page.wait_for_text("#subscribers", "2").await;
    }

    assert!(program.stop().await.success());
    for page in &pages {
        page.wait_for_text("#connection", "reconnecting").await;
    }
    let program = start_at(&format!("localhost:{port}"), &[]).await;
    for page in &pages {
        page.wait_for_text("#connection", "live").await;
    }
    curl(&url, "after the restart").await;
    for page in &pages {
        // The messages, the notice that history is lost, and the new one.
        page.wait_for_count("#messages li", messages.len() + 2)
            .await;
        let texts = page.texts("#messages li").await;
        assert!(texts[messages.len()].contains("restarted"), "{texts:?}");
        assert_eq!(texts[messages.len() + 1], "Received: after the restart");
        let wrong: Vec<String> = page.console().await;
        let wrong: Vec<&String> = wrong.iter().filter(|line| !line.contains("ERR_")).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
    for browser in [first, second] {
        browser.close().await;
    }
    assert!(program.stop().await.success());
}
