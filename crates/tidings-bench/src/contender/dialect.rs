//! How the load generator is to speak to a contender.

/// Paths and bodies, with the placeholders of `tidings bench`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dialect {
    pub(crate) subscribe_path: &'static str,
    pub(crate) publish_path: &'static str,
    pub(crate) body: &'static str,
    pub(crate) content_type: &'static str,
}

impl Dialect {
    /// `GET /sse` and `POST /` with JSON, which everybody but Nchan is made to understand.
    pub(crate) const TIDINGS: Self = Self {
        subscribe_path: "/sse",
        publish_path: "/",
        body: r#"{"message": "{data}"}"#,
        content_type: "application/json",
    };

    /// The same, in a topic of its own.
    pub(crate) const TIDINGS_TOPICS: Self = Self {
        subscribe_path: "/sse?topic={topic}",
        body: r#"{"message": "{data}", "topic": "{topic}"}"#,
        ..Self::TIDINGS
    };

    /// What is published is the body, as it is.
    pub(crate) const NCHAN: Self = Self {
        subscribe_path: "/sse?topic={topic}",
        publish_path: "/publish?topic={topic}",
        body: "{data}",
        content_type: "text/plain",
    };
}
