//! The page of the program in a real browser: what a reader sees, whatever the connection does.

use serde_json::json;
use tidings_testing::{Browser, Page, Program, http};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{start, start_at};

/// The page, once it listens.
async fn live(browser: &Browser, url: &str) -> Page {
    let page = browser.page(url).await;
    page.wait_for_text("#connection", "live").await;
    page
}

async fn publish(program: &Program, json: serde_json::Value) {
    let answer = http::post_json(program.url(), &json.to_string()).await;
    assert_eq!((answer.status(), answer.text()), (200, "true"));
}

async fn last(page: &Page, text: &str) {
    page.wait_for_text("#messages li:last-child", text).await;
}

#[tokio::test]
async fn messages_are_sent_and_received_as_text() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start(&[]).await;
    let first = live(&browser, program.url()).await;
    let second = live(&browser, program.url()).await;
    second.wait_for_text("#subscribers", "2").await;

    first.enter("#message", "<b>typed</b>").await;
    let emptied = "message.value === '' && document.activeElement === message";
    first.wait_for(emptied).await;
    publish(&program, json!({ "message": "two\nlines" })).await;
    publish(&program, json!({ "message": "" })).await;

    let expected = [
        "Received: <b>typed</b>",
        "Received: two\nlines",
        "Received: ",
    ];
    for page in [&first, &second] {
        page.wait_for_count("#messages li", expected.len()).await;
        assert_eq!(page.texts("#messages li").await, expected);
        assert_eq!(page.console().await, [""; 0]);
    }
    browser.close().await;
}

/// An `EventSource` reports its own events under names that a publisher may use too.
#[tokio::test]
async fn an_event_named_like_the_connections_own_does_not_disturb_it() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start(&[]).await;
    let page = live(&browser, program.url()).await;
    for name in ["error", "open"] {
        publish(&program, json!({ "message": "x", "event": name })).await;
    }
    publish(&program, json!({ "message": "after" })).await;
    last(&page, "Received: after").await;
    assert_eq!(page.text("#connection").await, "live");
    browser.close().await;
}

#[tokio::test]
async fn a_topic_is_chosen_and_kept_in_the_address() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start(&[]).await;
    let page = live(&browser, &format!("{}/?topic=news", program.url())).await;
    page.enter("#message", "to news").await;
    last(&page, "Received: to news").await;
    publish(&program, json!({ "message": "to nobody here" })).await;

    page.evaluate("topic.value = ''").await;
    page.enter("#topic", "sport").await;
    page.wait_for("location.search === '?topic=sport' && messages.childElementCount === 0")
        .await;
    page.wait_for_text("#connection", "live").await;
    publish(&program, json!({ "message": "to sport", "topic": "sport" })).await;
    last(&page, "Received: to sport").await;
    assert_eq!(page.texts("#messages li").await, ["Received: to sport"]);

    page.back().await;
    page.wait_for("topic.value === 'news'").await;
    browser.close().await;
}

#[tokio::test]
async fn a_restart_is_survived_and_its_gap_is_shown() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start(&[]).await;
    let address = program.address().to_owned();
    let page = live(&browser, program.url()).await;
    publish(&program, json!({ "message": "before" })).await;
    last(&page, "Received: before").await;
    program.kill().await;
    page.wait_for_text("#connection", "reconnecting").await;

    page.enter("#message", "typed while down").await;
    page.wait_for("problem.textContent.startsWith('Not sent')")
        .await;
    assert_eq!(page.evaluate("message.value").await, "typed while down");

    let program = start_at(&address, &[]).await;
    publish(&program, json!({ "message": "after" })).await;
    page.wait_for_text("#connection", "live").await;
    last(&page, "Received: after").await;
    page.wait_for_count("#messages .notice", 1).await;
    assert_eq!(page.texts("#messages li").await.len(), 3);

    page.click("#publish button").await;
    last(&page, "Received: typed while down").await;
    page.wait_for("problem.textContent === ''").await;
    browser.close().await;
}

/// A proxy in front of a server that restarts answers 502, and the browser's `EventSource` then
/// gives up for good.
#[tokio::test]
async fn the_page_comes_back_where_the_browser_has_given_up() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start(&[]).await;
    let address = program.address().to_owned();
    let page = live(&browser, program.url()).await;
    program.kill().await;

    let listener = TcpListener::bind(&address).await.expect("it is free again");
    let proxy = tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut head = [0; 4096];
            let _ = socket.read(&mut head).await;
            let answer =
                b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = socket.write_all(answer).await;
        }
    });
    let status = "Not connected: the server answered with status 502";
    page.wait_for_text("#refusal", status).await;
    assert_eq!(page.text("#connection").await, "reconnecting");
    proxy.abort();
    let _ = proxy.await;

    let program = start_at(&address, &[]).await;
    publish(&program, json!({ "message": "back" })).await;
    page.wait_for_text("#connection", "live").await;
    last(&page, "Received: back").await;
    assert_eq!(page.text("#refusal").await, "");
    browser.close().await;
}

#[tokio::test]
async fn a_refusal_is_shown_with_its_reason() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start(&[]).await;
    let topic = "a%0Ab";
    let page = browser
        .page(&format!("{}/?topic={topic}", program.url()))
        .await;
    let reason = "a topic must not contain CR, LF or NUL";
    page.wait_for(&format!("refusal.textContent.includes('{reason}')"))
        .await;
    page.enter("#message", "kept").await;
    page.wait_for(&format!("problem.textContent.includes('{reason}')"))
        .await;
    assert_eq!(page.evaluate("message.value").await, "kept");
    browser.close().await;
}

#[tokio::test]
async fn the_list_is_bounded_and_stays_at_its_end() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start(&[]).await;
    let page = live(&browser, program.url()).await;
    for number in 0..520 {
        publish(&program, json!({ "message": number })).await;
    }
    last(&page, "Received: 519").await;
    page.wait_for_count("#messages li", 500).await;
    page.wait_for("log.scrollTop === 0").await;
    page.evaluate("log.scrollTop = -2000").await;
    publish(&program, json!({ "message": "below" })).await;
    last(&page, "Received: below").await;
    assert!(page.evaluate("log.scrollTop").await.as_f64() <= Some(-2000.0));
    browser.close().await;
}

/// The browser keeps a page that is left, and shows it again when the reader goes back.
#[tokio::test]
async fn a_page_that_is_shown_again_has_missed_nothing() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start(&[]).await;
    let page = live(&browser, program.url()).await;
    page.evaluate("window.kept = true").await;
    page.open(&format!("{}/healthz", program.url())).await;
    publish(&program, json!({ "message": "meanwhile" })).await;
    page.back().await;
    assert_eq!(page.evaluate("window.kept").await, true);
    last(&page, "Received: meanwhile").await;
    browser.close().await;
}

#[tokio::test]
async fn the_page_fits_a_phone() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start(&[]).await;
    let page = live(&browser, program.url()).await;
    let phone = json!({ "width": 360, "height": 640, "deviceScaleFactor": 1, "mobile": true });
    page.devtools("Emulation.setDeviceMetricsOverride", phone)
        .await;
    publish(&program, json!({ "message": "long".repeat(200) })).await;
    page.wait_for_count("#messages li", 1).await;
    assert_eq!(
        page.evaluate("document.documentElement.scrollWidth").await,
        360
    );
    browser.close().await;
}

/// What a browser makes of an end by age, where it has been given no event yet.
#[tokio::test]
async fn an_event_source_on_a_quiet_topic_misses_nothing_when_its_stream_is_too_old() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let program = start(&["--stream-lifetime", "1s"]).await;
    let page = live(&browser, program.url()).await;
    page.evaluate(
        "(() => {
            window.seen = [];
            window.quiet = new EventSource('/sse?topic=quiet');
            quiet.onmessage = event => seen.push(event.data);
            quiet.onerror = () => { window.away = true; };
        })()",
    )
    .await;
    for message in ["first", "second"] {
        page.wait_for("window.away === true").await;
        publish(&program, json!({ "message": message, "topic": "quiet" })).await;
        page.wait_for(&format!("seen.at(-1) === '{message}'")).await;
        page.evaluate("window.away = false").await;
    }
    page.wait_for("seen.join() === 'first,second'").await;
    browser.close().await;
}
