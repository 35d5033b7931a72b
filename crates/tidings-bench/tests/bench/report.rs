//! The page that comes out of results that are kept, in `results.json` beside this file: three rounds, in which some
//! contenders are missing, some fail, and some lines of the bar are not met.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

use crate::TIDINGS_BENCH;

/// Renders results; returns where.
fn render(results: &Path) -> TempDir {
    let out = tempfile::tempdir().expect("a directory can be made");
    let output = Command::new(TIDINGS_BENCH)
        .args(["report", "--results"])
        .arg(results)
        .arg("--out")
        .arg(out.path())
        .output();
    let output = output.expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    out
}

/// Renders the results that are kept for these tests.
fn report() -> TempDir {
    render(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/results.json"))
}

/// A file that was written.
fn read(directory: &Path, file: &str) -> String {
    fs::read_to_string(directory.join(file)).expect("it was written")
}

fn page() -> String {
    read(report().path(), "performance.md")
}

/// Asserts that lines stand on the page, one after the other.
#[track_caller]
fn assert_has(lines: &str) {
    let page = page();
    assert!(page.contains(lines), "not on the page:\n{lines}\n\n{page}");
}

#[test]
fn the_bar_is_judged_by_medians() {
    let page = page();
    for (line, verdict) in [
        (
            "CPU per delivery at a steady rate, direct lane over floor",
            ["≤ 1.10", "1.05", "met"],
        ),
        (
            "p99 latency there, direct lane over floor",
            ["≤ 1.30", "0.96", "met"],
        ),
        (
            "CPU per delivery there, body lane over axum `Sse`",
            ["≤ 0.90", "0.75", "met"],
        ),
        (
            "deliveries/s with one publisher, direct lane over axum `Sse`",
            ["≥ 2.50", "3.23", "met"],
        ),
        (
            "memory per idle subscriber, axum `Sse` over direct lane",
            ["≥ 25.0", "49.4", "met"],
        ),
        (
            "memory per idle subscriber, direct lane",
            ["≤ 1.00 KiB", "642 B", "met"],
        ),
        (
            "CPU per publish to a topic of one subscriber, direct lane, with many other topics over with few (a limit \
             of our own)",
            ["≤ 1.25", "1.10", "met"],
        ),
        (
            "median time to the answer to a publish while a pass over a crowd runs, direct lane",
            ["≤ 2.00 ms", "1.10 ms", "met"],
        ),
        (
            "lost, duplicated, out of order when all return at once, direct lane",
            [
                "0",
                "0; all live after 700 ms; more memory at the peak: 2.00 MiB",
                "met",
            ],
        ),
    ] {
        assert_eq!(row(&page, line), verdict, "{line}");
    }
}

#[test]
fn a_line_that_is_not_met_stands_out_and_one_that_was_not_measured_is_no_success() {
    let page = page();
    let stalled =
        "p99 latency of the others when a tenth more stall, direct lane, with over without";
    assert_eq!(row(&page, stalled), ["≤ 1.10", "1.12", "**not met**"]);
    let flood = "deliveries/s with many publishes in flight, direct lane over axum `Sse`";
    assert_eq!(row(&page, flood), ["≥ 6.00", "not measured", "–"]);
}

#[test]
fn a_figure_has_its_median_and_its_range() {
    let page = page();
    let (_, steady) = page
        .split_once("## 1,000 subscribers, 60 messages/s\n")
        .unwrap();
    assert_eq!(
        row(steady, "**tidings**, direct lane"),
        [
            "7.56 µs (7.50–7.90 µs)",
            "1.05",
            "3.95 ms (3.90–4.00 ms)",
            "9.80 ms (9.00–9.90 ms)",
            "120 µs"
        ]
    );
}

#[test]
fn what_is_missing_has_failed_or_lost_is_said() {
    let page = page();
    let (_, steady) = page
        .split_once("## 1,000 subscribers, 60 messages/s\n")
        .unwrap();
    assert_eq!(row(steady, "nginx with Nchan")[0], "not there");
    assert_eq!(
        row(steady, "Quart with uvicorn")[0],
        "failed: not done within 90 s"
    );
    assert_has(
        "Lost, duplicated, out of order, or refused when published: Node with better-sse: 7.\n",
    );
    assert_has("* nginx with Nchan: not measured; nginx is not installed\n");
    // A peer's losses are not tidings'.
    let every = "lost, duplicated, out of order, publishes refused, in every run of floor, tidings and axum";
    assert_eq!(row(&page, every), ["0", "0", "met"]);
}

#[test]
fn the_machine_and_the_way_are_told() {
    assert_has(
        "Some Processor, 2 cores of a virtual machine, 16 GiB of memory, Linux 6.1.0; rustc 1.95.0.\n\
         Measured at 2026-01-02T03:04:05Z, in 14 minutes.\n\n\
         * bare `send()` loop: tidings 0.1.0 (abc1234)\n",
    );
    assert_has(
        "Messages, as many as take about 4 s. bare send() loop: 600; tidings, direct lane: 5,600;",
    );
    assert_has("This machine has no third core: ");
    assert!(!page().contains("\n\n\n"));
}

#[test]
fn a_plot_shows_median_range_and_number() {
    let out = report();
    let plot = read(out.path(), "performance/latency.svg");
    let title = "1,000 subscribers, 60 messages/s: latency, median and 99th percentile";
    assert!(
        plot.contains(&format!("<title id=\"title\">{title}</title>")),
        "{plot}"
    );
    assert!(plot.contains(">3.95 ms · 9.80 ms</text>"), "{plot}");
    // Node is two hundred times as late: its bar is cut, and its number is not.
    assert!(plot.contains(">→ 900 ms · 2.50 s</text>"), "{plot}");
    // Nobody was measured with many publishes in flight.
    assert!(!out.path().join("performance/flood.svg").exists());
}

#[test]
fn the_same_results_give_the_same_page() {
    let first = report();
    let again = render(&first.path().join("performance/results.json"));
    for file in [
        "performance.md",
        "performance/results.json",
        "performance/memory.svg",
    ] {
        assert_eq!(read(first.path(), file), read(again.path(), file), "{file}");
    }
}

#[test]
fn the_page_of_the_repository_is_what_its_results_give() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let results = docs.join("performance/results.json");
    // There is none before the first comparison.
    if !results.exists() {
        return;
    }
    let rendered = render(&results);
    assert_eq!(
        read(&docs, "performance.md"),
        read(rendered.path(), "performance.md"),
        "run `cargo run -p tidings-bench -- report`"
    );
}

/// The cells of the first row with this label, without the label.
#[track_caller]
fn row<'a>(page: &'a str, label: &str) -> Vec<&'a str> {
    let mut rows = page.lines().map(|line| line.split('|').map(str::trim));
    let row = rows.find(|row| row.clone().nth(1) == Some(label));
    let row = row.unwrap_or_else(|| panic!("no row {label} on the page:\n{page}"));
    let cells: Vec<&str> = row.collect();
    cells[2..cells.len() - 1].to_vec()
}
