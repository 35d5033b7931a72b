//! The form-urlencoded parser of the WHATWG URL standard, up to the bytes. The crate of that name replaces invalid UTF-8;
//! the protocol wants it refused.

use std::borrow::Cow;

/// A field, decoded.
pub(super) struct Pair<'a> {
    pub(super) name: Cow<'a, [u8]>,
    pub(super) value: Cow<'a, [u8]>,
}

/// The fields in their order. A field without `=` has an empty value; empty ones (`&&`) are none.
pub(super) fn pairs(form: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    form.split(|byte| *byte == b'&')
        .filter(|field| !field.is_empty())
        .map(|field| {
            let (name, value) = match field.iter().position(|byte| *byte == b'=') {
                Some(at) => (&field[..at], &field[at + 1..]),
                None => (field, &b""[..]),
            };
            Pair {
                name: decode(name),
                value: decode(value),
            }
        })
}

impl Pair<'_> {
    /// The name for a message: no longer than a line, and printable.
    pub(super) fn shown_name(&self) -> String {
        let name = String::from_utf8_lossy(&self.name);
        name.chars().take(64).flat_map(char::escape_debug).collect()
    }
}

/// A `%` that begins no escape stays as it is.
fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return Cow::Borrowed(text);
    }
    let spaced: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    Cow::Owned(percent_encoding::percent_decode(&spaced).collect())
}

#[cfg(test)]
mod tests {
    use super::pairs;

    fn read(form: &str) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        pairs(form.as_bytes())
            .map(|pair| (text(&pair.name), text(&pair.value)))
            .collect()
    }

    #[test]
    fn n3_forms_are_read_as_the_url_standard_says() {
        for (form, expected) in [
            ("", &[][..]),
            ("&&", &[]),
            ("a", &[("a", "")]),
            ("a=", &[("a", "")]),
            ("=a", &[("", "a")]),
            ("a=b=c", &[("a", "b=c")]),
            ("a=1&a=2", &[("a", "1"), ("a", "2")]),
            ("a+b=c+d%2B", &[("a b", "c d+")]),
            ("a;b=1;c", &[("a;b", "1;c")]),
            ("%61=%C3%a9%2", &[("a", "\u{e9}%2")]),
            ("a=%zz%", &[("a", "%zz%")]),
            ("a=%26%3D", &[("a", "&=")]),
        ] {
            let expected: Vec<(String, String)> = expected
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect();
            assert_eq!(read(form), expected, "{form}");
        }
    }
}
