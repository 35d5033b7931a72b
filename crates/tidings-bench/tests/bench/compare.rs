//! The comparison from end to end.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;

use crate::TIDINGS_BENCH;

/// The program `tidings`, built as the tests are. Cargo builds programs only for tests of their own package.
fn tidings() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "-p", "tidings", "--message-format", "json"])
        .output()
        .expect("cargo runs the tests, so that it is there");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");
    let artifacts = serde_json::Deserializer::from_slice(&built.stdout).into_iter::<Value>();
    let executables =
        artifacts.filter_map(|artifact| Some(artifact.ok()?["executable"].as_str()?.into()));
    executables.last().expect("a program was built")
}

fn compare(arguments: &[&str]) -> Output {
    Command::new(TIDINGS_BENCH)
        .arg("compare")
        .args(arguments)
        .output()
        .expect("the program starts")
}

#[test]
fn it_measures_and_writes_the_page() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let directory = out.path().to_str().unwrap();
    let tidings = tidings();
    let output = compare(&[
        "--quick",
        "--rounds=1",
        "--only=floor,axum",
        "--work=steady,stalled,flood,idle",
        "--tidings",
        tidings.to_str().unwrap(),
        "--out",
        directory,
    ]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");

    let results = std::fs::read(out.path().join("performance/results.json")).unwrap();
    let results: Value = serde_json::from_slice(&results).unwrap();
    // Three works for both, the steady one three times, and that with stalled subscribers for axum alone.
    let runs = results["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 11, "{said}");
    for run in runs {
        let measured = &run["outcome"]["measured"];
        let deliveries = &measured["deliveries"];
        assert_eq!(deliveries["received"], deliveries["expected"], "{run}");
        assert_eq!(deliveries["out_of_order"], 0, "{run}");
        assert_eq!(run["work"] == "idle", deliveries["expected"] == 0, "{run}");
    }

    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("| bare `send()` loop "), "{printed}");
    let page = std::fs::read_to_string(out.path().join("performance.md")).unwrap();
    assert!(page.contains("| axum `Sse`, tokio broadcast |"), "{page}");
    for picture in ["cpu", "latency", "flood", "memory"] {
        let picture = out.path().join(format!("performance/{picture}.svg"));
        assert!(picture.exists(), "{picture:?}");
    }
}

#[test]
fn works_of_tidings_alone_are_done_on_both_lanes() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let output = compare(&[
        "--quick",
        "--rounds=1",
        "--only=direct,body",
        "--work=stalled,busy-crowd,storm,few-topics,many-topics",
        "--tidings",
        tidings().to_str().unwrap(),
        "--out",
        out.path().to_str().unwrap(),
    ]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let results = std::fs::read(out.path().join("performance/results.json")).unwrap();
    let results: Value = serde_json::from_slice(&results).unwrap();
    let runs = results["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 10, "{said}");
    for run in runs {
        let measured = &run["outcome"]["measured"];
        let deliveries = &measured["deliveries"];
        assert!(deliveries["received"].is_u64(), "{run}");
        assert_eq!(deliveries["received"], deliveries["expected"], "{run}");
        assert_eq!(deliveries["duplicated"], 0, "{run}");
        assert_eq!(
            run["work"] == "storm",
            measured["storm"].is_object(),
            "{run}"
        );
    }
    let page = std::fs::read_to_string(out.path().join("performance.md")).unwrap();
    for title in [
        "## 40 subscribers return at once, 10 messages behind",
        "## 400 topics among 40 subscribers, one of the topics published to",
    ] {
        assert!(page.contains(title), "{page}");
    }
}

#[test]
fn nothing_is_written_where_only_a_part_was_asked_for() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let tidings = tidings();
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(TIDINGS_BENCH)
        .args([
            "compare",
            "--quick",
            "--rounds=1",
            "--only=floor",
            "--work=idle",
        ])
        .arg("--tidings")
        .arg(tidings)
        .current_dir(&directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_contender_that_fails_is_a_result() {
    if !cfg!(target_os = "linux") {
        return;
    }
    // A load generator that says nothing.
    let output = compare(&["--quick", "--rounds=1", "--only=floor", "--tidings=false"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        printed.contains("failed: the generator, exit status: 1"),
        "{printed}"
    );
    assert!(printed.contains("**not met**"), "{printed}");
}
