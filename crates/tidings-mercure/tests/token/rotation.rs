//! Sets of keys that change, and servers of them that misbehave.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tidings_mercure::token::{
    Algorithm, Claims, Jwks, JwksError, JwksLocation, JwksRefresher, JwksSettings, Refusal, Role,
    verify, verify_refreshing,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::forge::expected;
use crate::jwks::{ed25519, minted, p256, set, trusting};

/// A server of keys whose answer can be changed.
struct Server {
    answer: Arc<Mutex<Answer>>,
    requests: Arc<AtomicUsize>,
    address: std::net::SocketAddr,
}

#[derive(Clone)]
enum Answer {
    Bytes(Vec<u8>),
    /// No answer, and the connection stays.
    Silence,
    /// A head, and then bytes without end.
    Flood,
}

impl Server {
    async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            answer: Arc::new(Mutex::new(answer)),
            requests: Arc::default(),
            address: listener.local_addr().unwrap(),
        };
        let (answer, requests) = (server.answer.clone(), server.requests.clone());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                requests.fetch_add(1, Ordering::SeqCst);
                let answer = answer.lock().unwrap().clone();
                tokio::spawn(respond(socket, answer));
            }
        });
        server
    }

    fn change(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    fn set(&self, settings: JwksSettings) -> (Jwks, JwksRefresher) {
        let url = format!("http://{}/jwks.json", self.address);
        JwksRefresher::new(JwksLocation::Url(url.parse().unwrap()), settings).unwrap()
    }
}

async fn respond(mut socket: TcpStream, answer: Answer) {
    let mut head = vec![0; 4096];
    let _ = socket.read(&mut head).await;
    match answer {
        Answer::Bytes(bytes) => {
            let _ = socket.write_all(&bytes).await;
        }
        Answer::Silence => std::future::pending().await,
        Answer::Flood => {
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while socket.write_all(&[b' '; 4096]).await.is_ok() {}
        }
    }
}

fn http(head: &str, body: &[u8]) -> Answer {
    let length = body.len();
    let head = format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    Answer::Bytes([head.as_bytes(), body].concat())
}

fn ok(body: &[u8]) -> Answer {
    http("200 OK", body)
}

fn checked(token: &str, jwks: &Jwks) -> Result<Claims, Refusal> {
    verify(token, &trusting(jwks.clone()), &expected(Role::Publish))
}

async fn refreshing(token: &str, jwks: &Jwks) -> Result<Claims, Refusal> {
    verify_refreshing(token, &trusting(jwks.clone()), &expected(Role::Publish)).await
}

fn no_cooldown() -> JwksSettings {
    JwksSettings::default().with_cooldown(Duration::ZERO)
}

#[tokio::test]
async fn keys_rotate_without_a_restart() {
    let server = Server::start(ok(&set(&[p256("old")]))).await;
    let (jwks, refresher) = server.set(no_cooldown());
    let (old, new) = (
        minted(Algorithm::Es256, "old"),
        minted(Algorithm::EdDsa, "new"),
    );
    assert_eq!(checked(&old, &jwks).unwrap_err(), Refusal::NoKeysYet);

    let task = tokio::spawn(refresher.run());
    refreshing(&old, &jwks).await.unwrap();
    let requests = server.requests();
    server.change(ok(&set(&[ed25519("new")])));
    // Known keys are not fetched again.
    refreshing(&old, &jwks).await.unwrap();
    assert_eq!(server.requests(), requests);
    assert!(matches!(
        checked(&new, &jwks),
        Err(Refusal::UnknownKey { .. })
    ));

    refreshing(&new, &jwks).await.unwrap();
    assert!(matches!(
        checked(&old, &jwks),
        Err(Refusal::UnknownKey { .. })
    ));
    task.abort();
}

#[tokio::test]
async fn unknown_keys_do_not_make_it_fetch_without_end() {
    let server = Server::start(ok(&set(&[p256("known")]))).await;
    let (jwks, mut refresher) = server.set(JwksSettings::default());
    assert_eq!(refresher.refresh().await.unwrap(), 1);
    let task = tokio::spawn(refresher.run());
    for number in 0..50 {
        let token = minted(Algorithm::EdDsa, &format!("made up {number}"));
        assert!(refreshing(&token, &jwks).await.is_err());
    }
    assert_eq!(server.requests(), 1);
    task.abort();
}

#[tokio::test]
async fn many_who_wait_share_one_fetch() {
    let server = Server::start(ok(&set(&[p256("a")]))).await;
    let (jwks, refresher) = server.set(JwksSettings::default());
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let jwks = jwks.clone();
            tokio::spawn(async move { refreshing(&minted(Algorithm::Es256, "a"), &jwks).await })
        })
        .collect();
    let task = tokio::spawn(refresher.run());
    for verdict in waiting {
        verdict.await.unwrap().unwrap();
    }
    assert_eq!(server.requests(), 1);
    task.abort();
}

/// A set that nobody refreshes makes nobody wait.
#[tokio::test]
async fn without_the_refresher_the_last_set_stays() {
    let server = Server::start(ok(&set(&[p256("a")]))).await;
    let (jwks, mut refresher) = server.set(no_cooldown());
    refresher.refresh().await.unwrap();
    drop(refresher);
    checked(&minted(Algorithm::Es256, "a"), &jwks).unwrap();
    let unknown = minted(Algorithm::EdDsa, "b");
    let refused = refreshing(&unknown, &jwks);
    let refused = tokio::time::timeout(Duration::from_secs(3), refused)
        .await
        .unwrap();
    assert!(matches!(refused, Err(Refusal::UnknownKey { .. })));
}

#[tokio::test]
async fn a_server_that_misbehaves_leaves_the_last_good_set() {
    let server = Server::start(ok(&set(&[p256("a")]))).await;
    let (jwks, mut refresher) = server.set(no_cooldown());
    refresher.refresh().await.unwrap();

    let elsewhere = Server::start(ok(&set(&[ed25519("evil")]))).await;
    let location = |status: &str| format!("{status}\r\nLocation: http://{}/", elsewhere.address);
    let large = [b"{\"keys\":[]".as_slice(), &[b' '; 70_000], b"}"].concat();
    for (answer, wanted) in [
        (ok(b"<html>"), "not a JSON Web Key Set"),
        (ok(b""), "not a JSON Web Key Set"),
        (ok(br#"{"keys":[]}"#), "no key of the set can be used"),
        (ok(&large), "more than 65536 bytes"),
        (Answer::Flood, "more than 65536 bytes"),
        (http("500 Oops", &set(&[ed25519("evil")])), "status 500"),
        (http("204 No Content", b""), "status 204"),
        (http(&location("302 Found"), b""), "status 302"),
        (http(&location("307 Temporary Redirect"), b""), "status 307"),
        (
            Answer::Bytes(b"SSH-2.0-x\r\n".to_vec()),
            "cannot fetch the key set",
        ),
        (
            Answer::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".to_vec()),
            "cannot fetch the key set",
        ),
        (Answer::Bytes(vec![]), "cannot fetch the key set"),
    ] {
        server.change(answer);
        let error = refresher.refresh().await.unwrap_err().to_string();
        assert!(error.contains(wanted), "{wanted}: {error}");
        checked(&minted(Algorithm::Es256, "a"), &jwks).unwrap();
    }
    assert_eq!(elsewhere.requests(), 0);
    server.change(ok(&set(&[ed25519("b")])));
    refresher.refresh().await.unwrap();
    checked(&minted(Algorithm::EdDsa, "b"), &jwks).unwrap();
}

/// In paused time, which jumps to the time limit as soon as nothing else happens.
#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_given_up() {
    let server = Server::start(Answer::Silence).await;
    let (jwks, mut refresher) = server.set(no_cooldown());
    let error = refresher.refresh().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no complete answer within 5 seconds"),
        "{error}"
    );
    assert_eq!(
        checked(&minted(Algorithm::Es256, "a"), &jwks).unwrap_err(),
        Refusal::NoKeysYet
    );
}

#[tokio::test]
async fn it_is_fetched_again_on_schedule() {
    let server = Server::start(ok(&set(&[p256("a")]))).await;
    let (jwks, refresher) =
        server.set(JwksSettings::default().with_refresh(Duration::from_millis(20)));
    let task = tokio::spawn(refresher.run());
    until(|| checked(&minted(Algorithm::Es256, "a"), &jwks).is_ok()).await;
    server.change(ok(&set(&[ed25519("b")])));
    until(|| checked(&minted(Algorithm::EdDsa, "b"), &jwks).is_ok()).await;
    // A failure in between does not end it.
    server.change(ok(b"x"));
    let requests = server.requests();
    until(|| server.requests() > requests + 1).await;
    server.change(ok(&set(&[p256("c")])));
    until(|| checked(&minted(Algorithm::Es256, "c"), &jwks).is_ok()).await;
    task.abort();
}

#[tokio::test]
async fn a_file_is_read_again_when_it_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let settings = JwksSettings::default().with_refresh(Duration::from_millis(20));
    let (jwks, mut refresher) =
        JwksRefresher::new(JwksLocation::File(path.clone()), settings).unwrap();
    assert!(matches!(refresher.refresh().await, Err(JwksError::File(_))));
    std::fs::write(&path, set(&[p256("a")])).unwrap();
    refresher.refresh().await.unwrap();
    std::fs::write(&path, vec![b' '; 70_000]).unwrap();
    assert!(matches!(
        refresher.refresh().await,
        Err(JwksError::TooLarge)
    ));
    checked(&minted(Algorithm::Es256, "a"), &jwks).unwrap();

    let task = tokio::spawn(refresher.run());
    std::fs::write(&path, set(&[ed25519("b")])).unwrap();
    until(|| checked(&minted(Algorithm::EdDsa, "b"), &jwks).is_ok()).await;
    task.abort();
}

async fn until(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .unwrap();
}
