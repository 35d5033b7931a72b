//! From results to what is read: the tables on the terminal, the page, its plots.
//!
//! Everything on the page comes from the results or from the template `page.md`. Nobody edits the page.

pub(crate) mod format;
mod page;
mod plot;
mod plots;
mod table;
mod tables;

use std::{fs, path::Path};

use anyhow::Context;

use crate::{
    cli,
    results::{Figure, Outcome, Results, Run},
    work::Work,
};

/// Writes `performance.md`, and beside it the results and the plots, into `out`.
///
/// # Errors
/// They cannot be written.
pub(crate) fn write(results: &Results, out: &Path) -> anyhow::Result<()> {
    let directory = out.join("performance");
    fs::create_dir_all(&directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let put = |path: &Path, text: String| {
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    for (name, svg) in plots::all(results) {
        put(&directory.join(name), svg)?;
    }
    put(&directory.join("results.json"), results.to_json())?;
    put(&out.join("performance.md"), page::render(results)?)
}

/// Renders results that are kept.
///
/// # Errors
/// They are not there, or the page cannot be written.
pub(crate) fn again(results: &Path, out: &Path) -> anyhow::Result<()> {
    write(&Results::read(results)?, out)
}

/// Prints the tables.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn print(results: &Results) -> anyhow::Result<()> {
    cli::print(format_args!("\nThe bar\n\n{}", tables::bar(results)))?;
    for (title, table) in tables::works(results) {
        cli::print(format_args!("{title}\n\n{table}"))?;
    }
    Ok(())
}

/// A run in one line, for who watches.
pub(crate) fn line(run: &Run) -> String {
    let what = match &run.outcome {
        Outcome::Failed(why) => format!("failed: {why}"),
        Outcome::Measured(measured) => {
            let figures: &[Figure] = match run.work {
                Work::Idle => &[Figure::IdleBytes],
                Work::Storm => &[
                    Figure::StormResumed,
                    Figure::StormLive,
                    Figure::StormBytesMore,
                ],
                Work::FewTopics | Work::ManyTopics => &[
                    Figure::CpuPerPublish,
                    Figure::LatencyP50,
                    Figure::LatencyP99,
                ],
                Work::BusyCrowd => &[
                    Figure::CpuPerDelivery,
                    Figure::LatencyP50,
                    Figure::PublishP50,
                    Figure::Busy { cores: 1 },
                ],
                _ => &[
                    Figure::DeliveriesPerSecond,
                    Figure::CpuPerDelivery,
                    Figure::LatencyP50,
                    Figure::LatencyP99,
                ],
            };
            let shown = figures.iter().filter_map(|figure| {
                let value = figure.of(measured)?;
                Some(format!(
                    "{} {}",
                    tables::heading(*figure),
                    figure.show(value)
                ))
            });
            let shown: Vec<String> = shown.collect();
            match measured.faults() {
                0 => shown.join(", "),
                faults => format!("{}, {faults} FAULTS", shown.join(", ")),
            }
        }
    };
    let (round, work) = (run.round, run.work.name());
    format!(
        "{round}  {work:<16}{:<28}{what}",
        run.contender.plain_label()
    )
}
