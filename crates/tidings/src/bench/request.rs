//! Requests, written from templates.

use std::io::Write;

use super::listening::Listening;
use super::message::{Run, Stamp};
use super::options::Bench;
use super::template::Template;

/// A field of the head of a request, fit to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field(String);

/// Writes the requests of a run.
#[derive(Debug)]
pub(super) struct Requests {
    run: Run,
    listening: Listening,
    subscribe_path: Template,
    publish_path: Template,
    body: Template,
    size: usize,
    /// The rest of the head of a request to subscribe.
    subscribe_fields: String,
    /// The rest of the head of a request to publish, up to the length of its body.
    publish_fields: String,
    /// The data stands in a form, which writes a space as a plus sign.
    is_form: bool,
    /// The data of the message that is written.
    data: Vec<u8>,
    /// The body that is written.
    content: Vec<u8>,
}

impl Field {
    /// Reads `Name: value`; the error ends with what to write.
    pub(super) fn read(text: &str) -> Result<Field, String> {
        let is_name = |name: &str| {
            let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            !name.is_empty() && name.chars().all(is_token)
        };
        match text.split_once(':') {
            Some((name, value)) if is_name(name) && !value.contains(|c: char| c.is_control()) => {
                Ok(Field(format!("{name}: {}\r\n", value.trim())))
            }
            _ => Err(
                "this is not a field of a head; write for example 'Authorization: Bearer abc'"
                    .to_owned(),
            ),
        }
    }
}

impl Field {
    fn is(&self, name: &str) -> bool {
        let own = self.0.split(':').next().unwrap_or_default();
        own.eq_ignore_ascii_case(name)
    }
}

impl Requests {
    /// For the server that goes by `host`, below `path`.
    ///
    /// # Errors
    ///
    /// The token is none that can be sent.
    pub(super) fn new(asked: &Bench, run: Run, host: &str, path: &str) -> anyhow::Result<Requests> {
        let path = path.trim_end_matches('/');
        let mut given: String = asked.fields.iter().map(|field| field.0.as_str()).collect();
        // Two fields of this name are a fault, and what stands on the command line counts more than a variable.
        if !asked.fields.iter().any(|field| field.is("authorization"))
            && let Some(authorization) = asked.bearer.authorization()?
        {
            given += &format!("Authorization: {}\r\n", authorization.to_str()?);
        }
        let common = format!(
            " HTTP/1.1\r\nHost: {host}\r\nUser-Agent: tidings-bench/{}\r\n{given}",
            env!("CARGO_PKG_VERSION")
        );
        let content_type = &asked.content_type;
        Ok(Requests {
            run,
            listening: Listening::new(asked),
            subscribe_path: asked.subscribe_path.clone().below(path),
            publish_path: asked.publish_path.clone().below(path),
            body: asked.body.clone(),
            size: asked.size as usize,
            subscribe_fields: format!(
                "{common}Accept: text/event-stream\r\nCache-Control: no-store\r\n"
            ),
            publish_fields: format!("{common}Content-Type: {content_type}\r\nContent-Length: "),
            is_form: content_type
                .to_ascii_lowercase()
                .starts_with("application/x-www-form-urlencoded"),
            data: Vec::new(),
            content: Vec::new(),
        })
    }

    /// Writes the request of a subscriber, by its number; one that returns names the last event it has.
    pub(super) fn subscribe(&self, subscriber: u32, last_event_id: Option<&[u8]>) -> Vec<u8> {
        let mut to = b"GET ".to_vec();
        let topics = self.listening.topics_of(subscriber);
        self.subscribe_path.write_for_all(topics, &mut to);
        to.extend_from_slice(self.subscribe_fields.as_bytes());
        if let Some(id) = last_event_id {
            to.extend_from_slice(b"Last-Event-ID: ");
            to.extend_from_slice(id);
            to.extend_from_slice(b"\r\n");
        }
        to.extend_from_slice(b"\r\n");
        to
    }

    /// Writes the request that publishes a message.
    pub(super) fn publish(&mut self, stamp: Stamp, to: &mut Vec<u8>) {
        let topic = self.listening.topic_of(stamp.sequence);
        self.data.clear();
        stamp.write(self.run, self.size, &mut self.data);
        if self.is_form {
            let spaces = self.data.iter_mut().filter(|byte| **byte == b' ');
            spaces.for_each(|space| *space = b'+');
        }
        self.content.clear();
        self.body.write(topic, &self.data, &mut self.content);
        to.extend_from_slice(b"POST ");
        self.publish_path.write(topic, &self.data, to);
        to.extend_from_slice(self.publish_fields.as_bytes());
        // Writing to memory does not fail.
        let _ = write!(to, "{}\r\n\r\n", self.content.len());
        to.extend_from_slice(&self.content);
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    const STAMP: Stamp = Stamp {
        sequence: 7,
        intended: 77,
    };

    fn requests(arguments: &[&str]) -> Requests {
        let arguments = [&["bench", "--size", "1", "--topics", "4"], arguments].concat();
        let matches = Bench::augment_args(Command::new("bench")).get_matches_from(arguments);
        let asked = Bench::from_arg_matches(&matches).unwrap();
        Requests::new(&asked, Run::named(*b"kqzvbn"), "hub:80", "/base/").unwrap()
    }

    fn published(requests: &mut Requests) -> String {
        let mut request = Vec::new();
        requests.publish(STAMP, &mut request);
        String::from_utf8(request).unwrap()
    }

    #[test]
    fn the_requests_of_a_hub() {
        let mut requests = requests(&["--header", "X-One:1", "--header", "X-Two: 2"]);
        let version = env!("CARGO_PKG_VERSION");
        let common = format!(
            "HTTP/1.1\r\nHost: hub:80\r\nUser-Agent: tidings-bench/{version}\r\nX-One: 1\r\nX-Two: 2\r\n"
        );
        assert_eq!(
            String::from_utf8(requests.subscribe(11, None)).unwrap(),
            format!(
                "GET /base/sse?topic=bench-3 {common}Accept: text/event-stream\r\nCache-Control: no-store\r\n\r\n"
            )
        );
        assert_eq!(
            published(&mut requests),
            format!(
                "POST /base/ {common}Content-Type: application/json\r\nContent-Length: 46\r\n\r\n\
                 {{\"message\": \"7 77 kqzvbn\", \"topic\": \"bench-3\"}}"
            )
        );
    }

    #[test]
    fn a_token_is_shown_by_all_unless_a_header_is() {
        let shown = |arguments: &[&str]| {
            let mut requests = requests(arguments);
            let subscribe = String::from_utf8(requests.subscribe(0, None)).unwrap();
            let publish = published(&mut requests);
            [subscribe, publish].map(|request| {
                let fields = request
                    .lines()
                    .filter(|line| line.starts_with("Authorization: "));
                fields.map(str::to_owned).collect::<Vec<_>>()
            })
        };
        let token = ["--token", "a.b.c"];
        assert_eq!(
            shown(&token),
            [
                ["Authorization: Bearer a.b.c"],
                ["Authorization: Bearer a.b.c"]
            ]
        );
        let both = [&token[..], &["--header", "Authorization: Basic x"]].concat();
        assert_eq!(
            shown(&both),
            [["Authorization: Basic x"], ["Authorization: Basic x"]]
        );
    }

    #[test]
    fn one_that_returns_says_what_it_has() {
        let request = requests(&[]).subscribe(0, Some(b"abc-7"));
        assert!(request.ends_with(b"Cache-Control: no-store\r\nLast-Event-ID: abc-7\r\n\r\n"));
    }

    #[test]
    fn the_requests_of_others() {
        let mut requests = requests(&[
            "--publish-path",
            "/pub/{topic}?{topic}",
            "--body",
            "topic={topic}&data={data}&{other}",
            "--content-type",
            "application/x-www-form-urlencoded",
        ]);
        let request = published(&mut requests);
        assert!(
            request.starts_with("POST /base/pub/bench-3?bench-3 HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(
            request.ends_with("\r\n\r\ntopic=bench-3&data=7+77+kqzvbn&{other}"),
            "{request}"
        );
    }

    #[test]
    fn a_field_cannot_become_two() {
        for text in [
            "",
            "Name",
            ": value",
            "Na me: value",
            "Name: a\r\nB: c",
            "Name: a\nb",
        ] {
            assert!(Field::read(text).is_err(), "{text:?}");
        }
    }
}
