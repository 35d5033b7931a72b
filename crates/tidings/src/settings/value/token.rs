//! What `tidings-mercure` knows as types: algorithms, sets of keys, the address of the hub.

use std::path::PathBuf;

use reqwest::Url;
use tidings_mercure::HubUrl;
use tidings_mercure::token::{Algorithm, JwksLocation};

use super::{Kind, Value};

impl Value for Algorithm {
    const KIND: Kind = Kind {
        choices: &[
            "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
            "ES256", "ES384", "EdDSA",
        ],
        example: "HS256",
        ..Kind::text("ALGORITHM")
    };

    fn read(text: &str) -> Result<Self, String> {
        text.trim()
            .parse()
            .map_err(|error: tidings_mercure::token::UnknownAlgorithm| error.to_string())
    }
}

impl Value for JwksLocation {
    const KIND: Kind = Kind {
        example: "https://id.example.com/jwks.json",
        ..Kind::text("URL|file:PATH")
    };

    fn read(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("file:").filter(|path| !path.is_empty()) {
            return Ok(JwksLocation::File(PathBuf::from(path)));
        }
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(JwksLocation::Url(url)),
            _ => Err(format!(
                "this is no place of a key set; write {} or file:PATH",
                Self::KIND.example
            )),
        }
    }
}

impl Value for HubUrl {
    const KIND: Kind = Kind {
        example: "https://hub.example.com/.well-known/mercure",
        ..Kind::text("URL")
    };

    fn read(text: &str) -> Result<Self, String> {
        HubUrl::parse(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choices_are_all_algorithms() {
        let names: Vec<&str> = Algorithm::ALL.iter().map(|known| known.name()).collect();
        assert_eq!(<Algorithm as Value>::KIND.choices, names);
    }

    #[test]
    fn the_address_of_the_hub_may_be_an_origin_alone() {
        let read = <HubUrl as Value>::read;
        let hub = read(HubUrl::KIND.example).unwrap();
        for text in ["https://hub.example.com", "https://hub.example.com/"] {
            assert_eq!(read(text).unwrap().as_str(), hub.as_str());
        }
        let elsewhere = read("https://example.com/hub").unwrap();
        assert_eq!(elsewhere.as_str(), "https://example.com/hub");
    }

    #[test]
    fn a_key_set_is_in_a_file_or_at_a_url() {
        let read = <JwksLocation as Value>::read;
        for text in ["file:keys.json", "file:///etc/keys.json"] {
            let path = text.trim_start_matches("file:").into();
            assert_eq!(read(text), Ok(JwksLocation::File(path)));
        }
        assert!(matches!(
            read("https://id.example/jwks"),
            Ok(JwksLocation::Url(_))
        ));
        for text in ["", "file:", "keys.json", "ftp://id.example/jwks"] {
            let reason = read(text).unwrap_err();
            assert!(reason.ends_with("or file:PATH"), "{reason}");
        }
    }
}
