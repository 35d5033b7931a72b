//! The table for users says what is tested here.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    adapter::folder,
    client::{AsksBy, CLIENTS, Client, Reconnection, RunsAs},
};

#[test]
fn the_table_for_users_says_what_is_tested() {
    let page = page();
    for client in CLIENTS {
        let row = row(client);
        assert!(
            page.lines().any(|line| line.starts_with(&row)),
            "docs/clients.md lacks a row that begins with: {row}"
        );
    }
}

#[test]
fn the_table_of_mercures_libraries_has_the_versions_that_are_tested() {
    let page = page();
    let python = fs::read_to_string(folder("pypi/requirements.txt")).unwrap();
    let node = fs::read_to_string(folder("npm/package.json")).unwrap();
    let node: Value = serde_json::from_str(&node).unwrap();
    let mut rows = Vec::new();
    for name in ["mercure-publisher", "pymercure"] {
        let version = python
            .lines()
            .filter_map(|line| line.split_once("=="))
            .find_map(|(known, version)| (known == name).then_some(version));
        rows.push(format!("| {name} | PyPI | {} |", version.unwrap()));
    }
    for name in ["mercure", "@liinkiing/use-mercure", "@symfony/ux-turbo"] {
        let version = node["dependencies"][name].as_str().unwrap();
        rows.push(format!("| {name} | npm | {version} |"));
    }
    for row in rows {
        assert!(
            page.lines().any(|line| line.starts_with(&row)),
            "docs/clients.md lacks a row that begins with: {row}"
        );
    }
}

fn page() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/clients.md");
    fs::read_to_string(file).unwrap()
}

fn row(client: &Client) -> String {
    let name = client.name.trim_end_matches(" (PyPI)");
    let language = match client.runs_as {
        RunsAs::Node(_) => "JavaScript",
        RunsAs::Python(_) => "Python",
        RunsAs::Curl => "command line",
    };
    let reconnects = match client.reconnection {
        Reconnection::ItsOwn => "yes",
        Reconnection::ByHand => "no",
    };
    let asks = match (client.reconnection, client.asks_by) {
        (Reconnection::ByHand, _) => "you set it",
        (Reconnection::ItsOwn, AsksBy::Header) => "yes",
        (Reconnection::ItsOwn, AsksBy::Query) => "in the query",
    };
    format!("| {name} | {language} | {reconnects} | {asks} |")
}
