//! Heads and bodies as servers write them, in any parts.

use super::*;

/// The head and the body of a response that comes in these parts, and what is left behind its end.
fn read<'a>(
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(Head, String, usize), NotAResponse> {
    let mut reader = HeadReader::default();
    let mut head = None;
    let mut body = Vec::new();
    let mut left = 0;
    for mut bytes in parts {
        if head.is_none() {
            head = reader.read(&mut bytes)?;
        }
        if let Some(head) = &mut head {
            while let Some(part) = head.framing.part(&mut bytes)? {
                body.extend_from_slice(part);
            }
        }
        left += bytes.len();
    }
    Ok((head.unwrap(), String::from_utf8(body).unwrap(), left))
}

fn whole(response: &str) -> (Head, String) {
    let (head, body, left) = read([response.as_bytes()]).unwrap();
    assert_eq!(left, 0, "{response}");
    (head, body)
}

#[test]
fn chunks_are_joined_wherever_they_are_split() {
    let response = "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n\
        transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n1;name=\"value\"\r\n,\r\n00006 \r\n world\r\n\
        0\r\nTrailer: x\r\n\r\nrest";
    for first in 0..=response.len() {
        for second in first..=response.len() {
            let bytes = response.as_bytes();
            let parts = [&bytes[..first], &bytes[first..second], &bytes[second..]];
            let (head, body, left) = read(parts).unwrap();
            assert_eq!(
                (body.as_str(), left),
                ("hello, world", 4),
                "{first} {second}"
            );
            assert_eq!(head.content_type, "text/event-stream; charset=utf-8");
            assert!(head.framing.is_at_end() && head.keep_alive);
        }
    }
}

#[test]
fn a_chunk_ends_where_it_says() {
    let body = "0123456789abcdef\r\n\n";
    let (_, read) = whole(&format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:X}\r\n{body}\r\n",
        body.len()
    ));
    assert_eq!(read, body);
}

#[test]
fn a_body_ends_with_its_length_or_with_the_connection() {
    let (head, body) = whole("HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\ntrue");
    assert_eq!((head.status, body.as_str()), (201, "true"));
    assert!(head.framing.is_at_end() && head.keep_alive);

    let (head, body) = whole("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n4\r\ntrue");
    assert_eq!(
        (head.framing, body.as_str()),
        (Framing::UntilClose, "4\r\ntrue")
    );
    assert!(!head.keep_alive);

    for status in ["204 No Content", "304 Not Modified"] {
        let (head, body) = whole(&format!("HTTP/1.1 {status}\r\n\r\n"));
        assert_eq!(body, "");
        assert!(head.framing.is_at_end() && head.keep_alive);
    }
}

#[test]
fn a_connection_is_kept_where_both_sides_mean_it() {
    for (version, connection, kept) in [
        ("1.1", "keep-alive", true),
        ("1.1", "close", false),
        ("1.1", "foo, Close", false),
        ("1.0", "", false),
        ("1.0", "Keep-Alive", true),
    ] {
        let response = format!(
            "HTTP/{version} 202 Accepted\r\nContent-Length: 0\r\nConnection: {connection}\r\n\r\n"
        );
        assert_eq!(whole(&response).0.keep_alive, kept, "{response}");
    }
}

#[test]
fn what_is_no_response_is_told() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let long = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(HEAD_LIMIT));
    let fields = format!(
        "HTTP/1.1 200 OK\r\n{}\r\n",
        "X: x\r\n".repeat(FIELDS_LIMIT + 1)
    );
    for (bytes, error) in [
        ("SSH-2.0-OpenSSH\r\n".to_owned(), NotAResponse::Head),
        (long, NotAResponse::TooLong),
        (fields, NotAResponse::TooLong),
        (format!("{chunked}x\r\n"), NotAResponse::Chunk),
        (format!("{chunked}\r\n"), NotAResponse::Chunk),
        (format!("{chunked}1\r\nab\r\n"), NotAResponse::Chunk),
        (
            format!("{chunked}1234567890123456\r\n"),
            NotAResponse::Chunk,
        ),
    ] {
        assert_eq!(read([bytes.as_bytes()]).unwrap_err(), error, "{bytes:.80}");
    }
}
