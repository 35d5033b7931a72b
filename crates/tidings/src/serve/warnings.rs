//! What is worth a warning about keys and tokens, told once at the start, with the names of the settings.
//!
//! An issuer that nobody has named is left out: who has tokens of 0.x alone would be told of things that he does not have.

use crate::settings::{Config, KeyWithAlgorithm, Trust};

/// Secrets that stand in examples and in the compose files made from them.
const SECRETS_OF_EXAMPLES: &[&str] = &[
    "!ChangeMe!",
    "!ChangeThisMercureHubJWTSecretKey!",
    "!UnsecureChangeMe!",
];

/// Tells them in the log.
pub(super) fn tell(config: &Config) {
    for warning in warnings(config) {
        tracing::warn!("{warning}");
    }
}

fn warnings(config: &Config) -> Vec<String> {
    let named = config.trusted.iter().filter(|trust| !trust.is_implied);
    let named: Vec<&Trust> = named.collect();
    let mut warnings = lacking(config, &named);
    let faults = named
        .iter()
        .flat_map(|trust| keys(trust))
        .flat_map(|(name, key)| {
            faults(key)
                .into_iter()
                .map(move |fault| (name.clone(), fault))
        });
    // Mostly the same key stands in both settings, and is told of once.
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for (name, fault) in faults {
        match told.iter_mut().find(|(known, _)| *known == fault) {
            Some((_, names)) => names.push(name),
            None => told.push((fault, vec![name])),
        }
    }
    let told = told.iter();
    warnings.extend(told.map(|(fault, names)| format!("{}: {fault}", names.join(" and "))));
    warnings
}

/// What a sound configuration can be without, and most are not meant to be.
fn lacking(config: &Config, named: &[&Trust]) -> Vec<String> {
    let mut lacking = Vec::new();
    if !config.asks_for_tokens() {
        return lacking;
    }
    let mut say = |what: &str| lacking.push(what.to_owned());
    if !named
        .iter()
        .any(|trust| trust.publisher.is_some() || trust.jwks.is_some())
    {
        say("there is no key to publish with, so nobody can; set publisher_jwt_key or jwks");
    }
    let subscribes = named
        .iter()
        .any(|trust| trust.subscriber.is_some() || trust.jwks.is_some());
    if !subscribes && !config.anonymous {
        say(
            "there is no key to subscribe with, so nobody can; set subscriber_jwt_key or jwks, \
             or anonymous",
        );
    }
    if config.public_url.is_none() && named.iter().any(|trust| trust.issuer.is_some()) {
        say(
            "without public_url the `aud` of a token is held against the address in the request itself, \
             so a token for another hub of the same issuer is accepted too; set it",
        );
    }
    lacking
}

/// The single keys of an issuer, each by its setting.
fn keys(trust: &Trust) -> impl Iterator<Item = (String, &KeyWithAlgorithm)> {
    let of = match &trust.issuer {
        Some(issuer) => format!(" of {issuer}"),
        None => String::new(),
    };
    let keys = [
        ("publisher_jwt_key", &trust.publisher),
        ("subscriber_jwt_key", &trust.subscriber),
    ];
    keys.into_iter()
        .filter_map(move |(name, key)| Some((format!("{name}{of}"), key.as_ref()?)))
}

/// What is wrong with a key that can be used.
fn faults(key: &KeyWithAlgorithm) -> Vec<String> {
    let text = key.key.text();
    let mut faults = Vec::new();
    if SECRETS_OF_EXAMPLES.contains(&text) {
        faults.push(
            "the secret stands in examples, so everybody knows it and can make tokens; set one of your \
             own, such as `openssl rand -base64 32` makes"
                .to_owned(),
        );
    } else if let Some(weakness) = key.verifying().ok().and_then(|source| source.weakness()) {
        faults.push(weakness.to_string());
    }
    if std::path::Path::new(text).is_file() {
        faults.push(
            "the key is the name of a file; to have the key in it, write file: before the name"
                .to_owned(),
        );
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::resolve;

    fn warned(variables: &[(&str, &str)], flags: &[&str]) -> Vec<String> {
        warnings(&resolve("", variables, flags).unwrap())
    }

    const GOOD: &str = "a secret of thirty-two bytes or more";

    #[test]
    fn the_settings_of_a_known_secret_are_named() {
        let secret = "!ChangeThisMercureHubJWTSecretKey!";
        let told = warned(
            &[
                ("MERCURE_PUBLISHER_JWT_KEY", secret),
                ("MERCURE_SUBSCRIBER_JWT_KEY", secret),
            ],
            &[],
        );
        let [one] = &told[..] else { panic!("{told:?}") };
        let start = "publisher_jwt_key and subscriber_jwt_key: the secret stands in examples";
        assert!(one.starts_with(start), "{one}");

        let other = [
            ("TIDINGS_PUBLISHER_JWT_KEY", GOOD),
            ("TIDINGS_SUBSCRIBER_JWT_KEY", secret),
        ];
        let told = warned(
            &other,
            &[
                "--issuer",
                "https://a.example",
                "--public-url",
                "https://b.example",
            ],
        );
        let [one] = &told[..] else { panic!("{told:?}") };
        assert!(
            one.starts_with("subscriber_jwt_key of https://a.example: "),
            "{one}"
        );
    }

    #[test]
    fn a_short_secret_is_told_with_its_settings() {
        let flags = [
            "--publisher-jwt-key",
            "short",
            "--subscriber-jwt-key",
            "other",
        ];
        let told = warned(&[], &flags);
        let start = "publisher_jwt_key and subscriber_jwt_key: the secret has 5 bytes";
        assert!(told.len() == 1 && told[0].starts_with(start), "{told:?}");
    }

    /// The variables of a hub are for tokens of 1.0 too, of which its users may have none.
    #[test]
    fn an_issuer_that_nobody_has_named_is_nothing_to_warn_of() {
        let keys = [
            ("MERCURE_PUBLISHER_JWT_KEY", GOOD),
            ("MERCURE_SUBSCRIBER_JWT_KEY", GOOD),
        ];
        assert_eq!(warned(&keys, &[]), [""; 0]);
        let told = warned(&keys, &["--issuer", "https://localhost"]);
        assert!(
            told.len() == 1 && told[0].starts_with("without public_url"),
            "{told:?}"
        );
    }

    #[test]
    fn what_lacks_is_told() {
        assert_eq!(warned(&[], &[]), [""; 0]);
        let told = warned(&[], &["--publisher-jwt-key", GOOD]);
        assert!(told[0].contains("no key to subscribe with"), "{told:?}");
        let told = warned(&[], &["--subscriber-jwt-key", GOOD]);
        assert!(told[0].contains("no key to publish with"), "{told:?}");
        let told = warned(&[], &["--publisher-jwt-key", GOOD, "--anonymous", "true"]);
        assert_eq!(told, [""; 0]);
    }
}
