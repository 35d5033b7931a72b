//! One PEM block (RFC 7468), wherever it has been through.
//!
//! Keys come in environment variables, where line ends get lost or turn into `\n` spelt out, and from Windows. So all of
//! these are read; what is between the lines must be base64 and nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// Whether this is PEM rather than a secret.
pub(crate) fn is_pem(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(BEGIN.as_bytes())
}

/// The label and the contents, or what is wrong.
pub(super) fn read_block(pem: &[u8]) -> Result<(&str, Vec<u8>), String> {
    let text = std::str::from_utf8(pem).map_err(|_| "it is not text")?;
    let text = text.trim().trim_end_matches("\\n");
    let (label, rest) = text
        .strip_prefix(BEGIN)
        .and_then(|rest| rest.split_once(DASHES))
        .ok_or("it does not begin as one")?;
    let body = rest
        .strip_suffix(DASHES)
        .and_then(|rest| rest.strip_suffix(label))
        .and_then(|rest| rest.strip_suffix("-----END "))
        .ok_or("it does not end as it begins, or is followed by something")?;
    let base64: String = body.replace("\\n", "").split_whitespace().collect();
    let contents = STANDARD
        .decode(base64)
        .map_err(|_| "there is something other than base64 in it")?;
    Ok((label, contents))
}
