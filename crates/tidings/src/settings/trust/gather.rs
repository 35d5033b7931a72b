//! What the settings on tokens amount to.

use tidings_mercure::token::Algorithm;

use super::{KeyWithAlgorithm, Trust};
use crate::settings::definitions::Config;
use crate::settings::resolve::Reader;
use crate::settings::sources::Source;
use crate::settings::value::Key;

/// The settings from which the keys come, and those that say how to use them.
pub(crate) const KEYS: [&str; 3] = ["publisher_jwt_key", "subscriber_jwt_key", "jwks"];

/// The issuer of the images of 1.0, where none is named.
const ISSUER_OF_IMAGES: &str = "https://localhost";

/// Everybody who is trusted: whom the settings name, and the issuers of the file. Tells what is wrong.
pub(crate) fn gather_trust(
    config: &Config,
    issuers: Vec<Trust>,
    reader: &mut Reader<'_>,
) -> Vec<Trust> {
    let trust = Trust {
        issuer: config.issuer.as_ref().map(ToString::to_string),
        is_implied: false,
        legacy: config.legacy_tokens.unwrap_or(config.issuer.is_none()),
        publisher: with(&config.publisher_jwt_key, config.publisher_jwt_alg),
        subscriber: with(&config.subscriber_jwt_key, config.subscriber_jwt_alg),
        jwks: config.jwks.clone(),
        authorization_server: None,
    };
    tell_faults(&trust, config, reader);
    let implied = match config.issuer.is_none() && issuers.is_empty() {
        true => implied(&trust, reader),
        false => Trust::default(),
    };
    let mut trusted = vec![trust, implied];
    trusted.retain(Trust::has_keys);
    trusted.extend(issuers);
    trusted
}

/// What images of 1.0 trust where no issuer is named. Keys from their variables are for it too, so that replacing such an
/// image is enough; a key that is not in them was set by who has read what it is for here.
///
/// It stands apart from the same keys for 0.x, whose tokens may name any issuer.
fn implied(trust: &Trust, reader: &Reader<'_>) -> Trust {
    let from_image = |name, key: &Option<KeyWithAlgorithm>| {
        let source = reader.source_of(name);
        key.clone()
            .filter(|_| source.is_some_and(|source| source.is_of_a_mercure_image()))
    };
    Trust {
        issuer: Some(ISSUER_OF_IMAGES.to_owned()),
        is_implied: true,
        publisher: from_image("publisher_jwt_key", &trust.publisher),
        subscriber: from_image("subscriber_jwt_key", &trust.subscriber),
        ..Trust::default()
    }
}

fn with(key: &Option<Key>, algorithm: Algorithm) -> Option<KeyWithAlgorithm> {
    let key = key.clone()?;
    Some(KeyWithAlgorithm { key, algorithm })
}

fn tell_faults(trust: &Trust, config: &Config, reader: &mut Reader<'_>) {
    let is_none = [
        config.publisher_jwt_key.is_none(),
        config.subscriber_jwt_key.is_none(),
        config.jwks.is_none(),
    ];
    for (name, is_none) in KEYS.into_iter().zip(is_none) {
        // An empty key must not be taken for none: without a key the hub is open.
        if is_none && was_given(reader, name) {
            reader.fault_in(
                name,
                "it is empty, so it would protect nothing; write a key, or leave the setting out",
            );
        }
    }
    let all_are_sound = |names: &[&'static str], reader: &Reader<'_>| {
        names.iter().all(|name| reader.source_of(name).is_some())
    };
    // Where a setting has a fault of its own, nothing can be said of it together with others.
    if all_are_sound(&["publisher_jwt_alg", "subscriber_jwt_alg"], reader) {
        for (name, reason) in trust.faults() {
            reader.fault_in(name, &reason);
        }
    }
    if !all_are_sound(&KEYS, reader) || !all_are_sound(&["issuer", "legacy_tokens"], reader) {
        return;
    }
    if trust.issuer.is_some() && !trust.has_keys() {
        reader.fault_in(
            "issuer",
            "the issuer has no key; set publisher_jwt_key, subscriber_jwt_key or jwks",
        );
    }
    if trust.issuer.is_none() && !trust.legacy && trust.has_keys() {
        reader.fault_in(
            "legacy_tokens",
            "without an issuer the keys are for tokens of 0.x only; set issuer, or write true",
        );
    }
}

fn was_given(reader: &Reader<'_>, name: &'static str) -> bool {
    let source = reader.source_of(name);
    source.is_some_and(|source| !matches!(source, Source::Default(_)))
}
