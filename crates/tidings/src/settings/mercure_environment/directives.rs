//! `MERCURE_EXTRA_DIRECTIVES`: what each directive of a Mercure hub is here.

use super::caddyfile::{self, Directive};
use super::{EXTRA_DIRECTIVES, FromMercure, given};
use crate::settings::faults::Faults;
use crate::settings::sources::Source;
use crate::settings::value::{Origin, Value};

/// What becomes of a directive.
enum Meaning {
    /// The setting, and that it is switched on.
    Switch(&'static str),
    /// The setting that takes its value.
    Value(&'static str),
    /// The same, where zero switches off here too what it is for.
    ValueOrOff(&'static str),
    /// The setting that takes its values, which are origins.
    Origins(&'static str),
    /// The setting for its key, and the one for the algorithm behind it.
    Key(&'static str, &'static str),
    /// Nothing is to be done. Holds what follows from that, unless nothing does.
    Nothing(Option<&'static str>),
    /// To do without it could leave the hub open, or shut. Holds what to do.
    Must(&'static str),
}

use Meaning::{Key, Must, Nothing, Origins, Switch, ValueOrOff};

const MEANINGS: &[(&str, Meaning)] = &[
    ("anonymous", Switch("anonymous")),
    ("subscriptions", Switch("subscriptions")),
    ("cors_origins", Origins("allow_origin")),
    ("publish_origins", Origins("publish_origin")),
    ("heartbeat", Meaning::Value("heartbeat")),
    ("cookie_name", Meaning::Value("cookie_name")),
    ("resource_identifier", Meaning::Value("public_url")),
    ("write_timeout", ValueOrOff("stream_lifetime")),
    ("max_request_body_size", Meaning::Value("body_limit")),
    (
        "publisher_jwt",
        Key("publisher_jwt_key", "publisher_jwt_alg"),
    ),
    (
        "subscriber_jwt",
        Key("subscriber_jwt_key", "subscriber_jwt_alg"),
    ),
    ("protocol_version_compatibility", Switch("legacy_tokens")),
    (
        "issuer",
        Must("name the issuer by TIDINGS_ISSUER, or in the file by `[[issuers]]`"),
    ),
    ("publisher_jwks_url", Must("set TIDINGS_JWKS to its URL")),
    ("subscriber_jwks_url", Must("set TIDINGS_JWKS to its URL")),
    (
        "dispatch_timeout",
        Nothing(Some(
            "a client that takes nothing is cut off after stall_timeout",
        )),
    ),
    ("transport", Nothing(Some(HISTORY))),
    ("transport_url", Nothing(Some(HISTORY))),
    ("demo", Nothing(Some(DEMO))),
    ("playground", Nothing(Some(DEMO))),
    ("ui", Nothing(Some(PAGE))),
    ("debugger", Nothing(Some(PAGE))),
    (
        "public_urls",
        Nothing(Some(
            "requests are taken for every host; name one URL by TIDINGS_PUBLIC_URL",
        )),
    ),
    ("topic_matcher_cache", Nothing(None)),
    ("topic_selector_cache", Nothing(None)),
    ("subscriber_list_cache_size", Nothing(None)),
];

const HISTORY: &str =
    "history is kept in memory, as history_messages, history_bytes and history_age say";
const DEMO: &str = "nobody is given a token by tidings itself; make one with `tidings token`";
const PAGE: &str = "the page to try the hub with is at /";

/// Reads the variable.
pub(super) fn read(text: &str, all: &mut FromMercure, faults: &mut Faults) {
    let directives = match caddyfile::read(text) {
        Ok(directives) => directives,
        Err(unclosed) => {
            let source = Source::Variable(EXTRA_DIRECTIVES.to_owned());
            let (line, what) = (unclosed.line, unclosed.what);
            faults.add(
                source,
                format!("the {what} on line {line} has no end; close it"),
            );
            return;
        }
    };
    for directive in directives {
        apply(&directive, all, faults);
    }
}

fn apply(directive: &Directive, all: &mut FromMercure, faults: &mut Faults) {
    let Directive {
        line,
        name,
        arguments,
        block,
    } = directive;
    let source = || Source::Directive(*line, name.clone());
    let remark = |consequence: &str| format!("{} is not used: {consequence}", source());
    let Some((_, meaning)) = MEANINGS.iter().find(|(known, _)| known == name) else {
        all.remarks.push(remark("tidings does not know it"));
        return;
    };
    let placeholder = arguments.iter().any(|argument| is_placeholder(argument));
    match (meaning, arguments.as_slice()) {
        (Must(advice), _) => faults.add(source(), format!("is not understood here; {advice}")),
        (Key(..), _) if placeholder => faults.add(
            source(),
            "placeholders are not understood; write the key, or file:PATH",
        ),
        (Nothing(None), _) => {}
        (Nothing(Some(consequence)), _) => all.remarks.push(remark(consequence)),
        _ if placeholder => all.remarks.push(remark(
            "placeholders such as {$NAME} are not understood; write the value",
        )),
        _ if *block => all.remarks.push(remark("it takes no block in braces")),
        (Key(key, algorithm), [text, rest @ ..]) if rest.len() < 2 => {
            all.settings.extend(given(key, text, source()));
            if let Some(text) = rest.first() {
                all.settings.extend(given(algorithm, text, source()));
            }
        }
        (Key(..), _) => faults.add(
            source(),
            "is a key and an algorithm; write both, or the key",
        ),
        (Switch("legacy_tokens"), [_]) => {
            all.settings
                .extend(given("legacy_tokens", "true", source()));
        }
        (Switch(setting), []) => all.settings.extend(given(setting, "true", source())),
        (Switch(_), _) => all.remarks.push(remark("it takes no value")),
        (Meaning::Value(_), [off]) if is_zero(off) => all
            .remarks
            .push(remark("it cannot be switched off; it keeps its default")),
        // Their durations of zero need no unit, and may have several.
        (ValueOrOff(setting), [off]) if is_zero(off) => {
            all.settings.extend(given(setting, "0s", source()));
        }
        (Meaning::Value(setting) | ValueOrOff(setting), [text]) => {
            all.settings.extend(given(setting, text, source()))
        }
        (Meaning::Value(_) | ValueOrOff(_), _) => all.remarks.push(remark("it takes one value")),
        (Origins(setting), texts) => apply_origins(setting, texts, source(), all),
    }
}

/// An origin that cannot be understood is left out, which is on the safe side.
fn apply_origins(setting: &str, texts: &[String], source: Source, all: &mut FromMercure) {
    let mut origins = Vec::new();
    for text in texts {
        match <Origin as Value>::read(text) {
            Ok(_) => origins.push(text.as_str()),
            Err(reason) => all
                .remarks
                .push(format!("{source}: {reason}; it is left out")),
        }
    }
    all.settings
        .extend(given(setting, &origins.join(","), source));
}

fn is_placeholder(text: &str) -> bool {
    text.contains("{$") || (text.starts_with('{') && text.ends_with('}'))
}

/// A size or a duration of nothing, by which Mercure hubs switch off what it is for.
fn is_zero(text: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    !digits.is_empty() && digits.chars().all(|c| c == '0')
}
