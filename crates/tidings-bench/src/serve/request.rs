//! As much of an HTTP/1.1 request as the floor needs to know.

use std::str;

/// A request that has come in whole.
#[derive(Debug, PartialEq)]
pub(super) enum Request<'a> {
    /// `GET /sse`, with any query.
    Subscribe,
    /// `POST /` and its body.
    Publish(&'a [u8]),
}

/// Whoever sends what the floor does not know is cut off.
#[derive(Debug, PartialEq)]
pub(super) struct Unknown;

/// No head and no body of the comparison is near this.
const LONGEST: usize = 1 << 20;

/// The first request in `bytes` and its length, or `None` where its end is still to come.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Request<'_>, usize)>, Unknown> {
    let Some(head_length) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        let so_far = bytes.len();
        return if so_far < LONGEST {
            Ok(None)
        } else {
            Err(Unknown)
        };
    };
    let head = str::from_utf8(&bytes[..head_length]).map_err(|_| Unknown)?;
    let mut lines = head.split("\r\n");
    let mut request_line = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (request_line.next(), request_line.next());
    let path = target.and_then(|target| target.split('?').next());
    let body = head_length + 4;
    match (method, path) {
        (Some("GET"), Some("/sse")) => Ok(Some((Request::Subscribe, body))),
        (Some("POST"), Some("/")) => {
            let end = body + content_length(lines)?;
            Ok(bytes
                .get(body..end)
                .map(|body| (Request::Publish(body), end)))
        }
        _ => Err(Unknown),
    }
}

fn content_length<'a>(mut fields: impl Iterator<Item = &'a str>) -> Result<usize, Unknown> {
    let length = fields.find_map(|field| {
        let (name, value) = field.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then_some(value)
    });
    let length = length.and_then(|value| value.trim().parse().ok());
    length.filter(|length| *length < LONGEST).ok_or(Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_one_by_one_when_they_are_whole() {
        let publish = b"POST / HTTP/1.1\r\nHost: a\r\nCONTENT-LENGTH: 2\r\n\r\n{}GET /sse";
        for cut in 0..publish.len() - 8 {
            assert_eq!(parse(&publish[..cut]), Ok(None), "{cut}");
        }
        let whole = publish.len() - 8;
        assert_eq!(parse(publish), Ok(Some((Request::Publish(b"{}"), whole))));
        let subscribe = b"GET /sse?topic=a HTTP/1.1\r\n\r\n";
        let expected = (Request::Subscribe, subscribe.len());
        assert_eq!(parse(subscribe), Ok(Some(expected)));
    }

    #[test]
    fn what_the_floor_does_not_know_is_refused() {
        for request in [
            "GET / HTTP/1.1\r\n\r\n",
            "\r\n\r\n",
            "POST / HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: 1048576\r\n\r\n",
        ] {
            assert_eq!(parse(request.as_bytes()), Err(Unknown), "{request}");
        }
        assert_eq!(parse(&[b'a'; LONGEST]), Err(Unknown));
    }
}
