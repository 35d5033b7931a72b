//! URL Patterns (WHATWG, review draft of September 2025): compiled as `new URLPattern(text, HUB)`, asked as
//! `test(topic, HUB)`, never with `ignoreCase`.
//!
//! The crate `urlpattern` reads the pattern and says what each component of a URL must look like. Its own matching is
//! not used: it compiles each component twice with the bounds of a general-purpose library, and builds the groups that
//! nobody asks for. Here a component is compared as a literal or between its fixed ends where that is what it says, and
//! otherwise tried with a bounded [`Expression`].

use std::sync::OnceLock;

use url::Url;
use urlpattern::{
    UrlPatternInit, UrlPatternOptions, component::Component, matcher::InnerMatcher,
    parser::RegexSyntax, regexp::RegExp,
};

use super::{
    InvalidMatcher, ecmascript,
    expression::{DETERMINISTIC_BYTES, Expression, Unusable},
    hostname,
};
use crate::{endpoint::SUBSCRIPTIONS, hub_url::HubUrl};

/// The most characters in a pattern that can begin a group or repeat one. Each group costs the parser a URL to
/// normalise, and each name a comparison with all before it.
const MAX_SPECIAL: usize = 256;

/// What the paths of announcements begin with when they are resolved.
pub(super) const BELOW_HUB: &str = "/.well-known/mercure/";

/// What is said of a group that is refused here or by the compiler.
const BAD_GROUP: &str =
    "the regular expression of a group is invalid, or needs what can't be matched in linear time";

/// A compiled URL Pattern.
pub(super) struct UrlPattern {
    hub: HubUrl,
    /// Those components that don't take everything, the cheap ones first.
    parts: Box<[(Part, Test)]>,
}

/// Why a text is no URL Pattern that can be used.
#[derive(Debug)]
pub(super) enum InvalidUrlPattern {
    Invalid(String),
    TooCostly,
}

/// A component of a URL.
#[derive(Debug, Clone, Copy)]
enum Part {
    Protocol,
    Username,
    Password,
    Hostname,
    Port,
    Pathname,
    Search,
    Hash,
}

/// What a component must look like.
#[derive(Debug)]
enum Test {
    Literal(Box<str>),
    Between {
        prefix: Box<str>,
        suffix: Box<str>,
        middle: Middle,
    },
}

/// What is between the fixed ends of a component.
#[derive(Debug)]
enum Middle {
    /// Anything.
    Any,
    /// One character at least, and all others than this.
    Without(Option<char>),
    Expression(Box<Expression>),
}

/// The source of an expression, which the crate makes for us. It is compiled at once only where the crate asks whether
/// the protocol can be a special scheme.
struct Source {
    pattern: String,
    compiled: OnceLock<Option<Expression>>,
}

impl UrlPattern {
    /// Compiles a pattern, with the hub's URL as its base.
    pub(super) fn compile(text: &str, hub: &HubUrl) -> Result<Self, InvalidUrlPattern> {
        let special = |byte: &u8| b":{(*?+".contains(byte);
        if text.bytes().filter(special).count() > MAX_SPECIAL {
            return Err(InvalidUrlPattern::TooCostly);
        }
        hostname::check_brackets(text)
            .map_err(|reason| InvalidUrlPattern::Invalid(reason.into()))?;
        let base = Some(hub.as_url().clone());
        let pattern = UrlPatternInit::parse_constructor_string::<Source>(text, base)
            .and_then(|mut init| {
                init.pathname = init.pathname.map(|path| absolute(path, hub));
                urlpattern::UrlPattern::<Source>::parse(init, UrlPatternOptions::default())
            })
            .map_err(|error| match error {
                urlpattern::Error::RegExp(()) => InvalidUrlPattern::Invalid(BAD_GROUP.into()),
                error => InvalidUrlPattern::Invalid(error.to_string()),
            })?;
        Ok(Self {
            hub: hub.clone(),
            parts: parts(pattern)?,
        })
    }

    pub(super) fn hub(&self) -> &HubUrl {
        &self.hub
    }

    /// What it took to compile its expressions.
    pub(super) fn steps(&self) -> usize {
        let expressions = self.parts.iter().filter_map(|(_, test)| test.expression());
        expressions.map(Expression::steps).sum()
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let expressions = self.parts.iter().filter_map(|(_, test)| test.expression());
        expressions.map(Expression::bytes).sum()
    }

    /// A topic that can't be read as a URL is matched by no pattern.
    pub(super) fn matches(&self, topic: Option<&Url>) -> bool {
        topic.is_some_and(|url| {
            self.parts
                .iter()
                .all(|(part, test)| test.matches(part.of(url)))
        })
    }

    /// `false`: it matches no topic that begins so. Known of paths, whose topics are all at the hub's own origin; and where
    /// those of announcements are, which are below the hub's path (see [`SUBSCRIPTIONS`]) also when their dot segments are
    /// resolved: a matcher is one segment of its topic, so that `..` takes away `subscriptions` at most.
    pub(super) fn may_match_below(&self, beginning: &str) -> bool {
        let mut bytes = beginning.bytes();
        let is_path = bytes.next() == Some(b'/')
            && bytes
                .next()
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        let below_hub = beginning.starts_with(SUBSCRIPTIONS);
        !is_path
            || self.parts.iter().all(|(part, test)| match part {
                Part::Pathname => !below_hub || test.may_begin(BELOW_HUB),
                Part::Search | Part::Hash => true,
                // Of the origin.
                _ => test.matches(part.of(self.hub.as_url())),
            })
    }
}

impl InvalidUrlPattern {
    pub(super) fn of(self, text: &str) -> InvalidMatcher {
        let text = text.to_owned();
        match self {
            Self::Invalid(reason) => InvalidMatcher::UrlPattern { text, reason },
            Self::TooCostly => InvalidMatcher::TooCostly { text },
        }
    }
}

impl Part {
    fn of(self, url: &Url) -> &str {
        match self {
            Self::Protocol => url.scheme(),
            Self::Username => url.username(),
            Self::Password => url.password().unwrap_or_default(),
            Self::Hostname => url.host_str().unwrap_or_default(),
            Self::Port => url::quirks::port(url),
            Self::Pathname => url.path(),
            Self::Search => url.query().unwrap_or_default(),
            Self::Hash => url.fragment().unwrap_or_default(),
        }
    }
}

impl Test {
    /// `None` when the component may be anything.
    fn compile(component: Component<Source>) -> Result<Option<Self>, InvalidUrlPattern> {
        let (mut prefix, mut suffix) = (component.matcher.prefix, component.matcher.suffix);
        let middle = match component.matcher.inner {
            InnerMatcher::Literal { literal } => return Ok(Some(Self::Literal(literal.into()))),
            InnerMatcher::SingleCapture {
                filter,
                allow_empty: false,
            } => Middle::Without(filter),
            InnerMatcher::SingleCapture { .. } if prefix.is_empty() && suffix.is_empty() => {
                return Ok(None);
            }
            InnerMatcher::SingleCapture { .. } => Middle::Any,
            // The expression for the whole component: between the fixed ends, `\b` and anchors in a group would see an
            // end that is none.
            InnerMatcher::RegExp { .. } if component.has_regexp_group => {
                (prefix, suffix) = (String::new(), String::new());
                Middle::Expression(expression(component.regexp)?)
            }
            InnerMatcher::RegExp { regexp } => Middle::Expression(expression(regexp)?),
        };
        Ok(Some(Self::Between {
            prefix: prefix.into(),
            suffix: suffix.into(),
            middle,
        }))
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => text == &**literal,
            Self::Between {
                prefix,
                suffix,
                middle,
            } => text
                .strip_prefix(&**prefix)
                .and_then(|rest| rest.strip_suffix(&**suffix))
                .is_some_and(|rest| middle.matches(rest)),
        }
    }

    /// `false`: it matches no text that begins so.
    fn may_begin(&self, beginning: &str) -> bool {
        match self {
            Self::Literal(literal) => literal.starts_with(beginning),
            Self::Between {
                prefix,
                suffix,
                middle,
            } => match beginning.strip_prefix(&**prefix) {
                Some(rest) => middle.may_begin_before(suffix, rest),
                None => prefix.starts_with(beginning),
            },
        }
    }

    fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Between {
                middle: Middle::Expression(expression),
                ..
            } => Some(expression),
            _ => None,
        }
    }
}

impl Middle {
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Without(excluded) => {
                !text.is_empty() && excluded.is_none_or(|excluded| !text.contains(excluded))
            }
            Self::Expression(expression) => expression.is_match(text),
        }
    }

    /// `false`: it matches no text that begins so when this fixed end is put behind it.
    fn may_begin_before(&self, suffix: &str, beginning: &str) -> bool {
        match self {
            Self::Any | Self::Without(None) => true,
            Self::Without(Some(excluded)) => match beginning.find(*excluded) {
                // It goes on beyond the beginning.
                None => true,
                // It is over there at the latest, and the fixed end has begun.
                Some(end) => {
                    let mut ends = beginning[..end].char_indices().map(|(index, _)| index);
                    // One character at least.
                    ends.next().is_some()
                        && ends
                            .chain([end])
                            .any(|end| suffix.starts_with(&beginning[end..]))
                }
            },
            Self::Expression(expression) => expression.may_begin_before(suffix, beginning),
        }
    }
}

/// The pathname of a pattern, below the hub's directory where it is relative. The crate would do so too, but without
/// escaping what in the hub's path has a meaning in patterns.
fn absolute(pathname: String, hub: &HubUrl) -> String {
    if ["/", "\\/", "{/"]
        .iter()
        .any(|start| pathname.starts_with(start))
    {
        return pathname;
    }
    let directory = hub.path().rfind('/').map_or("", |end| &hub.path()[..=end]);
    let mut absolute = String::new();
    for character in directory.chars() {
        if "+*?:{}()\\".contains(character) {
            absolute.push('\\');
        }
        absolute.push(character);
    }
    absolute + &pathname
}

/// The components that don't take everything, the cheap ones first.
fn parts(
    pattern: urlpattern::UrlPattern<Source>,
) -> Result<Box<[(Part, Test)]>, InvalidUrlPattern> {
    let mut bytes = 0;
    let mut parts = Vec::new();
    for (part, component) in [
        (Part::Protocol, pattern.protocol),
        (Part::Username, pattern.username),
        (Part::Password, pattern.password),
        (Part::Hostname, pattern.hostname),
        (Part::Port, pattern.port),
        (Part::Pathname, pattern.pathname),
        (Part::Search, pattern.search),
        (Part::Hash, pattern.hash),
    ] {
        let Some(test) = Test::compile(component)? else {
            continue;
        };
        // All components together have the bound of one, which also bounds the time to compile them.
        bytes += test.expression().map_or(0, Expression::bytes);
        if bytes > DETERMINISTIC_BYTES {
            return Err(InvalidUrlPattern::TooCostly);
        }
        parts.push((part, test));
    }
    parts.sort_by_key(|(_, test)| test.expression().is_some());
    Ok(parts.into())
}

fn expression(
    source: Result<Source, urlpattern::Error>,
) -> Result<Box<Expression>, InvalidUrlPattern> {
    let source = source.map_err(|error| InvalidUrlPattern::Invalid(error.to_string()))?;
    let expression = Expression::compile(&source.pattern).map_err(|error| match error {
        Unusable::TooCostly => InvalidUrlPattern::TooCostly,
        Unusable::Syntax => InvalidUrlPattern::Invalid(BAD_GROUP.into()),
    })?;
    Ok(Box::new(expression))
}

impl RegExp for Source {
    fn syntax() -> RegexSyntax {
        RegexSyntax::Rust
    }

    fn parse(pattern: &str, _flags: &str, _force_eval: bool) -> Result<Self, ()> {
        if !ecmascript::reads_alike(pattern) {
            return Err(());
        }
        Ok(Self {
            pattern: pattern.to_owned(),
            compiled: OnceLock::new(),
        })
    }

    fn matches<'a>(&self, text: &'a str) -> Option<Vec<Option<&'a str>>> {
        self.compiled
            .get_or_init(|| Expression::compile(&self.pattern).ok())
            .as_ref()
            .filter(|expression| expression.is_match(text))
            .map(|_| Vec::new())
    }

    fn pattern_string(&self) -> &str {
        &self.pattern
    }
}

#[cfg(test)]
mod tests;
