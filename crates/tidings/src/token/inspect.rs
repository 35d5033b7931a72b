//! What is in a token, and why it is accepted or refused.
//!
//! What a token holds is anybody's: it is shown without characters that could act on a terminal.

use std::fmt::Write as _;
use std::io::Read as _;
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context;
use serde_json::{Map, Value as Json};
use tidings_mercure::token::{
    Claims, Dialect, Expected, Inspection, MAX_TOKEN_BYTES, Refusal, Role, TopicMatcher, inspect,
};
use tidings_mercure::{HubUrl, Matcher, MatcherType};

use super::Token;
use crate::keys::Keys;
use crate::settings::{Config, KeyWithAlgorithm, Trust};
use crate::{cli, client, console};

/// The claims of tokens of 0.x that permit anything, by either of their names.
const LEGACY_CLAIMS: [&str; 2] = ["mercure", "https://mercure.rocks/"];

/// Prints what becomes of a token; the exit code is 1 if it is refused whatever it is for, or permits nothing because what
/// it permits stands in the wrong place.
pub(super) fn run(token: &str, asked: &Token, config: &Config) -> anyhow::Result<ExitCode> {
    let token = match token {
        "-" => read_input()?,
        token => token.to_owned(),
    };
    let token = token.trim();
    let token = token.strip_prefix("Bearer").unwrap_or(token).trim();
    if token.is_empty() {
        console::say(format_args!(
            "no token was given; write one behind --inspect, or - for standard input"
        ));
        return Ok(ExitCode::from(cli::EXIT_USAGE));
    }
    let trusted = match trusted_by_key(asked)? {
        Some(trust) => vec![trust],
        None => config.trusted.clone(),
    };
    let mut keys = Keys::of(&trusted)?;
    client::runtime()?.block_on(load(&mut keys));

    let (inspection, hubs) = look(token, &keys, asked.hub(config), config.implied_hub());
    let mut text = String::new();
    if trusted.is_empty() {
        text.push_str("note       no key is set, so nobody is trusted; give --key or --config\n");
    }
    text.push_str(&describe(&inspection, &hubs));
    if !hubs.is_empty() {
        text.push_str(
            "note       whether the token is for this hub (aud) was not checked; give --url\n",
        );
    }
    console::print(text.as_bytes()).context("cannot write to standard output")?;
    let refused = inspection.publish.is_err() && inspection.subscribe.is_err();
    Ok(match refused || misplaced(&inspection).is_some() {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

fn read_input() -> anyhow::Result<String> {
    let mut text = String::new();
    // A little more than a token has, so that one that is too long is told as such.
    let limit = MAX_TOKEN_BYTES as u64 + 1024;
    std::io::stdin()
        .take(limit)
        .read_to_string(&mut text)
        .context("cannot read standard input")?;
    Ok(text)
}

/// What `--key` stands for: a key of `--issuer`, and of tokens of 0.x.
fn trusted_by_key(asked: &Token) -> anyhow::Result<Option<Trust>> {
    let Some(key) = &asked.key else {
        return Ok(None);
    };
    let key = KeyWithAlgorithm {
        key: key.clone(),
        algorithm: asked.algorithm()?,
    };
    key.verifying().context("cannot verify with --key")?;
    Ok(Some(Trust {
        issuer: asked.issuer.clone(),
        legacy: true,
        publisher: Some(key.clone()),
        subscriber: Some(key),
        ..Trust::default()
    }))
}

/// Loads the key sets; what cannot be loaded is told, as there is no log here.
async fn load(keys: &mut Keys) {
    for set in &mut keys.sets {
        if let Err(error) = set.refresher.refresh().await {
            let reason = anyhow::Error::from(error).context(format!("keys of {}", set.issuer));
            console::say(format_args!("{reason:#}"));
        }
    }
}

/// Looks into the token. Where the hub's address is not known, the token is taken to be for it, and the hubs that it names
/// are returned: it is accepted by those only. `implied` is what the hub goes by where it has no other name.
fn look(
    token: &str,
    keys: &Keys,
    hub: Option<&HubUrl>,
    implied: Option<&str>,
) -> (Inspection, Vec<String>) {
    let compiles = |matcher: &TopicMatcher| match hub {
        None => Ok(()),
        Some(hub) => Matcher::parse(matcher.kind, &matcher.text, hub)
            .map(|_| ())
            .map_err(|error| error.to_string()),
    };
    let now = SystemTime::now();
    let held_against =
        |expected: Expected<'_>| inspect(token, &keys.trusted, &expected.with_compiles(&compiles));
    let with = |resource: &str| held_against(Expected::new(Role::Publish, resource, now));
    if let Some(hub) = hub {
        return (
            held_against(Expected::at(Role::Publish, hub, now)),
            Vec::new(),
        );
    }
    let first = with("");
    if first.dialect != Some(Dialect::V1) {
        return (first, Vec::new());
    }
    let hubs = first.claims.as_ref().map(audience).unwrap_or_default();
    match (hubs.first(), implied) {
        (_, Some(implied)) if hubs.iter().any(|hub| hub == implied) => (with(implied), Vec::new()),
        (Some(one), _) => (with(one), hubs),
        (None, _) => (first, hubs),
    }
}

/// The hubs that the token names.
fn audience(claims: &Map<String, Json>) -> Vec<String> {
    let named = match claims.get("aud") {
        Some(Json::Array(all)) => all.iter().collect(),
        one => Vec::from_iter(one),
    };
    let texts = named.into_iter().filter_map(Json::as_str);
    texts.map(str::to_owned).collect()
}

/// What a token of 0.x without the claim that permits anything has beside it, where it counts for nothing.
fn misplaced(inspection: &Inspection) -> Option<&'static str> {
    let claims = inspection.claims.as_ref().ok()?;
    if inspection.dialect != Some(Dialect::Legacy)
        || LEGACY_CLAIMS.iter().any(|name| claims.contains_key(*name))
    {
        return None;
    }
    let mut names = ["publish", "subscribe"].into_iter();
    names.find(|name| claims.contains_key(*name))
}

fn describe(inspection: &Inspection, hubs: &[String]) -> String {
    let dialect = match inspection.dialect {
        None => "unknown",
        Some(Dialect::V1) => "1.0",
        Some(Dialect::Legacy) => "0.x",
    };
    let mut text = String::new();
    let parts = [
        ("header", &inspection.header),
        ("claims", &inspection.claims),
    ];
    for (name, part) in parts {
        let shown = match part {
            Ok(object) => pretty(object),
            Err(refusal) => refusal.to_string(),
        };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{name:<10} {}", shown.replace('\n', "\n           "));
    }
    let _ = writeln!(text, "dialect    {dialect}");
    let publish = verdict(
        &inspection.publish,
        |claims| &claims.publish,
        "no topic",
        hubs,
    );
    let subscribe = verdict(
        &inspection.subscribe,
        |claims| &claims.subscribe,
        "public messages only",
        hubs,
    );
    let (publish, subscribe) = match misplaced(inspection) {
        Some(name) if inspection.publish.is_ok() || inspection.subscribe.is_ok() => {
            let why = format!("no `mercure` claim; `{name}` belongs inside it");
            (format!("refused: {why}"), format!("{subscribe} ({why})"))
        }
        _ => (publish, subscribe),
    };
    let _ = writeln!(text, "publish    {publish}\nsubscribe  {subscribe}");
    text
}

fn pretty(object: &Map<String, Json>) -> String {
    let text = serde_json::to_string_pretty(object).unwrap_or_default();
    let lines: Vec<String> = text.lines().map(harmless).collect();
    lines.join("\n")
}

fn verdict(
    verified: &Result<Claims, Refusal>,
    granted: impl Fn(&Claims) -> &Option<Vec<TopicMatcher>>,
    otherwise: &str,
    hubs: &[String],
) -> String {
    let claims = match verified {
        Ok(claims) => claims,
        Err(refusal) => return format!("refused: {}", harmless(&refusal.to_string())),
    };
    let topics: Vec<String> = granted(claims).iter().flatten().map(described).collect();
    let topics = match topics.is_empty() {
        true => otherwise.to_owned(),
        false => topics.join(", "),
    };
    let end = match claims.expires {
        Some(expires) => format!("until {}", humantime::format_rfc3339_seconds(expires)),
        None => "without end".to_owned(),
    };
    let condition = match hubs {
        [] => String::new(),
        hubs => format!(" if the hub is {} (aud),", harmless(&hubs.join(" or "))),
    };
    format!("accepted{condition} {end}: {topics}")
}

fn described(matcher: &TopicMatcher) -> String {
    let text = harmless(&matcher.text);
    match matcher.kind {
        _ if matcher.is_wildcard() => "all topics".to_owned(),
        MatcherType::UrlPattern => format!("the pattern {text}"),
        MatcherType::Template | MatcherType::Exact => text,
    }
}

/// A text without what cannot be seen, and what turns the direction of writing.
fn harmless(text: &str) -> String {
    let escaped = |c: char| match c {
        ' '..='~' => c.to_string(),
        c => c.escape_debug().to_string(),
    };
    text.chars().map(escaped).collect()
}
