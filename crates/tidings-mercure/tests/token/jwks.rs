//! Sets of keys: which keys of one are used, and for what.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tidings_mercure::token::{
    Algorithm, Claims, Draft, Jwks, JwksError, JwksLocation, JwksRefresher, JwksSettings,
    KeySource, Refusal, Role, Roles, SigningKey, TopicMatcher, TrustedKey, TrustedKeys, mint,
    verify,
};

use crate::forge::{HUB, ISSUER, SECRET, base64url, expected, now};

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("keys/", $name, ".pem"))
    };
}

fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(body).unwrap()
}

/// The last bytes of a public key in DER are the key itself.
fn tail(pem: &str, length: usize) -> Vec<u8> {
    let der = der(pem);
    der[der.len() - length..].to_vec()
}

fn ec(kid: &str, pem: &str, crv: &str, length: usize) -> Value {
    let point = tail(pem, 2 * length);
    let (x, y) = point.split_at(length);
    json!({"kty": "EC", "crv": crv, "kid": kid, "x": base64url(x), "y": base64url(y)})
}

pub(crate) fn p256(kid: &str) -> Value {
    ec(kid, pem!("p256.pub"), "P-256", 32)
}

pub(crate) fn ed25519(kid: &str) -> Value {
    let x = base64url(tail(pem!("ed25519.pub"), 32));
    json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x})
}

fn rsa(kid: &str) -> Value {
    // SEQUENCE, INTEGER and the sign byte are nine; then the 256 of the modulus.
    let modulus = &der(pem!("rsa.pkcs1.pub"))[9..265];
    json!({"kty": "RSA", "kid": kid, "n": base64url(modulus), "e": "AQAB"})
}

pub(crate) fn set(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

pub(crate) fn private(algorithm: Algorithm) -> SigningKey {
    let pem = match algorithm {
        Algorithm::Es256 => pem!("p256"),
        Algorithm::Es384 => pem!("p384"),
        Algorithm::EdDsa => pem!("ed25519"),
        _ => pem!("rsa"),
    };
    SigningKey::pem(pem.as_bytes(), algorithm).unwrap()
}

/// A token that names a key, or with an empty id none.
pub(crate) fn minted(algorithm: Algorithm, kid: &str) -> String {
    let draft = Draft::v1(ISSUER, HUB, now() + Duration::from_secs(60))
        .with_publish([TopicMatcher::exact("*")]);
    let draft = if kid.is_empty() {
        draft
    } else {
        draft.with_kid(kid)
    };
    mint(&draft, &private(algorithm), now()).unwrap()
}

pub(crate) fn trusting(jwks: Jwks) -> TrustedKeys {
    TrustedKeys::new([TrustedKey::of_issuer(
        ISSUER,
        Roles::Both,
        KeySource::jwks(jwks),
    )])
}

fn fixed(keys: &[Value]) -> Result<Jwks, JwksError> {
    Jwks::fixed(&set(keys), &JwksSettings::default())
}

fn verified(token: &str, keys: &[Value]) -> Result<Claims, Refusal> {
    verify(
        token,
        &trusting(fixed(keys).unwrap()),
        &expected(Role::Publish),
    )
}

#[test]
fn every_public_key_algorithm_works_from_a_set() {
    let keys = [
        p256("p256"),
        ec("p384", pem!("p384.pub"), "P-384", 48),
        ed25519("ed"),
        rsa("rsa"),
    ];
    for algorithm in Algorithm::PUBLIC_KEY {
        let kid = match algorithm {
            Algorithm::Es256 => "p256",
            Algorithm::Es384 => "p384",
            Algorithm::EdDsa => "ed",
            _ => "rsa",
        };
        verified(&minted(algorithm, kid), &keys).unwrap();
        // Without a hint all are tried.
        verified(&minted(algorithm, ""), &keys).unwrap();
        let refusal = verified(&minted(algorithm, "else"), &keys).unwrap_err();
        assert_eq!(
            refusal,
            Refusal::UnknownKey {
                kid: "else".to_owned()
            }
        );
    }
    // The id is of another key of the set: it does not lead back to the right one.
    let refusal = verified(&minted(Algorithm::Es256, "ed"), &keys).unwrap_err();
    assert!(matches!(refusal, Refusal::Algorithm { .. }), "{refusal}");
}

#[test]
fn the_algorithm_of_a_key_binds_it() {
    let mut key = rsa("rsa");
    key["alg"] = json!("PS256");
    verified(&minted(Algorithm::Ps256, "rsa"), std::slice::from_ref(&key)).unwrap();
    let refusal = verified(&minted(Algorithm::Rs256, "rsa"), &[key]).unwrap_err();
    let wanted = Refusal::Algorithm {
        algorithm: Algorithm::Rs256,
        allowed: vec![Algorithm::Ps256],
    };
    assert_eq!(refusal, wanted);

    let settings = JwksSettings::default().with_algorithms([Algorithm::EdDsa]);
    let error = Jwks::fixed(&set(&[rsa("rsa")]), &settings).unwrap_err();
    assert!(
        error.to_string().contains("none of the allowed algorithms"),
        "{error}"
    );
}

#[test]
fn keys_that_cannot_be_used_are_left_out_and_the_rest_serves() {
    let changed = |mut key: Value, name: &str, value: Value| {
        key[name] = value;
        key
    };
    let short = base64url([0xFF; 128]);
    for bad in [
        json!(1),
        json!({}),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"}),
        changed(p256("a"), "use", json!("enc")),
        changed(p256("a"), "key_ops", json!(["sign"])),
        changed(p256("a"), "alg", json!("ES384")),
        changed(p256("a"), "alg", json!("HS256")),
        changed(p256("a"), "alg", json!("none")),
        changed(p256("a"), "crv", json!("P-521")),
        changed(p256("a"), "x", json!("AAAA")),
        changed(p256("a"), "y", json!("!")),
        changed(p256("a"), "d", json!("AAAA")),
        changed(p256("a"), "kid", json!(1)),
        changed(ed25519("a"), "x", json!("AAAA")),
        changed(ed25519("a"), "crv", json!("X25519")),
        changed(rsa("a"), "n", json!(short)),
        json!({"kty": "RSA", "e": "AQAB"}),
    ] {
        verified(
            &minted(Algorithm::EdDsa, "good"),
            &[bad.clone(), ed25519("good")],
        )
        .unwrap();
        let error = fixed(std::slice::from_ref(&bad)).unwrap_err();
        assert!(
            error.to_string().contains("no key of the set can be used"),
            "{bad}: {error}"
        );
    }
    let usable = changed(
        changed(p256("a"), "use", json!("sig")),
        "key_ops",
        json!(["verify"]),
    );
    verified(&minted(Algorithm::Es256, "a"), &[usable]).unwrap();
}

#[test]
fn what_is_no_set_is_an_error() {
    for bad in ["", "x", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[]}"#] {
        assert!(
            Jwks::fixed(bad.as_bytes(), &JwksSettings::default()).is_err(),
            "{bad}"
        );
    }
    let many: Vec<_> = (0..65).map(|_| ed25519("a")).collect();
    assert!(fixed(&many).is_err());
    assert!(fixed(&many[..64]).is_ok());
}

#[test]
fn secrets_are_used_only_where_they_are_named() {
    let secret = json!({"kty": "oct", "kid": "s", "k": base64url(SECRET)});
    assert!(fixed(std::slice::from_ref(&secret)).is_err());
    let settings = JwksSettings::default().with_algorithms([Algorithm::Hs256]);
    let jwks = Jwks::fixed(&set(&[secret]), &settings).unwrap();
    let token = crate::forge::token(
        &json!({"alg": "HS256", "typ": "at+jwt", "kid": "s"}),
        &crate::forge::v1_claims(),
    );
    verify(&token, &trusting(jwks), &expected(Role::Publish)).unwrap();

    let url = JwksLocation::Url("https://keys.example/".parse().unwrap());
    let error = JwksRefresher::new(url, settings).unwrap_err();
    assert!(matches!(error, JwksError::SecretFromUrl(Algorithm::Hs256)));
}

#[test]
fn a_url_is_http() {
    for url in [
        "file:///etc/passwd",
        "ftp://keys.example/",
        "data:application/json,{}",
    ] {
        let location = JwksLocation::Url(url.parse().unwrap());
        let error = JwksRefresher::new(location, JwksSettings::default()).unwrap_err();
        assert!(matches!(error, JwksError::Scheme(_)), "{url}");
    }
}
