//! Pages of other origins in a real browser: they subscribe with credentials and publish with a cookie.
//!
//! Ports do not separate sites, so a cookie of `127.0.0.1` goes to the hub whichever server has set it; they do separate
//! origins, so every request of these pages is one across origins.

use serde_json::{Value, json};
use tidings_testing::{Browser, Page};

use crate::{
    hub::{Hub, mint},
    prerequisites,
    proxy::{Network, Proxy, Target},
    site::Site,
};

const SECRET: &str = "a secret of thirty-two bytes or more";
const ISSUER: &str = "https://app.example";
const TOPIC: &str = "https://example.com/books/1";

/// Has a page subscribe; what it receives is in `window.received`.
async fn subscribe(page: &Page, hub: &str, with_credentials: bool) {
    let url = json!(format!("{hub}?topic={TOPIC}"));
    page.evaluate(&format!(
        "(window.received = [], window.opened = window.refused = 0,
          window.source = new EventSource({url}, {{ withCredentials: {with_credentials} }}),
          source.onmessage = (event) => received.push(event.data),
          source.onopen = () => opened++,
          source.onerror = () => {{ if (source.readyState === EventSource.CLOSED) refused++; }}, 0)"
    ))
    .await;
}

async fn is_open(page: &Page) {
    page.wait_for("opened === 1").await;
}

async fn is_refused(page: &Page) {
    page.wait_for("refused === 1").await;
    assert_eq!(
        page.evaluate("[opened, received.length]").await,
        json!([0, 0])
    );
}

async fn has_received(page: &Page, data: &[&str]) {
    page.wait_for(&format!("received.length >= {}", data.len()))
        .await;
    assert_eq!(page.evaluate("received").await, json!(data));
}

/// What a page gets for publishing with its cookies: the status, or that it may not read the answer.
async fn publish(page: &Page, hub: &str, data: &str) -> Value {
    let (hub, topic, data) = (json!(hub), json!(TOPIC), json!(data));
    page.evaluate(&format!(
        "fetch({hub}, {{
            method: 'POST', credentials: 'include',
            body: new URLSearchParams({{ topic: {topic}, data: {data}, private: 'on' }}),
        }}).then((response) => response.status, () => 'unreadable')"
    ))
    .await
}

/// Publishes what is private, as a backend does; `data` as a form has it.
async fn from_backend(hub: &Hub, token: &str, data: &str) {
    send(
        hub,
        token,
        &format!("topic={TOPIC}&private=on&retry=100&data={data}"),
    )
    .await;
}

async fn send(hub: &Hub, token: &str, form: &str) {
    let authority = hub.authority();
    let mut connection = tidings_testing::http::Connection::open(&authority).await;
    let bearer = format!("Bearer {token}");
    let fields = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Authorization", bearer.as_str()),
    ];
    let path = "/.well-known/mercure";
    connection.request("POST", path, &fields, form).await;
    assert_eq!(connection.response().await.status(), 200);
}

async fn legacy() -> String {
    let token = [
        "--legacy",
        "--key",
        SECRET,
        "--publish",
        "*",
        "--subscribe",
        "*",
    ];
    mint(&token).await
}

const KEYS: [(&str, &str); 2] = [
    ("MERCURE_PUBLISHER_JWT_KEY", SECRET),
    ("MERCURE_SUBSCRIBER_JWT_KEY", SECRET),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_an_allowed_origin_receives_what_its_cookie_permits() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (allowed, other) = (Site::start().await, Site::start().await);
    let hub = Hub::start_with(&KEYS, &["--allow-origin", &allowed.origin]).await;
    let url = hub.mercure();
    let token = legacy().await;

    let page = allowed.page(&browser).await;
    subscribe(&page, &url, true).await;
    is_refused(&page).await;

    allowed
        .log_in(&browser, "mercureAuthorization", &token)
        .await;
    subscribe(&page, &url, true).await;
    is_open(&page).await;
    let without = allowed.page(&browser).await;
    subscribe(&without, &url, false).await;
    is_refused(&without).await;
    let elsewhere = other.page(&browser).await;
    subscribe(&elsewhere, &url, true).await;
    is_refused(&elsewhere).await;

    from_backend(&hub, &token, "private").await;
    has_received(&page, &["private"]).await;
    assert_eq!(elsewhere.evaluate("received").await, json!([]));
    browser.close().await;
}

/// Anonymous readers get what is public, and a cookie makes a reader of the same page one who gets more.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_the_cookie_receives_what_is_public() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let site = Site::start().await;
    let flags = ["--allow-origin", &site.origin, "--anonymous", "true"];
    let hub = Hub::start_with(&KEYS, &flags).await;
    let token = legacy().await;
    let anonymous = site.page(&browser).await;
    subscribe(&anonymous, &hub.mercure(), true).await;
    is_open(&anonymous).await;
    site.log_in(&browser, "mercureAuthorization", &token).await;
    let known = site.page(&browser).await;
    subscribe(&known, &hub.mercure(), true).await;
    is_open(&known).await;

    from_backend(&hub, &token, "private").await;
    send(&hub, &token, &format!("topic={TOPIC}&data=public")).await;
    has_received(&known, &["private", "public"]).await;
    has_received(&anonymous, &["public"]).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_publishes_with_its_cookie_where_its_origin_may() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (publishing, reading) = (Site::start().await, Site::start().await);
    let stranger = Site::start().await;
    let flags = [
        "--allow-origin",
        &publishing.origin,
        "--allow-origin",
        &reading.origin,
        "--publish-origin",
        &publishing.origin,
    ];
    let hub = Hub::start_with(&KEYS, &flags).await;
    let url = hub.mercure();
    let name = "mercureAuthorization";
    publishing.log_in(&browser, name, &legacy().await).await;
    let reader = reading.page(&browser).await;
    subscribe(&reader, &url, true).await;
    is_open(&reader).await;

    assert_eq!(publish(&reader, &url, "refused").await, 400);
    // The form needs no preflight: it reaches the hub, which has to refuse it.
    let page = stranger.page(&browser).await;
    assert_eq!(publish(&page, &url, "refused").await, "unreadable");
    let page = publishing.page(&browser).await;
    assert_eq!(publish(&page, &url, "accepted").await, 200);
    has_received(&reader, &["accepted"]).await;
    browser.close().await;
}

/// A header is asked about beforehand, and is nothing that a browser adds on its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_an_allowed_origin_shows_its_token_in_a_header() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (allowed, other) = (Site::start().await, Site::start().await);
    let hub = Hub::start_with(&KEYS, &["--allow-origin", &allowed.origin]).await;
    let (url, token) = (hub.mercure(), legacy().await);
    for (site, expected) in [
        (
            &allowed,
            json!([200, "urn:example:1", 200, "urn:example:1"]),
        ),
        (&other, json!("TypeError")),
    ] {
        let page = site.page(&browser).await;
        let answers = page
            .evaluate(&format!(
                "(async () => {{
                    const headers = {{ Authorization: 'Bearer {token}' }};
                    const body = new URLSearchParams({{ topic: '{TOPIC}', id: 'urn:example:1', private: '' }});
                    const published = await fetch('{url}', {{ method: 'POST', headers, body }});
                    const id = await published.text();
                    headers['Last-Event-ID'] = 'earliest';
                    const stream = await fetch('{url}?topic={TOPIC}', {{ headers }});
                    const text = stream.body.pipeThrough(new TextDecoderStream()).getReader();
                    let received = '';
                    while (!/^id:.*\\n/m.test(received)) received += (await text.read()).value;
                    return [published.status, id, stream.status, received.match(/^id: ?(.*)$/m)[1]];
                }})().catch((error) => error.name)"
            ))
            .await;
        assert_eq!(answers, expected, "{}", site.origin);
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_of_ones_own_name_carries_a_token_of_1_0() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let site = Site::start().await;
    let flags = [
        "--allow-origin",
        &site.origin,
        "--publish-origin",
        &site.origin,
        "--issuer",
        ISSUER,
        "--cookie-name",
        "hub_token",
    ];
    let hub = Hub::start_with(&KEYS, &flags).await;
    let url = hub.mercure();
    let rights = ["--publish", TOPIC, "--subscribe", TOPIC];
    let token = ["--key", SECRET, "--issuer", ISSUER, "--url", &url];
    let token = mint(&[&token[..], &rights].concat()).await;

    // The cookie of 0.x carries no token of 1.0.
    site.log_in(&browser, "mercureAuthorization", &token).await;
    let page = site.page(&browser).await;
    subscribe(&page, &url, true).await;
    is_refused(&page).await;
    site.log_in(&browser, "hub_token", &token).await;
    subscribe(&page, &url, true).await;
    is_open(&page).await;
    assert_eq!(publish(&page, &url, "private").await, 200);
    has_received(&page, &["private"]).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_connection_is_cut_misses_nothing() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let site = Site::start().await;
    let hub = Hub::start_with(&KEYS, &["--allow-origin", &site.origin]).await;
    let proxy = Proxy::start(hub.target()).await;
    let url = format!("http://{}/.well-known/mercure", proxy.authority());
    let token = legacy().await;
    site.log_in(&browser, "mercureAuthorization", &token).await;
    let page = site.page(&browser).await;
    subscribe(&page, &url, true).await;
    is_open(&page).await;

    from_backend(&hub, &token, "before").await;
    has_received(&page, &["before"]).await;
    proxy.set(Network::Refuses);
    let what = "the browser, to connect again in vain";
    proxy.wait_for(what, |seen| seen.turned_away > 0).await;
    from_backend(&hub, &token, "missed").await;
    from_backend(&hub, &token, "missed too").await;
    proxy.set(Network::Up);
    has_received(&page, &["before", "missed", "missed too"]).await;
    from_backend(&hub, &token, "after").await;
    has_received(&page, &["before", "missed", "missed too", "after"]).await;
    browser.close().await;
}

/// The element that Symfony's own templates put into a page; `private` is how it is told to send the cookie.
#[tokio::test(flavor = "multi_thread")]
async fn the_element_of_symfony_ux_turbo_changes_its_page() {
    if !prerequisites::are_met() {
        return;
    }
    let Some(browser) = Browser::start().await else {
        return;
    };
    let site = Site::start().await;
    let directives = format!("cors_origins {}", site.origin);
    let [publisher, subscriber] = KEYS;
    let directives = ("MERCURE_EXTRA_DIRECTIVES", directives.as_str());
    let hub = Hub::start_with(&[publisher, subscriber, directives], &[]).await;
    let proxy = Proxy::start(Target::Tcp(hub.authority())).await;
    let token = legacy().await;
    site.log_in(&browser, "mercureAuthorization", &token).await;
    let page = browser.page(&format!("{}/turbo", site.origin)).await;
    page.wait_for("window.ready").await;
    let source = format!(
        "http://{}/.well-known/mercure?topic={TOPIC}",
        proxy.authority()
    );
    page.evaluate(&format!(
        "(window.source = document.createElement('turbo-mercure-stream-source'),
          source.setAttribute('src', {}), source.setAttribute('private', ''),
          document.body.append(source), 0)",
        json!(source)
    ))
    .await;
    let connected = "source.hasAttribute('connected')";
    page.wait_for(connected).await;
    for title in ["one", "two", "three"] {
        if title == "two" {
            proxy.set(Network::Refuses);
            page.wait_for(&format!("!{connected}")).await;
        }
        if title == "three" {
            proxy.set(Network::Up);
        }
        let stream = format!(
            "<turbo-stream action='append' target='books'>\
             <template><li>{title}</li></template></turbo-stream>"
        );
        from_backend(&hub, &token, &stream).await;
        if title == "one" {
            page.wait_for_count("#books li", 1).await;
        }
    }
    page.wait_for_count("#books li", 3).await;
    assert_eq!(page.texts("#books li").await, ["one", "two", "three"]);
    browser.close().await;
}
