//! What a publish costs the engine where many listen, some of them by patterns: without sockets, in this process.
//!
//! 10,000 subscribers have a topic each, and a thousand more share a hundred patterns. A publish is to find its one
//! subscriber by name, whatever the number of others, and to test each pattern once for a topic that it has not seen.

use std::{fs, hint::black_box};

use anyhow::Context;
use tidings_hub::{Hub, Listen, Message, Permit, Selector, Settings, Start, Topic};
use tidings_mercure::{HubUrl, Matcher, MatcherType};

use crate::cli;

const EXACT: usize = 10_000;
const BY_PATTERN: usize = 1_000;
const PATTERNS: usize = 100;
const PUBLISHES: usize = 20_000;

/// Prints CPU time per publish, for one publish after the other.
///
/// # Errors
/// The system does not say how much CPU time this process has used.
pub(crate) fn run() -> anyhow::Result<()> {
    cli::print(format_args!(
        "{EXACT} subscribers to a topic each; then {BY_PATTERN} more that share {PATTERNS} patterns\n"
    ))?;
    for (what, patterns, topics) in [
        (
            "topics that were seen before, without patterns",
            false,
            Topics::Known,
        ),
        (
            "topics that were seen before, with patterns",
            true,
            Topics::Known,
        ),
        (
            "topics never seen before, without patterns",
            false,
            Topics::New,
        ),
        ("topics never seen before, with patterns", true, Topics::New),
        (
            "topics that a pattern of ten subscribers matches",
            true,
            Topics::Matched,
        ),
    ] {
        let microseconds = runtime()?.block_on(measure(patterns, topics))?;
        cli::print(format_args!("{microseconds:6.2} µs per publish  {what}"))?;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Topics {
    /// One of the subscribers' own, in turn.
    Known,
    /// Each another one, which nobody has named.
    New,
    /// Those of one pattern, in turn.
    Matched,
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime
        .enable_all()
        .build()
        .context("cannot start a runtime")
}

async fn measure(patterns: bool, topics: Topics) -> anyhow::Result<f64> {
    let mut settings = Settings::default();
    settings.workers = Some(1);
    let hub = Hub::with_settings(settings);
    for number in 0..EXACT {
        let topic = Topic::try_from(known(number).as_str())?;
        listen(&hub, topic.into())?;
    }
    if patterns {
        let url = HubUrl::parse("https://example.com/.well-known/mercure")?;
        for number in 0..BY_PATTERN {
            let pattern = number % PATTERNS;
            let (kind, text) = match pattern % 2 {
                0 => (
                    MatcherType::UrlPattern,
                    format!("/by-pattern/{pattern}/:id"),
                ),
                _ => (
                    MatcherType::Template,
                    format!("https://example.com/by-pattern/{pattern}/{{id}}"),
                ),
            };
            listen(&hub, Matcher::parse(kind, &text, &url)?.selector(&url))?;
        }
    }
    publish(&hub, topics, 0..EXACT).await?;
    let before = cpu_nanoseconds()?;
    publish(&hub, topics, EXACT..EXACT + PUBLISHES).await?;
    let spent = cpu_nanoseconds()? - before;
    Ok(spent as f64 / 1e3 / PUBLISHES as f64)
}

fn listen(hub: &Hub, selector: Selector) -> anyhow::Result<()> {
    let listen = Listen::to([selector])
        .start(Start::Now)
        .permit(Permit::public());
    let mut subscription = hub.listen(listen)?;
    tokio::spawn(async move {
        while let Some(frame) = subscription.next().await {
            black_box(frame.event());
        }
    });
    Ok(())
}

async fn publish(hub: &Hub, topics: Topics, numbers: std::ops::Range<usize>) -> anyhow::Result<()> {
    for number in numbers {
        let topic = match topics {
            Topics::Known => known(number % EXACT),
            Topics::New => format!("https://example.com/new/{number}"),
            Topics::Matched => format!("https://example.com/by-pattern/7/{}", number % 100),
        };
        let message = Message::new("x".repeat(64)).topics([Topic::try_from(topic.as_str())?]);
        hub.publish(message).await?;
        // The worker, and whom it wakes.
        tokio::task::yield_now().await;
    }
    Ok(())
}

fn known(number: usize) -> String {
    format!("https://example.com/users/{number}")
}

/// Of this process's only busy thread.
fn cpu_nanoseconds() -> anyhow::Result<u64> {
    let text = fs::read_to_string("/proc/self/schedstat");
    let text = text.context("this needs Linux, which says how much CPU time a process has used")?;
    let spent = text.split(' ').next().and_then(|spent| spent.parse().ok());
    spent.context("/proc/self/schedstat does not begin with a number")
}
