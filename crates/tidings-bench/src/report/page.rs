//! `docs/performance.md`: the template with the results in it.

use anyhow::Context;
use minijinja::{
    Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig, value::Serde,
};

use super::{format, plots::PICTURES, tables};
use crate::{
    contender::Dialect,
    load::Measured,
    results::{Entry, Results, State},
    work::Work,
};

/// The prose of the page.
const TEMPLATE: &str = include_str!("page.md");

/// The page, as Markdown.
///
/// # Errors
/// The template is wrong, which a test would have shown.
pub(super) fn render(results: &Results) -> anyhow::Result<String> {
    let mut environment = Environment::new();
    // Lines that hold nothing but a block leave nothing behind.
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let page = environment.template_from_str(TEMPLATE)?.render(context! {
        bar => tables::bar(results),
        sections => sections(results),
        contenders => results.contenders.iter().map(contender).collect::<Vec<_>>(),
        began => &results.began,
        minutes => results.minutes,
        rounds => results.rounds,
        peer_rounds => results.peer_rounds,
        eager_seconds => results.scale.eager_seconds.to_string(),
        compiler => &results.compiler,
        scale => Serde(&results.scale),
        machine => Serde(&results.machine),
        cores => Serde(&results.cores),
        two_are_shared => results.cores.two_are_shared(),
        body => Dialect::TIDINGS.body,
    });
    page.context("the page cannot be rendered")
}

/// A section for each work that was done.
fn sections(results: &Results) -> Vec<Value> {
    let works = Work::all().iter().filter(|work| results.has(**work));
    let section = |work: &Work| {
        let pictures = PICTURES.iter().filter(|picture| picture.work == *work);
        let pictures = pictures.map(|picture| {
            context! { file => picture.file, title => picture.title(results) }
        });
        context! {
            work => work.name(),
            title => tables::title(*work, &results.scale),
            table => tables::of(results, *work),
            pictures => pictures.collect::<Vec<_>>(),
            messages => messages(results, *work),
            faults => faults(results, *work),
        }
    };
    works.map(section).collect()
}

/// How many messages each contender was given, where that differs.
fn messages(results: &Results, work: Work) -> String {
    let entries = results.contenders.iter();
    let given = entries.filter_map(|entry| {
        let published = results.measured(entry.contender, work).next()?.published;
        let label = entry.contender.plain_label();
        Some(format!("{label}: {}", format::thousands(published as f64)))
    });
    given.collect::<Vec<_>>().join("; ")
}

/// Who has not delivered as promised, and how often, over all rounds; usually nobody.
fn faults(results: &Results, work: Work) -> String {
    let entries = results.contenders.iter();
    let faulty = entries.filter_map(|entry| {
        let measured = results.measured(entry.contender, work);
        let faults: u64 = measured.map(Measured::faults).sum();
        let label = entry.contender.plain_label();
        (faults > 0).then(|| format!("{label}: {}", format::thousands(faults as f64)))
    });
    faulty.collect::<Vec<_>>().join("; ")
}

fn contender(entry: &Entry) -> Value {
    let (version, missing) = match &entry.state {
        State::Version(version) => (Some(version), None),
        State::Missing(why) => (None, Some(why)),
    };
    context! { label => entry.contender.label(), version, missing }
}
