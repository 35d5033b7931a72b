//! Making a token.

use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, anyhow};
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
        None => key_of_settings(trust, !publish.is_empty(), !subscribe.is_empty())?,
    };
    let Some(expires) = now.checked_add(asked.expires) else {
        return lacking("--expires is too far away; write for example 1h");
    };
    let issuer = asked.issuer.clone().or_else(|| trust?.issuer.clone());
    let mut draft = match asked.legacy {
        true => legacy(asked, issuer).with_expires(expires),
        false => {
            let (Some(issuer), Some(hub)) = (issuer, asked.hub(config)) else {
                return lacking(
                    "a token of Mercure 1.0 names its issuer and its hub; give both by --issuer and --url, or make one of 0.x by --legacy",
                );
            };
            Draft::v1(issuer, hub.as_str(), expires)
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

fn key_of_settings(
    trust: Option<&Trust>,
    publish: bool,
    subscribe: bool,
) -> Result<KeyWithAlgorithm, Lacking> {
    let publisher = trust.and_then(|trust| trust.publisher.clone());
    let subscriber = trust.and_then(|trust| trust.subscriber.clone());
    let key = match (publish, subscribe) {
        (true, true) if !same(&publisher, &subscriber) => {
            return lacking(
                "the settings have one key to publish and another one to subscribe; make two tokens, one with --publish and one with --subscribe",
            );
        }
        (true, _) => publisher,
        (false, _) => subscriber,
    };
    key.ok_or_else(|| {
        Lacking(
            "there is no key to sign with; give one by --key file:PATH, or the server's settings by --config or its variables (a secret is made by `openssl rand -base64 32`)"
                .to_owned(),
        )
    })
}

/// Whether they sign alike, wherever they stand.
fn same(one: &Option<KeyWithAlgorithm>, other: &Option<KeyWithAlgorithm>) -> bool {
    let what = |key: &Option<KeyWithAlgorithm>| {
        let key = key.as_ref()?;
        Some((key.key.text().to_owned(), key.algorithm))
    };
    what(one) == what(other)
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
