use std::{collections::BTreeSet, fs, path::Path};

use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use tower::ServiceExt;

use super::*;

async fn ask(method: &str, path: &str, known: Option<&str>) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(known) = known {
        request = request.header(header::IF_NONE_MATCH, known);
    }
    let request = request.body(Body::empty()).unwrap();
    routes().oneshot(request).await.unwrap()
}

async fn content(response: Response) -> Vec<u8> {
    to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap()
        .into()
}

/// Every file below `directory`, as the path it is served under.
fn on_disk(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            on_disk(&path, found);
        } else {
            let below = path
                .strip_prefix(env!("CARGO_MANIFEST_DIR"))
                .unwrap()
                .to_str()
                .unwrap();
            found.insert(format!("/{}", below.replace('\\', "/")));
        }
    }
}

#[test]
fn every_file_is_embedded() {
    let mut expected = BTreeSet::new();
    on_disk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("static"),
        &mut expected,
    );
    let embedded: BTreeSet<_> = FILES.iter().map(|file| file.path.to_owned()).collect();
    assert_eq!(embedded, expected);
}

/// The page and its scripts name each file they use; a module that is not preloaded costs a round trip.
#[test]
fn the_page_names_every_file() {
    let page = str::from_utf8(PAGE.content).unwrap();
    for file in &FILES {
        let name = format!("\"{}\"", file.path.strip_prefix('/').unwrap());
        assert_eq!(page.matches(&name).count(), 1, "{name}");
    }
}

/// What the content security policy forbids must not stand in the page, or it would not work.
#[test]
fn the_page_has_nothing_inline_and_nothing_from_elsewhere() {
    let page = str::from_utf8(PAGE.content).unwrap();
    for forbidden in [
        "<style",
        " style=",
        "<script>",
        " onclick=",
        "://",
        "src=\"//",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[tokio::test]
async fn files_are_served_with_type_and_protection() {
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/static/css/page.css", "text/css; charset=utf-8"),
        ("/static/js/page.js", "text/javascript; charset=utf-8"),
        ("/static/icon.svg", "image/svg+xml; charset=utf-8"),
    ] {
        let response = ask("GET", path, None).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let headers = response.headers();
        assert_eq!(headers[header::CONTENT_TYPE], content_type);
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
        assert!(!policy.contains("unsafe"));
        assert!(!content(response).await.is_empty());
    }
}

#[tokio::test]
async fn head_gives_the_head_alone() {
    let response = ask("HEAD", "/", None).await;
    assert_eq!(response.status(), StatusCode::OK);
    let length = PAGE.content.len().to_string();
    assert_eq!(response.headers()[header::CONTENT_LENGTH], *length);
    assert!(content(response).await.is_empty());
}

#[tokio::test]
async fn a_version_that_is_known_is_not_sent_again() {
    let first = ask("GET", "/static/js/page.js", None).await;
    let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
    for known in [tag.clone(), format!("\"other\", W/{tag}"), "*".into()] {
        let response = ask("GET", "/static/js/page.js", Some(&known)).await;
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(response.headers()[header::ETAG], tag);
        assert!(content(response).await.is_empty());
    }
    let response = ask("GET", "/static/js/page.js", Some("\"of another version\"")).await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[test]
fn versions_have_tags_of_their_own() {
    assert_eq!(entity_tag(b""), "\"cbf29ce484222325\"");
    assert_eq!(entity_tag(b"foobar"), "\"85944171f73967e8\"");
}

#[tokio::test]
async fn a_file_can_only_be_read() {
    let response = ask("POST", "/static/js/page.js", None).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "GET, HEAD");
}
