//! What is no token.

use serde_json::json;
use tidings_mercure::token::{MAX_TOKEN_BYTES, Part, Refusal};

use crate::forge::{
    SECRET, base64url, refused, signed_with, token, v1_claims, v1_header, v1_with, verified,
};

#[test]
fn a_token_has_three_parts() {
    let good = token(&v1_header(), &v1_claims());
    let parts: Vec<_> = good.split('.').collect();
    for (bad, found) in [
        (String::new(), 1),
        (parts[0].to_owned(), 1),
        (parts[..2].join("."), 2),
        (format!("{good}."), 4),
        (format!("{good}.e30"), 4),
        (format!("{good}.e30.e30"), 5),
    ] {
        assert_eq!(refused(&bad), Refusal::Parts { found });
    }
    assert_eq!(refused(".."), Refusal::EmptyPart { part: Part::Header });
    assert_eq!(
        refused(&format!("{}..x", parts[0])),
        Refusal::EmptyPart { part: Part::Claims }
    );
}

#[test]
fn base64url_has_one_spelling() {
    let good = token(&v1_header(), &v1_claims());
    let parts: Vec<_> = good.split('.').collect();
    let with = |index: usize, text: &str| {
        let mut changed: Vec<&str> = parts.clone();
        changed[index] = text;
        changed.join(".")
    };
    for (index, part) in [Part::Header, Part::Claims, Part::Signature]
        .into_iter()
        .enumerate()
    {
        for bad in [
            format!("{}=", parts[index]),
            format!("{}==", parts[index]),
            format!(" {}", parts[index]),
            format!("{}\n", parts[index]),
            format!("{}+/", parts[index]),
            "a".to_owned(),
            "é".to_owned(),
        ] {
            assert_eq!(
                refused(&with(index, &bad)),
                Refusal::Encoding { part },
                "{bad:?}"
            );
        }
    }
    // Bits beyond the last byte must be zero, or one signature would have several spellings: 32 bytes leave four of them.
    assert_eq!(parts[2].len(), 43);
    let last = parts[2].as_bytes()[42];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let place = alphabet.iter().position(|byte| *byte == last).unwrap();
    let other = format!("{}{}", &parts[2][..42], char::from(alphabet[place + 1]));
    assert_eq!(
        refused(&with(2, &other)),
        Refusal::Encoding {
            part: Part::Signature
        }
    );
}

#[test]
fn header_and_claims_are_json_objects() {
    let (header, claims) = (v1_header().to_string(), v1_claims().to_string());
    for bad in [
        "x",
        "[]",
        "null",
        "\"a\"",
        "{}x",
        "{\"a\":}",
        "{'a':1}",
        "{\"a\":1,}",
        "// x\n{}",
    ] {
        let refusal = refused(&signed_with(SECRET, bad, &claims));
        assert!(
            matches!(
                refusal,
                Refusal::Json {
                    part: Part::Header,
                    ..
                }
            ),
            "{bad}"
        );
        let refusal = refused(&signed_with(SECRET, &header, bad));
        assert!(
            matches!(
                refusal,
                Refusal::Json {
                    part: Part::Claims,
                    ..
                }
            ),
            "{bad}"
        );
    }
    let not_utf8 = format!(
        "{}.{}.AAAA",
        base64url(&header),
        base64url(b"{\"a\":\"\xff\"}")
    );
    assert!(matches!(
        refused(&not_utf8),
        Refusal::Json {
            part: Part::Claims,
            ..
        }
    ));
}

/// Of a name that comes twice one parser sees the first and another the last: the token would say different things.
#[test]
fn no_name_comes_twice() {
    let header = v1_header().to_string();
    let claims = v1_claims().to_string();
    for (header, claims) in [
        (header.replace('{', r#"{"alg":"none","#), claims.clone()),
        (header.replace('{', r#"{"typ":"JWT","#), claims.clone()),
        (
            header.clone(),
            claims.replacen('{', r#"{"aud":"https://else.example","#, 1),
        ),
        (
            header.clone(),
            claims.replacen('{', r#"{"\u0061ud":"https://else.example","#, 1),
        ),
        (
            header.clone(),
            claims.replace(r#"{"match""#, r#"{"match":"*","match""#),
        ),
    ] {
        let refusal = refused(&signed_with(SECRET, &header, &claims));
        assert!(
            matches!(&refusal, Refusal::Json { reason, .. } if reason.contains("comes twice")),
            "{refusal}"
        );
    }
}

#[test]
fn it_has_a_greatest_length() {
    let fitting = (0..).map(|pad| v1_with("pad", json!("x".repeat(11_000 + pad))));
    let longest = fitting
        .take_while(|token| token.len() <= MAX_TOKEN_BYTES)
        .last()
        .unwrap();
    assert!(longest.len() > MAX_TOKEN_BYTES - 3);
    verified(&longest).unwrap();
    let longer = v1_with("pad", json!("x".repeat(12_300)));
    assert_eq!(
        refused(&longer),
        Refusal::TooLong {
            bytes: longer.len()
        }
    );
    refused(&".".repeat(1_000_000));
}
