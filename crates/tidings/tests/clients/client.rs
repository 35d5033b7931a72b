//! The clients, and what each makes of an event stream.

use crate::quirks::{
    BYTE_ORDER_MARKS_LOST, LAST_LINE_ONLY, LEADING_EMPTY_LINES_LOST, Quirk,
    SPACES_BEFORE_LINES_LOST, TRAILING_EMPTY_LINES_LOST,
};

/// A client, and what is known of it.
#[derive(Debug)]
pub(crate) struct Client {
    /// Its name where it is published.
    pub(crate) name: &'static str,
    pub(crate) runs_as: RunsAs,
    pub(crate) reconnection: Reconnection,
    pub(crate) asks_by: AsksBy,
    /// What it changes in what it receives.
    pub(crate) quirks: &'static [&'static Quirk],
}

/// What runs it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RunsAs {
    /// Node.js, with this script of `tests/clients/npm`.
    Node(&'static str),
    /// Python, with this script of `tests/clients/pypi`.
    Python(&'static str),
    /// The command itself.
    Curl,
}

/// Who connects again after a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reconnection {
    /// The client.
    ItsOwn,
    /// The adapter, or for curl the test, as a program that uses the client has to.
    ByHand,
}

/// How the last id is told when connecting again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AsksBy {
    /// The header `Last-Event-ID`, as the standard has it.
    Header,
    /// A query parameter, and no header.
    Query,
}

/// A client about which there is nothing to say.
pub(crate) const PLAIN: Client = Client {
    name: "",
    runs_as: RunsAs::Curl,
    reconnection: Reconnection::ItsOwn,
    asks_by: AsksBy::Header,
    quirks: &[],
};

/// Every client that is tested.
pub(crate) const CLIENTS: &[Client] = &[
    Client {
        name: "eventsource",
        runs_as: RunsAs::Node("eventsource.mjs"),
        ..PLAIN
    },
    Client {
        name: "undici",
        runs_as: RunsAs::Node("undici.mjs"),
        ..PLAIN
    },
    Client {
        name: "@sanity/eventsource",
        runs_as: RunsAs::Node("sanity-eventsource.mjs"),
        ..PLAIN
    },
    Client {
        name: "launchdarkly-eventsource",
        runs_as: RunsAs::Node("launchdarkly-eventsource.mjs"),
        ..PLAIN
    },
    Client {
        name: "eventsource-client",
        runs_as: RunsAs::Node("eventsource-client.mjs"),
        ..PLAIN
    },
    Client {
        name: "extended-eventsource",
        runs_as: RunsAs::Node("extended-eventsource.mjs"),
        quirks: &[&BYTE_ORDER_MARKS_LOST, &LEADING_EMPTY_LINES_LOST],
        ..PLAIN
    },
    Client {
        name: "@microsoft/fetch-event-source",
        runs_as: RunsAs::Node("fetch-event-source.mjs"),
        quirks: &[&BYTE_ORDER_MARKS_LOST, &LEADING_EMPTY_LINES_LOST],
        ..PLAIN
    },
    Client {
        name: "event-source-polyfill",
        runs_as: RunsAs::Node("event-source-polyfill.mjs"),
        asks_by: AsksBy::Query,
        ..PLAIN
    },
    Client {
        name: "event-source-plus",
        runs_as: RunsAs::Node("event-source-plus.mjs"),
        quirks: &[&LAST_LINE_ONLY],
        ..PLAIN
    },
    Client {
        name: "eventsource-parser",
        runs_as: RunsAs::Node("eventsource-parser.mjs"),
        reconnection: Reconnection::ByHand,
        ..PLAIN
    },
    Client {
        name: "httpx-sse",
        runs_as: RunsAs::Python("httpx_sse_adapter.py"),
        reconnection: Reconnection::ByHand,
        ..PLAIN
    },
    Client {
        name: "sseclient-py",
        runs_as: RunsAs::Python("sseclient_py_adapter.py"),
        reconnection: Reconnection::ByHand,
        ..PLAIN
    },
    Client {
        name: "launchdarkly-eventsource (PyPI)",
        runs_as: RunsAs::Python("launchdarkly_eventsource_adapter.py"),
        ..PLAIN
    },
    Client {
        name: "requests-sse",
        runs_as: RunsAs::Python("requests_sse_adapter.py"),
        quirks: &[&SPACES_BEFORE_LINES_LOST, &TRAILING_EMPTY_LINES_LOST],
        ..PLAIN
    },
    Client {
        name: "aiohttp-sse-client2",
        runs_as: RunsAs::Python("aiohttp_sse_client2_adapter.py"),
        reconnection: Reconnection::ByHand,
        quirks: &[&SPACES_BEFORE_LINES_LOST, &TRAILING_EMPTY_LINES_LOST],
        ..PLAIN
    },
    Client {
        name: "curl",
        runs_as: RunsAs::Curl,
        reconnection: Reconnection::ByHand,
        ..PLAIN
    },
];

impl Client {
    /// A topic of its own.
    pub(crate) fn topic(&self) -> String {
        self.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    }

    /// What it makes of `data` that arrives.
    pub(crate) fn makes_of(&self, data: &str) -> String {
        let mut data = data.to_owned();
        for quirk in self.quirks {
            data = (quirk.change)(&data);
        }
        data
    }
}
