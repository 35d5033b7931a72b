//! A key: the text itself, or the file that holds it.
//!
//! Invariant: nothing shows it. Faults name the file, `Debug` says that there is one.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use tidings_mercure::token::{Algorithm, KeyError, KeySource, SigningKey, SigningKeyError};

use super::{Kind, Value};

/// Far more than any key in PEM has: the largest RSA keys are some 10 KiB.
const FILE_LIMIT: u64 = 64 * 1024;

/// What stands in front of the path of a file.
const FILE: &str = "file:";

/// A secret, or a key in PEM. Without the line ends that a file had at its end.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key {
    text: String,
    /// The file that it was read from, if that can be read again: what comes out of a pipe, as with `file:/dev/fd/63` of a
    /// shell's `<(…)`, is there once.
    file: Option<PathBuf>,
}

impl Key {
    /// The text. Not to be shown.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The file that holds it, and can change.
    pub(crate) fn file(&self) -> Option<&PathBuf> {
        self.file.as_ref()
    }

    /// The key as one that verifies.
    pub(crate) fn verifying(&self, algorithm: Algorithm) -> Result<KeySource, KeyError> {
        KeySource::text(&self.text, algorithm)
    }

    /// The key as one that signs.
    pub(crate) fn signing(&self, algorithm: Algorithm) -> Result<SigningKey, SigningKeyError> {
        if algorithm.is_hmac() {
            SigningKey::secret(self.text.as_bytes(), algorithm)
        } else {
            SigningKey::pem(self.text.as_bytes(), algorithm)
        }
    }
}

impl Value for Key {
    const KIND: Kind = Kind {
        example: "file:/etc/tidings/key",
        ..Kind::text("KEY")
    };

    fn read(text: &str) -> Result<Self, String> {
        Key::read_as("key", text)
    }
}

impl Key {
    /// Reads what stands for a key, or for what is as secret and goes by another name.
    pub(crate) fn read_as(name: &str, text: &str) -> Result<Self, String> {
        match text.strip_prefix(FILE) {
            None if text.is_empty() => Err("it is empty; write it, or file:PATH".to_owned()),
            None if text.trim().is_empty() => Err(format!(
                "it is nothing but white space; write the {name}, or file:PATH"
            )),
            None => Ok(Key {
                text: text.to_owned(),
                file: None,
            }),
            Some(path) => Ok(Key {
                text: read_file(name, path)?,
                file: std::fs::metadata(path)
                    .is_ok_and(|found| found.is_file())
                    .then(|| path.into()),
            }),
        }
    }
}

/// Editors end a file with a line end, which is no part of what was meant.
fn read_file(name: &str, path: &str) -> Result<String, String> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(FILE_LIMIT + 1).read_to_string(&mut text))
        .map_err(|error| {
            format!("cannot read {path}: {error}; name a file that holds the {name}")
        })?;
    if text.len() as u64 > FILE_LIMIT {
        return Err(format!(
            "{path} is too long for a {name}; name a file that holds the {name} alone"
        ));
    }
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    if text.trim().is_empty() {
        return Err(format!("{path} is empty; write the {name} into it"));
    }
    Ok(text)
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_text_or_the_contents_of_a_file() {
        assert_eq!(Key::read("a secret").unwrap().text(), "a secret");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let named = format!("file:{}", path.display());
        for (contents, key) in [
            ("secret", "secret"),
            ("secret\n", "secret"),
            (" se\r\ncret \r\n\n", " se\r\ncret "),
        ] {
            std::fs::write(&path, contents).unwrap();
            let read = Key::read(&named).unwrap();
            assert_eq!((read.text(), read.file()), (key, Some(&path)));
        }
        for (contents, fault) in [
            ("\n".to_owned(), "is empty; write the key into it"),
            (" \t\n".to_owned(), "is empty; write the key into it"),
            (
                "x".repeat(65 * 1024),
                "name a file that holds the key alone",
            ),
        ] {
            std::fs::write(&path, contents).unwrap();
            let reason = Key::read(&named).unwrap_err();
            assert!(reason.ends_with(fault), "{reason}");
        }
        std::fs::remove_file(&path).unwrap();
        let reason = Key::read(&named).unwrap_err();
        assert!(
            reason.ends_with("name a file that holds the key"),
            "{reason}"
        );
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = Key::read("hunter2").unwrap();
        assert_eq!(format!("{key:?}"), "Key");
        assert!(!format!("{:?}", key.verifying(Algorithm::Hs256)).contains("hunter2"));
    }
}
