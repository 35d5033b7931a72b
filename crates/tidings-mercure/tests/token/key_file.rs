//! Keys in files of their own, read again while the hub runs: in paused time, which waits for what is being read.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tidings_mercure::token::{
    Algorithm, KeyError, KeySource, Refusal, Role, Roles, TrustedKey, TrustedKeys, verify,
};
use tracing_subscriber::fmt::MakeWriter;

use crate::forge::{ISSUER, SECRET, expected, signed_with, v1_claims, v1_header};
use crate::jwks::minted;

const NEXT: &[u8] = b"the next secret of more than thirty-two bytes";

/// A little more than the ten seconds after which a file is looked at again.
const A_LOOK: Duration = Duration::from_secs(11);

/// What the crate has logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

impl Log {
    /// The lines since the last look, of the crate itself.
    fn take(&self) -> Vec<String> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        let own = text.lines().filter(|line| line.contains("tidings_mercure"));
        own.map(str::to_owned).collect()
    }
}

/// A key in a file, which a task keeps fresh, and the log of that.
struct File {
    path: PathBuf,
    keys: TrustedKeys,
    log: Log,
    _logging: tracing::subscriber::DefaultGuard,
    _folder: TempDir,
}

impl File {
    fn with(contents: &[u8], algorithm: Algorithm) -> Self {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(log.clone())
            .finish();
        let logging = tracing::subscriber::set_default(subscriber);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, contents).unwrap();
        let text = str::from_utf8(contents).unwrap().trim_end();
        let (source, refresher) = KeySource::file(path.clone(), algorithm, text).unwrap();
        // It ends with the runtime of the test.
        tokio::spawn(refresher.run());
        File {
            path,
            keys: TrustedKeys::new([TrustedKey::of_issuer(ISSUER, Roles::Both, source)]),
            log,
            _logging: logging,
            _folder: folder,
        }
    }

    /// Whether a token with this signature is believed.
    fn believes(&self, secret: &[u8]) -> bool {
        let token = signed_with(secret, &v1_header().to_string(), &v1_claims().to_string());
        self.verifies(&token)
    }

    fn verifies(&self, token: &str) -> bool {
        match verify(token, &self.keys, &expected(Role::Publish)) {
            Ok(_) => true,
            Err(Refusal::Signature { .. }) => false,
            Err(other) => panic!("{other}"),
        }
    }

    async fn after(&self, change: impl FnOnce(&Path)) -> Vec<String> {
        change(&self.path);
        tokio::time::sleep(A_LOOK).await;
        self.log.take()
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_in_a_file_rotates_without_a_restart() {
    let file = File::with(SECRET, Algorithm::Hs256);
    assert!(file.believes(SECRET));
    let told = file.after(|_| {}).await;
    assert_eq!(told, [""; 0]);

    let told = file
        .after(|path| std::fs::write(path, [NEXT, b"\r\n"].concat()).unwrap())
        .await;
    assert!(file.believes(NEXT) && !file.believes(SECRET));
    let [line] = &told[..] else {
        panic!("{told:?}")
    };
    assert!(line.contains("INFO") && line.contains("key has changed"));
    assert!(line.contains(file.path.to_str().unwrap()), "{line}");
    assert!(!line.contains("secret"), "{line}");
}

/// A file that is gone for long would fill the log, if each look at it were told.
#[tokio::test(start_paused = true)]
async fn a_bad_file_leaves_the_last_good_key_and_is_told_once() {
    let file = File::with(SECRET, Algorithm::Hs256);
    let pem = include_bytes!("keys/p256.pub.pem");
    let long = vec![b'x'; 70_000];
    for (contents, why) in [
        (None, "No such file"),
        (Some(&b"\n"[..]), "the secret is empty"),
        (Some(b"\xff\xfe"), "not UTF-8"),
        (Some(&long), "more than 65536 bytes"),
        (Some(pem), "the secret is a PEM block"),
    ] {
        let told = file
            .after(|path| match contents {
                None => std::fs::remove_file(path).unwrap(),
                Some(contents) => std::fs::write(path, contents).unwrap(),
            })
            .await;
        let [line] = &told[..] else {
            panic!("{why}: {told:?}")
        };
        assert!(line.contains("WARN") && line.contains(why), "{line}");
        assert!(line.contains("keeping the last good one"), "{line}");
        assert!(file.believes(SECRET));
        assert_eq!(file.after(|_| {}).await, [""; 0], "{why}");
    }
    let told = file
        .after(|path| std::fs::write(path, SECRET).unwrap())
        .await;
    let [line] = &told[..] else {
        panic!("{told:?}")
    };
    assert!(line.contains("key can be read again"), "{line}");
    assert!(file.believes(SECRET));
}

/// Its secret is no better for having come later than the start.
#[tokio::test(start_paused = true)]
async fn a_short_secret_is_told_of_when_it_comes() {
    let file = File::with(SECRET, Algorithm::Hs256);
    let told = file
        .after(|path| std::fs::write(path, "short").unwrap())
        .await;
    assert!(file.believes(b"short"));
    assert!(told.iter().any(|line| line.contains("5 bytes")), "{told:?}");
}

/// To open a pipe would wait for who writes into it, and hold up the end of the program.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn what_is_no_file_any_more_is_not_opened() {
    let file = File::with(SECRET, Algorithm::Hs256);
    let told = file
        .after(|path| {
            std::fs::remove_file(path).unwrap();
            std::os::unix::fs::symlink("/dev/zero", path).unwrap();
        })
        .await;
    assert!(told[0].contains("not a regular file"), "{told:?}");
    assert!(file.believes(SECRET));
}

#[tokio::test(start_paused = true)]
async fn a_public_key_of_another_type_leaves_the_last_good_one() {
    let pem = include_bytes!("keys/p256.pub.pem");
    let file = File::with(pem, Algorithm::Es256);
    let token = minted(Algorithm::Es256, "any");
    assert!(file.verifies(&token));
    let another = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/token/keys/rsa.pub.pem");
    let told = file
        .after(|path| {
            std::fs::copy(another, path).unwrap();
        })
        .await;
    assert!(told[0].contains("ES256 does not work with"), "{told:?}");
    assert!(file.verifies(&token));
}

#[test]
fn what_is_no_key_at_the_start_is_refused() {
    for (text, algorithm, error) in [
        ("", Algorithm::Hs256, KeyError::EmptySecret),
        (
            include_str!("keys/p256.pub.pem"),
            Algorithm::Hs256,
            KeyError::SecretIsPem,
        ),
    ] {
        let made = KeySource::file(PathBuf::from("key"), algorithm, text);
        assert_eq!(made.unwrap_err(), error);
    }
}
