//! Making a token.

use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, anyhow};
use tidings_mercure::HubUrl;
use tidings_mercure::token::{Draft, KeySource, SigningKey, TopicMatcher, mint};

use super::Token;
use crate::settings::{Config, KeyWithAlgorithm, Trust};
use crate::{cli, console};

/// Prints a token.
pub(super) fn run(asked: &Token, config: &Config) -> anyhow::Result<ExitCode> {
    let now = SystemTime::now();
    let made = prepare(asked, config, now);
    let (draft, key) = match made {
        Ok(made) => made,
        Err(Lacking(what)) => {
            console::say(format_args!("{what}"));
            return Ok(ExitCode::from(cli::EXIT_USAGE));
        }
    };
    let signing = signing(&key).context("cannot sign with this key")?;
    let token = mint(&draft, &signing, now).context("no token is made")?;
    if let Some(weakness) = weakness(&key) {
        console::say(format_args!("{weakness}"));
    }
    console::print(format!("{token}\n").as_bytes()).context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}

/// What has to be given yet; ends with what to do.
struct Lacking(String);

fn lacking<T>(what: &str) -> Result<T, Lacking> {
    Err(Lacking(what.to_owned()))
}

fn prepare(
    asked: &Token,
    config: &Config,
    now: SystemTime,
) -> Result<(Draft, KeyWithAlgorithm), Lacking> {
    let publish = matchers(asked, &asked.publish, &asked.publish_urlpattern);
    let subscribe = matchers(asked, &asked.subscribe, &asked.subscribe_urlpattern);
    if publish.is_empty() && subscribe.is_empty() {
        return lacking(
            "a token permits something; say what by --publish TOPIC or --subscribe TOPIC, with '*' for all topics",
        );
    }
    let trust = trust(asked, config)?;
    let key = match &asked.key {
        Some(key) => KeyWithAlgorithm {
            key: key.clone(),
            algorithm: asked
                .algorithm()
                .map_err(|error| Lacking(error.to_string()))?,
        },
        None => key_of_settings(
            asked,
            config,
            trust,
            [!publish.is_empty(), !subscribe.is_empty()],
        )?,
    };
    let Some(expires) = now.checked_add(asked.expires) else {
        return lacking("--expires is too far away; write for example 1h");
    };
    let issuer = asked.issuer.clone().or_else(|| trust?.issuer.clone());
    // Where the issuer is the one that goes without saying, so is the hub.
    let implied = trust
        .filter(|trust| trust.is_implied)
        .and(config.implied_hub());
    let hub = asked.hub(config).map(HubUrl::as_str).or(implied);
    let mut draft = match asked.legacy {
        true => legacy(asked, issuer).with_expires(expires),
        false => {
            let what = match (issuer, hub) {
                (Some(issuer), Some(hub)) => Ok(Draft::v1(issuer, hub, expires)),
                (None, None) => Err("its issuer and its hub; give both by --issuer and --url"),
                (Some(_), None) => Err("its hub; give that by --url, or set public_url"),
                (None, Some(_)) => Err("its issuer; give that by --issuer, or set issuer"),
            };
            what.map_err(|what| {
                Lacking(format!(
                    "a token of Mercure 1.0 names {what}, or make one of 0.x by --legacy"
                ))
            })?
        }
    };
    if !publish.is_empty() {
        draft = draft.with_publish(publish);
    }
    if !subscribe.is_empty() {
        draft = draft.with_subscribe(subscribe);
    }
    if let Some(payload) = &asked.payload {
        draft = draft.with_payload(payload.clone());
    }
    if let Some(subject) = &asked.subject {
        draft = draft.with_subject(subject);
    }
    if let Some(kid) = &asked.kid {
        draft = draft.with_kid(kid);
    }
    Ok((draft, key))
}

/// A token of 0.x, with what was asked for and no more: it need not name anybody.
fn legacy(asked: &Token, issuer: Option<String>) -> Draft {
    let mut draft = Draft::legacy();
    if let Some(issuer) = issuer {
        draft = draft.with_issuer(issuer);
    }
    if let Some(url) = &asked.url {
        draft = draft.with_audience(url.as_str());
    }
    draft
}

fn matchers(asked: &Token, topics: &[String], patterns: &[String]) -> Vec<TopicMatcher> {
    let topic = |topic| match asked.legacy {
        true => TopicMatcher::template(topic),
        false => TopicMatcher::exact(topic),
    };
    let topics = topics.iter().map(topic);
    let patterns = patterns.iter().map(TopicMatcher::url_pattern);
    topics.chain(patterns).collect()
}

/// Whom among those that the server trusts the token is from; none if the settings name nobody.
fn trust<'a>(asked: &Token, config: &'a Config) -> Result<Option<&'a Trust>, Lacking> {
    let mut fitting = config.trusted.iter().filter(|trust| match &asked.issuer {
        Some(issuer) => {
            trust.issuer.as_ref() == Some(issuer) || (asked.legacy && trust.issuer.is_none())
        }
        None if asked.legacy => trust.legacy,
        None => trust.issuer.is_some(),
    });
    let first = fitting.next();
    if asked.issuer.is_none() && asked.key.is_none() && fitting.next().is_some() {
        return lacking("the settings have several issuers; name one of them by --issuer");
    }
    Ok(first)
}

/// The key for what was asked for: to publish, and to subscribe.
fn key_of_settings(
    asked: &Token,
    config: &Config,
    trust: Option<&Trust>,
    [publish, subscribe]: [bool; 2],
) -> Result<KeyWithAlgorithm, Lacking> {
    let Some(trust) = trust else {
        return Err(no_issuer(asked, config, publish));
    };
    let key = |setting, key: &Option<KeyWithAlgorithm>| match key {
        Some(key) => Ok(key.clone()),
        None => Err(no_key(asked, trust, setting)),
    };
    let publisher = || key(PUBLISHER, &trust.publisher);
    let subscriber = || key(SUBSCRIBER, &trust.subscriber);
    match (publish, subscribe) {
        (true, false) => publisher(),
        (false, _) => subscriber(),
        (true, true) => {
            let (publisher, subscriber) = (publisher()?, subscriber()?);
            // Wherever they stand, they sign alike.
            let sign_alike = publisher.key.text() == subscriber.key.text()
                && publisher.algorithm == subscriber.algorithm;
            if !sign_alike {
                return lacking(
                    "the settings have one key to publish and another one to subscribe; make two tokens, one with --publish and one with --subscribe",
                );
            }
            Ok(publisher)
        }
    }
}

const PUBLISHER: &str = "publisher_jwt_key";
const SUBSCRIBER: &str = "subscriber_jwt_key";

/// Nobody in the settings is who the token is from.
fn no_issuer(asked: &Token, config: &Config, publish: bool) -> Lacking {
    let setting = if publish { PUBLISHER } else { SUBSCRIBER };
    let dialect = dialect(asked);
    let none = format!("the settings have no key for tokens of Mercure {dialect}");
    let give = "or give one by --key file:PATH";
    Lacking(match (&asked.issuer, asked.legacy) {
        _ if config.trusted.is_empty() => {
            let settings = match asked.legacy || asked.issuer.is_some() {
                true => setting.to_owned(),
                false => format!("{setting} and issuer"),
            };
            format!(
                "there is no key to sign a token of Mercure {dialect} with; give one by --key file:PATH, or set {settings}, in the file of --config or as variable (a secret is made by `openssl rand -base64 32`)"
            )
        }
        (Some(issuer), _) => {
            format!("{none} of {issuer}; set {setting} in a table [[issuers]] with this id, {give}")
        }
        (None, true) => format!(
            "{none}, only for those of 1.0; set legacy_tokens = true, leave out --legacy, {give}"
        ),
        (None, false) => format!(
            "{none}, only for those of 0.x; set issuer, make a token of 0.x by --legacy, {give}"
        ),
    })
}

/// Who the token is from has no key for what it permits.
fn no_key(asked: &Token, trust: &Trust, setting: &str) -> Lacking {
    if trust.jwks.is_some() {
        return Lacking(
            "the settings have a set of public keys (jwks), which cannot sign; give the private key by --key file:PATH with --algorithm"
                .to_owned(),
        );
    }
    let what = match setting == PUBLISHER {
        true => "publish",
        false => "subscribe",
    };
    Lacking(format!(
        "the settings have no key for tokens of Mercure {} that may {what}; set {setting}, or give one by --key file:PATH",
        dialect(asked)
    ))
}

fn dialect(asked: &Token) -> &'static str {
    match asked.legacy {
        true => "0.x",
        false => "1.0",
    }
}

fn signing(key: &KeyWithAlgorithm) -> anyhow::Result<SigningKey> {
    let verifies = || key.verifying().is_ok() && !key.algorithm.is_hmac();
    key.key
        .signing(key.algorithm)
        .map_err(|error| match verifies() {
            // The hub has the public half only.
            true => anyhow!(
                "it is a public key; give the private one by --key file:PATH --algorithm {}",
                key.algorithm
            ),
            false => error.into(),
        })
}

/// Why the key could be guessed, if it could. A private key has no such weakness, and is none to verify with either.
fn weakness(key: &KeyWithAlgorithm) -> Option<tidings_mercure::token::Weakness> {
    key.verifying().ok().as_ref().and_then(KeySource::weakness)
}
