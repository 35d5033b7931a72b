//! The page that comes out of results that are kept, in `results.json` beside this file: three rounds, in which some
//! contenders are missing, some fail, and some lines of the bar are not met.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

use crate::TIDINGS_BENCH;

/// Renders the results; returns where.
fn report() -> TempDir {
    let out = tempfile::tempdir().unwrap();
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/results.json");
    let output = Command::new(TIDINGS_BENCH)
        .args(["report", "--results"])
        .arg(results)
        .arg("--out")
        .arg(out.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    out
}

fn page() -> String {
    fs::read_to_string(report().path().join("performance.md")).unwrap()
}

/// Asserts that lines stand on the page, one after the other.
#[track_caller]
fn assert_has(lines: &str) {
    let page = page();
    assert!(page.contains(lines), "not on the page:\n{lines}\n\n{page}");
}

#[test]
fn the_bar_is_judged_by_medians() {
    assert_has(
        "\
| CPU per delivery at a steady rate, direct lane over floor",
    );
}
