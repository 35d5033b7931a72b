//! The table for users says what is tested here.

use std::{fs, path::Path};

use crate::client::{AsksBy, CLIENTS, Client, Reconnection, RunsAs};

#[test]
fn the_table_for_users_says_what_is_tested() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/clients.md");
    let page = fs::read_to_string(file).unwrap();
    for client in CLIENTS {
        let row = row(client);
        assert!(
            page.lines().any(|line| line.starts_with(&row)),
            "docs/clients.md lacks a row that begins with: {row}"
        );
    }
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
