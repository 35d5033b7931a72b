//! Any header and any claims, rightly signed, and any text at all: nothing panics, what is believed keeps its promises, and
//! nothing that claims to be of 1.0 is believed by the rules of 0.x.
#![no_main]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arbitrary::Arbitrary;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use tidings_mercure::token::{
    Algorithm, CarrierSettings, Claims, Dialect, Expected, KeySource, MAX_LEGACY_ENTRIES,
    MAX_PATTERN_BYTES, MAX_TOPICS, Role, Roles, TrustedKey, TrustedKeys, carrier, inspect, verify,
};

const SECRET: &[u8] = b"a secret of more than thirty-two bytes";
const HUB: &str = "https://hub.example/.well-known/mercure";

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    /// A token as it comes.
    Raw(&'a str),
    /// One that is signed.
    Signed { header: &'a [u8], claims: &'a [u8] },
    /// Claims behind a good header of either dialect.
    Claims {
        access_token: bool,
        claims: &'a [u8],
    },
    /// A request.
    Request {
        headers: Vec<(bool, &'a [u8])>,
        query: Option<&'a str>,
    },
}

fuzz_target!(|input: Input| {
    match input {
        Input::Raw(token) => check(token),
        Input::Signed { header, claims } => check(&sign(header, claims)),
        Input::Claims {
            access_token,
            claims,
        } => {
            let typ = if access_token { "at+jwt" } else { "JWT" };
            let header = format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#);
            check(&sign(header.as_bytes(), claims));
        }
        Input::Request { headers, query } => find(&headers, query),
    }
});

fn sign(header: &[u8], claims: &[u8]) -> String {
    let part = |bytes| URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!("{}.{}", part(header), part(claims));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET);
    let signature = ring::hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn check(token: &str) {
    let source = KeySource::secret(SECRET, &[Algorithm::Hs256]).unwrap();
    let key = TrustedKey::of_issuer("i", Roles::Both, source).with_legacy();
    let keys = TrustedKeys::new([key]);
    let now = UNIX_EPOCH + Duration::from_secs(1_725_365_460);
    let expected = Expected::new(Role::Publish, HUB, now);
    let inspection = inspect(token, &keys, &expected);
    match verify(token, &keys, &expected) {
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
        Ok(claims) => {
            assert_eq!(inspection.dialect, Some(claims.dialect));
            let object = inspection.claims.unwrap();
            if claims.dialect == Dialect::Legacy {
                assert!(!object.contains_key("authorization_details"));
            } else {
                assert_eq!(object["iss"], "i");
                assert!(claims.expires.is_some());
            }
            assert_bounded(&claims, now);
        }
    }
}

fn assert_bounded(claims: &Claims, now: SystemTime) {
    assert!(claims.expires.is_none_or(|at| at > now));
    let most = match claims.dialect {
        Dialect::V1 => MAX_TOPICS,
        Dialect::Legacy => MAX_LEGACY_ENTRIES,
    };
    for matchers in [&claims.publish, &claims.subscribe].into_iter().flatten() {
        assert!(matchers.len() <= most);
        for matcher in matchers {
            assert!((1..=MAX_PATTERN_BYTES).contains(&matcher.text.len()));
            assert!(!matcher.text.contains(char::is_control));
        }
    }
    claims.payload_for(|_| false);
    claims.payload_for(|_| true);
}

fn find(headers: &[(bool, &[u8])], query: Option<&str>) {
    let mut map = http::HeaderMap::new();
    for (cookie, value) in headers {
        if let Ok(value) = http::HeaderValue::from_bytes(value) {
            let name = if *cookie { "cookie" } else { "authorization" };
            map.append(name, value);
        }
    }
    let settings = CarrierSettings::default().with_legacy(true);
    if let Ok(Some(presented)) = carrier(&map, query, &settings) {
        assert!(presented.token.bytes().all(|byte| byte.is_ascii_graphic()));
        check(&presented.token);
    }
}
