//! Compiling the matchers of a request or of its token: here where that is quick, as it nearly always is, and otherwise
//! where blocking is allowed (draft-dunglas-mercure-08, section Resource Limits).

use std::time::Duration;

use tokio::task::spawn_blocking;

use crate::{HubUrl, InvalidMatcher, Matcher, MatcherType, matcher::effort};

/// So long others on this thread may wait.
const HERE: Duration = Duration::from_millis(1);

pub(crate) async fn compile(
    matchers: Vec<(MatcherType, String)>,
    url: HubUrl,
) -> Result<Vec<Matcher>, InvalidMatcher> {
    let effort: Duration = matchers
        .iter()
        .map(|(kind, text)| effort(*kind, text))
        .sum();
    let compile = move || {
        let matchers = matchers.iter().map(|(kind, text)| (*kind, text.as_str()));
        Matcher::parse_all(matchers, &url)
    };
    if effort <= HERE {
        return compile();
    }
    spawn_blocking(compile)
        .await
        .unwrap_or(Err(InvalidMatcher::TooCostlyTogether))
}
