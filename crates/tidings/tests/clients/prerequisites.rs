//! Whether clients and nginx are installed.

use std::{env, io::Write, path::PathBuf};

use crate::adapter::{folder, node, python};

/// Whether everything is there. Where something is missing the tests are skipped, which is said; but they fail in
/// continuous integration (`CI` is set), or where `TIDINGS_REQUIRE_CLIENTS` is.
pub(crate) fn are_met() -> bool {
    let missing: Vec<String> = [
        node(),
        python(),
        folder("npm/node_modules"),
        on_path("curl"),
        on_path("nginx"),
    ]
    .into_iter()
    .filter(|needed| !needed.exists())
    .map(|needed| needed.display().to_string())
    .collect();
    if missing.is_empty() {
        return true;
    }
    let missing = missing.join(", ");
    let required = ["CI", "TIDINGS_REQUIRE_CLIENTS"];
    if required.iter().any(|name| env::var_os(name).is_some()) {
        panic!("missing: {missing}; run ./test, which installs it");
    }
    // Not through `eprintln!`, which the test harness would swallow: a test that did not run must be seen.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED, missing: {missing}; ./test installs it"
    );
    false
}

/// A command where the shell would find it, or where servers are although a user's path may lack it; else its bare
/// name, which does not exist.
pub(crate) fn on_path(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| name.into())
}
